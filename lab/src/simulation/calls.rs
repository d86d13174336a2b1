//! Calls on their way: checked when they start, sent while the lease lasts, landed, answered.

use super::checks::{Invariant, Violation};
use super::commits::SESSION;
use super::fact::Person;
use super::happening::{Flight, Happening};
use super::makings::makes_group;
use super::owner::{Message, OpenCall, OwnerNumber};
use super::rules::QUARANTINE;
use super::weather::Told;
use super::world::World;
use crate::engine::Input;
use crate::model::{
    Answer, AttributeName, Call, GroupRef, Landed, Operation, Outcome, Reply, Request, ScimId,
    TargetName, TenantName,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// What a call does to access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Cut,
    Grant,
    Neither,
}

impl World {
    /// A shard hands out a call.
    pub(super) fn start_call(&mut self, number: OwnerNumber, call: Call) -> Result<(), Violation> {
        let person = call.person.as_ref().and_then(|id| self.audit.person(id));
        self.tally.calls += 1;
        self.history.note(self.now, person, || {
            let (id, tenant, target) = (call.id.0, &call.tenant, &call.target);
            format!("{number} calls {tenant}/{target} {} as {id}", show(&call.request))
        });
        self.check_brakes(number, &call, person)?;
        let people = self.concerned(&call);
        self.check_doubts(number, &call, &people)?;
        self.check_claims(number, &call, &people)?;
        self.check_pauses(number, &call, person)?;
        self.check_unspoken(number, &call, &people)?;
        self.check_whose(&call, &people)?;
        self.check_unbound(number, &call, &people)?;
        self.check_namesakes(&call)?;
        self.check_making(number, &call)?;
        self.check_protected(&call, &people)?;
        self.check_orders(number, &call, &people)?;
        self.note_start(number, &call, &people);
        let open = OpenCall {
            call: call.clone(),
            number: self.tally.calls,
            started_at: self.shown_to(number),
            people,
            abandoned: false,
        };
        if self.current != Some(number) {
            self.doubt_what_is_inherited(std::slice::from_ref(&open));
        }
        if let Some(owner) = self.owners.get_mut(&number) {
            owner.open.insert(call.id, open);
        }
        // Mostly at once; sometimes the connection or the processor is busy.
        let slow = self.chance.happens(self.climate.call_is_slow / 4);
        let delay = self.chance.millis(0, if slow { 3_000 } else { 2 });
        self.tell_in(delay, number, Message::Send(call));
        Ok(())
    }

    /// The people whom a call is about, told apart as the provider does.
    pub(super) fn concerned(&self, call: &Call) -> Vec<usize> {
        let Request::AddMembers { accounts, .. } = &call.request else {
            return call.person.as_ref().and_then(|id| self.audit.person(id)).into_iter().collect();
        };
        let key = (call.tenant.clone(), call.target.clone());
        let Some(provider) = self.providers.get(&key) else { return Vec::new() };
        let is_added = |person: &Person| {
            provider.accounts_of(person).iter().any(|account| accounts.contains(&account.id))
        };
        let tenant = |person: &Person| self.company.tenants.get(person.tenant).map(String::as_str);
        let people = self.company.people.iter().enumerate();
        people
            .filter(|(_, person)| tenant(person) == Some(call.tenant.as_str()))
            .filter(|(_, person)| is_added(person))
            .map(|(index, _)| index)
            .collect()
    }

    /// The moment to send has come: the shell looks at its clock once more.
    pub(super) fn send(&mut self, number: OwnerNumber, call: Call) -> Result<(), Violation> {
        if self.settings.leases() && self.shown_to(number) > call.not_after {
            self.history
                .note(self.now, None, || format!("{number} does not send it: the lease is over"));
            return self.hear_answer(number, answer(&call, Outcome::NotSent, None));
        }
        if self.freezes_before_sending(number, &call) {
            return Ok(());
        }
        self.leave(number, call, false)
    }

