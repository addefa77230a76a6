//! Markdown for a job's summary.

use std::fmt::Write;

use crate::decision::{Decision, Outcome, Standing, Verdict};
use crate::wall_time::Ratio;

/// The whole report. `notes` are sentences about the measuring itself.
pub fn markdown(decision: &Decision, ratios: &[Ratio], notes: &[String]) -> String {
    let mut text = format!("### Counts: {}\n\n", headline(decision));
    for complaint in decision.verdicts.iter().filter_map(Verdict::complaint) {
        let _ = writeln!(text, "- **Cannot be decided.** {complaint}.");
    }
    for note in notes {
        let _ = writeln!(text, "- {note}");
    }
    let (changed, same): (Vec<_>, Vec<_>) = decision.verdicts.iter().partition(|it| is_news(it));
    if !changed.is_empty() {
        let _ = write!(text, "\n{}", table(&changed));
    }
    if !same.is_empty() {
        let _ = write!(
            text,
            "\n<details><summary>{} counts as before, or told only</summary>\n\n{}\n</details>\n",
            same.len(),
            table(&same)
        );
    }
    if !ratios.is_empty() {
        let _ = write!(text, "\n{}", times(ratios));
    }
    text
}

fn headline(decision: &Decision) -> String {
    let grown = |it: &&Verdict| it.standing == Standing::Grown;
    match decision.outcome() {
        Outcome::Passed => "passed".to_owned(),
        Outcome::Undecidable => "cannot be decided".to_owned(),
        Outcome::Failed => {
            let grown = decision.verdicts.iter().filter(grown).count();
            format!("FAILED, {grown} grown beyond the threshold")
        }
    }
}

fn is_news(verdict: &Verdict) -> bool {
    match verdict.standing {
        Standing::Held => verdict.before != verdict.after,
        Standing::Told => false,
        _ => true,
    }
}

fn table(verdicts: &[&Verdict]) -> String {
    let mut text = "| Count | Base | Head | Change | Threshold | Own noise | |\n|---|--:|--:|--:|--:|--:|---|\n".to_owned();
    for verdict in verdicts {
        let count = |it: Option<u64>| it.map_or_else(|| "–".to_owned(), |it| it.to_string());
        let percent =
            |it: Option<f64>| it.map_or_else(|| "–".to_owned(), |it| format!("{it:.2} %"));
        let change =
            |it: Option<f64>| it.map_or_else(|| "–".to_owned(), |it| format!("{it:+.2} %"));
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | {} | {} |",
            verdict.name,
            count(verdict.before),
            count(verdict.after),
            change(verdict.growth()),
            percent(verdict.threshold),
            percent(verdict.floor),
            word(&verdict.standing)
        );
    }
    text
}

fn word(standing: &Standing) -> String {
    match standing {
        Standing::Held => String::new(),
        Standing::Shrunk => "less".to_owned(),
        Standing::Grown => "**GROWN**".to_owned(),
        // A commit's message is a stranger's text in a table of Markdown.
        Standing::Accepted { why } => format!("accepted: {}", plain(why)),
        Standing::New => "new".to_owned(),
        Standing::Gone => "gone".to_owned(),
        Standing::Told => "told only".to_owned(),
        Standing::Refused(_) => "cannot be decided".to_owned(),
    }
}

/// Without what Markdown or HTML would take for markup.
fn plain(text: &str) -> String {
    let is_markup = |c: char| c.is_control() || "|<>&`*_[]\\".contains(c);
    text.replace(is_markup, " ")
}

fn times(ratios: &[Ratio]) -> String {
    let mut text = "### Wall time: told, decides nothing\n\n\
        Both commits on this machine, in turns (A B B A); head over base, with its 95 % interval.\n\n\
        | Operation | Base | Ratio | Interval |\n|---|--:|--:|--:|\n"
        .to_owned();
    for ratio in ratios {
        let bounds = ratio.bounds.map_or_else(
            || "too few runs".to_owned(),
            |[least, most]| format!("{least:.3} to {most:.3}"),
        );
        let _ = writeln!(
            text,
            "| `{}` | {} | {:.3} | {bounds} |",
            ratio.name,
            duration(ratio.before),
            ratio.ratio
        );
    }
    text
}

fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        it if it < 1e3 => format!("{it:.0} ns"),
        it if it < 1e6 => format!("{:.1} µs", it / 1e3),
        it => format!("{:.1} ms", it / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(why: Option<&str>) -> Decision {
        let standing = why.map_or(Standing::Grown, |why| Standing::Accepted {
            why: why.to_owned(),
        });
        Decision {
            verdicts: vec![Verdict {
                name: "sql.claim.statements".to_owned(),
                before: Some(4),
                after: Some(5),
                threshold: Some(0.0),
                floor: Some(0.0),
                standing,
            }],
        }
    }

    #[test]
    fn a_grown_count_stands_in_the_headline_and_in_the_table() {
        let told = markdown(&grown(None), &[], &[]);
        assert!(told.starts_with("### Counts: FAILED, 1 grown"), "{told}");
        assert!(
            told.contains(
                "| `sql.claim.statements` | 4 | 5 | +25.00 % | 0.00 % | 0.00 % | **GROWN** |"
            ),
            "{told}"
        );
    }

    #[test]
    fn a_reason_cannot_break_out_of_its_cell() {
        let told = markdown(&grown(Some("a | b <img src=x>\n# c")), &[], &[]);
        assert!(told.starts_with("### Counts: passed"));
        assert!(told.contains("accepted: a   b  img src=x  # c |"), "{told}");
    }

    #[test]
    fn wall_time_says_that_it_decides_nothing() {
        let ratio = Ratio {
            name: "render".to_owned(),
            before: 1_500.0,
            ratio: 9.0,
            bounds: Some([8.0, 10.0]),
        };
        let nothing = Decision { verdicts: vec![] };
        let told = markdown(&nothing, &[ratio], &[]);
        assert!(told.starts_with("### Counts: passed"));
        assert!(told.contains("decides nothing"));
        assert!(
            told.contains("| `render` | 1.5 µs | 9.000 | 8.000 to 10.000 |"),
            "{told}"
        );
    }
}
