//! Operators keep somebody in or out for a time, whatever rules say.

use super::Shard;
use super::obey::{NOBODY, nothing, part_of};
use crate::command::Admitted;
use crate::command::instruction::{Command, Keep, PersonRef};
use crate::engine::desk::Desk;
use crate::engine::desk::released::is_subject;
use crate::engine::people::Whom;
use crate::engine::said::mutes::{Mute, OrderedBy, WordId};
use crate::engine::seconded::{ComesTo, Saying, Seconds};
use crate::engine::state::Override;
use crate::engine::state::overrides::word;
use crate::engine::will::overriding::{self, Opposed};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::{PersonId, TargetName, TenantName};
use crate::model::ordered::{Became, CommandRow};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What an override says.
#[derive(Clone, Debug)]
struct Asking {
    /// Whoever is left of the record that is named.
    person: PersonId,
    target: Option<TargetName>,
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

impl Asking {
    /// The same, whichever record of the person was named: another operator may name another.
    fn command(&self, said: &Command) -> Command {
        let Ok(person) = PersonRef::try_from(self.person.to_string()) else { return said.clone() };
        let Self { target, keep, until, .. } = self.clone();
        Command::Override { person, target, keep, until }
    }
}

impl Shard {
    /// Whom it is about, and what it says; `None`: the command is none.
    fn asking(&self, tenant: &TenantName, command: &Command) -> Option<Asking> {
        let Command::Override { person, target, keep, until } = command else { return None };
        let found = self.people.of_tenant(tenant, person.id()).map(|found| &found.id);
        let person = found.unwrap_or(person.id()).clone();
        Some(Asking { person, target: target.clone(), keep: *keep, until: *until })
    }

    /// Why an override is refused: it lasts for too long, or goes against more than another operator has
    /// said yes to.
    pub(super) fn why_not_overridden(
        &self,
        admitted: &Admitted,
        tenant: &TenantName,
    ) -> Option<Why> {
        let instruction = admitted.instruction();
        let (wanted, today) = (self.asking(tenant, &instruction.command)?, self.books.today());
        let refused = |text: String| Why::new(Code::CommandOverrideEnd, Some("args.until"), text);
        if wanted.until <= today {
            return Some(refused("`until` is over already; say when the override ends".to_owned()));
        }
        let places = self.places(tenant, &wanted);
        let open = places.iter().filter(|at| at.obstacle.is_none());
        let longest = open.map(|at| at.opposed.longest()).min();
        let longest = longest.unwrap_or_else(|| Opposed::default().longest());
        let length = wanted.until.duration_since(today.max(instruction.issued_at));
        if length > longest {
            let days = longest.as_hours() / 24;
            return Some(refused(format!(
                "an override may last {days} days here, and `until` is later; against claims of leavers and \
                 of security it is 7 days, against others 90"
            )));
        }
        if self.why_not(admitted, tenant, &wanted).is_some() {
            return None;
        }
        let (command, comes_to) = (wanted.command(&instruction.command), against(&wanted, &places));
        let needed = needed(&places);
        let saying = Saying { tenant, command: &command, comes_to: &comes_to, needed };
        self.why_not_seconded(admitted, saying)
    }

    /// Keeps somebody in or out. A row for each target.
    pub(super) fn override_person(
        &mut self,
        admitted: &Admitted,
        tenant: &TenantName,
    ) -> Vec<CommandRow> {
        let command = &admitted.instruction().command;
        let Some(wanted) = self.asking(tenant, command) else { return Vec::new() };
        if let Some(why) = self.why_not(admitted, tenant, &wanted) {
            return vec![CommandRow { person: Some(wanted.person.clone()), ..nothing(why) }];
        }
        let places = self.places(tenant, &wanted);
        if places.is_empty() {
            return vec![nothing("the tenant has no target of this name")];
        }
        let waits = self.waits_to_override(admitted, tenant, &wanted, &places);
        let mut rows = self.override_everywhere(admitted, &wanted, places, waits.as_ref());
        if waits.is_none() {
            if rows.iter().any(|row| row.became == Became::Overridden) {
                self.rouse(&wanted.person);
            }
            self.books.touch(&wanted.person);
            self.reconsider(&wanted.person, None);
        }
        let person = self.people.get(&wanted.person);
        let part = person.and_then(|person| part_of(named(command).into_iter(), person));
        for row in &mut rows {
            let target = row.target.as_ref().filter(|_| row.became == Became::Overridden);
            let obstacle = target.and_then(|target| {
                self.at((tenant, target), |desk, turn| desk.what_stands_in_the_way(turn)).flatten()
            });
            let parts = row.why.take().into_iter().chain(obstacle).chain(part.clone());
            let parts: Vec<String> = parts.collect();
            row.why = (!parts.is_empty()).then(|| parts.join("; "));
        }
        rows
    }

