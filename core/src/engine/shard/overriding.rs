//! Operators keep somebody in or out for a time, whatever rules say.

use super::Shard;
use super::obey::{approvals, nothing};
use crate::command::Admitted;
use crate::command::instruction::{Command, Instruction, Keep};
use crate::engine::desk::Desk;
use crate::engine::desk::released::is_subject;
use crate::engine::people::Whom;
use crate::engine::said::mutes::{Mute, OrderedBy, WordId};
use crate::engine::seconded::Seconds;
use crate::engine::state::Override;
use crate::engine::will::overriding::{self, Opposed};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::{PersonId, TargetName, TenantName};
use crate::model::ordered::{Became, CommandRow};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What an override says.
#[derive(Clone, Copy, Debug)]
struct Asking<'a> {
    person: &'a PersonId,
    target: Option<&'a TargetName>,
    keep: Keep,
    until: Timestamp,
}

/// What it goes against at one target.
struct Spot {
    target: TargetName,
    opposed: Opposed,
    /// Why nothing comes of it there.
    obstacle: Option<&'static str>,
}

impl<'a> Asking<'a> {
    fn of(command: &'a Command) -> Option<Self> {
        let Command::Override { person, target, keep, until } = command else { return None };
        Some(Self { person: person.id(), target: target.as_ref(), keep: *keep, until: *until })
    }
}

impl Shard {
    /// Why an override is refused that lasts for too long; `None`: it is none, or may be obeyed.
    pub(super) fn why_refused(&self, instruction: &Instruction) -> Option<Why> {
        let wanted = Asking::of(&instruction.command)?;
        let (tenant, today) = (instruction.tenant.as_ref()?, self.books.today());
        let refused = |text: String| Why::new(Code::CommandOverrideEnd, Some("args.until"), text);
        if wanted.until <= today {
            return Some(refused("`until` is over already; say when the override ends".to_owned()));
        }
        let places = self.places(tenant, wanted);
        let open = places.iter().filter(|at| at.obstacle.is_none());
        let longest = open.map(|at| at.opposed.longest()).min();
        let longest = longest.unwrap_or_else(|| Opposed::default().longest());
        let length = wanted.until.duration_since(today.max(instruction.issued_at));
        (length > longest).then(|| {
            let days = longest.as_hours() / 24;
            refused(format!(
                "an override may last {days} days here, and `until` is later; against claims of leavers and \
                 of security it is 7 days, against others 90"
            ))
        })
    }

    /// Keeps somebody in or out. A row for each target.
    pub(super) fn override_person(
        &mut self,
        admitted: &Admitted,
        tenant: &TenantName,
    ) -> Vec<CommandRow> {
        let command = &admitted.instruction().command;
        let Some(wanted) = Asking::of(command) else { return Vec::new() };
        if let Some(why) = self.why_not(admitted, tenant, wanted) {
            return vec![CommandRow { person: Some(wanted.person.clone()), ..nothing(why) }];
        }
        let places = self.places(tenant, wanted);
        if places.is_empty() {
            return vec![nothing("the tenant has no target of this name")];
        }
        let open = || places.iter().filter(|at| at.obstacle.is_none());
        let needed = open().map(|at| at.opposed.operators_needed()).max().unwrap_or(1);
        let against = against(open());
        let (by, now) = (approvals(admitted, self.books.now), self.books.now);
        let waits = match self.orders.second((tenant, command, &against), &by, needed, now) {
            Seconds::Enough => None,
            Seconds::Waits(said) => Some(format!(
                "against claims of leavers or of security it takes {needed} operators, and {said} said yes; \
                 within 24 hours another one says exactly the same, until {}",
                wanted.until
            )),
        };
        let order = ordered_by(admitted, self.books.today());
        let mut rows = Vec::new();
        for at in places {
            let (person, target) = (Some(wanted.person.clone()), Some(at.target.clone()));
            let (became, why) = match (at.obstacle, &waits) {
                (Some(obstacle), _) => (Became::Nothing, Some(obstacle.to_owned())),
                (None, Some(waits)) => (Became::WaitsForAnother, Some(waits.clone())),
                (None, None) => self.override_at(&at, wanted, &order),
            };
            rows.push(CommandRow { person, target, became, why, ..nothing("") });
        }
        if waits.is_none() {
            if rows.iter().any(|row| row.became == Became::Overridden) {
                self.rouse(wanted.person);
            }
            self.books.touch(wanted.person);
            self.reconsider(wanted.person, None);
        }
        for row in rows.iter_mut().filter(|row| row.became == Became::Overridden) {
            let Some(target) = &row.target else { continue };
            let obstacle =
                self.at((tenant, target), |desk, turn| desk.what_stands_in_the_way(turn)).flatten();
            let parts = row.why.take().into_iter().chain(obstacle);
            row.why = Some(parts.collect::<Vec<_>>().join("; "));
        }
        rows
    }