    /// The call leaves the process, whatever has happened since its check if `unchecked`.
    pub(super) fn leave(
        &mut self,
        number: OwnerNumber,
        call: Call,
        unchecked: bool,
    ) -> Result<(), Violation> {
        let person = call.person.as_ref().and_then(|id| self.audit.person(id));
        let lease_of_old = self.taken_over_at + self.settings.timing.lease;
        let is_former = self.current != Some(number);
        if is_former && !unchecked && self.now > lease_of_old {
            // Whatever it writes, it writes behind the back of the owner that has read since.
            let because = self
                .concerned(&call)
                .into_iter()
                .find_map(|person| {
                    self.forbidden(number, &call, person, |at| self.audit.is_decided(at))
                })
                .map_or_else(String::new, |why| format!(" though {why}"));
            let what =
                format!("{number}, which lost the shard, sends {}{because}", show(&call.request));
            if !because.is_empty() {
                return Err(Invariant::NoGrantUnderACut.broken(person, what));
            }
            if writes(&call.request) {
                return Err(Invariant::OneWriter.broken(person, what));
            }
        }
        self.count_call(number, &call)?;
        let window = self.settings.lands_within();
        let mut fate = self.climate.fate(&mut self.chance, self.now, window);
        if let Some(hard) = self.hard_fate(&call, window) {
            fate = hard;
        }
        if let Some(hard) = self.hard_making(number, &call, window) {
            fate = hard;
        }
        self.rename_at_birth(&call, &fate, person);
        if unchecked {
            // It is late enough already: what the design corrects must land within the late window
            // of the takeover.
            fate.lands_after = fate.lands_after.map(|after| after.min(SESSION));
        }
        if !unchecked && self.dies_with_grant_out(number, &call) {
            // After the new owner's own cut was read back, and before the end of its late window.
            fate.lands_after = Some(self.chance.millis(12_000, 45_000));
        }
        if let Told::Accepted { after } = fate.told
            && writes(&call.request)
        {
            let answer = answer(&call, Outcome::Done(Reply::Accepted), Some(202));
            self.tell_in(after, number, Message::Answered(answer));
        }
        if let Told::Failure { after, status, failure } = &fate.told {
            let answer = answer(&call, Outcome::Failed(failure.clone()), *status);
            self.history.note(self.now, person, || {
                let lands = fate
                    .lands_after
                    .map_or_else(|| "never lands".to_owned(), |at| format!("lands after {at:#}"));
                format!("weather  {}, and it {lands}", failure.what)
            });
            self.tell_in(*after, number, Message::Answered(answer));
        }
        if let Some(after) = fate.lands_after {
            let put = self.read_to_put(&call);
            let flight = Flight { owner: number, call, sent_at: self.now, fate, put };
            self.plan_in(after, Happening::Land(Box::new(flight)));
        }
        Ok(())
    }

    /// The call reaches the provider.
    pub(super) fn land(&mut self, flight: Flight) -> Result<(), Violation> {
        let Flight { owner, call, sent_at, fate, put } = flight;
        self.strike(owner, "before a call lands");
        let key: (TenantName, TargetName) = (call.tenant.clone(), call.target.clone());
        let (status, outcome) = self.answer_at(&key, &call.request, put.as_ref());
        let outcome = self.meddle(&call, sent_at, outcome);
        self.note_whose(&call, &outcome);
        self.note_denial(&call, &outcome);
        self.note_made(&call, &outcome)?;
        self.note_deleted(&call, &outcome);
        let person = call.person.as_ref().and_then(|id| self.audit.person(id));
        self.history.note(self.now, person, || {
            let late = self.now.duration_since(sent_at);
            let late = if late > SignedDuration::from_millis(500) {
                format!(", {late:#} after it was sent")
            } else {
                String::new()
            };
            let (tenant, target) = (&call.tenant, &call.target);
            format!("provider {tenant}/{target} does {}{late}", show(&call.request))
        });
        let reply_after = match fate.told {
            Told::Reply { after } => Some(after),
            // What writes was answered when it was sent.
            Told::Accepted { after } => Some(after).filter(|_| !writes(&call.request)),
            Told::Failure { .. } => None,
        };
        if let Some(after) = reply_after {
            let mut answer = answer(&call, outcome, Some(status));
            answer.latency = elapsed(sent_at, self.now + after);
            self.tell_in(after, owner, Message::Answered(answer));
        }
        self.strike(owner, "after a call landed");
        Ok(())
    }

    /// An answer reaches the process.
    pub(super) fn hear_answer(
        &mut self,
        number: OwnerNumber,
        answer: Answer,
    ) -> Result<(), Violation> {
        let open = self.owners.get_mut(&number).and_then(|owner| owner.open.remove(&answer.call));
        let mut is_doubted = self.settings.doubts();
        if let Some(open) = open {
            self.note_pauses(number, &open, &answer);
            self.note_sight(number, &open, &answer);
            self.doubt_or_settle(number, &open, &answer);
            self.note_making(number, &open, &answer);
            is_doubted = is_doubted && (self.settings.doubts_groups() || !makes_group(&open.call));
        }
        let answer = if is_doubted { answer } else { with_false_certainty(answer) };
        self.history.note(self.now, None, || {
            format!("{number} hears of call {}: {}", answer.call.0, show_outcome(&answer.outcome))
        });
        self.step(number, Input::Answer(answer))
    }
}

