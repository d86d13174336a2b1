//! What operators say of what waits: row by row, compared with what would be called now.

use super::{Desk, Turn};
use crate::command::Operators;
use crate::engine::people::Whom;
use crate::engine::seconded;
use crate::engine::settings::{Approvals, Mode};
use crate::engine::state::{Before, Stage};
use crate::model::alias::{Alias, AliasKind};
use crate::model::code::Code;
use crate::model::hold::{Approval, Effect, Hold, HoldDigest, Verdict};
use crate::model::ids::PersonId;
use crate::model::operation::Operation;
use crate::model::ordered::{Became, CommandRow};
use crate::model::wish::{Facet, Membership, Wanted};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// How many operators it takes to cut an administrator.
const FOR_ADMINISTRATORS: usize = 2;

/// What is said of rows.
#[derive(Clone, Debug)]
pub enum Said {
    /// By whoever signed, each another person with another key.
    Approve(Vec<Approval>),
    Reject {
        until: Timestamp,
        by: String,
    },
}

/// How many operators it takes.
#[derive(Clone, Copy, Debug)]
pub struct Verdicts {
    /// How many rows the command names.
    pub rows: usize,
    pub settings: Approvals,
}

impl Verdicts {
    fn needed(&self, hold: &Hold) -> usize {
        let is_deletion = matches!(hold.effect, Effect::Operation(Operation::Delete { .. }));
        let for_deletion = if is_deletion { self.settings.deletion } else { 1 };
        // Whoever has charge of the target may be the only one, so one operator is never enough.
        let is_administrator = hold.why.code == Code::ProtectedAdministrator;
        let for_administrator = if is_administrator { FOR_ADMINISTRATORS } else { 1 };
        let for_many = if self.rows > self.settings.over_rows { self.settings.over } else { 1 };
        for_deletion.max(for_administrator).max(for_many)
    }
}

impl Desk {
    /// Hears what is said of rows that wait here, and goes on with whoever is let go.
    pub(in crate::engine) fn hear_verdicts(
        &mut self,
        digests: &BTreeSet<HoldDigest>,
        (said, verdicts): (&Said, &Verdicts),
        turn: &mut Turn<'_>,
    ) -> Vec<CommandRow> {
        let is_named = |hold: &Hold| digests.contains(&hold.digest);
        let seats = self.seats.iter();
        let who: Vec<PersonId> = seats
            .filter(|(_, seat)| seat.holds.iter().any(is_named))
            .map(|(id, _)| id.clone())
            .collect();
        let mut rows = Vec::new();
        for id in who {
            let Some(whom) = turn.people.whom(&id) else { continue };
            // What would be called now must be what was approved.
            self.supersede(&whom, turn.books.today());
            rows.extend(self.hear_of_one(&whom, digests, (said, verdicts), turn));
            turn.books.touch(&id);
            self.reconsider(&id, None, turn);
            if self.is_stuck(&id) {
                self.correct_drift(&id, turn);
            }
            self.consider_seated(&id, turn);
        }
        rows
    }

