//! The command `undo`: what it comes to is planned for everybody whom it concerns, and then done at once.

use super::Shard;
use super::obey::nothing;
use super::overriding::ordered_by;
use crate::command::Admitted;
use crate::command::instruction::{Many, Row, Undone};
use crate::engine::seconded::{ComesTo, Saying, Seconds};
use crate::engine::undo::{Change, Deed, Fate, LeftOut, Place, Plan, PlannedRow, Undo};
use crate::model::account::Value;
use crate::model::claim::Precedence;
use crate::model::decision::Why;
use crate::model::ids::{PersonId, TenantName};
use crate::model::ordered::{Became, CommandRow};
use crate::model::wish::Wanted;

/// So many operators it takes to undo what a claim of such a precedence asks for.
const AGAINST_LEAVER_OR_SECURITY: usize = 2;
/// For so many people one command may undo something; their records go into one commit.
const PEOPLE_MOST: usize = 1_000;

impl Shard {
    /// Undoes what is named, as far as it can be. A row for each person and target.
    pub(super) fn undo(
        &mut self,
        admitted: &Admitted,
        tenant: &TenantName,
        what: &Undone,
        (rows, leave_out): (Option<&Many<Row>>, Option<&Many<Row>>),
    ) -> Vec<CommandRow> {
        let plans = self.plans(admitted, tenant, what, (rows, leave_out));
        let undone = plans.iter().filter(|plan| plan.deed != Deed::Nothing).count();
        if undone > PEOPLE_MOST {
            return vec![nothing(&format!(
                "{undone} people are concerned, and one command undoes it for {PEOPLE_MOST}; nothing \
                 was done: name rows"
            ))];
        }
        if let Some(waits) = self.waits_for_another(admitted, tenant, &plans) {
            return waits;
        }
        let mut told = Vec::new();
        for Plan { person, mut rows, deed } in plans {
            if !self.carry_out(&person, deed) {
                rows.iter_mut().for_each(PlannedRow::is_too_much);
            }
            told.extend(rows.iter().map(|row| self.tell_undone(tenant, row)));
        }
        told.extend(self.not_found(tenant, &told, rows));
        if told.is_empty() {
            told.push(nothing(unknown(what)));
        }
        told
    }

    /// Why an undo is refused: it comes to more than another operator has said yes to.
    pub(super) fn why_not_undone(
        &self,
        admitted: &Admitted,
        tenant: &TenantName,
        what: &Undone,
        named: (Option<&Many<Row>>, Option<&Many<Row>>),
    ) -> Option<Why> {
        let plans = self.plans(admitted, tenant, what, named);
        if is_own(&plans) {
            return None;
        }
        let comes_to = comes_to(&plans);
        let (command, needed) = (&admitted.instruction().command, self.needed_to_undo(&plans));
        self.why_not_seconded(admitted, Saying { tenant, command, comes_to: &comes_to, needed })
    }

    fn plans(
        &self,
        admitted: &Admitted,
        tenant: &TenantName,
        what: &Undone,
        (rows, leave_out): (Option<&Many<Row>>, Option<&Many<Row>>),
    ) -> Vec<Plan> {
        let order = ordered_by(admitted, self.books.today());
        let undo = Undo { what, rows, leave_out, order: &order, now: self.books.today() };
        let signers: Vec<String> =
            admitted.signers().iter().map(|signer| signer.principal().to_string()).collect();
        let people = self.people.iter().filter(|person| person.tenant == *tenant);
        let concerned = people.filter(|person| undo.concerns(person));
        let plan = |id: &PersonId| {
            let whom = self.people.whom(id)?;
            let desks = self.desks.all().filter(|desk| desk.tenant() == tenant);
            let places: Vec<Place<'_>> =
                desks.map(|desk| desk.place_to_undo(&whom, &signers)).collect();
            undo.plan(whom.person, &places)
        };
        concerned.filter_map(|person| plan(&person.id)).collect()
    }

    /// What is told while another operator must say the same.
    fn waits_for_another(
        &mut self,
        admitted: &Admitted,
        tenant: &TenantName,
        plans: &[Plan],
    ) -> Option<Vec<CommandRow>> {
        let needed = self.needed_to_undo(plans);
        if needed < 2 {
            return None;
        }
        // Whoever says the same after them would say it for that row, too, and their yes be one of two.
        if is_own(plans) {
            return Some(vec![nothing(
                "nothing was done: an account of whoever signs is among the rows; leave it out, for it \
                 takes two operators, and they say the same",
            )]);
        }
        let (command, comes_to) = (&admitted.instruction().command, comes_to(plans));
        let saying = Saying { tenant, command, comes_to: &comes_to, needed };
        let Seconds::Waits(said) = self.second(admitted, saying) else { return None };
        let why = format!(
            "it takes {needed} operators, and {said} said yes; within 24 hours another one says exactly the \
             same"
        );
        let row = |row: &&PlannedRow| CommandRow {
            person: Some(row.person.clone()),
            target: Some(row.target.clone()),
            became: Became::WaitsForAnother,
            ..nothing(&why)
        };
        Some(undone(plans).iter().map(row).collect())
    }