fn answer(call: &Call, outcome: Outcome, status: Option<u16>) -> Answer {
    Answer::new(call.id, outcome).with_status(status)
}

/// Whether a call may change something, for one or for many.
fn writes(request: &Request) -> bool {
    match request {
        Request::AddMembers { .. } | Request::Write(_) => true,
        Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ListAccounts { .. }
        | Request::ListGroups { .. }
        | Request::ReadScope { .. }
        | Request::ReadMembers { .. } => false,
    }
}

/// What a client would say that takes silence for a no.
fn with_false_certainty(mut answer: Answer) -> Answer {
    if let Outcome::Failed(failure) = &mut answer.outcome {
        failure.landed = Landed::No;
    }
    answer
}

fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).unsigned_abs()
}

/// Whether a call gives access.
pub(super) fn is_grant(request: &Request) -> bool {
    effect(request) == Effect::Grant
}

/// Cut and grant as the glossary has them, for the groups of the simulated tenants.
pub(super) fn effect(request: &Request) -> Effect {
    let operation = match request {
        Request::Write(operation) => operation,
        Request::AddMembers { group, .. } => return joining(group),
        Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ListAccounts { .. }
        | Request::ListGroups { .. }
        | Request::ReadScope { .. }
        | Request::ReadMembers { .. } => return Effect::Neither,
    };
    match operation {
        Operation::Create { .. } => Effect::Grant,
        Operation::Change { active, .. } => match active {
            Some(true) => Effect::Grant,
            Some(false) => Effect::Cut,
            None => Effect::Neither,
        },
        Operation::AddMember { group, .. } => joining(group),
        Operation::RemoveMember { group, .. } => match joining(group) {
            Effect::Cut => Effect::Grant,
            Effect::Grant | Effect::Neither => Effect::Cut,
        },
        Operation::CreateGroup { .. } => Effect::Neither,
        Operation::Delete { .. } => Effect::Cut,
    }
}

fn joining(group: &GroupRef) -> Effect {
    if group.name.as_str() == QUARANTINE { Effect::Cut } else { Effect::Grant }
}

pub(super) fn show(request: &Request) -> String {
    match request {
        Request::ListAccounts { received } => format!("list accounts after {received}"),
        Request::ListGroups { received } => format!("list groups after {received}"),
        Request::ReadScope { list, received } => format!("read {list:?} after {received}"),
        Request::FindAccounts { attribute, value } => format!("find {attribute} = {value}"),
        Request::ReadAccount { account } => format!("read {account}"),
        Request::FindGroups { name } => format!("find group {name}"),
        Request::ReadMembers { group } => format!("read members of {}", group.name),
        Request::AddMembers { group, accounts } => {
            format!("add {} accounts to {}", accounts.len(), group.name)
        }
        Request::Write(operation) => show_operation(operation),
    }
}

fn show_operation(operation: &Operation) -> String {
    match operation {
        Operation::Create { active, .. } => {
            format!("create {}", if *active { "active" } else { "inactive" })
        }
        Operation::Change { account, active, attributes } => {
            let active = match active {
                Some(true) => " activate",
                Some(false) => " deactivate",
                None => "",
            };
            let names: Vec<&str> = attributes.keys().map(AttributeName::as_str).collect();
            format!("change {account}{active} {}", names.join(" "))
        }
        Operation::AddMember { account, group } => format!("add {account} to {}", group.name),
        Operation::RemoveMember { account, group } => {
            format!("remove {account} from {}", group.name)
        }
        Operation::CreateGroup { name } => format!("create group {name}"),
        Operation::Delete { account } => format!("delete {account}"),
    }
}

fn show_outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done(Reply::Accounts(accounts)) => format!("{} accounts", accounts.len()),
        Outcome::Done(Reply::Account(account)) => {
            let groups = account.groups.as_ref().map(|groups| listed(groups.keys()));
            let groups = groups.map(|ids| format!(", in {ids}")).unwrap_or_default();
            format!("{}, active {:?}{groups}", account.id, account.active)
        }
        Outcome::Done(Reply::Groups(groups)) => {
            format!("{} groups {}", groups.len(), listed(groups.iter().map(|group| &group.id)))
        }
        Outcome::Done(Reply::Members(members)) => format!("members {}", listed(members.iter())),
        Outcome::Done(reply) => format!("{reply:?}"),
        Outcome::Failed(failure) => failure.what.clone(),
        Outcome::NotSent => "not sent".to_owned(),
    }
}

fn listed<'a>(ids: impl Iterator<Item = &'a ScimId>) -> String {
    ids.map(ScimId::as_str).collect::<Vec<_>>().join(" ")
}
