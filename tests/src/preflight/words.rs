//! Amounts as people read them.

/// A size in the unit that suits it.
#[expect(
    clippy::cast_precision_loss,
    reason = "one decimal of a size needs no more than 52 bits"
)]
pub(super) fn told_bytes(bytes: u64) -> String {
    const GIB: u64 = 1 << 30;
    if bytes >= GIB {
        format!("{:.1} GiB", bytes as f64 / GIB as f64)
    } else {
        format!("{} MiB", bytes >> 20)
    }
}

/// `1 batch`, `2 batches`.
pub(super) fn counted(count: u64, one: &str, several: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {several}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_in_the_unit_that_suits_them() {
        assert_eq!(told_bytes(6 << 30), "6.0 GiB");
        assert_eq!(told_bytes(300 << 20), "300 MiB");
        assert_eq!(counted(1, "batch", "batches"), "1 batch");
        assert_eq!(counted(0, "batch", "batches"), "0 batches");
    }
}
