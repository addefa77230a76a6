//! What a finding is made of.

use std::fmt;
use std::ops::Range;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is judged wrongly because of it.
    Note,
    /// A verdict may say something else than its reader believes.
    Warning,
    /// The plan contradicts itself, cannot be carried out, or cannot fail where it should.
    Error,
}

/// The kinds of defects that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Defect {
    /// No front matter, or one that cannot be read.
    FrontMatter,
    /// What keeps the plan from being judged by.
    UnreadablePlan,
    /// A cell that the grammar of tiers does not know.
    UnreadableCell,
    /// Two tiers that hold for the same value and say different things.
    OverlappingTiers,
    /// Values that no tier of a row holds.
    ValuesWithoutVerdict,
    /// A single value as the target of something that is measured, not counted.
    PointTarget,
    /// A figure in words or percent that contradicts the one beside it.
    CountAgainstShare,
    /// Several thresholds of one criterion that cannot all be meant.
    ContradictingThresholds,
    /// What must not happen at all in one place and may happen in another.
    MustWithSlack,
    /// A criterion on several lists, which say several things of a miss.
    ListedTwice,
    /// A target, or an acceptable tier, that no value can come to.
    UnreachableTier,
    /// A share that a batch of this size cannot tell from another.
    ShareBeyondBatch,
    /// A share that the batch is too small to prove.
    NotProvable,
    /// A red flag that lies where the platform has ended the run.
    RedFlagBeyondPlatform,
    /// A row that nothing measures.
    UnboundRow,
    /// Criteria that no row mentions.
    UnmentionedCriteria,
    /// A criterion without a figure and without a query.
    NothingToMeasure,
    /// A criterion that is met when nobody writes anything down, or whatever is measured.
    CannotFail,
    /// Situations for which the decision matrix has no advice.
    DecisionHole,
    /// A case of the decision matrix that nothing can turn out to be, or that names nothing known.
    UnboundCase,
    /// A miss that the matrix puts under another case than the decision does.
    DecisionElsewhere,
    /// SQL that does not parse.
    SqlSyntax,
    /// A column that several of the joined tables have.
    AmbiguousColumn,
    /// A column of which nobody says which of the joined tables it is of.
    UnqualifiedColumn,
    /// A column that the table does not have.
    UnknownColumn,
    /// A table that the database does not have.
    UnknownTable,
    /// A date by which rows are chosen, and which the plan's own INSERT does not write.
    UnwrittenColumn,
    /// Rows made of others, which a second time are made again.
    InsertsTwice,
    /// Rows made of others with NULL for what is missing there.
    InsertsNothing,
    /// A limit on the rows that are made, which takes fewer where there are fewer.
    TakesFewer,
    /// An aggregate ordered by what is not grouped.
    UngroupedColumn,
    /// A time window that closes before the worst case has ended.
    WindowTooShort,
    /// A time window where a batch is meant.
    WindowInsteadOfBatch,
    /// An inner join that leaves out the cases that are looked for.
    InnerJoinDropsCases,
    /// An outer join with a condition that NULL does not pass.
    OuterJoinUndone,
    /// A limit below the size of the batch.
    LimitDropsCases,
    /// A mean or total over those that completed.
    SurvivorsOnly,
    /// Completeness of several fields told by one of them.
    OneFieldOfSeveral,
    /// A division by a count that may be zero.
    DivisionByZero,
    /// A figure whose name gives it another unit than its expression.
    UnitOfAlias,
    /// A part of a duration, such as its seconds, in the place of the whole.
    PartOfInterval,
    /// A difference whose sign nobody knows, compared from one side.
    SignedDifference,
    /// Dates of creation as proof of what ran when.
    CreationIsNotExecution,
    /// A category of failure told by the wording of a text.
    CategoryByWording,
    /// Errors looked for in one place only.
    ErrorsInOnePlace,
    /// A split that takes the last part, whether there are several or not.
    LastPartOfOne,
}

