//! A person at a glance: what lists and counts need, and nothing that they are called.
//!
//! Whoever looks at a hundred thousand people keeps this of each, and reads a record when it is shown.

use super::held::{Filter, Row, Said};
use crate::engine::brakes::figures::VerdictWord;
use crate::engine::record::Kept;
use crate::engine::state::{Contest, Seat, Stage};
use crate::engine::will::{explain, wish};
use crate::model::claim::Precedence;
use crate::model::code::WrittenCode;
use crate::model::hold::HoldDigest;
use crate::model::ids::{GroupName, PersonId, ScimId, TargetName};
use crate::model::wish::Membership;
use crate::model::{Alias, AliasKind};
use jiff::Timestamp;
use serde::Serialize;
use std::hash::{Hash, Hasher};

/// What is kept of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    pub standing: Standing,
    /// The account at each place.
    pub accounts: Vec<Option<ScimId>>,
    /// What waits for somebody.
    pub waiting: Vec<Waiting>,
    /// The first instant at which something begins or ends for them.
    pub next: Option<Timestamp>,
}

/// How somebody stands. Most stand as others do, so whoever looks at many keeps each once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that lists filter by")]
pub struct Standing {
    pub places: Box<[Place]>,
    pub on_legal_hold: bool,
    /// An operator keeps them in or out somewhere.
    pub overridden: bool,
    /// Only events of the past speak of them: nothing is called.
    pub asleep: bool,
    /// They have left by what is known, and nothing was done about it, for only the past says so.
    pub left_uncut: bool,
}

/// How far usher is at one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub target: TargetName,
    pub state: State,
    /// Why, if it is held or stuck.
    pub code: Option<WrittenCode>,
    /// When it is tried again.
    pub again_at: Option<Timestamp>,
    /// Another writer keeps changing something back; when that was seen last.
    pub contested: Option<Timestamp>,
    /// Groups of which the account is to be a member.
    pub groups: Box<[GroupName]>,
}

/// How a revision stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Settled,
    Working,
    Held,
    Stuck,
    Unverified,
}

/// One row that is held, without whose it is and in how many words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub target: TargetName,
    pub what: String,
    pub code: WrittenCode,
    pub since: Timestamp,
    verdict: VerdictWord,
    until: Option<Timestamp>,
    /// Somebody has to do something, or it ends by itself in its time.
    pub by_somebody: bool,
    pub digest: HoldDigest,
}

impl Glance {
    /// What `kept` comes to.
    pub fn of(kept: &Kept, now: Timestamp) -> Self {
        let Kept { person, seats } = kept;
        let asleep = person.asleep.is_some();
        let standing = Standing {
            places: seats.iter().map(|(target, seat)| Place::of(target, seat, now)).collect(),
            on_legal_hold: person.is_on_legal_hold(),
            overridden: person.overrides.iter().any(|order| order.until > now),
            asleep,
            left_uncut: asleep && has_left(kept, now),
        };
        Self {
            standing,
            accounts: seats.values().map(|seat| seat.account().cloned()).collect(),
            waiting: Filter::default().rows(kept, now).iter().map(Waiting::of).collect(),
            next: wish::next_edge(person, now),
        }
    }
}

impl Standing {
    /// Whether anything about them waits for somebody, the rows that are held among it.
    pub fn waits(&self, waiting: &[Waiting], now: Timestamp) -> bool {
        self.left_uncut
            || self.is_anywhere(State::Stuck)
            || self.places.iter().any(|place| place.is_contested(now))
            || waiting.iter().any(|row| row.waits(now))
    }

    /// Whether they stand so at any place.
    pub fn is_anywhere(&self, state: State) -> bool {
        self.places.iter().any(|place| place.state == state)
    }

    /// Whether there is nothing to be said of them: no list but that of everybody has them.
    pub fn is_plain(&self) -> bool {
        let Self { places, on_legal_hold, overridden, asleep, left_uncut } = self;
        let is_plain = |place: &Place| place.state == State::Settled && place.contested.is_none();
        places.iter().all(is_plain)
            && ![on_legal_hold, overridden, asleep, left_uncut].contains(&&true)
    }
}

