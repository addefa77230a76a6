//! `plan check`: what is wrong with a plan, before a run is spent on it.

use super::program::run;
use super::world::with_file;

#[tokio::test]
async fn a_finding_is_shown_with_its_line_and_what_to_write_instead() {
    let folder = tempfile::tempdir().unwrap();
    let plan = "# Plan\n\n```sql\nSELECT posting_id FROM postings ORDER BY;\n```\n";
    let dir = with_file(&folder, "plan.md", plan);
    run(&format!("plan check {dir}/plan.md"))
        .await
        .exits(4)
        .says("error[sql-syntax]")
        .says("plan.md:4:1")
        .says("SELECT posting_id FROM postings ORDER BY;")
        .says("help: run it once");
}

#[tokio::test]
async fn a_plan_that_is_not_there_is_named() {
    run("plan check nowhere.md")
        .await
        .exits(4)
        .says("nowhere.md cannot be read");
}
