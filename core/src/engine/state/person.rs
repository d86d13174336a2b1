//! What is kept of a person: what was said of them, and by which names they are known.

use super::parted::Parted;
use crate::engine::said::claims::Instance;
use crate::engine::said::mutes::Mutes;
use crate::engine::state::Overrides;
use crate::model::Alias;
use crate::model::account::AttributeName;
use crate::model::alias::CANONICAL_VERSION;
use crate::model::claim::ClaimName;
use crate::model::event::OrderKey;
use crate::model::ids::{PersonId, TenantName};
use crate::model::operation::{Field, bare};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Event ids remembered per person, to tell a duplicate from a stale one.
pub const RECENT_EVENTS: usize = 64;
/// Records remembered that became part of a person's.
pub const MERGED_KEPT: usize = 32;

/// Somebody HR or security knows.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    pub id: PersonId,
    pub tenant: TenantName,
    /// Records that turned out to be this person's, so that what was said of them is found.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub merged: BTreeSet<PersonId>,
    /// By HR's word; of those whom HR does not know, by the sensors'.
    pub aliases: BTreeSet<Alias>,
    /// What sensors call somebody whom HR knows by other names. It leads their signals here, and
    /// nothing else.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub reported: BTreeSet<Alias>,
    /// Who operators have said not to be this person.
    #[serde(skip_serializing_if = "Parted::is_empty")]
    pub parted: Parted,
    /// Whether HR has ever spoken of the person; `None`: an earlier version did not note it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_to_hr: Option<bool>,
    /// How `aliases` were made comparable.
    pub canonical: u8,
    pub claims: Vec<Instance>,
    /// What of them does not count, because operators have said so.
    #[serde(skip_serializing_if = "Mutes::is_empty")]
    pub mutes: Mutes,
    /// Where operators keep the person in or out.
    #[serde(skip_serializing_if = "Overrides::is_empty")]
    pub overrides: Overrides,
    /// What HR said of the beginnings and ends of employments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub employments: Vec<Instance>,
    /// What each source last said of a legal hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub legal_holds: Vec<LegalHold>,
    /// By the name of claims that were forgotten, when they were last heard of, whoever spoke: what is
    /// older is stale. Kept by earlier versions, and of more lanes than `last_words` has room for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub forgotten: BTreeMap<ClaimName, Timestamp>,
    /// What each lane last said of claims that were forgotten: what it said before is stale.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub last_words: Vec<LastWord>,
    /// Per attribute the last word of each lane (source, with or without sequence).
    pub profile: BTreeMap<AttributeName, Vec<ProfileMark>>,
    /// The last events, oldest first.
    pub recent: VecDeque<Seen>,
    /// Nothing is called for them yet. `None`: they are awake, as everybody is whom the present knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asleep: Option<Sleep>,
}

/// Only events of the past speak of somebody: those that stood in a topic before it was first read, and
/// were older than `engine.max_event_age` then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sleep {
    /// When something that was said begins, ends or reaches a stage; they are awake then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Sleep {
    /// Two people who sleep are one.
    #[must_use]
    pub fn unite(self, other: Self) -> Self {
        Self { until: self.until.into_iter().chain(other.until).min() }
    }
}

/// What one source said of an attribute, last or for a day to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileMark {
    pub source: String,
    pub key: OrderKey,
    /// From when it holds, if that was later than when it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Somebody only asked for it: it counts as long as nobody else has a word on the attribute.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
    /// `Clear`: the source says that there is none.
    #[serde(with = "bare")]
    pub value: Field,
}

/// What one source last said of a legal hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalHold {
    pub source: String,
    pub key: OrderKey,
    pub on: bool,
}

/// The last word of a lane on claims of one name that are forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastWord {
    pub claim: ClaimName,
    pub source: String,
    pub key: OrderKey,
}

/// What is remembered of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Seen {
    /// What stands for (source, id), as earlier versions kept it.
    Id(u64),
    /// The same, and what stands for all that was said.
    Whole(u64, u32),
}

impl Person {
    pub fn new(id: PersonId, tenant: TenantName) -> Self {
        Self {
            id,
            tenant,
            merged: BTreeSet::new(),
            aliases: BTreeSet::new(),
            reported: BTreeSet::new(),
            parted: Parted::default(),
            known_to_hr: None,
            canonical: CANONICAL_VERSION,
            claims: Vec::new(),
            mutes: Mutes::default(),
            overrides: Overrides::default(),
            employments: Vec::new(),
            legal_holds: Vec::new(),
            forgotten: BTreeMap::new(),
            last_words: Vec::new(),
            profile: BTreeMap::new(),
            recent: VecDeque::new(),
            asleep: None,
        }
    }

    /// Whether it is time that somebody who sleeps wakes.
    pub fn wakes_by(&self, today: Timestamp) -> bool {
        self.asleep.and_then(|sleep| sleep.until).is_some_and(|until| until <= today)
    }

    /// The key in `usher.people`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.tenant, self.id)
    }

    /// Names that an earlier version compared otherwise are compared as today.
    pub fn make_names_anew(&mut self) {
        if self.canonical < CANONICAL_VERSION {
            self.aliases = self.aliases.iter().map(Alias::made_anew).collect();
            self.reported = self.reported.iter().map(Alias::made_anew).collect();
            self.parted.make_names_anew();
            self.canonical = CANONICAL_VERSION;
        }
    }

    /// Whether that is the id of the record, or of one that became part of it.
    pub fn has_been(&self, id: &PersonId) -> bool {
        self.id == *id || self.merged.contains(id)
    }

    /// Whether HR gave the person an id that is nobody else's.
    pub fn has_strong_id(&self) -> bool {
        self.aliases.iter().any(|alias| alias.kind().is_strong())
    }

    /// While any source says so.
    pub fn is_on_legal_hold(&self) -> bool {
        self.legal_holds.iter().any(|said| said.on)
    }

    pub fn remember(&mut self, seen: Seen) {
        if self.recent.len() >= RECENT_EVENTS {
            self.recent.pop_front();
        }
        self.recent.push_back(seen);
    }
}
