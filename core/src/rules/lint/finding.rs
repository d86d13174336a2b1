//! A finding, and the kinds of them.

use crate::model::code::Code;
use crate::rules::Place;
use serde::Serialize;
use std::fmt;

/// Something odd about a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub lint: Lint,
    pub severity: Severity,
    pub place: Place,
    /// What is odd; the cure.
    pub text: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth a thought.
    Hint,
    /// Almost certainly not what is meant.
    Warning,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lint {
    BlankFile,
    NeverTrue,
    AlwaysTrue,
    UnknownValue,
    WrongType,
    FieldNotCarried,
    FieldMisspelt,
    FieldUnguarded,
    TypeNotSent,
    Overlap,
    ByDiffers,
    CrossesPrecedence,
    NoEnd,
    NoWayBack,
    UnusedClaim,
    DeletesAtOnce,
    UnguardedCut,
    OppositeWants,
    NoUserName,
}

impl Lint {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as the codes of errors are asked for")]
    pub fn code(&self) -> Code {
        match self {
            Self::BlankFile => Code::LintBlankFile,
            Self::NeverTrue => Code::LintNeverTrue,
            Self::AlwaysTrue => Code::LintAlwaysTrue,
            Self::UnknownValue => Code::LintUnknownValue,
            Self::WrongType => Code::LintWrongType,
            Self::FieldNotCarried => Code::LintFieldNotCarried,
            Self::FieldMisspelt => Code::LintFieldMisspelt,
            Self::FieldUnguarded => Code::LintFieldUnguarded,
            Self::TypeNotSent => Code::LintTypeNotSent,
            Self::Overlap => Code::LintOverlap,
            Self::ByDiffers => Code::LintByDiffers,
            Self::CrossesPrecedence => Code::LintCrossesPrecedence,
            Self::NoEnd => Code::LintNoEnd,
            Self::NoWayBack => Code::LintNoWayBack,
            Self::UnusedClaim => Code::LintUnusedClaim,
            Self::DeletesAtOnce => Code::LintDeletesAtOnce,
            Self::UnguardedCut => Code::LintUnguardedCut,
            Self::OppositeWants => Code::LintOppositeWants,
            Self::NoUserName => Code::LintNoUserName,
        }
    }

    /// How bad it is, unless the surroundings make it worse.
    fn severity(self) -> Severity {
        match self {
            Self::AlwaysTrue | Self::NoWayBack | Self::NoUserName => Severity::Hint,
            _ => Severity::Warning,
        }
    }

    pub(super) fn at(self, place: &Place, text: impl Into<String>) -> Finding {
        let (severity, place) = (self.severity(), place.clone());
        Finding { lint: self, severity, place, text: text.into() }
    }
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Warning => "warning",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (severity, code) = (self.severity.word(), self.lint.code());
        write!(out, "{}: {severity}[{code}]: {}", self.place, self.text)
    }
}
