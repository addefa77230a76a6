//! How far the batch is: by its interactions, and by the data that came of them.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Serialize;

use super::ending::measured;
use super::remaining::Prospect;
use crate::monitor::Printable;
use crate::monitor::snapshot::{Snapshot, StepRow};
use crate::record::{ActorType, Conversation};

/// All interactions of a batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Interactions {
    /// Ended well.
    pub completed: u32,
    /// At work.
    pub running: u32,
    /// Known and not begun.
    pub pending: u32,
    /// Ended badly.
    pub failed: u32,
    /// Given up.
    pub cancelled: u32,
    /// How many there will be: those that there are, and those that are likely to come.
    pub expected: f64,
}

/// The interactions of one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The conversation's id.
    pub conversation: i32,
    /// Its name.
    pub name: Printable,
    /// The model or script that does it.
    pub actor: Printable,
    /// Which of the two.
    pub actor_type: ActorType,
    /// Ended well.
    pub completed: u32,
    /// At work.
    pub running: u32,
    /// Known and not begun.
    pub pending: u32,
    /// Ended badly.
    pub failed: u32,
    /// Given up.
    pub cancelled: u32,
    /// Different postings among the completed ones.
    pub postings: u32,
    /// How long a completed one took on the average, in the plan's seconds.
    pub mean_seconds: Option<f64>,
}

/// What is saved of the postings: an interaction that is completed is no data yet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Data {
    /// Postings that have all four fields.
    pub complete: u32,
    /// Each field.
    pub fields: Vec<Field>,
}

/// A field of the postings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its column.
    pub column: &'static str,
    /// Postings of the batch that have it.
    pub saved: u32,
    /// Different postings whose step that writes it is completed.
    pub step_completed: u32,
    /// Postings whose step is completed and that do not have it.
    pub lost: u32,
}

/// An interaction at work.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Running {
    /// `interactions.interaction_id`.
    pub interaction: i64,
    /// Its step.
    pub step: Printable,
    /// The model or script that does it.
    pub actor: Printable,
    /// Its posting.
    pub posting: i64,
    /// The posting's title.
    pub title: Printable,
    /// The attempt.
    pub attempt: i32,
    /// Who holds the lease.
    pub worker: Printable,
    /// How long it has been running, in the plan's seconds.
    pub age_seconds: f64,
    /// How long the lease still runs, in seconds that pass; below 0 it has run out.
    pub lease_seconds: f64,
}

pub(super) fn interactions(snapshot: &Snapshot) -> Interactions {
    let sum = |count: fn(&StepRow) -> u32| snapshot.steps.iter().map(count).sum::<u32>();
    let prospect = Prospect::of(&snapshot.conversations, &snapshot.ways);
    let coming = snapshot.ways.iter().map(|way| {
        let steps = prospect.of_way(way);
        steps.iter().map(|it| it.chance).sum::<f64>() * f64::from(way.runs)
    });
    let final_ones = sum(|it| it.completed + it.failed + it.cancelled);
    Interactions {
        completed: sum(|it| it.completed),
        running: sum(|it| it.running),
        pending: sum(|it| it.pending),
        failed: sum(|it| it.failed),
        cancelled: sum(|it| it.cancelled),
        expected: f64::from(final_ones) + coming.sum::<f64>(),
    }
}

/// In the order in which postings meet them; a step that nobody has met has zeros.
pub(super) fn steps(snapshot: &Snapshot) -> Vec<Step> {
    let means = measured(snapshot);
    let depths = depths(&snapshot.conversations);
    let mut ordered: Vec<&Conversation> = snapshot.conversations.iter().collect();
    ordered.sort_by_key(|it| (depths.get(&it.id).copied(), it.id));
    let step = |it: &Conversation| {
        let count = |count: fn(&StepRow) -> u32| snapshot.step(it.id).map_or(0, count);
        Step {
            conversation: it.id,
            name: it.name.as_str().into(),
            actor: it.actor.as_str().into(),
            actor_type: it.actor_type,
            completed: count(|row| row.completed),
            running: count(|row| row.running),
            pending: count(|row| row.pending),
            failed: count(|row| row.failed),
            cancelled: count(|row| row.cancelled),
            postings: count(|row| row.postings),
            mean_seconds: means.get(&it.id).copied(),
        }
    };
    ordered.into_iter().map(step).collect()
}

