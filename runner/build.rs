//! Tells Cargo what the embedded migrations depend on.

fn main() {
    // Without this line Cargo does not notice a new migration file.
    println!("cargo:rerun-if-changed=migrations");
}
