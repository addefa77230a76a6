//! The verdicts as JUnit XML, which CI systems show as tests: a suite a family, a test a criterion.
//!
//! Red is what keeps the exit code from being 0, as in the suites of this project:
//!
//! - A must or a should that is missed is a failure, and so is one without data: what was not measured is no pass.
//! - A merely nice one that is missed is skipped, and its message says that it is missed.
//! - What this kind of run cannot show is skipped with its reason.
//! - Evidence that contradicts itself, and a batch that is not at its end, are errors in a suite of their own: the verdicts
//!   may be green all the same, and mean nothing.
//!
//! Every test has the time 0, because a verdict takes none and Surefire's schema asks for one.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::foreign::visible;
use super::words::{told_end, told_mode, told_plan};
use crate::judge::{Bound, Enforcement, Judgement, Standing, Tiers, Verdict};
use crate::record::{Ended, RunRecord};

/// The judgement as JUnit XML.
pub fn junit(record: &RunRecord, judgement: &Judgement) -> String {
    let mut report = Report::new(visible(&record.plan.id));
    report.add_test_suite(about_the_run(record, judgement));
    for family in judgement.verdicts.chunk_by(|a, b| a.family == b.family) {
        if let Some(first) = family.first() {
            let mut suite = TestSuite::new(first.family.to_string());
            suite.add_test_cases(family.iter().map(criterion));
            report.add_test_suite(suite);
        }
    }
    // Writing into memory does not fail, and what XML forbids is taken out of every text.
    report.to_string().unwrap_or_default()
}

fn about_the_run(record: &RunRecord, judgement: &Judgement) -> TestSuite {
    let mut suite = TestSuite::new("Run");
    suite.add_properties(
        [
            ("plan", visible(&told_plan(&record.plan))),
            ("batch", record.batch.id.to_string()),
            ("postings", record.batch.size.to_string()),
            ("mode", told_mode(&record.mode)),
            ("decision", visible(&judgement.decision.action.to_string())),
            ("exit_code", judgement.exit_code().to_string()),
        ]
        .map(property),
    );
    if let Some(started_at) = record.batch.started_at {
        suite.set_timestamp(started_at);
    }
    suite.add_test_case(test("Run", "batch_is_at_its_end", ended(&judgement.ended)));
    suite.add_test_case(test("Run", "evidence_is_valid", validity(judgement)));
    suite
}

fn ended(ended: &Ended) -> TestCaseStatus {
    match ended {
        Ended::Completed => TestCaseStatus::success(),
        _ => problem(
            NonSuccessKind::Error,
            "not_at_its_end",
            &told_end(ended),
            "",
        ),
    }
}

fn validity(judgement: &Judgement) -> TestCaseStatus {
    let doubts = &judgement.validity.doubts;
    if doubts.is_empty() {
        return TestCaseStatus::success();
    }
    let told: Vec<String> = doubts
        .iter()
        .map(|doubt| format!("{}: {}{}", doubt.check, doubt.sentence, look(&doubt.look)))
        .collect();
    let message = "the evidence contradicts itself: no verdict means anything";
    problem(NonSuccessKind::Error, "invalid", message, &told.join("\n"))
}

fn criterion(verdict: &Verdict) -> TestCase {
    let mut test = test(
        &verdict.family.to_string(),
        verdict.criterion.id,
        status(verdict),
    );
    test.add_properties(properties(verdict).into_iter().map(property));
    test
}

fn test(family: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut test = TestCase::new(name, status);
    test.set_classname(format!("batchproof.{family}"));
    test.set_time(Duration::ZERO);
    test
}

fn status(verdict: &Verdict) -> TestCaseStatus {
    let told = visible(&format!("{}{}", verdict.note, look(&verdict.look)));
    match &verdict.standing {
        standing if standing.is_met() => TestCaseStatus::success(),
        Standing::NotJudgeable { reason } => skipped(&format!(
            "not judgeable ({}): {reason}",
            verdict.enforcement
        )),
        standing if verdict.enforcement == Enforcement::Nice => skipped(&format!(
            "missed, but merely nice to have: {standing}; {told}"
        )),
        standing => {
            let message = format!(
                "{}: {standing} ({}), measured {}, asked {}",
                verdict.criterion.name,
                verdict.enforcement,
                measured(verdict),
                asked(&verdict.tiers)
            );
            let kind = match standing {
                Standing::NoData => "no_data",
                Standing::Gap => "gap",
                _ => "red",
            };
            problem(NonSuccessKind::Failure, kind, &message, &told)
        }
    }
}

fn problem(kind: NonSuccessKind, ty: &str, message: &str, told: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(ty).set_message(visible(message));
    if !told.is_empty() {
        status.set_description(visible(told));
    }
    status
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(visible(message));
    status
}

