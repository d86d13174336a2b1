//! What waits for somebody, row by row, and what operators have paused.

use super::difference::known_as;
use super::history::Event;
use super::people::goes_by;
pub use super::release::Release;
use crate::engine::brakes::figures::VerdictWord;
use crate::engine::brakes::halt::PauseOrder;
use crate::engine::brakes::removals::RemovalStop;
use crate::engine::deeds::tell;
use crate::engine::record::{Aside, Kept};
use crate::model::code::{Code, WrittenCode};
use crate::model::decision::Cause;
use crate::model::hold::{Approval, Hold, HoldDigest, Verdict};
use crate::model::ids::{PersonId, TargetName, TenantName};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many signs of a digest are shown to people.
const SHORT: usize = 12;

/// Which rows are meant; what is not said takes all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub target: Option<TargetName>,
    /// A person's id, or one of their names, whole.
    pub person: Option<String>,
    pub code: Option<Code>,
    /// Rows that began to wait then or later.
    pub since: Option<Timestamp>,
}

/// One thing that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub tenant: TenantName,
    pub person: PersonId,
    pub known_as: String,
    pub target: TargetName,
    /// What would be called: `deactivate active`, `delete`, `way back of active`.
    pub what: String,
    pub code: WrittenCode,
    pub text: String,
    pub since: Timestamp,
    /// The event behind it; absent for timers and drift.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
    pub verdict: Said,
    pub digest: HoldDigest,
    pub released_by: Release,
}

/// What operators have said of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "word")]
pub enum Said {
    Open,
    Seconded { by: Vec<String> },
    Approved { by: Vec<String> },
    Rejected { by: String, until: Timestamp },
}

/// How many rows there are of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub rows: usize,
    pub people: usize,
    pub open: usize,
    pub seconded: usize,
    pub approved: usize,
    pub rejected: usize,
    pub by_code: BTreeMap<WrittenCode, usize>,
}

/// All rows that were asked for, and all pauses.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    rows: Vec<Row>,
    pauses: Vec<PauseOrder>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stops: Vec<RemovalStop>,
    counts: Counts,
    /// Those whose records cannot be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aside: Vec<Aside>,
}

/// Why the beginning of a digest names no row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchRow {
    #[error(
        "nothing waits under the digest `{0}`; it ended, its effects are others now, or it is mistyped"
    )]
    None(String),
    #[error("{count} digests begin with `{digest}`; give more of its signs")]
    Several { digest: String, count: usize },
}

impl Filter {
    /// The rows of one person that are meant.
    pub fn rows(&self, kept: &Kept, now: Timestamp) -> Vec<Row> {
        let is_other = |name: &String| !goes_by(&kept.person, name);
        if self.person.as_ref().is_some_and(is_other) {
            return Vec::new();
        }
        let seats = kept.seats.iter();
        let holds = seats.flat_map(|(target, seat)| seat.holds.iter().map(move |it| (target, it)));
        let meant = holds.filter(|(target, hold)| self.takes(target, hold));
        meant.map(|(target, hold)| row(kept, target, hold, now)).collect()
    }

    fn takes(&self, target: &TargetName, hold: &Hold) -> bool {
        self.target.as_ref().is_none_or(|it| it == target)
            && self.code.is_none_or(|code| hold.why.code == code)
            && self.since.is_none_or(|since| hold.since >= since)
    }
}

impl Held {
    /// Puts rows in their order, and counts them. A pause that several shards keep is told once.
    pub fn new(mut rows: Vec<Row>, pauses: impl IntoIterator<Item = PauseOrder>) -> Self {
        rows.sort_by(|a, b| {
            let order = |row: &Row| (row.tenant.clone(), row.since, row.known_as.clone());
            order(a).cmp(&order(b)).then_with(|| a.digest.cmp(&b.digest))
        });
        let mut told: Vec<PauseOrder> = Vec::new();
        for pause in pauses {
            let is_same =
                |it: &PauseOrder| (&it.tenant, &it.scope) == (&pause.tenant, &pause.scope);
            if !told.iter().any(is_same) {
                told.push(pause);
            }
        }
        let counts = Counts::of(&rows);
        Self { rows, pauses: told, stops: Vec::new(), counts, aside: Vec::new() }
    }

