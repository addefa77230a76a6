use proptest::prelude::*;

use super::*;
use crate::workflow::{Actor, Clause, ModelOptions, OutputKind, When};

const fn id(number: i32) -> ConversationId {
    ConversationId(number)
}

/// The outcomes of a posting that has nothing yet and passes everything, with some changed.
fn outcomes(changed: &[(i32, Outcome)]) -> BTreeMap<ConversationId, Outcome> {
    let passing = [
        (9144, Outcome::Verified),
        (9193, Outcome::Valid),
        (9184, Outcome::Run),
        (3336, Outcome::Pass),
        (3337, Outcome::Pass),
        (3339, Outcome::Pass),
        (9168, Outcome::Saved),
        (9185, Outcome::Run),
    ];
    passing
        .iter()
        .chain(changed)
        .map(|(step, outcome)| (id(*step), *outcome))
        .collect()
}

fn interactions(changed: &[(i32, Outcome)]) -> usize {
    Workflow::builtin().expected_interactions(&outcomes(changed))
}

fn progress(
    completed: &[i32],
    open: &[i32],
    outcomes: &BTreeMap<ConversationId, Outcome>,
) -> Progress {
    let completed = completed
        .iter()
        .map(|n| (id(*n), Standing::Completed(outcomes.get(&id(*n)).copied())));
    let open = open.iter().map(|n| (id(*n), Standing::Open));
    Progress {
        rows: completed.chain(open).collect(),
    }
}

const TO_EXTRACT: [i32; 4] = [9144, 9193, 9184, 3335];

#[test]
fn a_posting_takes_as_many_interactions_as_its_outcomes_demand() {
    use Outcome::{Altered, Fail, NoDescription, Skip, TooShort};
    for (changed, expected) in [
        (&[][..], 13),
        (&[(3337, Fail)], 15),
        (&[(3336, Fail)], 15),
        (&[(3336, Fail), (3337, Fail)], 15),
        (&[(3337, Fail), (3339, Fail)], 16),
        (&[(9184, Skip)], 8),
        (&[(9185, Skip)], 12),
        (&[(9184, Skip), (9185, Skip)], 7),
        (&[(9193, TooShort)], 2),
        (&[(9193, NoDescription)], 2),
        (&[(9144, Altered)], 1),
    ] {
        assert_eq!(interactions(changed), expected, "{changed:?}");
    }
}

#[test]
fn both_graders_are_created_in_one_go_behind_the_extract() {
    let workflow = Workflow::builtin();
    let outcomes = outcomes(&[]);
    let next = workflow.next(&progress(&TO_EXTRACT, &[9161], &outcomes));
    assert_eq!(next, Next::Create(vec![id(3336), id(3337)]));
}

#[test]
fn a_join_waits_for_the_slower_grader_even_if_the_faster_failed() {
    let workflow = Workflow::builtin();
    let outcomes = outcomes(&[(3336, Outcome::Fail)]);
    let rows = [&TO_EXTRACT[..], &[3336]].concat();
    assert_eq!(
        workflow.next(&progress(&rows, &[3337, 9161], &outcomes)),
        Next::Wait
    );
    let rows = [&rows[..], &[3337]].concat();
    let next = workflow.next(&progress(&rows, &[9161], &outcomes));
    assert_eq!(next, Next::Create(vec![id(3338)]));
}

#[test]
fn a_failed_regrade_leads_by_way_of_the_ticket_to_the_format_step() {
    let workflow = Workflow::builtin();
    let outcomes = outcomes(&[(3337, Outcome::Fail), (3339, Outcome::Fail)]);
    let rows = [&TO_EXTRACT[..], &[3336, 3337, 3338, 3339]].concat();
    let next = workflow.next(&progress(&rows, &[9161], &outcomes));
    assert_eq!(next, Next::Create(vec![id(3340)]));
    let rows = [&rows[..], &[3340]].concat();
    let next = workflow.next(&progress(&rows, &[9161], &outcomes));
    assert_eq!(next, Next::Create(vec![id(3341)]));
}

#[test]
fn a_skip_goes_on_with_what_comes_behind_the_skipped_steps() {
    let workflow = Workflow::builtin();
    let outcomes = outcomes(&[(9184, Outcome::Skip)]);
    let next = workflow.next(&progress(&[9144, 9193, 9184], &[9161], &outcomes));
    assert_eq!(next, Next::Create(vec![id(9185)]));
}

#[test]
fn the_ihl_chain_starts_beside_the_summary_and_not_behind_it() {
    let workflow = Workflow::builtin();
    let next = workflow.next(&progress(&[9144, 9193], &[], &outcomes(&[])));
    assert_eq!(next, Next::Create(vec![id(9161), id(9184)]));
}

