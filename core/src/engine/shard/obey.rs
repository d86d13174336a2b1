//! What comes of a command that is to be obeyed.

use super::Shard;
use crate::command::Admitted;
use crate::command::instruction::{Brought, Command, CommandKind, PersonRef, Retried, Scope};
use crate::engine::brakes::halt::PauseOrder;
use crate::engine::desk::Desk;
use crate::engine::desk::released::{Said, Verdicts};
use crate::engine::state::Person;
use crate::model::hold::{Approval, HoldDigest};
use crate::model::ids::{PersonId, TargetName, TenantName};
use crate::model::ordered::{Became, CommandRow};

/// Whether anything comes of commands of a kind in this version.
pub(super) fn is_served(kind: CommandKind) -> bool {
    match kind {
        CommandKind::Approve
        | CommandKind::Reject
        | CommandKind::Pause
        | CommandKind::Resume
        | CommandKind::Override
        | CommandKind::Undo
        | CommandKind::Retry
        | CommandKind::Replay
        | CommandKind::Reassert
        | CommandKind::Link
        | CommandKind::Part
        | CommandKind::Bind
        | CommandKind::Unbind
        | CommandKind::Refresh
        | CommandKind::Release => true,
        CommandKind::Erase => false,
    }
}

impl Shard {
    /// Does what an admitted command says. A row for each thing that it names.
    pub(super) fn obey(&mut self, admitted: &Admitted, brought: &Brought<'_>) -> Vec<CommandRow> {
        let instruction = admitted.instruction();
        match (&instruction.command, &instruction.tenant) {
            (Command::Pause { scope }, tenant) => self.pause(admitted, tenant.as_ref(), scope),
            (Command::Resume { scope }, tenant) => self.resume(tenant.as_ref(), scope),
            (Command::Approve { holds }, Some(tenant)) => {
                let said = Said::Approve(approvals(admitted, self.books.now));
                self.say(tenant, holds.iter().cloned().collect(), &said)
            }
            (Command::Reject { holds, length }, Some(tenant)) => {
                let until =
                    self.books.today().saturating_add(length.get()).unwrap_or(jiff::Timestamp::MAX);
                let said = Said::Reject { until, by: instruction.operator.to_string() };
                self.say(tenant, holds.iter().cloned().collect(), &said)
            }
            (Command::Retry(retried), Some(tenant)) => self.retry(tenant, retried),
            (Command::Refresh { target }, Some(tenant)) => vec![self.read_all(tenant, target)],
            (Command::Release { target }, Some(tenant)) => self.let_removals_go_on(tenant, target),
            (Command::Override { .. }, Some(tenant)) => self.override_person(admitted, tenant),
            (Command::Reassert(meant), Some(tenant)) => self.reassert(tenant, meant),
            (Command::Undo { what, rows, leave_out }, Some(tenant)) => {
                self.undo(admitted, tenant, what, (rows.as_ref(), leave_out.as_ref()))
            }
            (Command::Replay { records }, Some(tenant)) => {
                self.replay(admitted, tenant, records, brought)
            }
            (Command::Link { persons }, Some(tenant)) => self.link(admitted, tenant, persons),
            (Command::Part { persons }, Some(tenant)) => self.part(admitted, tenant, persons),
            (Command::Bind { person, target, account }, Some(tenant)) => {
                self.bind(admitted, tenant, (person, target), account)
            }
            (Command::Unbind { person, target }, Some(tenant)) => {
                self.unbind(admitted, tenant, (person, target))
            }
            (Command::Override { .. } | Command::Reassert(_) | Command::Erase { .. }, _)
            | (
                Command::Approve { .. }
                | Command::Reject { .. }
                | Command::Retry(_)
                | Command::Release { .. }
                | Command::Refresh { .. }
                | Command::Replay { .. }
                | Command::Undo { .. }
                | Command::Link { .. }
                | Command::Part { .. }
                | Command::Bind { .. }
                | Command::Unbind { .. },
                None,
            ) => {
                // What is for a tenant names one, and what is not served is refused before.
                vec![nothing("it names no tenant; nothing was done")]
            }
        }
    }

    fn say(&mut self, tenant: &TenantName, holds: Vec<HoldDigest>, said: &Said) -> Vec<CommandRow> {
        let verdicts = Verdicts { rows: holds.len(), settings: self.approvals };
        let mut left: std::collections::BTreeSet<HoldDigest> = holds.into_iter().collect();
        let mut rows = Vec::new();
        for target in self.targets_of(tenant) {
            let found = self.at((tenant, &target), |desk, turn| {
                desk.hear_verdicts(&left, (said, &verdicts), turn)
            });
            for row in found.into_iter().flatten() {
                if let Some(hold) = &row.hold {
                    left.remove(hold);
                }
                rows.push(row);
            }
        }
        let unknown = left.into_iter().map(|hold| CommandRow {
            hold: Some(hold),
            ..nothing("nothing waits under this digest: it ended, or its effects are others now")
        });
        rows.extend(unknown);
        rows
    }