impl Hash for Standing {
    /// What is seldom and differs anyway is left out.
    fn hash<H: Hasher>(&self, state: &mut H) {
        for place in &self.places {
            (&place.target, place.state, place.again_at, &place.groups).hash(state);
        }
    }
}

/// Whether a claim of a leaver or of security is in force.
fn has_left(kept: &Kept, now: Timestamp) -> bool {
    let takes = |precedence| match precedence {
        Precedence::Leaver | Precedence::Security => true,
        Precedence::Profile | Precedence::Leave => false,
    };
    let claims = explain::claims(&kept.person, now);
    let mut stretches = claims.iter().flat_map(|claim| &claim.stretches);
    stretches
        .any(|it| it.condition == explain::Condition::InForce && takes(it.assertion.precedence))
}

impl Place {
    fn of(target: &TargetName, seat: &Seat, now: Timestamp) -> Self {
        let (state, code, again_at) = match &seat.stage {
            Stage::AtRest { .. } => (State::Settled, None, None),
            Stage::Working => (State::Working, None, None),
            Stage::Held => {
                let code = seat.holds.first().map(|hold| hold.why.code.clone());
                (State::Held, code, None)
            }
            Stage::Stuck { code, again_at } => (State::Stuck, Some(code.clone()), Some(*again_at)),
            Stage::Unverified { again_at, .. } => (State::Unverified, None, Some(*again_at)),
        };
        let groups = seat.wish.groups.iter();
        let groups = groups.filter(|(_, wanted)| **wanted == Membership::Member);
        Self {
            target: target.clone(),
            state,
            code,
            again_at,
            contested: seat.contested(now).filter_map(Contest::last).max(),
            groups: groups.map(|(group, _)| group.clone()).collect(),
        }
    }

    /// Without a change for a day there is peace.
    pub fn is_contested(&self, now: Timestamp) -> bool {
        self.contested.is_some_and(|last| now.duration_since(last).as_hours() < 24)
    }
}

impl State {
    pub const ALL: [Self; 5] =
        [Self::Settled, Self::Working, Self::Held, Self::Stuck, Self::Unverified];

    pub fn word(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Working => "working",
            Self::Held => "held",
            Self::Stuck => "stuck",
            Self::Unverified => "unverified",
        }
    }
}

impl Waiting {
    fn of(row: &Row) -> Self {
        Self {
            target: row.target.clone(),
            what: row.what.clone(),
            code: row.code.clone(),
            since: row.since,
            verdict: row.verdict.word(),
            until: match &row.verdict {
                Said::Rejected { until, .. } => Some(*until),
                Said::Open | Said::Seconded { .. } | Said::Approved { .. } => None,
            },
            by_somebody: row.released_by.is_by_somebody(),
            digest: row.digest.clone(),
        }
    }

    /// What operators have said of it; a rejection counts until its time is over.
    pub fn verdict(&self, now: Timestamp) -> VerdictWord {
        match self.until {
            Some(until) if until <= now => VerdictWord::Open,
            Some(_) | None => self.verdict,
        }
    }

    /// Whether somebody has still to say something.
    pub fn waits(&self, now: Timestamp) -> bool {
        self.by_somebody && self.verdict(now).waits()
    }
}

/// Everything that leads to the person, each as it is compared: ids of today and before, and names. What
/// is typed into a search is compared with these by [`sought`].
pub fn leads_to(kept: &Kept) -> impl Iterator<Item = &str> {
    let person = &kept.person;
    let ids = std::iter::once(&person.id).chain(&person.merged).map(PersonId::as_str);
    let names = person.aliases.iter().chain(&person.reported).map(Alias::value);
    ids.chain(names)
}

/// What is typed, as ids and names are compared.
pub fn sought(typed: &str) -> Option<String> {
    Alias::parse(AliasKind::UserName, typed).map(|name| name.value().to_owned())
}