fn properties(verdict: &Verdict) -> Vec<(&'static str, String)> {
    let tiers = &verdict.tiers;
    let bound = |bound: Bound| bound.show(tiers.unit);
    let mut properties = vec![
        ("criterion", verdict.criterion.name.to_owned()),
        ("standing", verdict.standing.to_string()),
        ("enforcement", verdict.enforcement.to_string()),
        ("n", verdict.n.to_string()),
        ("unit", tiers.unit.plural().to_owned()),
        ("target", bound(tiers.target)),
        ("red_flag", bound(tiers.red)),
    ];
    properties.extend(tiers.acceptable.map(|it| ("acceptable", bound(it))));
    properties.extend(
        verdict
            .measured
            .map(|it| ("measured", it.value.to_string())),
    );
    properties.extend(verdict.proof.map(|proof| {
        let shown = proof.shown.show(crate::judge::Unit::Percent);
        (
            "shown_of_the_rate",
            format!("{shown}, {} % sure", proof.confidence),
        )
    }));
    properties
}

fn property((name, value): (&str, String)) -> Property {
    Property::new(name, value)
}

fn measured(verdict: &Verdict) -> String {
    verdict
        .measured
        .map_or_else(|| "nothing".to_owned(), |it| it.to_string())
}

fn asked(tiers: &Tiers) -> String {
    tiers.acceptable.unwrap_or(tiers.target).show(tiers.unit)
}

fn look(places: &[crate::judge::Look]) -> String {
    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
    if places.is_empty() {
        String::new()
    } else {
        format!("\nlook at {}", places.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Exit, Requirements, doctored, judge};

    fn shown(record: &RunRecord) -> String {
        junit(record, &judge(record, &Requirements::none()))
    }

    fn read(text: &str) -> Report {
        Report::deserialize_from_str(text).unwrap()
    }

    #[test]
    fn a_spoiled_batch_has_failures_with_what_was_measured_and_asked() {
        let mut record = doctored::healthy();
        record.postings[7].skill_keywords = None;
        record.postings[8].skill_keywords = None;
        doctored::fail(&mut record, 3);
        record.mode.time_scale = 11.0;
        insta::assert_snapshot!(shown(&record));
    }

    #[test]
    fn a_healthy_batch_has_no_failure_and_every_criterion_is_a_test() {
        let report = read(&shown(&doctored::healthy()));
        assert_eq!((report.failures, report.errors), (0, 0));
        assert_eq!(report.tests, crate::judge::criteria().count() + 2);
    }

    #[test]
    fn evidence_that_contradicts_itself_is_an_error_of_its_own() {
        let mut record = doctored::healthy();
        record.batch.size = 49;
        let report = read(&shown(&record));
        assert_eq!(report.errors, 1);
        let text = shown(&record);
        assert!(text.contains("type=\"invalid\""), "{text}");
        assert!(text.contains("runs_beyond_the_batch"), "{text}");
    }

    #[test]
    fn a_batch_that_is_not_at_its_end_is_an_error_too() {
        let report = read(&shown(&doctored::interrupted()));
        assert_eq!(report.errors, 1);
    }

    #[test]
    fn nothing_is_red_exactly_where_the_exit_code_says_so() {
        let mut missed = doctored::healthy();
        missed.postings[7].skill_keywords = None;
        missed.postings[8].skill_keywords = None;
        for record in [
            doctored::healthy(),
            doctored::serial(),
            doctored::empty(),
            missed,
        ] {
            let judgement = judge(&record, &Requirements::none());
            let report = read(&junit(&record, &judgement));
            let red = report.failures + report.errors > 0;
            let passes = matches!(judgement.exit(), Exit::Success | Exit::NotJudgeable);
            assert_eq!(red, !passes);
        }
    }

    #[test]
    fn a_must_without_data_fails_and_a_nice_one_that_is_missed_is_skipped() {
        let text = shown(&doctored::empty());
        assert!(text.contains("type=\"no_data\""), "{text}");
        let mut judgement = judge(&doctored::serial(), &Requirements::none());
        for verdict in &mut judgement.verdicts {
            verdict.enforcement = Enforcement::Nice;
        }
        let report = read(&junit(&doctored::serial(), &judgement));
        assert_eq!(report.failures, 0);
        assert!(report.skipped > 0);
    }

    #[test]
    fn what_xml_forbids_is_shown_by_a_picture() {
        let mut record = doctored::healthy();
        record.ended = Ended::Failed {
            why: "]]> <script> & \u{1b}[31m \u{0} \"quoted\"".to_owned(),
        };
        let text = shown(&record);
        let report = read(&text);
        let TestCaseStatus::NonSuccess { message, .. } =
            &report.test_suites[0].test_cases[0].status
        else {
            panic!("the batch broke off")
        };
        let message = message.as_ref().unwrap().as_str();
        assert!(
            message.contains("]]> <script> & ␛[31m ␀ \"quoted\""),
            "{message}"
        );
    }
}
