//! Why a rule file is refused: where, what, and the cure.

use crate::model::claim::Precedence;
use crate::model::code::Code;
use crate::model::event_kind::EventKind;
use crate::model::ids::RuleName;
use crate::model::spelling;
use std::fmt;
use std::sync::Arc;

/// A line of a rule file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: Arc<str>,
    /// From 1.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.line)
    }
}

/// A rule file that cannot be used. Trying again does not help; it must be edited.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{place}: {text}")]
    Unreadable { place: Place, text: String },
    #[error("{place}: {what}: {hint}", hint = spelling::unknown_type(kind))]
    UnknownType { place: Place, what: String, kind: String },
    #[error("{place}: {what} has nothing in `on`, so it would never speak; name an event type")]
    NoType { place: Place, what: String },
    #[error("{place}: {what} names the event type `{kind}` twice; join its conditions with `||`")]
    TypeTwice { place: Place, what: String, kind: EventKind },
    #[error("{place}: {what} has an expression that cannot be compiled: `{expression}`")]
    Expression {
        place: Place,
        what: String,
        expression: String,
        #[source]
        cause: ExpressionError,
    },
    #[error("{place}: the rule has no name; give it one that no other rule has")]
    NoName { place: Place },
    #[error(
        "{place}: `{name}` is what the attribute mapping is called; give the rule another name"
    )]
    ReservedName { place: Place, name: RuleName },
    #[error("{place}: there is a rule `{name}` already, at {first}; rename one of them")]
    RuleTwice { place: Place, first: Place, name: RuleName },
    #[error("{place}: there is a `profile` already, at {first}; put everything into one of them")]
    ProfileTwice { place: Place, first: Place },
    #[error(
        "{place}: rule `{rule}` has {has} `assert` and `withdraw`; give it exactly one of them, and write two rules for both"
    )]
    OneAction {
        place: Place,
        rule: RuleName,
        /// `neither of` or `both`.
        has: &'static str,
    },
    #[error("{place}: rule `{rule}` has an `urgency`, but a withdrawal has none; leave it out")]
    UrgentWithdrawal { place: Place, rule: RuleName },
    #[error(
        "{place}: rule `{rule}` withdraws a claim, and cannot be observed; say `mode` at the rule that asserts it"
    )]
    ObservedWithdrawal { place: Place, rule: RuleName },
    #[error("{place}: rule `{rule}` has both `for` and `until`; keep one of them")]
    TwoEnds { place: Place, rule: RuleName },
    #[error(
        "{place}: the claim of rule `{rule}` ends as it begins, so it would never be in force; let it last longer"
    )]
    NeverInForce { place: Place, rule: RuleName },
    #[error(
        "{place}: rule `{rule}` has a stage in `then` that comes when its claim is over; let the claim last longer, or the stage come sooner"
    )]
    StageTooLate { place: Place, rule: RuleName },
    #[error(
        "{place}: rule `{rule}` reckons from `{instant}`, which an event of the type `{kind}` never tells, for it takes effect at once; give that type a rule of its own"
    )]
    NeverTold { place: Place, rule: RuleName, instant: String, kind: EventKind },
    #[error(
        "{place}: rule `{rule}` speaks about `{kind}`, which only tells what was found; act on `account.orphaned` or `account.left_active`, or leave the type out"
    )]
    OnlyInforms { place: Place, rule: RuleName, kind: EventKind },
    #[error(
        "{place}: rule `{rule}` tells claims on `{kind}` apart by {by}, and nobody is known there but the account; leave `by` out", by = by.word()
    )]
    AccountBy { place: Place, rule: RuleName, kind: EventKind, by: Apart },
    #[error("{place}: rule `{rule}` has an empty `{field}`; say what it should be")]
    Empty { place: Place, rule: RuleName, field: &'static str },
    #[error("{place}: rule `{rule}` wants {facet} and its opposite at once; keep one of them")]
    SelfContradiction { place: Place, rule: RuleName, facet: String },
    #[error("{place}: rule `{rule}` asserts `{claim}` with precedence {precedence}, but rule `{other}` at {other_place} with {other_precedence}; a claim has one precedence, so use the same or another name", precedence = word(*precedence), other_precedence = word(*other_precedence))]
    TwoPrecedences {
        place: Place,
        rule: RuleName,
        claim: String,
        precedence: Precedence,
        other: RuleName,
        other_place: Place,
        other_precedence: Precedence,
    },
    #[error(
        "{place}: rule `{rule}` withdraws `{claim}`, which no rule asserts; these are asserted: {asserted}"
    )]
    NeverAsserted { place: Place, rule: RuleName, claim: String, asserted: String },
    #[error("{place}: rule `{rule}` speaks about `{kind}`, which is only asked for, and {slip}")]
    Asked { place: Place, rule: RuleName, kind: EventKind, slip: AskedSlip },
    #[error("{place}: rule `{rule}` wants {facet}, but rule `{other}` at {other_place} wants the opposite with the same precedence, {precedence}; give one of them another precedence or a `target` of its own, or drop one wish", precedence = word(*precedence))]
    Contradiction {
        place: Place,
        rule: RuleName,
        facet: String,
        precedence: Precedence,
        other: RuleName,
        other_place: Place,
    },
}

/// Everything that is wrong: one error, and more.
#[derive(Debug)]
pub struct Errors {
    pub first: Error,
    pub more: Vec<Error>,
}

