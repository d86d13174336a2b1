//! Operators say who is who: who is one, who is another, and whose an account is.
//!
//! All or nothing: who is named and cannot be meant keeps the whole command from being done.

use super::Shard;
use crate::command::Admitted;
use crate::command::instruction::{Many, PersonRef};
use crate::engine::desk::released;
use crate::engine::state::{PARTED_MOST, Person};
use crate::model::event::EventClass;
use crate::model::ids::{PersonId, ScimId, TargetName, TenantName};
use crate::model::ordered::{Became, CommandRow};
use std::collections::{BTreeMap, BTreeSet};

/// Why nothing comes of a command: a row for each reason.
type Refused = Vec<CommandRow>;

impl Shard {
    /// All these are one person.
    pub(super) fn link(
        &mut self,
        admitted: &Admitted,
        tenant: &TenantName,
        persons: &Many<PersonRef, 2>,
    ) -> Vec<CommandRow> {
        let ids = match self.meant(admitted, tenant, persons.iter()) {
            Ok(ids) => ids,
            Err(rows) => return rows,
        };
        let has_account = |person: &Person| !self.desks.accounts_of(person).is_empty();
        let today = self.books.today();
        let Some((whole, _)) = self.people.foresee_union(&ids, has_account, today) else {
            return vec![nothing(None, "they are too much for one record".to_owned())];
        };
        let in_the_way = self.what_keeps_apart(&ids, &whole);
        if !in_the_way.is_empty() {
            return in_the_way;
        }
        let home = whole.id;
        let mut rivals: BTreeSet<PersonId> =
            ids.iter().flat_map(|id| self.people.rivals(id)).collect();
        rivals.retain(|rival| !ids.contains(rival));
        let others = ids.iter().filter(|id| **id != home).cloned().collect();
        let Some(gave_way) = self.merge(&home, &others, EventClass::Hr) else {
            return vec![nothing(None, "they are too much for one record".to_owned())];
        };
        self.look_anew(&home, &rivals);
        self.serve_reports(&home);
        let gave_way: Vec<String> = gave_way.iter().map(ToString::to_string).collect();
        let gave_way = (!gave_way.is_empty()).then(|| gave_way.join("; "));
        let why = |id: &PersonId| {
            if *id == home { gave_way.clone() } else { Some(format!("it is part of {home} now")) }
        };
        ids.iter().map(|id| CommandRow { why: why(id), ..row(id, None, Became::Linked) }).collect()
    }

    /// Each of these is somebody else.
    pub(super) fn part(
        &mut self,
        admitted: &Admitted,
        tenant: &TenantName,
        persons: &Many<PersonRef, 2>,
    ) -> Vec<CommandRow> {
        let ids = match self.meant(admitted, tenant, persons.iter()) {
            Ok(ids) => ids,
            Err(rows) => return rows,
        };
        let has_room = |id: &&PersonId| {
            let others = ids.iter().filter(|other| other != id);
            self.people.get(id).is_some_and(|person| person.parted.has_room_for(others))
        };
        if let Some(full) = ids.iter().find(|id| !has_room(id)) {
            let why = format!("a person can be parted from {PARTED_MOST} others, and no more");
            return vec![nothing(Some(full), why)];
        }
        let division = self.people.part(&ids);
        for id in &ids {
            self.books.touch(id);
        }
        for id in &ids {
            self.look_anew(id, &BTreeSet::new());
        }
        for rival in &division.rivals {
            self.consider_everywhere(rival);
        }
        let why = names_led(&division.led);
        ids.iter()
            .map(|id| CommandRow { why: why.clone(), ..row(id, None, Became::Parted) })
            .collect()
    }

    /// This account is that person's.
    pub(super) fn bind(
        &mut self,
        admitted: &Admitted,
        tenant: &TenantName,
        (person, target): (&PersonRef, &TargetName),
        account: &ScimId,
    ) -> Vec<CommandRow> {
        self.say_whose(admitted, (tenant, target), person, |shard, id| {
            let bound = shard.at((tenant, target), |desk, turn| desk.bind(id, account, turn))?;
            Some(bound.map(|why| CommandRow { why, ..row(id, Some(target), Became::Bound) }))
        })
    }

    /// The account that is bound is not that person's.
    pub(super) fn unbind(
        &mut self,
        admitted: &Admitted,
        tenant: &TenantName,
        (person, target): (&PersonRef, &TargetName),
    ) -> Vec<CommandRow> {
        self.say_whose(admitted, (tenant, target), person, |shard, id| {
            let gone = shard.at((tenant, target), |desk, turn| desk.unbind(id, turn))?;
            let unbound = |why| CommandRow { why, ..row(id, Some(target), Became::Unbound) };
            Some(gone.map(|why| unbound(Some(why))))
        })
    }

