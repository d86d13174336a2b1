//! A person's place at one target: what is wanted there, what is known, and how far it has come.

use super::contest::Contest;
use super::drive::Drive;
use super::facts::Facts;
use super::ruling::Ruling;
use super::tried::Try;
use super::way_back::Baseline;
use crate::engine::brakes::counters::Charges;
use crate::engine::moment::Moment;
use crate::model::account::{AttributeName, Value};
use crate::model::call::{Request, Urgency};
use crate::model::call_record::CallRecord;
use crate::model::code::WrittenCode;
use crate::model::decision::{Cause, NoteWord, ResultWord};
use crate::model::hold::{Effect, Hold};
use crate::model::ids::{ScimId, TargetName};
use crate::model::operation::{Field, Operation};
use crate::model::wish::{Facet, Presence, Wish};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Calls remembered per revision; more are counted, not listed.
pub const CALLS_KEPT: usize = 24;

/// Rejected rows remembered after their end; the oldest goes first.
const REJECTED_MOST: usize = 16;

/// All seats of one person.
pub type Seats<'a> = BTreeMap<&'a TargetName, &'a Seat>;

/// A person's place at one target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seat {
    /// +1 when the wish changes or the correction of a drift starts.
    pub revision: u64,
    pub wish: Wish,
    pub stage: Stage,
    pub urgency: Urgency,
    /// The event or command behind the revision; none for timers and drift.
    pub cause: Option<Cause>,
    pub began_at: Timestamp,
    pub binding: Binding,
    /// What operators have said of that.
    #[serde(default, skip_serializing_if = "Ruling::is_empty")]
    pub ruling: Ruling,
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
    /// What would be wanted if rules that are only observed were enforced, as it was told last; `None`:
    /// nothing else than is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Wish>,
    /// What waits for somebody, beside whatever else is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// Rows that operators have rejected, and that have ended before that did: if the same is wanted again,
    /// it is rejected still.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Hold>,
    /// When the person was last counted at the target, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub charges: Charges,
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
    /// What somebody else has changed back within a day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contests: Vec<Contest>,
    /// Notes of this revision, so that none is said twice.
    pub notes: Vec<(NoteWord, WrittenCode)>,
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
        code: WrittenCode,
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

/// An attribute that the target refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub attribute: AttributeName,
    pub value: Field,
    /// It is asked for again then, or when it has another value.
    pub until: Timestamp,
}

/// An account that must be there and was not seen yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// `None`: the provider says that it is there, and not which one it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<ScimId>,
    pub until: Timestamp,
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
            ruling: Ruling::default(),
            known: None,
            facts: None,
            awaited: None,
            unproved: false,
            shut: None,
            baseline: Baseline::default(),
            observed: None,
            holds: Vec::new(),
            rejected: Vec::new(),
            charges: Charges::new(),
            unreturnable: BTreeSet::new(),
            pending: Vec::new(),
            pending_for: None,
            unanswered: Vec::new(),
            strays: BTreeSet::new(),
            calls: Vec::new(),
            tries: Vec::new(),
            left_out: Vec::new(),
            contests: Vec::new(),
            notes: Vec::new(),
            trouble: None,
            drive: Drive::default(),
        }
    }

    /// Whether the person is wanted in here.
    pub fn wants_in(&self) -> bool {
        let Wish { active, account, .. } = &self.wish;
        *active == Some(true) || *account == Some(Presence::Present) && active.is_none()
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

    /// What another writer keeps changing back.
    pub fn contested(&self, now: Timestamp) -> impl Iterator<Item = &Contest> {
        self.contests.iter().filter(move |one| one.since(now).is_some())
    }

    /// Rows have ended. What was rejected in them is rejected for its time.
    pub fn remember_rejected(&mut self, ended: impl IntoIterator<Item = Hold>, now: Timestamp) {
        for hold in ended {
            self.rejected.retain(|it| it.digest != hold.digest);
            self.rejected.push(hold);
        }
        self.rejected.retain(|it| it.is_rejected(now));
        let surplus = self.rejected.len().saturating_sub(REJECTED_MOST);
        self.rejected.drain(..surplus);
    }

    /// Whether operators have let this go.
    pub fn is_approved(&self, operation: &Operation) -> bool {
        let is_of_it =
            |hold: &&Hold| matches!(&hold.effect, Effect::Operation(it) if it == operation);
        self.holds.iter().filter(is_of_it).any(|hold| hold.verdict.is_approved())
    }

    /// Somebody wants it to be tried at once: no pause of an earlier failure counts.
    pub fn try_at_once(&mut self) {
        self.tries.clear();
        self.drive.not_before = None;
        self.drive.attempt = 0;
        self.drive.refused = None;
        self.drive.given_up.clear();
        self.drive.ask_again_at = None;
    }

    /// Whether a writing call for it is on its way.
    pub fn is_writing(&self) -> bool {
        matches!(self.drive.open, Some((_, Request::Write(_))))
    }

    pub fn account(&self) -> Option<&ScimId> {
        match &self.binding {
            Binding::Bound(id) => Some(id),
            Binding::Unknown | Binding::NoAccount => None,
        }
    }
}
