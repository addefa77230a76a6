//! What a row says: what happened once, what would stop it today, how it is made to happen again, and what the judge
//! must make of it.

use batchproof::record::RunRecord;
use batchproof::trial::TrialSettings;
use serde_json::Value;
use wave_runner::workflow::{Conversation, ConversationId, Rule, Workflow};

/// One way in which a batch goes wrong.
pub(crate) struct Sabotage {
    /// Its name as a test.
    pub(crate) name: &'static str,
    /// What it is about, in a word.
    pub(crate) family: &'static str,
    /// What happened when it happened.
    pub(crate) history: &'static str,
    /// What stops it where nothing is broken.
    pub(crate) guard: Guard,
    /// What is broken.
    pub(crate) broken: &'static [Break],
    /// The criteria that must be missed: these and no others.
    pub(crate) turns: &'static [&'static str],
    /// The doubts about the evidence that must arise: these and no others.
    pub(crate) doubts: &'static [&'static str],
}

/// What stops a failure before the judge has to find it.
#[derive(Clone, Copy)]
pub(crate) enum Guard {
    /// The lint refuses the workflow with this finding; the row runs it unlinted, and the driver holds the finding.
    Lint(Rule),
    /// This constraint or trigger of the schema refuses the rows; the row's statements take it away, and fail if it
    /// is not there.
    Schema(&'static str),
    /// Something else in the product, which the row keeps: what turns is what is left for the judge to see.
    Kept(&'static str),
    /// Something else in the product, which the row keeps and which puts everything right: nothing turns. That there was
    /// something to put right, the record has to show, or the row is the control under another name.
    Repairs(&'static str, fn(&RunRecord) -> bool),
    /// Something else in the product, which the row goes round.
    Bypassed(&'static str),
    /// Nothing but the judge.
    TheJudgeAlone,
}

impl Guard {
    /// For the closing table.
    pub(crate) fn told(self) -> String {
        match self {
            Self::Lint(rule) => format!("lint: {rule:?}"),
            Self::Schema(constraint) => format!("schema: {constraint}"),
            Self::Kept(guard) | Self::Repairs(guard, _) => format!("kept: {guard}"),
            Self::Bypassed(guard) => guard.to_owned(),
            Self::TheJudgeAlone => "the judge alone".to_owned(),
        }
    }
}

/// One thing that is broken.
pub(crate) enum Break {
    /// Statements run in the migrated database before the batch: a guard goes, the damage comes.
    Database(&'static str),
    /// The built-in workflow, changed.
    Workflow(fn(&mut Workflow)),
    /// The trial, told otherwise.
    Settings(fn(&mut TrialSettings)),
    /// What the careers site says of each posting, changed.
    Postings(fn(&mut Value)),
    /// Statements run when the batch is over and before its record is collected.
    Afterwards(&'static str),
    /// The runner's own word that the batch is done, whatever became of it.
    CalledDone,
    /// Somebody opens connections to the batch's database and closes none.
    LeakingConnections,
}

/// A step of a workflow, to be changed.
pub(crate) fn step(workflow: &mut Workflow, id: i32) -> &mut Conversation {
    let mut steps = workflow.conversations.iter_mut();
    steps.find(|step| step.id == ConversationId(id)).unwrap()
}

/// Writes something else into a step's prompt.
pub(crate) fn reword(workflow: &mut Workflow, id: i32, found: &str, instead: &str) {
    let prompt = step(workflow, id).prompt.as_mut().unwrap();
    assert!(prompt.contains(found), "{found:?} is not in the prompt");
    *prompt = prompt.replace(found, instead);
}
