//! What is kept of a person.
//!
//! Everything a new owner needs is here; what is not serialised is rebuilt by reading.

use super::claims::Instance;
use super::facets::LeftOut;
use super::forget::LastWord;
use super::groups::Moment;
use super::people::seen::Seen;
use super::progress::Drive;
use super::record::v1;
use super::showing::Awaited;
use super::tries::Try;
use super::whose::Facts;
use crate::model::account::{AttributeName, Value};
use crate::model::alias::CANONICAL_VERSION;
use crate::model::call::Urgency;
use crate::model::call_record::CallRecord;
use crate::model::claim::ClaimName;
use crate::model::decision::{Cause, NoteWord, ResultWord};
use crate::model::event::OrderKey;
use crate::model::ids::{GroupName, PersonId, ScimId, TargetName, TenantName};
use crate::model::operation::{Field, Operation, bare};
use crate::model::wish::{Facet, Wanted, Wish};
use crate::model::{Alias, Deployment, Mark};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Event ids remembered per person, to tell a duplicate from a stale one.
pub const RECENT_EVENTS: usize = 64;
/// Records remembered that became part of a person's.
pub const MERGED_KEPT: usize = 32;
/// Calls remembered per revision; more are counted, not listed.
pub const CALLS_KEPT: usize = 24;

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
    /// Whether HR has ever spoken of the person; `None`: an earlier version did not note it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_to_hr: Option<bool>,
    /// How `aliases` were made comparable.
    pub canonical: u8,
    pub claims: Vec<Instance>,
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
}

/// What is kept of a person, and of their places at targets: one record of `usher.people`.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "v1::Kept")]
pub struct Kept {
    pub person: Person,
    pub seats: BTreeMap<TargetName, Seat>,
}

/// What one source said of an attribute, last or for a day to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileMark {
    pub source: String,
    pub key: OrderKey,
    /// From when it holds, if that was later than when it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
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

/// A person's place at one target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seat {
    /// +1 when the wish changes or the correction of a drift starts.
    pub revision: u64,
    pub wish: Wish,
    pub stage: Stage,
    pub urgency: Urgency,
    /// The event behind the revision; none for timers and drift.
    pub cause: Option<Cause>,
    pub began_at: Timestamp,
    pub binding: Binding,
    /// The account as last read or written; `None` if it must be read before it is planned from.
    pub known: Option<Known>,
    /// What told whose account it was when it was last seen: names and numbers of the bound account, or
    /// of the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Facts>,
    /// An account that must be there and was not seen yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaited: Option<Awaited>,
    /// All the looks for the account have proved nothing: until one does, each that follows says so at
    /// once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unproved: bool,
    /// The account that usher has made inactive, and has not seen active since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shut: Option<ScimId>,
    pub baseline: Baseline,
    /// What no claim speaks about any more, and nobody knows the way back for.
    #[serde(default)]
    pub unreturnable: BTreeSet<Facet>,
    /// Written ahead: what may have been called since this was committed.
    pub pending: Vec<Operation>,
    /// The revision that `pending` was written ahead for; none in the records of earlier versions.
    /// Another one must write ahead anew, or a grant of an earlier wish could leave before the event
    /// that allows it again is committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_for: Option<u64>,
    /// Calls that may still land.
    pub unanswered: Vec<Unanswered>,
    /// Further accounts that turned out to be this person's: somebody must say which one is.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub strays: BTreeSet<ScimId>,
    pub calls: Vec<CallRecord>,
    /// Tries that have brought nothing yet, and their pauses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<Try>,
    /// Attributes that the target refused, one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Notes of this revision, so that none is said twice.
    pub notes: Vec<(NoteWord, String)>,
    /// The last call that failed, until one of its kind succeeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    #[serde(skip)]
    pub drive: Drive,
}

/// How far a revision is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage")]
pub enum Stage {
    /// Final; `word` was written.
    AtRest {
        word: ResultWord,
    },
    Working,
    /// All that may be done is done; the rest waits for somebody.
    Held,
    /// `failed` was written; tried again as a new revision.
    Stuck {
        code: String,
        again_at: Timestamp,
    },
    /// A cut found no account; looked up again, `looks` times so far.
    Unverified {
        looks: u8,
        again_at: Timestamp,
    },
}

/// Which account is the person's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    Unknown,
    /// Looked up in this revision: there is none.
    NoAccount,
    Bound(ScimId),
}

/// What was last seen of a bound account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub active: Option<bool>,
    /// `None`: only `active` is known, from a cut that went before any read.
    pub attributes: Option<BTreeMap<AttributeName, Value>>,
}

/// What a facet was before the first claim touched it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before<T> {
    /// The cut went first; nobody looked.
    Unknown,
    Was(T),
}

