//! What would let a held row go, and who can see to that.

use super::held::short;
use super::words::quoted;
use crate::model::code::Code;
use crate::model::hold::{Effect, Hold, HoldDigest, Verdict};
use crate::model::ids::{TargetName, TenantName};
use crate::model::wish::Facet;
use serde::Serialize;

/// What would let a row go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// Somebody approves or rejects it.
    Verdict,
    /// Nobody knows the value it had, so it can only be left as it is.
    Rejection,
    /// The pause is resumed.
    Resumption,
    /// The file that stops the replica is taken away.
    PauseFile,
    /// Somebody says who is who.
    Identity,
    /// Somebody has looked why a removal took too many, and lets removals go on.
    Removals,
    /// The legal hold ends at its source.
    LegalHold,
    /// The configuration protects no longer whom or what it would touch.
    Protection,
    /// Nothing that an operator can do.
    Nothing,
}

impl Release {
    pub(super) fn of(hold: &Hold) -> Self {
        // Whoever was rejected while it was paused waits on when it is resumed.
        let is_rejected = matches!(hold.verdict, Verdict::Rejected { .. });
        match (&hold.effect, hold.why.code.known()) {
            (Effect::Identity, _) => Self::Identity,
            (_, Some(Code::PauseOrdered | Code::PauseFile)) if is_rejected => Self::Verdict,
            (_, Some(Code::PauseOrdered)) => Self::Resumption,
            (_, Some(Code::PauseFile)) => Self::PauseFile,
            (_, Some(Code::RemovalStopped)) => Self::Removals,
            (_, Some(Code::DeletionLegalHold)) => Self::LegalHold,
            (_, Some(code)) if code.is_of_protection() => Self::Protection,
            (_, Some(Code::PlanUnsound)) => Self::Nothing,
            (Effect::WayBack(Facet::Account | Facet::Attribute(_)), _) => Self::Rejection,
            (Effect::WayBack(Facet::Active | Facet::Group(_)) | Effect::Operation(_), _) => {
                Self::Verdict
            }
        }
    }

    /// The command line that lets a row go; `None`: it takes something else, or a choice that only
    /// somebody can make.
    pub(super) fn command(
        self,
        tenant: &TenantName,
        target: &TargetName,
        digest: &HoldDigest,
    ) -> Option<String> {
        let tenant = quoted(tenant.as_str());
        match self {
            Self::Verdict => Some(format!("usher approve {} --tenant {tenant}", short(digest))),
            Self::Rejection => Some(format!("usher reject {} --tenant {tenant}", short(digest))),
            Self::Removals => {
                Some(format!("usher release {} --tenant {tenant}", quoted(target.as_str())))
            }
            Self::Resumption
            | Self::PauseFile
            | Self::Identity
            | Self::LegalHold
            | Self::Protection
            | Self::Nothing => None,
        }
    }

    /// Whether somebody has to do something, or it ends by itself in its time.
    pub fn is_by_somebody(self) -> bool {
        match self {
            Self::LegalHold => false,
            Self::Verdict
            | Self::Rejection
            | Self::Resumption
            | Self::PauseFile
            | Self::Removals
            | Self::Identity
            | Self::Protection
            | Self::Nothing => true,
        }
    }

    /// In words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Verdict => "usher approve, or usher reject",
            Self::Rejection => "usher reject; the value of before is not known",
            Self::Resumption => "usher resume, with the scope of the pause",
            Self::PauseFile => "take the pause_file away",
            Self::Identity => "usher link, part or bind; or another name for one of them, from HR",
            Self::Removals => "usher release, once somebody has looked at the target",
            Self::LegalHold => "end the legal hold at its source",
            Self::Protection => "take it out of `protected` in the configuration",
            Self::Nothing => "a mended usher; please report it",
        }
    }
}