/// How many steps come before each, along its longest chain of needs.
fn depths(conversations: &[Conversation]) -> BTreeMap<i32, usize> {
    let mut depths: BTreeMap<i32, usize> = conversations.iter().map(|it| (it.id, 0)).collect();
    // No chain is longer than there are steps, also where they needed each other in a circle.
    for _ in conversations {
        for step in conversations {
            let needs = step.needs.iter().flatten();
            let deepest = needs.filter_map(|need| depths.get(need)).max();
            let depth = deepest
                .map_or(0, |depth| depth + 1)
                .min(conversations.len());
            depths.insert(step.id, depth);
        }
    }
    depths
}

pub(super) fn data(snapshot: &Snapshot) -> Data {
    let saved = &snapshot.data;
    let field = |(column, saved): (&'static str, u32)| {
        let fills_it = |step: &&Conversation| step.writes.iter().any(|it| it == column);
        let writers = snapshot.conversations.iter().filter(fills_it);
        let step_completed = writers
            .filter_map(|step| Some(snapshot.step(step.id)?.postings))
            .sum();
        Field {
            column,
            saved,
            step_completed,
            lost: u32::saturating_sub(step_completed, saved),
        }
    };
    let fields = [
        ("extracted_summary", saved.extracted_summary),
        ("skill_keywords", saved.skill_keywords),
        ("ihl_score", saved.ihl_score),
        ("ihl_category", saved.ihl_category),
    ];
    Data {
        complete: saved.all,
        fields: fields.into_iter().map(field).collect(),
    }
}

pub(super) fn running(snapshot: &Snapshot) -> Vec<Running> {
    let seconds = |time: TimeDelta| time.as_seconds_f64();
    let running = snapshot.running.iter().map(|row| {
        let mut known = snapshot.conversations.iter();
        let actor = known.find(|it| it.id == row.conversation_id);
        Running {
            interaction: row.interaction_id,
            step: snapshot.name_of(row.conversation_id),
            actor: actor.map_or_else(Printable::default, |it| it.actor.as_str().into()),
            posting: row.posting_id,
            title: row.title.clone(),
            attempt: row.attempt,
            worker: row.claimed_by.clone(),
            age_seconds: seconds(snapshot.at - row.started_at).max(0.0) * snapshot.time_scale(),
            lease_seconds: seconds(row.lease_expires_at - snapshot.at),
        }
    });
    running.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::scenes;

    #[test]
    fn interactions_can_be_far_ahead_of_the_data() {
        let snapshot = scenes::middle();
        let (interactions, data) = (interactions(&snapshot), data(&snapshot));
        let share = f64::from(interactions.completed) / interactions.expected;
        assert!(share > 0.6, "{share}");
        assert_eq!(data.complete, 5, "of 50");
        assert!(data.fields.iter().all(|field| field.lost == 0));
    }

    #[test]
    fn a_field_that_is_missing_where_its_step_is_completed_is_lost() {
        let data = data(&scenes::trouble());
        let lost: Vec<_> = data.fields.iter().map(|it| (it.column, it.lost)).collect();
        assert_eq!(
            lost,
            [
                ("extracted_summary", 0),
                ("skill_keywords", 2),
                ("ihl_score", 0),
                ("ihl_category", 0)
            ]
        );
    }

    #[test]
    fn a_field_that_was_there_before_its_step_is_not_lost() {
        let mut snapshot = scenes::beginning();
        snapshot.data.extracted_summary = 50;
        assert_eq!(data(&snapshot).fields[0].lost, 0);
        assert_eq!(data(&snapshot).fields[0].step_completed, 0);
    }

    #[test]
    fn as_many_interactions_are_expected_as_the_choices_until_now_make_likely() {
        // 13 a posting, and two more for the 5 of 35 that were improved.
        let expected = interactions(&scenes::middle()).expected;
        assert!((660.0..690.0).contains(&expected), "{expected}");
    }

    #[test]
    fn steps_stand_in_the_order_in_which_postings_meet_them() {
        let steps = steps(&scenes::middle());
        let place = |name: &str| steps.iter().position(|it| it.name.as_str() == name);
        for (first, then) in [
            ("verify_staged_detail", "check_description"),
            ("extract", "grade_a"),
            ("improve", "regrade"),
            ("ticket", "format"),
            ("format", "save_summary"),
            ("save_summary", "skills"),
        ] {
            assert!(place(first) < place(then), "{first} {then}");
        }
    }

    #[test]
    fn ages_are_the_plans_and_leases_are_the_clocks() {
        let running = running(&scenes::middle());
        assert!((running[0].age_seconds - 16.0).abs() < 1e-6, "{running:?}");
        assert!((running[0].lease_seconds - 55.0).abs() < 1e-6);
    }
}