    /// Why nothing comes of an override, wherever it is meant.
    fn why_not(
        &self,
        admitted: &Admitted,
        tenant: &TenantName,
        wanted: Asking<'_>,
    ) -> Option<&'static str> {
        let whom = self.people.whom(wanted.person).filter(|whom| whom.person.tenant == *tenant);
        let Some(whom) = whom else { return Some("nobody of this tenant has this id") };
        let mut signers = admitted.signers().iter();
        let is_theirs = signers.any(|it| is_subject(it.principal().as_str(), &whom));
        is_theirs.then_some("nobody overrides what is done to themselves")
    }

    /// What an override goes against, target by target.
    fn places(&self, tenant: &TenantName, wanted: Asking<'_>) -> Vec<Spot> {
        let Some(whom) = self.people.whom(wanted.person) else { return Vec::new() };
        let desks = self.desks.all().filter(|desk| desk.tenant() == tenant);
        let meant = desks.filter(|desk| wanted.target.is_none_or(|only| only == desk.target()));
        meant.map(|desk| place(desk, &whom, wanted, self.books.today())).collect()
    }

    fn override_at(
        &mut self,
        at: &Spot,
        wanted: Asking<'_>,
        order: &OrderedBy,
    ) -> (Became, Option<String>) {
        let today = self.books.today();
        let last = self.people.get(wanted.person).and_then(|it| it.overrides.at(&at.target, today));
        let last = last.map(|last| (word(last.keep), last.order.operator.clone(), last.until));
        let (target, until) = (at.target.clone(), wanted.until);
        let mute = |claim| Mute::of_all(claim, (Some(target.clone()), Some(until)), order.clone());
        let is_in = wanted.keep == Keep::In;
        let mutes: Vec<Mute> =
            at.opposed.claims.iter().filter(|_| is_in).filter_map(mute).collect();
        let new = Override {
            target: at.target.clone(),
            keep: wanted.keep,
            until,
            order: order.clone(),
            is_announced: false,
        };
        if self.people.keep(wanted.person, new, mutes, today).is_err() {
            let why = "more is muted for this person than their record takes; end another override or \
                       undo first";
            return (Became::Nothing, Some(why.to_owned()));
        }
        let replaced = last.map(|(keep, operator, until)| {
            format!("it replaces the override `{keep}` by {operator} until {until}")
        });
        let parts: Vec<String> = std::iter::once(said(at, wanted)).chain(replaced).collect();
        (Became::Overridden, Some(parts.join("; ")))
    }

    /// Overrides and mutes that are over end, and that is told; so is what ends within a day.
    pub(super) fn end_orders(&mut self, id: &PersonId) {
        if self.books.clocks.in_question() {
            return;
        }
        let today = self.books.today();
        let due = self.people.end_orders(id, today);
        if !due.is_news() {
            return;
        }
        self.books.touch(id);
        let Some(tenant) = self.people.get(id).map(|person| person.tenant.clone()) else { return };
        let soon = due.soon.iter().map(|it| (it, Code::OverrideEndsSoon, "ends soon"));
        let ended = due.ended.iter().map(|it| (it, Code::OverrideEnded, "is over"));
        for (order, code, what) in soon.chain(ended) {
            let text = format!(
                "the override `{}` by {} {what}: from {} on the account is what the rules want",
                word(order.keep),
                order.order.operator,
                order.until
            );
            let why = Why::new(code, None, text);
            self.at((&tenant, &order.target), |desk, turn| desk.tell_override(id, why, turn));
        }
    }
}

fn place(desk: &Desk, whom: &Whom<'_>, wanted: Asking<'_>, today: Timestamp) -> Spot {
    let restricting = &desk.settings().restricting_groups;
    let opposed =
        overriding::opposed(whom.person, (desk.target(), restricting), wanted.keep, today);
    let last = whom.person.overrides.at(desk.target(), today);
    let obstacle = if desk.protects(whom) {
        Some("the person is protected by the configuration, and nothing is changed for them")
    } else if opposed.is_idle(wanted.keep, last) {
        Some("no claim keeps the person out there, and none is about to")
    } else {
        None
    };
    Spot { target: desk.target().clone(), opposed, obstacle }
}

/// The words that it goes against. Who says yes to these has said nothing of what is heard later.
fn against<'a>(places: impl Iterator<Item = &'a Spot>) -> String {
    let words = |at: &'a Spot| {
        let marks = at.opposed.claims.iter().flat_map(|claim| &claim.marks);
        (&at.target, marks.map(WordId::of).collect::<BTreeSet<_>>())
    };
    let all: Vec<_> = places.map(words).collect();
    serde_json::to_string(&all).unwrap_or_default()
}

fn said(at: &Spot, wanted: Asking<'_>) -> String {
    let until = wanted.until;
    match wanted.keep {
        Keep::Out => format!("until {until} the account is kept inactive"),
        Keep::In => {
            let claims = at.opposed.claims.iter().map(|it| format!("`{}`", it.name));
            let claims: BTreeSet<String> = claims.collect();
            let claims: Vec<String> = claims.into_iter().collect();
            format!("until {until} these claims do not count: {}", claims.join(", "))
        }
    }
}

fn word(keep: Keep) -> &'static str {
    match keep {
        Keep::In => "in",
        Keep::Out => "out",
    }
}

pub(super) fn ordered_by(admitted: &Admitted, at: Timestamp) -> OrderedBy {
    let instruction = admitted.instruction();
    OrderedBy {
        command: instruction.id,
        operator: instruction.operator.to_string(),
        reason: instruction.reason.as_str().to_owned(),
        at,
    }
}
