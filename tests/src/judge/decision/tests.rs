use proptest::prelude::*;

use super::*;
use crate::{
    judge::{
        Doubt, Enforcement, Exit, Judgement, Standing,
        conversations::{FORMAT, SKILLS},
        doctored, judge,
    },
    record::{RunRecord, Texts},
};

fn decision(record: &RunRecord) -> Decision {
    judge(record, &Requirements::none()).decision
}

fn decided(edit: impl Fn(&mut RunRecord)) -> Decision {
    let mut record = doctored::healthy();
    edit(&mut record);
    decision(&record)
}

#[test]
fn a_batch_that_meets_everything_goes_on_to_ten_times_as_many() {
    let Action::ProceedTo(pace) = decided(|_| ()).action else {
        panic!("a healthy batch");
    };
    assert_eq!(pace.postings, 500);
}

#[test]
fn the_next_batch_is_more_than_a_day_away_at_a_slow_pace_and_takes_more_workers() {
    let slow = decided(|record| record.mode.time_scale *= 1.2);
    assert!(matches!(slow.action, Action::AddWorkers(_)), "{slow:?}");
    assert!(
        slow.reasons
            .iter()
            .any(|reason| reason.contains("more than 24 h"))
    );
}

#[test]
fn a_fast_batch_without_skills_means_to_mend_the_step_that_saves_them() {
    let happened = decided(|record| {
        for posting in &mut record.postings {
            posting.skill_keywords = None;
        }
    });
    let Action::FixDataQuality { step: Some(step) } = &happened.action else {
        panic!("{happened:?}");
    };
    assert_eq!(step.conversation, SKILLS);
    let told = happened.reasons.join("\n");
    assert!(told.contains("skill_keywords is empty in 50"), "{told}");
}

#[test]
fn the_workflow_itself_says_which_step_saves_a_column() {
    let happened = decided(|record| {
        record.postings[3].skill_keywords = None;
        let format = record
            .workflow
            .conversations
            .iter_mut()
            .find(|conversation| conversation.id == FORMAT)
            .unwrap();
        format.writes = vec!["skill_keywords".to_owned()];
    });
    let Action::FixDataQuality { step: Some(step) } = &happened.action else {
        panic!("{happened:?}");
    };
    assert_eq!(step.conversation, FORMAT);
}

#[test]
fn data_that_is_missing_for_failures_means_to_look_at_the_failures() {
    let failed = |record: &mut RunRecord| {
        for run in 1..=6 {
            doctored::fail(record, run);
            let posting = &mut record.postings[usize::try_from(run).unwrap() - 1];
            (posting.ihl_score, posting.ihl_category) = (None, None);
        }
    };
    let decision = decided(failed);
    assert_eq!(decision.action, Action::InvestigateFailures);
    assert!(
        decision
            .reasons
            .iter()
            .any(|reason| reason.starts_with("IHL score"))
    );

    let and_lost = decided(|record| {
        failed(record);
        record.postings[20].skill_keywords = None;
    });
    assert!(
        matches!(and_lost.action, Action::FixDataQuality { .. }),
        "{and_lost:?}"
    );
}

#[test]
fn a_slow_batch_is_profiled_and_the_slowest_step_named() {
    let slow = decided(|record| record.mode.time_scale = 100.0);
    let Action::Profile {
        slowest: Some(slowest),
    } = &slow.action
    else {
        panic!("{slow:?}");
    };
    assert!(
        slow.reasons
            .iter()
            .any(|reason| reason.contains(&slowest.step.name))
    );
}

#[test]
fn grades_that_ran_in_turn_are_named_before_any_slow_step_and_a_merely_slow_batch_is_not_called_so()
{
    let names_it = |decision: Decision| {
        assert!(matches!(decision.action, Action::Profile { .. }));
        decision.reasons.iter().any(|reason| reason == IN_TURN)
    };
    assert!(names_it(decision(&doctored::serial())));
    assert!(!names_it(decided(|record| record.mode.time_scale = 100.0)));
}

#[test]
fn a_should_that_cannot_be_judged_is_not_called_met() {
    let met = |decision: Decision| decision.reasons[0].clone();
    assert_eq!(met(decided(|_| ())), "every must and every should is met");
    let unsampled = met(decided(|record| record.gpu = None));
    assert!(
        unsampled.contains("that this kind of run can show"),
        "{unsampled}"
    );
}

