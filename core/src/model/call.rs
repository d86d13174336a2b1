//! A call to start, and what came back of it.

use super::account::{Account, AttributeName};
use super::event::TraceContext;
use super::ids::GroupName;
use super::ids::{PersonId, ScimId, TargetName, TenantName};
use super::listing::{ListedAccount, ListedGroup, Page};
use super::operation::{GroupRef, Operation};
use super::pause::Pause;
use crate::inventory::scope::{Grant, List, ScopePage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Numbers the calls of one ownership of one shard; never reused within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// Who goes first for a slot. Smaller is sooner.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    Urgent,
    /// What was urgent, and is overdue by more than a day: before all that gives, and behind what is
    /// urgent today. No rule says so.
    #[schemars(skip)]
    Overdue,
    Normal,
    Bulk,
}

/// What is asked of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Users whose `attribute` equals `value`, compared again by the client.
    FindAccounts {
        attribute: AttributeName,
        value: String,
    },
    ReadAccount {
        account: ScimId,
    },
    /// Groups whose `displayName` equals `name`.
    FindGroups {
        name: GroupName,
    },
    /// A group's members.
    ReadMembers {
        group: GroupRef,
    },
    /// A page of all Users, from the item after the first `received`.
    ListAccounts {
        received: u64,
    },
    /// A page of all Groups, without their members.
    ListGroups {
        received: u64,
    },
    /// A page of what a scope of the token lets one read, after so many rows.
    ReadScope {
        list: List,
        received: u64,
    },
    /// PATCH a Group: several members in, with one call. No more than the dialect allows.
    AddMembers {
        group: GroupRef,
        accounts: Vec<ScimId>,
    },
    Write(Operation),
}

/// A call that may start now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub id: CallId,
    pub tenant: TenantName,
    pub target: TargetName,
    /// `None` for the reading of groups, which serves many.
    pub person: Option<PersonId>,
    pub request: Request,
    /// The lease's end: not sent by then, it must not be sent; answer [`Outcome::NotSent`].
    pub not_after: Timestamp,
    pub trace: Option<TraceContext>,
}

/// What came back of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub call: CallId,
    pub outcome: Outcome,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
    pub latency: Duration,
    /// What the provider said of its quota.
    pub limits: Option<RateLimits>,
    /// It asks to be left alone for longer than is kept.
    pub pause: Option<Pause>,
}

impl Answer {
    /// An answer without a status, that took no time.
    pub fn new(call: CallId, outcome: Outcome) -> Self {
        Self { call, outcome, status: None, latency: Duration::ZERO, limits: None, pause: None }
    }

    /// Refused by a 403, and nobody knows whether for this person or for all.
    pub fn is_forbidden(&self) -> bool {
        self.status == Some(403)
    }

    #[must_use]
    pub fn with_status(self, status: Option<u16>) -> Self {
        Self { status, ..self }
    }

    #[must_use]
    pub fn with_latency(self, latency: Duration) -> Self {
        Self { latency, ..self }
    }

    #[must_use]
    pub fn with_limits(self, limits: Option<RateLimits>) -> Self {
        Self { limits, ..self }
    }

    /// Keeps to `most` of what it asks for, and says so.
    #[must_use]
    pub fn heeded_for(mut self, most: Duration) -> Self {
        if let Outcome::Failed(failure) = &mut self.outcome
            && let Verdict::Retry { after: Some(after) } = &mut failure.verdict
            && let Some(pause) = Pause::beyond(*after, most)
        {
            *after = pause.kept;
            failure.what = format!("{}; {pause}", failure.what);
            self.pause = Some(pause);
        }
        if let Some(RateLimits { remaining, reset: Some(reset), .. }) = &mut self.limits
            && let Some(pause) = Pause::beyond(*reset, most)
        {
            *reset = pause.kept;
            // As long as calls are left the reset means nothing.
            self.pause = self.pause.or(Some(pause).filter(|_| *remaining == Some(0)));
        }
        self
    }
}

/// A provider's quota as its answer tells it (`RateLimit-*`). Providers tell parts of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimits {
    /// Calls in a window.
    pub limit: Option<u64>,
    /// Calls left in this window.
    pub remaining: Option<u64>,
    /// Until the next window begins.
    pub reset: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done(Reply),
    Failed(Failure),
    /// The lease ended before the request could leave; nothing was sent.
    NotSent,
}

/// What a provider says when the call did what it could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Answer to `FindAccounts`; only those that match when compared again.
    Accounts(Vec<Account>),
    /// Answer to `ReadAccount`, or a writing call that sent the whole account back.
    Account(Account),
    /// Answer to `FindGroups`, only those that match when compared again; or to an operation that makes one, the
    /// new one.
    Groups(Vec<GroupRef>),
    /// Answer to `ReadMembers`.
    Members(Vec<ScimId>),
    /// Answer to `ListAccounts`.
    AccountPage(Page<ListedAccount>),
    /// Answer to `ListGroups`.
    GroupPage(Page<ListedGroup>),
    /// Answer to `ReadScope`.
    ScopePage(ScopePage),
    /// Answer to `ReadScope`: it cannot be read, which says nothing of the target's health.
    NoScope(Grant),
    /// A writing call succeeded and said no more (204, or 200 without a usable body).
    Changed,
    /// The target says that what is asked for is so already (409 to an addition, `noTarget` to a removal).
    AlreadySo,
    /// 202: taken in, not done (RFC 9967 allows it).
    Accepted,
    /// Create met an account or group that is there already (409); look it up.
    Exists,
    /// The account or group that the call names is not there (404).
    Gone,
}

/// Whether a failed call may have had its effect all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landed {
    No,
    /// Time-out, reset, 502, 504, unreadable answer: it may land even later.
    Maybe,
}

/// What an answer means for the person and for the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same call may work later. `after` is the provider's `Retry-After`, for the whole target.
    Retry { after: Option<Duration> },
    /// The same call may work later, and that it did not says nothing of the target: two writers met,
    /// or there is no seat for a new account.
    Again,
    /// This person cannot be done like this; set it aside as stuck, alone, with the reason.
    Stuck,
    /// The target is closed to us (401, 403): it waits as a whole, alerts and probes.
    Closed,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub verdict: Verdict,
    pub landed: Landed,
    /// What went wrong, for people; no personal data, no secrets.
    pub what: String,
}
