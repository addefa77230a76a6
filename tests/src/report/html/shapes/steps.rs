//! The steps of a workflow, as a reader knows them: their names, their order, and what kind of work each is.

use crate::judge::conversations::{
    ANALYST, CHECK_SKILLS, CHECK_SUMMARY, EXPERT, EXTRACT, FORMAT, GRADE_A, GRADE_B, IMPROVE,
    REGRADE, SAVE_SUMMARY, SKEPTIC, SKILLS, TICKET,
};
use crate::record::{ActorType, RunRecord};

/// What kind of work a step is. Steps of one kind have one colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Extract,
    Grade,
    Rework,
    Format,
    Skills,
    Ihl,
    Script,
    /// Of a workflow that is not the plan's.
    Other,
}

impl Kind {
    /// The class that the style sheet knows it by.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Extract => "k-extract",
            Self::Grade => "k-grade",
            Self::Rework => "k-rework",
            Self::Format => "k-format",
            Self::Skills => "k-skills",
            Self::Ihl => "k-ihl",
            Self::Script => "k-script",
            Self::Other => "k-other",
        }
    }
}

/// The steps of workflow 3001 in the order in which a posting takes them.
const ORDER: [(i32, Kind); 14] = [
    (CHECK_SUMMARY, Kind::Script),
    (EXTRACT, Kind::Extract),
    (GRADE_A, Kind::Grade),
    (GRADE_B, Kind::Grade),
    (IMPROVE, Kind::Rework),
    (REGRADE, Kind::Rework),
    (TICKET, Kind::Rework),
    (FORMAT, Kind::Format),
    (SAVE_SUMMARY, Kind::Script),
    (CHECK_SKILLS, Kind::Script),
    (SKILLS, Kind::Skills),
    (ANALYST, Kind::Ihl),
    (SKEPTIC, Kind::Ihl),
    (EXPERT, Kind::Ihl),
];

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) conversation: i32,
    pub(crate) name: String,
    pub(crate) actor: String,
    pub(crate) kind: Kind,
}

/// The steps of a record's workflow, in the order of the plan; others behind them, by id.
pub(crate) fn steps(record: &RunRecord) -> Vec<Step> {
    let mut steps: Vec<Step> = record
        .workflow
        .conversations
        .iter()
        .map(|it| Step {
            conversation: it.id,
            name: it.name.clone(),
            actor: it.actor.clone(),
            kind: kind(it.id, it.actor_type),
        })
        .collect();
    for row in &record.interactions {
        if !steps
            .iter()
            .any(|it| it.conversation == row.conversation_id)
        {
            steps.push(Step {
                conversation: row.conversation_id,
                name: "conversation".to_owned(),
                actor: row.actor.clone(),
                kind: kind(row.conversation_id, row.actor_type),
            });
        }
    }
    steps.sort_by_key(|step| place(step.conversation, step.kind));
    steps
}

/// Scripts that no plan names come first: they look at what is there before anything is asked.
fn place(conversation: i32, kind: Kind) -> (usize, i32) {
    let known = ORDER.iter().position(|(id, _)| *id == conversation);
    let unknown = if kind == Kind::Script {
        0
    } else {
        ORDER.len() + 1
    };
    (known.map_or(unknown, |place| place + 1), conversation)
}

fn kind(conversation: i32, actor_type: ActorType) -> Kind {
    let known = ORDER.iter().find(|(id, _)| *id == conversation);
    match (actor_type, known) {
        (ActorType::Script, _) => Kind::Script,
        (ActorType::AiModel, Some((_, kind))) => *kind,
        (ActorType::AiModel, None) => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;

    #[test]
    fn steps_stand_in_the_order_in_which_a_posting_takes_them() {
        let ids: Vec<i32> = steps(&doctored::healthy())
            .iter()
            .map(|step| step.conversation)
            .collect();
        assert_eq!(ids[..5], [9144, 9193, CHECK_SUMMARY, EXTRACT, GRADE_A]);
        assert_eq!(ids[13..], [ANALYST, SKEPTIC, EXPERT]);
    }

    #[test]
    fn a_step_that_the_workflow_lacks_is_told_all_the_same() {
        let mut record = doctored::healthy_of(1);
        record.workflow.conversations.clear();
        record.interactions[0].conversation_id = 77;
        let steps = steps(&record);
        assert_eq!(steps.len(), 13);
        assert!(steps.iter().any(|step| step.conversation == 77));
    }
}