    /// The same, and at which targets removals from groups are stopped.
    #[must_use]
    pub fn with_stops(self, stops: Vec<RemovalStop>) -> Self {
        Self { stops, ..self }
    }

    /// Targets at which removals from groups are stopped.
    pub fn stops(&self) -> &[RemovalStop] {
        &self.stops
    }

    /// The same, with those for whom nothing is done, since nobody can read their records.
    #[must_use]
    pub fn with_aside(self, aside: Vec<Aside>) -> Self {
        Self { aside, ..self }
    }

    /// People whose records cannot be read.
    pub fn aside(&self) -> &[Aside] {
        &self.aside
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Pauses in force.
    pub fn pauses(&self) -> &[PauseOrder] {
        &self.pauses
    }

    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The one row whose digest begins so.
    ///
    /// # Errors
    ///
    /// If no digest does, or several do.
    pub fn named(&self, beginning: &str) -> Result<&Row, NoSuchRow> {
        let digest = beginning.to_ascii_lowercase();
        let mut named = self.rows.iter().filter(|row| row.digest.as_str().starts_with(&digest));
        match (named.next().filter(|_| !digest.is_empty()), named.count()) {
            (None, _) => Err(NoSuchRow::None(beginning.to_owned())),
            (Some(row), 0) => Ok(row),
            (Some(_), more) => Err(NoSuchRow::Several { digest, count: more + 1 }),
        }
    }
}

impl Counts {
    fn of(rows: &[Row]) -> Self {
        let people: BTreeSet<_> = rows.iter().map(|row| &row.person).collect();
        let mut counts = Self { rows: rows.len(), people: people.len(), ..Self::default() };
        for row in rows {
            *counts.by_code.entry(row.code.clone()).or_default() += 1;
            *match row.verdict {
                Said::Open => &mut counts.open,
                Said::Seconded { .. } => &mut counts.seconded,
                Said::Approved { .. } => &mut counts.approved,
                Said::Rejected { .. } => &mut counts.rejected,
            } += 1;
        }
        counts
    }
}

impl Row {
    /// The digest as people read and type it.
    pub fn short(&self) -> &str {
        short(&self.digest)
    }

    /// What would be typed to let it go; `None`: no one command does.
    pub fn command(&self) -> Option<String> {
        self.released_by.command(&self.tenant, &self.target, &self.digest)
    }
}

/// The beginning of a digest, as people read and type it.
pub fn short(digest: &HoldDigest) -> &str {
    digest.as_str().get(..SHORT).unwrap_or(digest.as_str())
}

impl Said {
    /// In one word.
    pub fn word(&self) -> VerdictWord {
        match self {
            Self::Open => VerdictWord::Open,
            Self::Seconded { .. } => VerdictWord::Seconded,
            Self::Approved { .. } => VerdictWord::Approved,
            Self::Rejected { .. } => VerdictWord::Rejected,
        }
    }

    /// Until when it is rejected.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Rejected { until, .. } => Some(*until),
            Self::Open | Self::Seconded { .. } | Self::Approved { .. } => None,
        }
    }

    fn of(verdict: &Verdict, now: Timestamp) -> Self {
        let names = |by: &[Approval]| by.iter().map(|one| one.operator.clone()).collect();
        match verdict {
            Verdict::Rejected { until, by } if *until > now => {
                Self::Rejected { by: by.clone(), until: *until }
            }
            Verdict::Open | Verdict::Rejected { .. } => Self::Open,
            Verdict::Seconded { by, .. } => Self::Seconded { by: names(by) },
            Verdict::Approved { by } => Self::Approved { by: names(by) },
        }
    }
}

fn row(kept: &Kept, target: &TargetName, hold: &Hold, now: Timestamp) -> Row {
    let event = |cause: &Cause| Event {
        kind: Some(cause.kind.clone()),
        source: cause.source.clone(),
        id: cause.event_id.clone(),
        time: None,
    };
    Row {
        tenant: kept.person.tenant.clone(),
        person: kept.person.id.clone(),
        known_as: known_as(&kept.person),
        target: target.clone(),
        what: tell::row(hold).what,
        code: hold.why.code.clone(),
        text: hold.why.text.clone(),
        since: hold.since,
        event: hold.cause.as_ref().map(event),
        verdict: Said::of(&hold.verdict, now),
        digest: hold.digest.clone(),
        released_by: Release::of(hold),
    }
}