impl Defect {
    /// Its name, stable and in kebab case.
    pub fn id(self) -> &'static str {
        match self {
            Self::FrontMatter => "front-matter",
            Self::UnreadablePlan => "unreadable-plan",
            Self::UnreadableCell => "unreadable-cell",
            Self::OverlappingTiers => "overlapping-tiers",
            Self::ValuesWithoutVerdict => "values-without-verdict",
            Self::PointTarget => "point-target",
            Self::CountAgainstShare => "count-against-share",
            Self::ContradictingThresholds => "contradicting-thresholds",
            Self::MustWithSlack => "must-with-slack",
            Self::ListedTwice => "listed-twice",
            Self::UnreachableTier => "unreachable-tier",
            Self::ShareBeyondBatch => "share-beyond-batch",
            Self::NotProvable => "not-provable",
            Self::RedFlagBeyondPlatform => "red-flag-beyond-platform",
            Self::UnboundRow => "unbound-row",
            Self::UnmentionedCriteria => "unmentioned-criteria",
            Self::NothingToMeasure => "nothing-to-measure",
            Self::CannotFail => "cannot-fail",
            Self::DecisionHole => "decision-hole",
            Self::UnboundCase => "unbound-case",
            Self::DecisionElsewhere => "decision-elsewhere",
            Self::SqlSyntax => "sql-syntax",
            Self::AmbiguousColumn => "ambiguous-column",
            Self::UnqualifiedColumn => "unqualified-column",
            Self::UnknownColumn => "unknown-column",
            Self::UnknownTable => "unknown-table",
            Self::UnwrittenColumn => "unwritten-column",
            Self::InsertsTwice => "inserts-twice",
            Self::InsertsNothing => "inserts-nothing",
            Self::TakesFewer => "takes-fewer",
            Self::UngroupedColumn => "ungrouped-column",
            Self::WindowTooShort => "window-too-short",
            Self::WindowInsteadOfBatch => "window-instead-of-batch",
            Self::InnerJoinDropsCases => "inner-join-drops-cases",
            Self::OuterJoinUndone => "outer-join-undone",
            Self::LimitDropsCases => "limit-drops-cases",
            Self::SurvivorsOnly => "survivors-only",
            Self::OneFieldOfSeveral => "one-field-of-several",
            Self::DivisionByZero => "division-by-zero",
            Self::UnitOfAlias => "unit-of-alias",
            Self::PartOfInterval => "part-of-interval",
            Self::SignedDifference => "signed-difference",
            Self::CreationIsNotExecution => "creation-is-not-execution",
            Self::CategoryByWording => "category-by-wording",
            Self::ErrorsInOnePlace => "errors-in-one-place",
            Self::LastPartOfOne => "last-part-of-one",
        }
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::UnmentionedCriteria => Severity::Note,
            Self::FrontMatter
            | Self::PointTarget
            | Self::NotProvable
            | Self::RedFlagBeyondPlatform
            | Self::UnboundRow
            | Self::UnboundCase
            | Self::UnqualifiedColumn
            | Self::WindowInsteadOfBatch
            | Self::UnknownTable
            | Self::UnwrittenColumn
            | Self::InsertsNothing
            | Self::TakesFewer
            | Self::SurvivorsOnly
            | Self::SignedDifference
            | Self::CategoryByWording
            | Self::ErrorsInOnePlace
            | Self::LastPartOfOne => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// Something wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of which kind.
    pub defect: Defect,
    /// Where, in bytes of the plan's text.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub advice: String,
    /// Other places that belong to it.
    pub related: Vec<Related>,
}

/// A place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where, in bytes of the plan's text.
    pub span: Range<usize>,
    /// What it has to do with the finding.
    pub label: String,
}

impl Finding {
    pub(super) fn new(
        defect: Defect,
        span: Range<usize>,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            defect,
            span,
            message: message.into(),
            advice: advice.into(),
            related: Vec::new(),
        }
    }

    pub(super) fn beside(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related.push(Related {
            span,
            label: label.into(),
        });
        self
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.defect.severity()
    }
}