    fn hear_of_one(
        &mut self,
        whom: &Whom<'_>,
        digests: &BTreeSet<HoldDigest>,
        (said, verdicts): (&Said, &Verdicts),
        turn: &mut Turn<'_>,
    ) -> Vec<CommandRow> {
        let id = &whom.person.id;
        let stands_in_the_way = self.what_stands_in_the_way(turn);
        let (target, today) = (self.settings.name.clone(), turn.books.today());
        let Some(seat) = self.seats.get_mut(id) else { return Vec::new() };
        let mut rows = Vec::new();
        let mut ways_back = Vec::new();
        for hold in seat.holds.iter_mut().filter(|hold| digests.contains(&hold.digest)) {
            let (became, mut why) = match said {
                Said::Reject { until, by } => {
                    hold.verdict = Verdict::Rejected { until: *until, by: by.clone() };
                    if let Effect::WayBack(facet) = &hold.effect {
                        ways_back.push((facet.clone(), false));
                    }
                    (Became::Rejected, None)
                }
                Said::Approve(by) => {
                    approve(hold, whom, (by, verdicts, turn.orders.operators()), today)
                }
            };
            if became == Became::Approved {
                if let Effect::WayBack(facet) = &hold.effect {
                    ways_back.push((facet.clone(), true));
                }
                why.clone_from(&stands_in_the_way);
            }
            rows.push(CommandRow {
                hold: Some(hold.digest.clone()),
                person: Some(id.clone()),
                target: Some(target.clone()),
                became,
                why,
            });
        }
        for (facet, is_given) in ways_back {
            // Whoever says what was before is believed; what is left as it is needs no way back.
            if let Some(access) = access(&facet).filter(|_| is_given) {
                seat.baseline.before.insert(facet, Before::Was(access));
            } else {
                seat.baseline.before.remove(&facet);
                seat.baseline.given.remove(&facet);
            }
        }
        rows
    }

    /// Why what was approved is not called at once.
    pub(in crate::engine) fn what_stands_in_the_way(&self, turn: &Turn<'_>) -> Option<String> {
        if self.settings.mode == Mode::Observe {
            return Some("the target is only observed: nothing is called there".to_owned());
        }
        let halt = turn.orders.halt(&self.tenant, &self.settings.name);
        if halt.is_paused() {
            return Some("a pause is in force; it is called when that is resumed".to_owned());
        }
        let is_closed = self.gate.is_tripped();
        is_closed.then(|| {
            "the target is closed after failures; it is called when it is open again".to_owned()
        })
    }

    /// Everybody who is not settled here is looked at again: something is paused, or no longer.
    pub(in crate::engine) fn look_at_all(&mut self, turn: &mut Turn<'_>) {
        let waits = self.seats.iter().filter(|(_, seat)| seat.is_open() || !seat.holds.is_empty());
        let who: Vec<PersonId> = waits.map(|(id, _)| id.clone()).collect();
        for id in who {
            if turn.books.ledger.is_full() {
                // No call leaves without being looked at again; the rows come with later commits.
                self.try_again_from(&id, turn.books.now);
                turn.books.wakes.set(&id, Some(turn.books.now));
                continue;
            }
            if self.is_stuck(&id) {
                self.correct_drift(&id, turn);
            }
            self.consider(&id, turn);
        }
    }

    /// Whoever is stuck until tomorrow is tried again when they wake.
    fn try_again_from(&mut self, id: &PersonId, now: Timestamp) {
        let stage = self.seats.get_mut(id).map(|seat| &mut seat.stage);
        if let Some(Stage::Stuck { again_at, .. }) = stage {
            *again_at = now.min(*again_at);
        }
    }

    fn is_stuck(&self, id: &PersonId) -> bool {
        self.seats.get(id).is_some_and(|seat| matches!(seat.stage, Stage::Stuck { .. }))
    }

    /// For whom a writing call is on its way.
    pub(in crate::engine) fn writing(&self) -> impl Iterator<Item = &PersonId> {
        self.seats.iter().filter(|(_, seat)| seat.is_writing()).map(|(id, _)| id)
    }

    /// Who waits for a pause to end, or failed.
    pub(in crate::engine) fn who_waits_to_retry(&self) -> Vec<PersonId> {
        let waits = self.seats.iter().filter(|(_, seat)| match seat.stage {
            Stage::Stuck { .. } | Stage::Working | Stage::Unverified { .. } => true,
            Stage::AtRest { .. } | Stage::Held => false,
        });
        waits.map(|(id, _)| id.clone()).collect()
    }

