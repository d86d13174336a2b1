//! What may not be called, whatever is wanted: what is paused, what waits and nobody has let go, what
//! somebody has rejected, and deletions that two have not approved.

use super::{Known, Orders};
use crate::command::instruction::{Destructive, Scope};
use crate::model::code::Code;
use crate::model::decision::ResultRecord;
use crate::model::{AttributeName, Call, Effect, Hold, Operation, Outcome, Request, ResultWord};
use crate::simulation::calls::show;
use crate::simulation::checks::{Invariant, Violation};
use crate::simulation::fact::Deed;
use crate::simulation::oracle;
use crate::simulation::owner::OwnerNumber;
use crate::simulation::rules::QUARANTINE;
use crate::simulation::world::World;

impl Orders {
    /// Whether an operator has let go what a call does for a person, and it was not done since.
    fn lets(&self, call: &Call, person: usize) -> bool {
        let is_of_it = |known: &Known| {
            known.person == Some(person)
                && known.target == call.target
                && is_effect(&known.effect, &call.request)
        };
        let mut verdicts = self.verdicts.iter().filter(|(_, verdict)| verdict.is_let_go);
        verdicts.any(|(digest, _)| self.known.get(digest).is_some_and(is_of_it))
    }

    /// What was said of a row that has ended was said of it alone.
    pub(super) fn forget_what_is_over(&mut self) {
        let Self { rows, verdicts, .. } = self;
        verdicts.retain(|digest, _| rows.values().flatten().any(|hold| hold.digest == *digest));
    }

    /// A call starts that somebody has let go. Says whether that is so.
    pub fn spend(&mut self, call: &Call, person: usize) -> bool {
        let lets = self.lets(call, person);
        for (digest, verdict) in &mut self.verdicts {
            let is_called = self.known.get(digest).is_some_and(|it| {
                it.person == Some(person) && is_effect(&it.effect, &call.request)
            });
            verdict.is_called |= is_called;
        }
        lets
    }

    /// A revision has ended. If it is done, what was approved and called for it is used up. What was
    /// rejected may have ended with it, and waits anew.
    pub(super) fn end(&mut self, person: Option<usize>, result: &ResultRecord) {
        let Self { rows, known, verdicts, .. } = self;
        for (digest, verdict) in verdicts {
            let is_of_it = |it: &Known| it.person == person && it.target == result.target;
            if !known.get(digest).is_some_and(is_of_it) {
                continue;
            }
            if verdict.is_called && result.word == ResultWord::Applied {
                verdict.is_let_go = false;
                verdict.yes.clear();
            }
            let mut same = rows.values().flatten().filter(|hold| hold.digest == *digest);
            if same.all(|hold| hold.verdict.is_open()) {
                verdict.rejected_until = None;
            }
        }
    }
}

impl World {
    /// An account is gone that operators let go: what was before it nobody knows any more.
    pub(in crate::simulation) fn note_deleted(&mut self, call: &Call, outcome: &Outcome) {
        let is_deletion = matches!(call.request, Request::Write(Operation::Delete { .. }));
        if is_deletion && matches!(outcome, Outcome::Done(_)) {
            let people = self.concerned(call);
            self.disturbed.extend(people);
        }
    }

    /// The owner of the shard starts a call: nothing that is committed forbids it.
    pub(in crate::simulation) fn check_orders(
        &self,
        number: OwnerNumber,
        call: &Call,
        people: &[usize],
    ) -> Result<(), Violation> {
        let writes = matches!(call.request, Request::Write(_) | Request::AddMembers { .. });
        if !writes || !self.orders.are_sent() || self.current != Some(number) {
            return Ok(());
        }
        let broken = |person: Option<usize>, why: String| {
            let what = format!("{number} starts {} though {why}", show(&call.request));
            Err(Invariant::Brakes.broken(person, what))
        };
        let person = people.first().copied();
        let mut pauses = self.orders.pauses.iter();
        let is_for = |tenant: &Option<_>| tenant.as_ref().is_none_or(|it| *it == call.tenant);
        if let Some((_, scope)) =
            pauses.find(|(tenant, scope)| is_for(tenant) && self.is_in(scope, call, people))
        {
            return broken(person, format!("{scope:?} is paused"));
        }
        for person in people.iter().copied() {
            let rows = self.orders.rows.iter();
            let own = rows.filter(|((id, target), _)| {
                *target == call.target && self.audit.person(id) == Some(person)
            });
            let mut holds = own.flat_map(|(_, holds)| holds);
            let is_kept =
                |hold: &&Hold| is_effect(&hold.effect, &call.request) && self.is_kept(hold);
            if let Some(hold) = holds.find(is_kept) {
                return broken(Some(person), format!("it waits as {}", hold.why.code));
            }
            if matches!(call.request, Request::Write(Operation::Delete { .. }))
                && !self.orders.lets(call, person)
            {
                return broken(Some(person), "two operators have not approved it".to_owned());
            }
        }
        Ok(())
    }