    /// `say`: `None` if there is no such target; the row, or why there is none.
    fn say_whose(
        &mut self,
        admitted: &Admitted,
        (tenant, target): (&TenantName, &TargetName),
        person: &PersonRef,
        say: impl FnOnce(&mut Self, &PersonId) -> Option<Result<CommandRow, String>>,
    ) -> Vec<CommandRow> {
        let ids = match self.meant(admitted, tenant, std::iter::once(person)) {
            Ok(ids) => ids,
            Err(rows) => return rows,
        };
        let Some(id) = ids.first() else { return Vec::new() };
        let said = say(self, id).unwrap_or_else(|| Err("no target has this name".to_owned()));
        if said.is_ok() {
            self.rouse(id);
            self.serve_reports(id);
            self.set_wake(id);
        }
        vec![said.unwrap_or_else(|why| CommandRow {
            target: Some(target.clone()),
            ..nothing(Some(id), why)
        })]
    }

    /// Whom a command names; rows if somebody cannot be meant.
    fn meant<'a>(
        &self,
        admitted: &Admitted,
        tenant: &TenantName,
        persons: impl Iterator<Item = &'a PersonRef>,
    ) -> Result<BTreeSet<PersonId>, Refused> {
        let mut meant = BTreeMap::new();
        let mut refused = Vec::new();
        for named in persons.map(PersonRef::id) {
            let Some(person) = self.people.of_tenant(tenant, named) else {
                refused.push(nothing(Some(named), "nobody of the tenant has this id".to_owned()));
                continue;
            };
            let whom = self.people.whom(&person.id);
            let mut signers = admitted.signers().iter().map(|it| it.principal().as_str());
            if whom.is_some_and(|whom| signers.any(|name| released::is_subject(name, &whom))) {
                let why = "nobody says who they are themselves, or what is theirs".to_owned();
                refused.push(nothing(Some(named), why));
            }
            if let Some(other) = meant.insert(person.id.clone(), named) {
                let why = format!(
                    "it and {other} are one record since the two were made one; what was said of each \
                     cannot be told apart again"
                );
                refused.push(nothing(Some(named), why));
            }
        }
        if refused.is_empty() { Ok(meant.into_keys().collect()) } else { Err(refused) }
    }

    /// Why these must not be made one: an account, a protection or a legal hold would be lost.
    fn what_keeps_apart(&self, ids: &BTreeSet<PersonId>, whole: &Person) -> Vec<CommandRow> {
        let people: Vec<&Person> = ids.iter().filter_map(|id| self.people.get(id)).collect();
        let mut rows = Vec::new();
        let mut accounts: BTreeMap<&TargetName, (&PersonId, &ScimId)> = BTreeMap::new();
        for person in &people {
            for (target, seat) in self.desks.seats_of(person) {
                let Some(account) = seat.own_account() else { continue };
                let (first, its) = *accounts.entry(target).or_insert((&person.id, account));
                if its != account {
                    let why = format!(
                        "{first} has the account {its} there, and {} has {account}; unbind one of the two \
                         first",
                        person.id
                    );
                    let target = Some(target.clone());
                    rows.push(CommandRow { target, ..nothing(Some(&person.id), why) });
                }
            }
        }
        if let Some(kept) = people.iter().find(|person| person.is_on_legal_hold())
            && !whole.is_on_legal_hold()
        {
            let why =
                "the person is on legal hold, which a later word on another of these would end";
            rows.push(nothing(Some(&kept.id), why.to_owned()));
        }
        let shields = |person: &Person| {
            let mut desks = self.desks.all().filter(|desk| *desk.tenant() == person.tenant);
            desks.any(|desk| {
                let protected = &desk.settings().protected.people;
                person.aliases.iter().any(|alias| protected.contains(alias))
            })
        };
        if let Some(kept) = people.iter().find(|person| shields(person) && !shields(whole)) {
            let why = "the person is protected by a name that would be nobody's then";
            rows.push(nothing(Some(&kept.id), why.to_owned()));
        }
        rows
    }

    /// Looks at somebody anew, and at others whose names it concerns.
    fn look_anew(&mut self, id: &PersonId, rivals: &BTreeSet<PersonId>) {
        self.rouse(id);
        self.everywhere(id, |desk, turn| {
            if desk.seat(id).is_some() {
                desk.look_anew(id, turn);
            } else {
                desk.reconsider(id, None, turn);
            }
        });
        self.set_wake(id);
        for rival in rivals {
            self.consider_everywhere(rival);
        }
    }
}

fn names_led(led: &BTreeMap<Option<PersonId>, usize>) -> Option<String> {
    let told = led.iter().map(|(owner, count)| match owner {
        Some(owner) => format!("{count} name(s) that several have lead to {owner}"),
        None => format!(
            "{count} name(s) that several have lead to nobody, for nobody knows whom HR called so last: \
             bind each of them to their account"
        ),
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

fn row(person: &PersonId, target: Option<&TargetName>, became: Became) -> CommandRow {
    CommandRow {
        hold: None,
        person: Some(person.clone()),
        target: target.cloned(),
        became,
        why: None,
    }
}

fn nothing(person: Option<&PersonId>, why: String) -> CommandRow {
    CommandRow {
        hold: None,
        person: person.cloned(),
        target: None,
        became: Became::Nothing,
        why: Some(why),
    }
}
