//! The rules by name.

/// A rule of [`Workflow::lint`](crate::workflow::Workflow::lint).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// An id stands for one step.
    DuplicateId,
    /// A name stands for one step: it names the prompt's file.
    DuplicateName,
    /// `needs` names steps that exist.
    UnknownNeed,
    /// No step waits for itself, however far round.
    Cycle,
    /// Some assignment of outcomes lets the step run.
    Unreachable,
    /// A step's output is read, written to a column, branched on, or meant for people.
    DeadEnd,
    /// A condition looks at steps that are over by then.
    WhenNotUpstream,
    /// Only outcomes that a step can have are named.
    ImpossibleOutcome,
    /// Every outcome of a step with several is named somewhere.
    UnhandledOutcome,
    /// A grader's FAIL changes what happens.
    UnusedVerdict,
    /// A source can have a value when the step reads it.
    UnwrittenRead,
    /// On every path to the step, some source of each placeholder has a value.
    MissingRead,
    /// No two placeholders of a step show the same thing.
    RepeatedRead,
    /// A placeholder named after a kind of output is fed with that kind.
    SourceOfAnotherKind,
    /// The template names only what is read.
    UnknownPlaceholder,
    /// What is read appears in the template.
    UnusedRead,
    /// Placeholders have two braces on each side; `{name}` would be sent as it stands.
    LiteralPlaceholder,
    /// The template can be read.
    BrokenTemplate,
    /// The prompt's first line says which step asks.
    TaskLine,
    /// Every path to completion fills every required column.
    UnwrittenColumn,
    /// No path writes a column twice.
    TwoWriters,
    /// A step writes only columns that its output has a value for.
    ColumnWithoutValue,
    /// A model has one context size; a change makes the server load it again.
    MixedContext,
    /// An answer has a limit, and leaves room for the prompt.
    UnboundedAnswer,
    /// A step's own limit cuts it before the watchdog does.
    TimeoutBeyondWatchdog,
    /// Steps sent together become ready together.
    TogetherNotSiblings,
    /// Steps sent together ask different models.
    TogetherSharesModel,
    /// There are few enough paths to follow each.
    TooManyPaths,
}