    /// Whether a row waits for operators who have not let it go.
    fn is_kept(&self, hold: &Hold) -> bool {
        let verdict = self.orders.verdicts.get(&hold.digest);
        if verdict.is_some_and(|it| it.rejected_until.is_some()) {
            return true;
        }
        let waits = hold.why.code.known().is_some_and(|code| {
            code.is_of_a_limit() || code.holds_a_deletion() || code == Code::ProtectedPerson
        });
        waits && !verdict.is_some_and(|it| it.is_let_go)
    }

    /// Whether a pause of that scope surely keeps the call.
    fn is_in(&self, scope: &Scope, call: &Call, people: &[usize]) -> bool {
        match scope {
            Scope::Everything | Scope::Tenant => true,
            Scope::Target(target) => *target == call.target,
            Scope::Destructive(Destructive::Tenant) => takes(&call.request),
            Scope::Destructive(Destructive::Target(target)) => {
                *target == call.target && takes(&call.request)
            }
            Scope::Source(source) => {
                let is_of_it = |person: &usize| {
                    let facts = self
                        .audit
                        .facts_as(*person, call.person.as_ref(), |at| self.audit.is_decided(at));
                    let now = self.people_time_now();
                    let views = self.unheard_lately((*person, &call.target), &facts, now);
                    let is_kept_out = views.iter().any(|unheard| unheard.is_kept_out);
                    !is_kept_out
                        && !facts.is_empty()
                        && facts.iter().all(|fact| fact.source == source.as_str())
                };
                takes(&call.request) && people.iter().all(is_of_it)
            }
            Scope::Rule(rule) => {
                rule.as_str() == "terminated"
                    && people.iter().all(|it| self.is_terminated(call, *it))
            }
        }
    }

    /// Whether nothing but the rule of terminations asks for that call: a cancelled rehire asserts the same
    /// claim by a rule of its own, which goes on.
    fn is_terminated(&self, call: &Call, person: usize) -> bool {
        let Request::Write(Operation::Change { active: Some(false), .. }) = &call.request else {
            return false;
        };
        let facts =
            self.audit.facts_as(person, call.person.as_ref(), |at| self.audit.is_decided(at));
        let Some(known) = self.company.people.get(person) else { return false };
        if facts.iter().any(|fact| fact.deed == Deed::RehireCancelled) {
            return false;
        }
        let now = self.people_time_now();
        let mut views = self.unheard_lately((person, &call.target), &facts, now).into_iter();
        if views.any(|unheard| unheard.is_kept_out) {
            return false;
        }
        let unheard = self.unheard((person, &call.target), &facts, now);
        let view = oracle::expect(known, &facts, &unheard, (now, self.settings.deletes));
        // Another rule asserts the same when a rehire is cancelled.
        if facts.iter().any(|fact| fact.deed == Deed::RehireCancelled) {
            return false;
        }
        let was_active = known.before.is_some_and(|before| before.active);
        was_active && view.claims.contains(&"terminated") && !view.claims.contains(&"on leave")
    }
}

/// Whether a call takes access, a value, or an account.
fn takes(request: &Request) -> bool {
    let Request::Write(operation) = request else { return false };
    match operation {
        Operation::Delete { .. } | Operation::Change { active: Some(false), .. } => true,
        Operation::Change { active: None, attributes, .. } => attributes
            .iter()
            .any(|(name, field)| *name == AttributeName::USER_NAME || field.value().is_none()),
        Operation::AddMember { group, .. } => group.name.as_str() == QUARANTINE,
        Operation::RemoveMember { group, .. } => group.name.as_str() != QUARANTINE,
        Operation::Change { active: Some(true), .. }
        | Operation::Create { .. }
        | Operation::CreateGroup { .. } => false,
    }
}

/// Whether a call does exactly what waits.
fn is_effect(effect: &Effect, request: &Request) -> bool {
    let Effect::Operation(operation) = effect else { return false };
    match (operation, request) {
        (operation, Request::Write(called)) => called == operation,
        (Operation::AddMember { account, group }, Request::AddMembers { group: to, accounts }) => {
            group == to && accounts.contains(account)
        }
        _ => false,
    }
}
