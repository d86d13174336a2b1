//! What the brakes keep, and what is left of the limits, in numbers.

use super::counters::Window;
use super::kind::LimitKind;
use crate::command::instruction::{Destructive, Scope};
use crate::model::code::WrittenCode;
use crate::model::hold::Verdict;
use crate::model::ids::{TargetName, TenantName};
use jiff::Timestamp;
use serde::Serialize;

/// A shard's brakes in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrakeFigures {
    pub held: Vec<HeldFigure>,
    pub pauses: Vec<PauseFigure>,
    pub limits: Vec<LimitFigure>,
    /// Of each tenant, how many people may approve what is held.
    pub approvers: Vec<(TenantName, usize)>,
    pub targets: Vec<ShownFigure>,
}

/// What a target shows of itself, beside accounts and groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownFigure {
    pub tenant: TenantName,
    pub target: TargetName,
    /// When the token that usher uses ends, if that is known.
    pub token_ends: Option<Timestamp>,
    /// Groups that usher fills and no policy names; `None`: policies were not read whole.
    pub unnamed_groups: Option<usize>,
}

/// Held rows that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldFigure {
    pub tenant: TenantName,
    pub target: TargetName,
    pub code: WrittenCode,
    pub verdict: VerdictWord,
    pub rows: usize,
    /// Those of them that would take somebody's access.
    pub cuts: usize,
    /// Since when the oldest of them waits.
    pub oldest: Timestamp,
}

/// A pause that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PauseFigure {
    /// None: all tenants.
    pub tenant: Option<TenantName>,
    pub scope: ScopeWord,
    /// None: nobody knows, for a file says it.
    pub since: Option<Timestamp>,
}

/// What of a limit is spent within one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitFigure {
    pub tenant: TenantName,
    pub target: TargetName,
    pub kind: LimitKind,
    pub window: Window,
    pub spent: usize,
    /// None: there is no such limit.
    pub most: Option<usize>,
}

/// What operators have said of a row, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictWord {
    Open,
    Seconded,
    Approved,
    Rejected,
}

impl VerdictWord {
    /// A rejection counts until its time is over.
    pub fn of(verdict: &Verdict, now: Timestamp) -> Self {
        match verdict {
            Verdict::Rejected { until, .. } if *until > now => Self::Rejected,
            Verdict::Open | Verdict::Rejected { .. } => Self::Open,
            Verdict::Seconded { .. } => Self::Seconded,
            Verdict::Approved { .. } => Self::Approved,
        }
    }

    /// As figures and pages say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Seconded => "seconded",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    /// Whether somebody has still to say something.
    pub fn waits(self) -> bool {
        match self {
            Self::Open | Self::Seconded => true,
            Self::Approved | Self::Rejected => false,
        }
    }
}

/// What a pause reaches, in one word: names of targets, sources and rules are for pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeWord {
    Everything,
    Tenant,
    Target,
    Source,
    Rule,
    Destructive,
    /// This replica, by a file beside it.
    Replica,
}

impl ScopeWord {
    pub fn of(scope: &Scope) -> Self {
        match scope {
            Scope::Everything => Self::Everything,
            Scope::Tenant => Self::Tenant,
            Scope::Target(_) => Self::Target,
            Scope::Source(_) => Self::Source,
            Scope::Rule(_) => Self::Rule,
            Scope::Destructive(Destructive::Tenant | Destructive::Target(_)) => Self::Destructive,
        }
    }

    /// As figures say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Tenant => "tenant",
            Self::Target => "target",
            Self::Source => "source",
            Self::Rule => "rule",
            Self::Destructive => "destructive",
            Self::Replica => "replica",
        }
    }
}