#[test]
fn a_fatal_outcome_creates_nothing_more_even_while_other_steps_are_open() {
    let workflow = Workflow::builtin();
    let outcomes = outcomes(&[(9193, Outcome::TooShort)]);
    let next = workflow.next(&progress(&[9144, 9193], &[9184], &outcomes));
    let failed = Next::Failed {
        conversation: id(9193),
        outcome: Outcome::TooShort,
    };
    assert_eq!(next, failed);
}

#[test]
fn a_new_run_creates_its_first_step_and_an_empty_workflow_has_none() {
    let mut workflow = Workflow::builtin();
    assert_eq!(
        workflow.next(&Progress::default()),
        Next::Create(vec![id(9144)])
    );
    workflow.conversations.clear();
    assert_eq!(workflow.next(&Progress::default()), Next::Finished);
}

fn step(number: i32, needs: Vec<ConversationId>, when: Option<Clause>) -> Conversation {
    Conversation {
        id: id(number),
        name: format!("step_{number}"),
        title: String::new(),
        actor: Actor::Model {
            name: "any".to_owned(),
        },
        needs,
        when: when.map(|clause| When { any: vec![clause] }),
        reads: BTreeMap::new(),
        writes: vec![],
        prompt: None,
        output: OutputKind::Grade,
        timeout: std::time::Duration::from_mins(1),
        options: ModelOptions::default(),
        together: None,
        continues_on: vec![],
        fails_on: vec![],
        for_people: false,
    }
}

/// Any graph of up to twelve steps, each needing any earlier ones, some on condition, some fatal;
/// with an outcome for each.
fn any_run() -> impl Strategy<Value = (Workflow, BTreeMap<ConversationId, Outcome>)> {
    let one = (
        any::<u16>(),
        prop::option::of(any::<(bool, u8)>()),
        any::<bool>(),
        0..12_u8,
    );
    prop::collection::vec(one, 1..12).prop_map(|drawn| {
        let grade = |pass| if pass { Outcome::Pass } else { Outcome::Fail };
        let mut workflow = Workflow::builtin();
        workflow.conversations.clear();
        let mut found = BTreeMap::new();
        for (number, (needs, when, pass, fatal)) in (0..).zip(drawn) {
            let needs: Vec<_> = (0..number)
                .filter(|n| needs >> n & 1 == 1)
                .map(id)
                .collect();
            let when = when
                .filter(|_| !needs.is_empty())
                .map(|(is, which)| Clause {
                    of: needs[usize::from(which) % needs.len()],
                    is: grade(is),
                });
            let mut step = step(number, needs, when);
            step.fails_on = if fatal == 0 {
                vec![Outcome::Fail]
            } else {
                vec![]
            };
            workflow.conversations.push(step);
            found.insert(id(number), grade(pass));
        }
        (workflow, found)
    })
}

/// Lets open steps end in the order that `choices` gives; the rows at the end and how it ended.
fn play(
    workflow: &Workflow,
    outcomes: &BTreeMap<ConversationId, Outcome>,
    choices: &[usize],
) -> (Progress, Next) {
    let mut progress = Progress::default();
    let mut open: Vec<ConversationId> = Vec::new();
    for turn in 0.. {
        let next = workflow.next(&progress);
        if let Next::Create(created) = &next {
            assert!(!created.is_empty());
            for id in created {
                let before = progress.rows.insert(*id, Standing::Open);
                assert_eq!(before, None, "step {id} was created twice");
            }
            open.extend(created);
        }
        if let Next::Finished | Next::Failed { .. } = next {
            return (progress, next);
        }
        assert!(!open.is_empty(), "waits for nothing: {progress:?}");
        let ended = open.swap_remove(choices[turn % choices.len()] % open.len());
        progress
            .rows
            .insert(ended, Standing::Completed(outcomes.get(&ended).copied()));
    }
    unreachable!("every turn ends one step")
}

proptest! {
    #[test]
    fn every_run_ends_and_creates_each_step_at_most_once_in_whatever_order_steps_end(
        (workflow, outcomes) in any_run(),
        one in prop::collection::vec(any::<usize>(), 1..20),
        other in prop::collection::vec(any::<usize>(), 1..20),
    ) {
        let (rows, end) = play(&workflow, &outcomes, &one);
        let (other_rows, other_end) = play(&workflow, &outcomes, &other);
        let fatal = |end: &Next| matches!(end, Next::Failed { .. });
        prop_assert_eq!(fatal(&end), fatal(&other_end));
        if !fatal(&end) {
            prop_assert_eq!(&rows, &other_rows);
            prop_assert_eq!(workflow.expected_interactions(&outcomes), rows.rows.len());
        }
    }

    #[test]
    fn the_order_of_the_file_changes_nothing(
        (workflow, outcomes) in any_run(),
        choices in prop::collection::vec(any::<usize>(), 1..20),
    ) {
        let mut reversed = workflow.clone();
        reversed.conversations.reverse();
        prop_assert_eq!(play(&workflow, &outcomes, &choices), play(&reversed, &outcomes, &choices));
    }
}
