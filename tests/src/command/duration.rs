//! Lengths of time as people write them.

use std::time::Duration;

/// A year: far beyond any run, and far from what a duration cannot hold.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// Reads `90s`, `10m` or `5h30m`: whole numbers, each with its unit.
///
/// # Errors
/// A message that says what was expected.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || {
        format!(
            "expected whole numbers with h, m or s, such as 10m or 5h30m, and not more than a year, found '{text}'"
        )
    };
    let mut whole = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        let (number, behind) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let (seconds, behind) = [("h", 3_600), ("m", 60), ("s", 1)]
            .iter()
            .find_map(|(unit, seconds)| Some((*seconds, behind.strip_prefix(unit)?)))
            .ok_or_else(wrong)?;
        let part = number.checked_mul(seconds).map(Duration::from_secs);
        whole = part
            .and_then(|part| whole.checked_add(part))
            .ok_or_else(wrong)?;
        rest = behind;
    }
    Some(whole)
        .filter(|whole| !whole.is_zero() && *whole <= LONGEST)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_has_units() {
        assert_eq!(parse_duration("10m"), Ok(Duration::from_mins(10)));
        assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("5h30m"), Ok(Duration::from_mins(330)));
        for wrong in [
            "",
            "10",
            "m",
            "0m",
            "-1m",
            "1.5h",
            "ten m",
            "10 m",
            "5h30",
            "99999999999h",
            "1d",
        ] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }
}