    fn needed_to_undo(&self, plans: &[Plan]) -> usize {
        let undone = undone(plans);
        let is_grave = undone.iter().any(|row| row.against >= Some(Precedence::Leaver));
        let is_large = undone.len() > self.approvals.over_rows;
        let needed = if is_grave { AGAINST_LEAVER_OR_SECURITY } else { 1 };
        needed.max(if is_large { self.approvals.over } else { 1 })
    }

    /// Says whether the person's record took it.
    fn carry_out(&mut self, id: &PersonId, deed: Deed) -> bool {
        match deed {
            Deed::Nothing => true,
            Deed::Mute(mutes) => {
                self.rouse(id);
                self.mute(id, mutes).is_ok()
            }
            Deed::Lift { command, targets } => {
                self.rouse(id);
                self.people.end_order(id, command, targets.as_ref());
                self.books.touch(id);
                self.reconsider(id, None);
                true
            }
        }
    }

    /// Rows that are named, and of which nothing is to be undone.
    fn not_found(
        &self,
        tenant: &TenantName,
        told: &[CommandRow],
        rows: Option<&Many<Row>>,
    ) -> Vec<CommandRow> {
        let is_told = |row: &Row| {
            let person = self.people.of_tenant(tenant, row.person.id()).map(|person| &person.id);
            told.iter()
                .any(|it| it.person.as_ref() == person && it.target.as_ref() == Some(&row.target))
        };
        let named = rows.into_iter().flat_map(Many::iter).filter(|row| !is_told(row));
        let row = |row: &Row| CommandRow {
            person: Some(row.person.id().clone()),
            target: Some(row.target.clone()),
            ..nothing("what is to be undone has done nothing there")
        };
        named.map(row).collect()
    }

    fn tell_undone(&mut self, tenant: &TenantName, row: &PlannedRow) -> CommandRow {
        let became = match row.fate {
            Fate::Undone => Became::Undone,
            Fate::LeftOut(_) => Became::LeftOut,
            Fate::Nothing(_) => Became::Nothing,
        };
        let in_the_way = row.is_undone().then(|| {
            self.at((tenant, &row.target), |desk, turn| desk.what_stands_in_the_way(turn)).flatten()
        });
        let words = std::iter::once(row.words()).chain(in_the_way.flatten());
        CommandRow {
            hold: None,
            person: Some(row.person.clone()),
            target: Some(row.target.clone()),
            became,
            why: Some(words.collect::<Vec<_>>().join("; ")),
        }
    }
}

fn undone(plans: &[Plan]) -> Vec<&PlannedRow> {
    plans.iter().flat_map(|plan| &plan.rows).filter(|row| row.is_undone()).collect()
}

/// Whether an account of whoever signs is among the rows.
fn is_own(plans: &[Plan]) -> bool {
    let mut rows = plans.iter().flat_map(|plan| &plan.rows);
    rows.any(|row| row.fate == Fate::LeftOut(LeftOut::OwnAccount))
}

/// The rows that are undone, the words of each, and what goes back to what. How the account looks now is no
/// part of it: it is read anew at any time.
fn comes_to(plans: &[Plan]) -> ComesTo {
    let mut comes_to = ComesTo::default();
    for plan in plans {
        for row in plan.rows.iter().filter(|row| row.is_undone()) {
            let back: Vec<_> = row.changes.iter().map(goes_back).collect();
            let name = format!("{} at {}", row.person, row.target);
            match &plan.deed {
                Deed::Nothing => {}
                Deed::Mute(mutes) => {
                    let here = mutes.iter().filter(|it| it.is_for(&row.target));
                    let words: Vec<_> = here.map(|it| (&it.claim, &it.by, &it.words)).collect();
                    comes_to.add(name, &(words, back));
                }
                Deed::Lift { .. } => comes_to.add(name, &back),
            }
        }
    }
    comes_to
}

/// What a facet goes back to. It is only digested.
fn goes_back(change: &Change) -> (String, Option<String>) {
    let back = change.back.as_ref().map(|back| match back {
        Wanted::Attribute(field) => field.value().map(Value::to_text).unwrap_or_default(),
        Wanted::Account(_) | Wanted::Active(_) | Wanted::Group(_) => back.to_string(),
    });
    (change.facet.to_string(), back)
}

/// Why nobody is concerned.
fn unknown(what: &Undone) -> &'static str {
    match what {
        Undone::Decision { .. } => {
            "no claim is kept that the decision there came to; was it made by an earlier usher, or only \
             on attributes? name the event by its source and id"
        }
        Undone::Event { .. } => {
            "no claim is kept that this event has asserted; attributes that it brought are not undone"
        }
        Undone::Rule { .. } => "no claim is kept that this rule has asserted since then",
        Undone::Command { .. } => {
            "nothing that a command of this id has changed is in force; a pause is ended by `resume`, and \
             what was approved is undone by its event"
        }
    }
}