/// Nothing may be wrong.
pub(super) fn refuse(errors: Vec<Error>) -> Result<(), Errors> {
    let mut errors = errors.into_iter();
    match errors.next() {
        None => Ok(()),
        Some(first) => Err(Errors { first, more: errors.collect() }),
    }
}

impl Errors {
    pub fn into_all(self) -> impl Iterator<Item = Error> {
        std::iter::once(self.first).chain(self.more)
    }
}

impl Error {
    /// Where it is.
    pub fn place(&self) -> &Place {
        match self {
            Self::Unreadable { place, .. }
            | Self::UnknownType { place, .. }
            | Self::NoType { place, .. }
            | Self::TypeTwice { place, .. }
            | Self::Expression { place, .. }
            | Self::NoName { place }
            | Self::ReservedName { place, .. }
            | Self::RuleTwice { place, .. }
            | Self::ProfileTwice { place, .. }
            | Self::OneAction { place, .. }
            | Self::UrgentWithdrawal { place, .. }
            | Self::ObservedWithdrawal { place, .. }
            | Self::TwoEnds { place, .. }
            | Self::NeverInForce { place, .. }
            | Self::StageTooLate { place, .. }
            | Self::Empty { place, .. }
            | Self::SelfContradiction { place, .. }
            | Self::TwoPrecedences { place, .. }
            | Self::NeverAsserted { place, .. }
            | Self::NeverTold { place, .. }
            | Self::OnlyInforms { place, .. }
            | Self::AccountBy { place, .. }
            | Self::Asked { place, .. }
            | Self::Contradiction { place, .. } => place,
        }
    }

    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Unreadable { .. } => Code::RulesUnreadable,
            Self::UnknownType { .. } => Code::RulesUnknownType,
            Self::NoType { .. } => Code::RulesNoType,
            Self::TypeTwice { .. } => Code::RulesTypeTwice,
            Self::Expression { .. } => Code::RulesExpression,
            Self::NoName { .. } => Code::RulesNoName,
            Self::ReservedName { .. } => Code::RulesReservedName,
            Self::RuleTwice { .. } => Code::RulesNameTwice,
            Self::ProfileTwice { .. } => Code::RulesProfileTwice,
            Self::OneAction { .. } => Code::RulesOneAction,
            Self::UrgentWithdrawal { .. } => Code::RulesUrgentWithdrawal,
            Self::ObservedWithdrawal { .. } => Code::RulesObservedWithdrawal,
            Self::TwoEnds { .. } => Code::RulesTwoEnds,
            Self::Empty { .. } => Code::RulesEmpty,
            Self::SelfContradiction { .. } => Code::RulesContradictsItself,
            Self::TwoPrecedences { .. } => Code::RulesTwoPrecedences,
            Self::NeverAsserted { .. } => Code::RulesNeverAsserted,
            Self::Contradiction { .. } => Code::RulesContradiction,
            Self::NeverInForce { .. } => Code::RulesNeverInForce,
            Self::StageTooLate { .. } => Code::RulesStageTooLate,
            Self::NeverTold { .. } => Code::RulesNeverTold,
            Self::OnlyInforms { .. } | Self::AccountBy { .. } => Code::RulesAccounts,
            Self::Asked { .. } => Code::RulesRequests,
        }
    }
}

/// Why a rule lets those who ask do more than they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskedSlip {
    #[error(
        "gives something above `precedence: profile`, so that it could let somebody in whom HR or security keeps out; write `profile`"
    )]
    GivesTooMuch,
    #[error("takes something above `precedence: leave`; write `leave`")]
    TakesTooMuch,
    #[error(
        "says `by: person`, `employment` or `detection`, so that others than whoever asked could end it; leave `by` out"
    )]
    By,
    #[error(
        "withdraws a claim that others than those who ask make, so that it could undo what HR or security says; withdraw a claim that only requests make"
    )]
    OthersClaim,
}

/// What tells claims apart that cannot be meant of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    Person,
    Employment,
}

impl Apart {
    fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Employment => "employment",
        }
    }
}

/// Why an expression cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ExpressionError {
    #[error("it is empty; write an expression, or leave the key out")]
    Empty,
    #[error("{}column {column}: {message}; conditions are joined by `&&` and `||`, denied by `!`, and compare with `==`", of_line(*line))]
    Syntax {
        /// Of the expression, from 1.
        line: usize,
        column: usize,
        message: String,
    },
    #[error(
        "there is no variable `{name}`; write `data.{name}` for a member of the event's data, or one of: {known}"
    )]
    UnknownVariable { name: String, known: String },
    #[error("there is no function `{name}`; there are, among others: {}", FUNCTIONS.join(", "))]
    UnknownFunction { name: String },
}

/// What conditions may need.
pub(super) const FUNCTIONS: [&str; 9] =
    ["has", "size", "contains", "startsWith", "endsWith", "matches", "exists", "all", "filter"];

fn of_line(line: usize) -> String {
    if line > 1 { format!("line {line}, ") } else { String::new() }
}

pub(super) fn word(precedence: Precedence) -> &'static str {
    match precedence {
        Precedence::Profile => "profile",
        Precedence::Leave => "leave",
        Precedence::Leaver => "leaver",
        Precedence::Security => "security",
    }
}
