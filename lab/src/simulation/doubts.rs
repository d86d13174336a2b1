//! Calls without an answer: nothing is granted to an account before it was read after them.
//!
//! Kept by the world, which knows what truly got no answer. Only the owner of the moment is held to
//! it: a former one cannot know what its successor has read, and the lease is there for that.

use super::calls::{Effect, effect, show};
use super::checks::{Invariant, Violation};
use super::clocks::Clock;
use super::owner::{OpenCall, OwnerNumber};
use super::world::World;
use crate::model::{
    Answer, Call, GroupName, Landed, Operation, Outcome, Reply, Request, ScimId, TargetName,
    TenantName,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What must be read before the account is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Facet {
    Account,
    Group(GroupName),
}

/// A writing call that may have landed, or may yet.
#[derive(Clone, Debug)]
struct Doubt {
    facet: Facet,
    /// Whose membership it may change.
    members: Vec<ScimId>,
    what: String,
    /// Calls that were counted before it arose: only a later one can settle it.
    since: u64,
    /// Until then, by the clock of the owner of the moment, its sender may still send it.
    until: Option<Timestamp>,
    /// From then on it lands no more: who cannot read it need not wait any longer.
    over: Timestamp,
}

/// Of each person at each target, what nobody has read since.
#[derive(Debug, Default)]
pub struct Doubts {
    open: BTreeMap<(TenantName, TargetName, usize), Vec<Doubt>>,
}

impl Doubts {
    fn arise(
        &mut self,
        open: &OpenCall,
        since: u64,
        (until, over): (Option<Timestamp>, Timestamp),
    ) {
        let Some(facet) = facet_of(&open.call.request) else { return };
        for person in &open.people {
            let key = (open.call.tenant.clone(), open.call.target.clone(), *person);
            let what = show(&open.call.request);
            let (facet, members) = (facet.clone(), members_of(&open.call.request));
            let doubt = Doubt { facet, members, what, since, until, over };
            self.open.entry(key).or_default().push(doubt);
        }
    }

    /// A read has come back that was the `number`th call and began at `began`.
    fn settle(&mut self, open: &OpenCall, reply: &Reply) {
        let Some(facet) = read_by(&open.call.request, reply) else { return };
        for ((tenant, target, person), doubts) in &mut self.open {
            let is_meant = *tenant == open.call.tenant
                && *target == open.call.target
                && (facet != Facet::Account || open.people.contains(person));
            if is_meant {
                doubts.retain(|doubt| {
                    let is_early = doubt.until.is_some_and(|until| open.started_at < until);
                    doubt.facet != facet || doubt.since >= open.number || is_early
                });
            }
        }
        self.open.retain(|_, doubts| !doubts.is_empty());
    }

    /// Another owner has another clock.
    fn convert(&mut self, from: &Clock, to: &Clock) {
        for doubt in self.open.values_mut().flatten() {
            doubt.until = doubt.until.map(|until| to.shows(from.when(until)));
        }
    }

    /// A membership of accounts that are not there any more is no doubt: nothing is given to them, and
    /// it does not pass to another account. Nor does one of an account to what is made beside it, in
    /// the name of another record.
    fn first(
        &self,
        (call, person): (&Call, usize),
        now: Timestamp,
        is_there: impl Fn(&ScimId) -> bool,
    ) -> Option<&Doubt> {
        let doubts = self.open.get(&(call.tenant.clone(), call.target.clone(), person))?;
        doubts.iter().find(|doubt| {
            let is_another = matches!(call.request, Request::Write(Operation::Create { .. }));
            doubt.facet == Facet::Account
                || now < doubt.over && !is_another && doubt.members.iter().any(&is_there)
        })
    }
}

impl World {
    /// Nothing that grants leaves while an earlier call to that account is unanswered and unread.
    pub(super) fn check_doubts(
        &self,
        number: OwnerNumber,
        call: &Call,
        people: &[usize],
    ) -> Result<(), Violation> {
        if effect(&call.request) != Effect::Grant || self.current != Some(number) {
            return Ok(());
        }
        let provider = self.providers.get(&(call.tenant.clone(), call.target.clone()));
        let is_there = |account: &ScimId| {
            provider.is_some_and(|it| it.directory.user(account.as_str()).is_some())
        };
        let doubted = people.iter().find_map(|person| {
            Some((*person, self.doubts.first((call, *person), self.now, is_there)?))
        });
        doubted.map_or(Ok(()), |(person, doubt)| {
            let whose = if doubt.until.is_some() { "an inherited" } else { "an earlier" };
            let what = format!(
                "{number} starts {} while {whose} call is unanswered and unread: {}",
                show(&call.request),
                doubt.what
            );
            Err(Invariant::NoGrantUnderACut.broken(Some(person), what))
        })
    }

    /// A cut goes out over an open call: whatever comes of that is in doubt.
    pub(super) fn doubt_abandoned(&mut self, abandoned: &[OpenCall]) {
        let over = self.now + self.settings.lands_within();
        for open in abandoned {
            self.seen.changed(open, self.tally.calls);
            self.doubts.arise(open, self.tally.calls, (None, over));
        }
    }

    /// What an answer puts in doubt, or settles. `truly` is what became of the call.
    pub(super) fn doubt_or_settle(&mut self, number: OwnerNumber, open: &OpenCall, truly: &Answer) {
        if self.current != Some(number) || open.abandoned {
            return;
        }
        match &truly.outcome {
            Outcome::Failed(failure) if failure.landed == Landed::Maybe => {
                let over = self.now + self.settings.lands_within();
                self.doubts.arise(open, self.tally.calls, (None, over));
            }
            Outcome::Done(reply) => self.doubts.settle(open, reply),
            Outcome::Failed(_) | Outcome::NotSent => {}
        }
    }

    /// What the owner of the moment has been shown counts, whatever comes of what was abandoned.
    pub(super) fn note_sight(&mut self, number: OwnerNumber, open: &OpenCall, answer: &Answer) {
        if self.current == Some(number) && !open.abandoned {
            self.seen.heard(open, answer, self.tally.calls);
        }
    }

    /// A new owner takes over by its own clock.
    pub(super) fn take_over_doubts(&mut self, clock: Clock) {
        self.doubts.convert(&self.taken_over_by, &clock);
        self.taken_over_by = clock;
    }

    /// What former owners have called, or may call yet while their lease lasts, nobody knows.
    pub(super) fn doubt_what_is_inherited(&mut self, former: &[OpenCall]) {
        let until = self.taken_over_by.shows(self.taken_over_at) + self.settings.timing.lease;
        let over = self.taken_over_by.when(until) + self.settings.lands_within();
        // What was abandoned is in doubt since then.
        for open in former.iter().filter(|open| !open.abandoned) {
            self.seen.changed(open, self.tally.calls);
            self.doubts.arise(open, self.tally.calls, (Some(until), over));
        }
    }
}

fn facet_of(request: &Request) -> Option<Facet> {
    match request {
        Request::AddMembers { group, .. } => Some(Facet::Group(group.name.clone())),
        Request::Write(operation) => Some(match operation {
            Operation::Create { .. } | Operation::Change { .. } | Operation::Delete { .. } => {
                Facet::Account
            }
            Operation::AddMember { group, .. } | Operation::RemoveMember { group, .. } => {
                Facet::Group(group.name.clone())
            }
            Operation::CreateGroup { .. } => return None,
        }),
        Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ListAccounts { .. }
        | Request::ListGroups { .. }
        | Request::ReadScope { .. }
        | Request::ReadMembers { .. } => None,
    }
}

/// The accounts that a call puts into a group, or takes out of it.
fn members_of(request: &Request) -> Vec<ScimId> {
    match request {
        Request::AddMembers { accounts, .. } => accounts.clone(),
        Request::Write(
            Operation::AddMember { account, .. } | Operation::RemoveMember { account, .. },
        ) => vec![account.clone()],
        _ => Vec::new(),
    }
}

/// What is known after the answer to a reading call.
fn read_by(request: &Request, reply: &Reply) -> Option<Facet> {
    match (request, reply) {
        (Request::FindAccounts { .. } | Request::ReadAccount { .. }, _) => Some(Facet::Account),
        (Request::ReadMembers { group }, Reply::Members(_)) => {
            Some(Facet::Group(group.name.clone()))
        }
        (Request::FindGroups { name }, Reply::Groups(found)) if found.len() != 1 => {
            Some(Facet::Group(name.clone()))
        }
        _ => None,
    }
}