    /// What is told while another operator must say the same.
    fn waits_to_override(
        &mut self,
        admitted: &Admitted,
        tenant: &TenantName,
        wanted: &Asking,
        places: &[Spot],
    ) -> Option<String> {
        let command = wanted.command(&admitted.instruction().command);
        let (comes_to, needed) = (against(wanted, places), needed(places));
        let saying = Saying { tenant, command: &command, comes_to: &comes_to, needed };
        match self.second(admitted, saying) {
            Seconds::Enough => None,
            Seconds::Waits(said) => Some(format!(
                "against claims of leavers or of security it takes {needed} operators, and {said} said yes; \
                 within 24 hours another one says exactly the same, until {}",
                wanted.until
            )),
        }
    }

    /// A row for each target, for one operator or two.
    fn override_everywhere(
        &mut self,
        admitted: &Admitted,
        wanted: &Asking,
        places: Vec<Spot>,
        waits: Option<&String>,
    ) -> Vec<CommandRow> {
        let order = ordered_by(admitted, self.books.today());
        let mut rows = Vec::new();
        for at in places {
            let (person, target) = (Some(wanted.person.clone()), Some(at.target.clone()));
            let (became, why) = match (at.obstacle, waits) {
                (Some(obstacle), _) => (Became::Nothing, Some(obstacle.to_owned())),
                (None, Some(waits)) => (Became::WaitsForAnother, Some(waits.clone())),
                (None, None) => self.override_at(&at, wanted, &order),
            };
            rows.push(CommandRow { person, target, became, why, ..nothing("") });
        }
        rows
    }

    /// Why nothing comes of an override, wherever it is meant.
    fn why_not(
        &self,
        admitted: &Admitted,
        tenant: &TenantName,
        wanted: &Asking,
    ) -> Option<&'static str> {
        let whom = self.people.whom(&wanted.person).filter(|whom| whom.person.tenant == *tenant);
        let Some(whom) = whom else { return Some(NOBODY) };
        let mut signers = admitted.signers().iter();
        let is_theirs = signers.any(|it| is_subject(it.principal().as_str(), &whom));
        is_theirs.then_some("nobody overrides what is done to themselves")
    }

    /// What an override goes against, target by target.
    fn places(&self, tenant: &TenantName, wanted: &Asking) -> Vec<Spot> {
        let Some(whom) = self.people.whom(&wanted.person) else { return Vec::new() };
        let desks = self.desks.all().filter(|desk| desk.tenant() == tenant);
        let only = wanted.target.as_ref();
        let meant = desks.filter(|desk| only.is_none_or(|only| only == desk.target()));
        meant.map(|desk| place(desk, &whom, wanted, self.books.today())).collect()
    }

    fn override_at(
        &mut self,
        at: &Spot,
        wanted: &Asking,
        order: &OrderedBy,
    ) -> (Became, Option<String>) {
        let today = self.books.today();
        let last =
            self.people.get(&wanted.person).and_then(|it| it.overrides.at(&at.target, today));
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
        if self.people.keep(&wanted.person, new, mutes).is_err() {
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
}

fn place(desk: &Desk, whom: &Whom<'_>, wanted: &Asking, today: Timestamp) -> Spot {
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

/// Whom it names.
fn named(command: &Command) -> Option<&PersonRef> {
    if let Command::Override { person, .. } = command { Some(person) } else { None }
}

/// How many operators it takes.
fn needed(places: &[Spot]) -> usize {
    let open = places.iter().filter(|at| at.obstacle.is_none());
    open.map(|at| at.opposed.operators_needed()).max().unwrap_or(1)
}

/// The words that it goes against. Who says yes to these has said nothing of what is heard later.
fn against(wanted: &Asking, places: &[Spot]) -> ComesTo {
    let mut comes_to = ComesTo::default();
    for at in places.iter().filter(|at| at.obstacle.is_none()) {
        let marks = at.opposed.claims.iter().flat_map(|claim| &claim.marks);
        let words: BTreeSet<WordId> = marks.map(WordId::of).collect();
        comes_to.add(format!("{} at {}", wanted.person, at.target), &words);
    }
    comes_to
}

fn said(at: &Spot, wanted: &Asking) -> String {
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

pub(super) fn ordered_by(admitted: &Admitted, at: Timestamp) -> OrderedBy {
    let instruction = admitted.instruction();
    OrderedBy {
        command: instruction.id,
        operator: instruction.operator.to_string(),
        reason: instruction.reason.as_str().to_owned(),
        at,
    }
}