#[test]
fn a_batch_that_decides_nothing_is_run_again_and_says_why() {
    let why = |record: &RunRecord| match decision(record).action {
        Action::RunAgain { why } => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(why(&doctored::interrupted()), RunAgain::Interrupted);
    assert_eq!(why(&doctored::empty()), RunAgain::NotMeasured);
    let mut record = doctored::healthy();
    record.texts = Texts::Redacted;
    assert_eq!(why(&record), RunAgain::NotJudgeable);
    record.exchanges.remove(40);
    assert_eq!(why(&record), RunAgain::Invalid);
    record.ended = Ended::Failed {
        why: "no pending work with unfinished runs".to_owned(),
    };
    assert_eq!(why(&record), RunAgain::BrokeOff);
    assert_eq!(
        decision(&record).reasons,
        ["no pending work with unfinished runs"]
    );
}

#[test]
fn a_batch_that_was_stopped_on_red_is_decided_by_what_it_was_stopped_for() {
    let stopped_for = |criterion: &str| {
        let mut record = doctored::interrupted();
        record.mode.time_scale = 10_000.0;
        record.ended = Ended::StoppedOnRed {
            criteria: vec![criterion.to_owned()],
            why: "it took too long".to_owned(),
        };
        judge(&record, &Requirements::none())
    };
    let judgement = stopped_for("total_duration");
    let unfinished = judgement.verdict("nothing_unfinished").unwrap();
    assert!(unfinished.standing.is_missed());
    let action = judgement.decision.action;
    assert!(matches!(action, Action::Profile { .. }), "{action:?}");
    // By another plan what it was stopped for may be no red flag: then whatever is missed decides.
    let action = stopped_for("watchdog_interventions").decision.action;
    assert!(matches!(action, Action::InvestigateFailures), "{action:?}");
}

#[test]
fn the_plans_advice_goes_before_our_own_and_its_silence_leaves_ours() {
    let mut plan = Requirements::none();
    let ours = judge(&doctored::healthy(), &plan).decision.advice;
    assert!(!ours.is_empty());
    let its_own = vec!["Proceed, and look twice".to_owned()];
    plan.advice.insert(ActionKind::ProceedTo, its_own.clone());
    assert_eq!(judge(&doctored::healthy(), &plan).decision.advice, its_own);
    assert_ne!(judge(&doctored::empty(), &plan).decision.advice, its_own);
}

#[test]
fn what_a_plan_advises_after_its_own_batch_is_not_said_of_a_trial_with_fewer_postings() {
    let mut plan = Requirements::none();
    let its_own = vec!["Proceed with 500 postings".to_owned()];
    plan.advice.insert(ActionKind::ProceedTo, its_own.clone());
    let advice = |size| judge(&doctored::healthy_of(size), &plan).decision.advice;
    assert_ne!(advice(49), its_own);
    assert_eq!(advice(50), its_own);
}

#[test]
fn a_simulated_server_is_named_among_what_stays_open_and_a_live_one_is_not() {
    let simulated = |decision: Decision| decision.reasons.join("\n").contains("SIMULATED");
    assert!(simulated(decided(|_| ())));
    let live = decided(|record| {
        record.mode.model_server = ServerKind::Live;
        record.mode.time_scale = 1.0;
    });
    assert!(matches!(live.action, Action::ProceedTo(_)), "{live:?}");
    assert!(!simulated(live));
}

fn standing() -> impl Strategy<Value = Standing> {
    let not_judgeable = Standing::NotJudgeable {
        reason: "simulated".to_owned(),
    };
    prop_oneof![
        40 => Just(Standing::Target),
        10 => Just(Standing::Acceptable),
        1 => Just(Standing::Gap),
        1 => Just(Standing::Red),
        1 => Just(Standing::NoData),
        1 => Just(not_judgeable),
    ]
}

fn enforcement() -> impl Strategy<Value = Enforcement> {
    prop_oneof![
        Just(Enforcement::Must),
        Just(Enforcement::Should),
        Just(Enforcement::Nice),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_goes_on_exactly_where_the_exit_code_is_0(
        laid in prop::collection::vec((standing(), enforcement()), 64),
        valid in prop::bool::weighted(0.9),
        interrupted in prop::bool::weighted(0.1),
    ) {
        let mut record = doctored::healthy_of(1);
        if interrupted {
            record.ended = Ended::Interrupted;
        }
        let plan = Requirements::none();
        let mut judgement: Judgement = judge(&record, &plan);
        for (verdict, (standing, enforcement)) in judgement.verdicts.iter_mut().zip(laid) {
            (verdict.standing, verdict.enforcement) = (standing, enforcement);
        }
        judgement.validity.doubts = Vec::new();
        if !valid {
            let doubt = Doubt { check: "made_up", sentence: "made up".to_owned(), look: Vec::new() };
            judgement.validity.doubts.push(doubt);
        }
        let decision = Decision::of(
            &Evidence::of(&record),
            &judgement.validity,
            &judgement.verdicts,
            &plan,
        );
        let goes_on = matches!(decision.action, Action::ProceedTo(_) | Action::AddWorkers(_));
        prop_assert_eq!(goes_on, judgement.exit() == Exit::Success, "{:?}", decision);
        prop_assert!(!decision.reasons.is_empty() && !decision.advice.is_empty());
    }
}