    /// Tries at once what would be tried later. Says whether there is anything.
    pub(in crate::engine) fn retry_now(&mut self, id: &PersonId, turn: &mut Turn<'_>) -> bool {
        let Some(seat) = self.seats.get_mut(id) else { return false };
        match seat.stage {
            Stage::AtRest { .. } | Stage::Held => return false,
            Stage::Stuck { .. } => {
                seat.try_at_once();
                self.correct_drift(id, turn);
            }
            Stage::Working | Stage::Unverified { .. } => {
                seat.try_at_once();
                turn.books.touch(id);
            }
        }
        self.consider(id, turn);
        true
    }
}

/// One more says yes; enough, and it may go.
fn approve(
    hold: &mut Hold,
    whom: &Whom<'_>,
    (by, verdicts, operators): (&[Approval], &Verdicts, &Operators),
    now: Timestamp,
) -> (Became, Option<String>) {
    if let Some(why) = why_not_approved(hold, whom, by, now) {
        return (Became::Nothing, Some(why));
    }
    let (all, asked) = match &hold.verdict {
        Verdict::Seconded { by, needed } => (by.clone(), *needed),
        Verdict::Approved { by } => (by.clone(), 1),
        Verdict::Open | Verdict::Rejected { .. } => (Vec::new(), 1),
    };
    let all = seconded::joined(all, by, operators, now);
    // What took two takes two, however it is asked for again.
    let needed = verdicts.needed(hold).max(asked);
    if all.len() >= needed {
        hold.verdict = Verdict::Approved { by: all };
        return (Became::Approved, None);
    }
    let why = format!("it takes {needed} operators, and {} said yes", all.len());
    hold.verdict = Verdict::Seconded { by: all, needed };
    (Became::WaitsForAnother, Some(why))
}

fn why_not_approved(
    hold: &Hold,
    whom: &Whom<'_>,
    by: &[Approval],
    now: Timestamp,
) -> Option<String> {
    if let Verdict::Rejected { until, by } = &hold.verdict
        && *until > now
    {
        return Some(format!("{by} rejected it until {until}, and that stands"));
    }
    if by.iter().any(|one| is_subject(&one.operator, whom)) {
        return Some("nobody approves what is done to themselves".to_owned());
    }
    match (&hold.effect, hold.why.code.known()) {
        (Effect::Identity, _) => Some(
            "a name is claimed by two; `usher link`, `part` or `bind` says who is who".to_owned(),
        ),
        (_, Some(Code::DeletionLegalHold)) => {
            Some("the person is on legal hold; end that at its source first".to_owned())
        }
        (_, Some(code)) if code.is_of_protection() => {
            Some("it is protected by the configuration, and no approval gets past that".to_owned())
        }
        (_, Some(Code::RemovalStopped)) => Some(
            "a removal took too many here; look at the target, and say `usher release`".to_owned(),
        ),
        (_, Some(Code::PlanUnsound)) => Some("what would be called contradicts itself".to_owned()),
        (Effect::WayBack(facet), _) if access(facet).is_none() => {
            Some("nobody knows the value it had; reject it to leave it as it is".to_owned())
        }
        (Effect::Operation(_) | Effect::WayBack(_), _) => None,
    }
}

/// What the way back gives, if somebody says that it was so.
fn access(facet: &Facet) -> Option<Wanted> {
    match facet {
        Facet::Active => Some(Wanted::Active(true)),
        Facet::Group(_) => Some(Wanted::Group(Membership::Member)),
        Facet::Account | Facet::Attribute(_) => None,
    }
}

/// Whether an operator's name is the person's own.
pub(in crate::engine) fn is_subject(operator: &str, whom: &Whom<'_>) -> bool {
    names_of(operator).any(|alias| whom.person.aliases.contains(&alias))
}

/// What an operator would be called by sources.
pub(in crate::engine) fn names_of(operator: &str) -> impl Iterator<Item = Alias> {
    let named = [AliasKind::UserName, AliasKind::Email].into_iter();
    named.filter_map(move |kind| Alias::parse(kind, operator))
}