    fn pause(
        &mut self,
        admitted: &Admitted,
        tenant: Option<&TenantName>,
        scope: &Scope,
    ) -> Vec<CommandRow> {
        let instruction = admitted.instruction();
        let order = PauseOrder {
            tenant: tenant.cloned(),
            scope: scope.clone(),
            since: self.books.today(),
            by: instruction.operator.to_string(),
            reason: instruction.reason.as_str().to_owned(),
            command: instruction.id,
        };
        let is_new = self.orders.pause(order);
        let mut rows = vec![if is_new {
            CommandRow { became: Became::Paused, why: None, ..nothing("") }
        } else {
            nothing("it was paused before, and stays so")
        }];
        rows.extend(self.in_flight(tenant));
        self.look_at_everybody();
        rows
    }

    fn resume(&mut self, tenant: Option<&TenantName>, scope: &Scope) -> Vec<CommandRow> {
        let commit = self.books.ledger.next_id();
        if !self.orders.resume(tenant, scope, commit) {
            return vec![nothing("exactly this is not paused")];
        }
        vec![CommandRow { became: Became::Resumed, why: None, ..nothing("") }]
    }

    /// Calls that had left before the pause: what becomes of them is read back as ever.
    fn in_flight(&self, tenant: Option<&TenantName>) -> Vec<CommandRow> {
        let desks = self.desks.all().filter(|desk| tenant.is_none_or(|it| it == desk.tenant()));
        let row = |(target, person): (&TargetName, &PersonId)| CommandRow {
            target: Some(target.clone()),
            person: Some(person.clone()),
            ..nothing("a call for this person had left before, and is not called back")
        };
        let writing =
            |desk: &Desk| desk.writing().map(|id| row((desk.target(), id))).collect::<Vec<_>>();
        desks.flat_map(writing).collect()
    }

    fn retry(&mut self, tenant: &TenantName, retried: &Retried) -> Vec<CommandRow> {
        let mut part = None;
        let (ids, only): (Vec<PersonId>, Option<&TargetName>) = match retried {
            Retried::Person(person) => {
                let Some(found) = self.people.of_tenant(tenant, person.id()) else {
                    let person = Some(person.id().clone());
                    return vec![CommandRow { person, ..nothing(NOBODY) }];
                };
                part = part_of(std::iter::once(person), found);
                (vec![found.id.clone()], None)
            }
            Retried::Target(target) => {
                let desk = self.desks.get(tenant, target);
                (desk.map(Desk::who_waits_to_retry).unwrap_or_default(), Some(target))
            }
        };
        let mut rows = Vec::new();
        for target in self.targets_of(tenant) {
            if only.is_some_and(|only| *only != target) {
                continue;
            }
            for id in &ids {
                let retries = self.at((tenant, &target), |desk, turn| desk.retry_now(id, turn));
                if retries == Some(true) {
                    let (person, target) = (Some(id.clone()), Some(target.clone()));
                    let (became, why) = (Became::Retried, part.clone());
                    rows.push(CommandRow { person, target, became, why, ..nothing("") });
                }
            }
        }
        if rows.is_empty() {
            rows.push(nothing("nobody there waits to be tried again"));
        }
        rows
    }

    /// Reads all that a target has as soon as nothing more urgent waits there.
    fn read_all(&mut self, tenant: &TenantName, target: &TargetName) -> CommandRow {
        let begins = self.at((tenant, target), |desk, _| desk.read_inventory_now());
        let row = |became, why: Option<&str>| CommandRow {
            target: Some(target.clone()),
            became,
            why: why.map(str::to_owned),
            ..nothing("")
        };
        match begins {
            Some(true) => row(Became::Refreshed, None),
            Some(false) => row(Became::Nothing, Some("it is being read already")),
            None => row(Became::Nothing, Some("the tenant has no such target")),
        }
    }

    pub(super) fn targets_of(&mut self, tenant: &TenantName) -> Vec<TargetName> {
        self.desks.of_mut(tenant).map(|desk| desk.target().clone()).collect()
    }

    /// What is paused, or no longer, may concern whoever is not settled.
    pub(super) fn look_at_everybody(&mut self) {
        self.at_all_desks(Desk::look_at_all);
    }
}

pub(super) fn approvals(admitted: &Admitted, now: jiff::Timestamp) -> Vec<Approval> {
    let by = admitted.signers().iter().map(|signer| Approval {
        operator: signer.principal().to_string(),
        key: signer.key().to_string(),
        at: now,
    });
    by.collect()
}

/// Why nothing comes of a command for a person.
pub(super) const NOBODY: &str = "nobody of this tenant has this id";

/// What is told of somebody of whom a command names a former record; `None`: it names none.
pub(super) fn part_of<'a>(
    mut named: impl Iterator<Item = &'a PersonRef>,
    person: &Person,
) -> Option<String> {
    let former = named.find(|it| *it.id() != person.id && person.has_been(it.id()))?;
    Some(format!("{} is part of {} now", former.id(), person.id))
}

pub(super) fn nothing(why: &str) -> CommandRow {
    CommandRow {
        hold: None,
        person: None,
        target: None,
        became: Became::Nothing,
        why: Some(why.to_owned()),
    }
}