/// The way back, for as long as claims stand in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "v1::Baseline", into = "v1::Baseline")]
pub struct Baseline {
    /// An attribute that had no value was `Clear`.
    pub before: BTreeMap<Facet, Before<Wanted>>,
    /// What usher gave because a claim asked for it, though nobody knows what was before. That it is
    /// there says nothing of what was before.
    pub given: BTreeSet<Facet>,
    /// Groups that account is to be out of, and that did not list it when that was planned. Their list
    /// may be newer than its id: only if a later read finds it by that id were they right.
    pub unlisted: BTreeSet<GroupName>,
}

impl Baseline {
    /// What the account's membership was.
    pub fn group(&self, group: &GroupName) -> Option<&Before<Wanted>> {
        self.before.get(&Facet::Group(group.clone()))
    }
}

/// A writing call without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a read that has come or is awaited")]
pub struct Unanswered {
    pub operation: Operation,
    /// A read counts only if it starts at or after this.
    pub read_after: Timestamp,
    /// Until then it may land; read once more after it, and again when the last of it must show.
    pub until: Timestamp,
    /// A read at or after `read_after` has come back.
    pub read: bool,
    /// So has one at or after `until`. What it has shown may be older than that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_at_end: bool,
    /// It could not be read: its group shows its members to nobody. Until it can land no more, nobody
    /// knows what it does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unseen: bool,
    /// How often it was looked for within its window, because it would undo what is wanted now.
    #[serde(default)]
    pub looks: u8,
    /// A read that begins at or after this moment counts; `None`: none does yet.
    #[serde(skip)]
    pub armed: Option<Moment>,
    /// The read that is awaited is one of those looks.
    #[serde(skip)]
    pub is_look: bool,
}

/// A call that failed, in words without personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    pub at: Timestamp,
    /// `could not change an account at target `main`: HTTP 503; it will be tried again`
    pub what: String,
    /// A reading that works says nothing of it.
    pub is_write: bool,
}

/// Where a shard stands; written with every commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRecord {
    pub topics: BTreeMap<String, TopicRecord>,
    /// Commits over all owners; never falls.
    pub commits: u64,
    /// The time of the people when it was written: it never runs backwards, whatever the next owner's
    /// clock says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Whose state this is. Absent if an earlier version wrote last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<Deployment>,
    /// How many people are written here: so many at least a restore must find.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<usize>,
}

/// How far an input topic is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicRecord {
    pub generation: u32,
    /// Next offset to decide, by partition.
    pub next: BTreeMap<i32, i64>,
    /// What Kafka calls the topic that was read, where it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// By partition, oldest first, some of the records that were decided, the first and the last among
    /// them: what stands before a position tells whether it still is one in the same log.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub marks: BTreeMap<i32, Vec<Mark>>,
}

impl Person {
    pub fn new(id: PersonId, tenant: TenantName) -> Self {
        Self {
            id,
            tenant,
            merged: BTreeSet::new(),
            aliases: BTreeSet::new(),
            reported: BTreeSet::new(),
            known_to_hr: None,
            canonical: CANONICAL_VERSION,
            claims: Vec::new(),
            employments: Vec::new(),
            legal_holds: Vec::new(),
            forgotten: BTreeMap::new(),
            last_words: Vec::new(),
            profile: BTreeMap::new(),
            recent: VecDeque::new(),
        }
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
            self.canonical = CANONICAL_VERSION;
        }
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

impl Seat {
    pub fn new(now: Timestamp) -> Self {
        Self {
            revision: 0,
            wish: Wish::default(),
            stage: Stage::AtRest { word: ResultWord::AlreadySo },
            urgency: Urgency::Normal,
            cause: None,
            began_at: now,
            binding: Binding::Unknown,
            known: None,
            facts: None,
            awaited: None,
            unproved: false,
            shut: None,
            baseline: Baseline::default(),
            unreturnable: BTreeSet::new(),
            pending: Vec::new(),
            pending_for: None,
            unanswered: Vec::new(),
            strays: BTreeSet::new(),
            calls: Vec::new(),
            tries: Vec::new(),
            left_out: Vec::new(),
            notes: Vec::new(),
            trouble: None,
            drive: Drive::default(),
        }
    }

    /// Whether account and wish may differ and something is done about it.
    pub fn is_dirty(&self) -> bool {
        match self.stage {
            Stage::Working | Stage::Unverified { .. } => true,
            Stage::AtRest { .. } | Stage::Held | Stage::Stuck { .. } => false,
        }
    }

    /// Whether the revision has no final result yet.
    pub fn is_open(&self) -> bool {
        match self.stage {
            Stage::Working | Stage::Unverified { .. } | Stage::Held => true,
            Stage::AtRest { .. } | Stage::Stuck { .. } => false,
        }
    }

    /// Whether nothing is under way or owed, so that the seat may be forgotten with its person.
    pub fn rests_for_good(&self) -> bool {
        matches!(self.stage, Stage::AtRest { .. })
            && self.unanswered.is_empty()
            && self.baseline == Baseline::default()
            && self.drive.open.is_none()
    }

    pub fn account(&self) -> Option<&ScimId> {
        match &self.binding {
            Binding::Bound(id) => Some(id),
            Binding::Unknown | Binding::NoAccount => None,
        }
    }
}
