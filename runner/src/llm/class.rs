//! The classes of failure, and what each asks for: a table. Pure.

use super::Decision;

/// What kind of failure ended an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureClass {
    /// Nobody listens at the server's address.
    Unreachable,
    /// 503: its queue is full.
    Busy,
    /// The model did not fit into memory.
    OutOfMemory,
    /// The model's process died, before the answer or within it.
    Crashed,
    /// Our total limit ended a call of which no byte had come.
    NoFirstByte,
    /// Our total limit ended a call whose bytes still came.
    TooSlow,
    /// The answer had begun, then no byte came any more.
    Hung,
    /// The connection broke in mid-answer.
    StreamCut,
    /// What came is no answer: no event of the stream, nothing at all, or far too much.
    Garbage,
    /// The server ended the answer without `done: true`, or was done for a reason of its own.
    NotDone,
    /// The answer ran into `num_predict`.
    RanOverLength,
    /// The answer is whole and not what its step asks for.
    Malformed,
    /// The prompt does not fit, or was read in part.
    PromptTooLong,
    /// The server does not have the model.
    ModelMissing,
    /// The server refused the request for what it is, or is no model server.
    Refused,
}

/// Whose failure it is, and so what else it puts in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The whole server.
    Server,
    /// This model on this server.
    Model,
    /// Nothing but the answer: the server is well.
    Answer,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The class.
    pub class: FailureClass,
    /// Its word in the database.
    pub word: &'static str,
    /// Whose failure it is.
    pub reach: Reach,
    /// What to do.
    pub decision: Decision,
    /// How many attempts may fail like this before the interaction does. `None`: any number, because it is not the
    /// posting's fault; the run ends when no server has answered for long.
    pub attempts: Option<u32>,
}

const fn row(
    class: FailureClass,
    word: &'static str,
    reach: Reach,
    decision: Decision,
    attempts: Option<u32>,
) -> Row {
    Row {
        class,
        word,
        reach,
        decision,
        attempts,
    }
}

/// Every class once, in the order of the enum.
pub const TABLE: [Row; 15] = {
    use Decision::{FixSetup, GiveUp, RetryFresh, RetryLater};
    use FailureClass as F;
    use Reach::{Answer, Model, Server};
    [
        row(F::Unreachable, "unreachable", Server, RetryLater, None),
        row(F::Busy, "busy", Model, RetryLater, None),
        row(F::OutOfMemory, "out_of_memory", Model, RetryLater, None),
        // A posting whose prompt kills the model's process must not do so for ever.
        row(F::Crashed, "crashed", Model, RetryLater, Some(6)),
        row(F::NoFirstByte, "no_first_byte", Model, RetryLater, Some(3)),
        // Its bytes came: the server is well, and this answer is too long for it.
        row(F::TooSlow, "too_slow", Answer, RetryLater, Some(3)),
        row(F::Hung, "hung", Model, RetryFresh, Some(3)),
        row(F::StreamCut, "stream_cut", Model, RetryFresh, Some(6)),
        row(F::Garbage, "garbage", Answer, RetryFresh, Some(3)),
        row(F::NotDone, "not_done", Answer, RetryFresh, Some(3)),
        row(
            F::RanOverLength,
            "ran_over_length",
            Answer,
            RetryFresh,
            Some(3),
        ),
        row(F::Malformed, "malformed", Answer, RetryFresh, Some(3)),
        row(F::PromptTooLong, "prompt_too_long", Answer, GiveUp, Some(1)),
        row(F::ModelMissing, "model_missing", Model, FixSetup, None),
        row(F::Refused, "refused", Model, FixSetup, None),
    ]
};

impl FailureClass {
    /// The class's row.
    pub fn row(self) -> Row {
        // The table is in the enum's order, which a test holds.
        TABLE[self as usize]
    }

    /// Its word in the database.
    pub fn as_str(self) -> &'static str {
        self.row().word
    }

    /// The class of a word in the database; `None` for a word of another version.
    pub fn of_word(word: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|row| row.word == word)
            .map(|row| row.class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_its_own_row_and_its_own_word() {
        for (place, row) in TABLE.iter().enumerate() {
            assert_eq!(row.class as usize, place, "{row:?}");
            assert_eq!(row.class.row(), *row);
            assert_eq!(FailureClass::of_word(row.word), Some(row.class));
        }
        assert_eq!(FailureClass::of_word("of another version"), None);
    }

    #[test]
    fn what_is_the_answers_fault_is_bounded_and_what_is_the_servers_alone_is_not() {
        for row in TABLE {
            match row.reach {
                Reach::Answer => assert!(row.attempts.is_some(), "{row:?}"),
                Reach::Server => assert_eq!(row.attempts, None, "{row:?}"),
                Reach::Model => {}
            }
        }
    }
}
