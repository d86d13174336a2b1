//! Operators keep somebody in or out for a time: what they say, and what people should have by it.

use super::errands::Errand;
use super::forging::Flaw;
use super::ruling::broken;
use super::{Said, Sent, enforced};
use crate::command::instruction::Keep;
use crate::model::code::Code;
use crate::model::ordered::{Became, CommandRecord, CommandRow};
use crate::model::{EventPosition, NoteRecord, NoteWord, PersonId, TargetName, TenantName};
use crate::simulation::checks::Violation;
use crate::simulation::fact::{Fact, Name};
use crate::simulation::happening::Happening;
use crate::simulation::oracle::unheard::{EventId, Unheard, event};
use crate::simulation::world::World;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;

/// How long one operator's yes waits for another's.
pub(super) const SECONDED_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// The longest against claims of leavers and of security.
const LONGEST_AGAINST_GRAVE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What was so until then may still be acted on: a lease, and what is heard late.
const LATELY: SignedDuration = SignedDuration::from_secs(10);
/// Overrides that end within this time after the faults are waited for.
const SHORT: SignedDuration = SignedDuration::from_hours(12);

/// Whom operators keep in or out, and what each of them has asked for.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Overridden {
    pub(super) kept: Vec<Kept>,
    pub(super) asked: Vec<Asked>,
}

/// Somebody is kept in or out at one target, or something said of them is undone there.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub person: usize,
    pub target: TargetName,
    /// By its id.
    pub command: String,
    /// None: something is undone.
    pub keep: Option<Keep>,
    /// None: until that is undone.
    pub until: Option<Timestamp>,
    /// All that was known of the record by then: it tells the record from others of the same person.
    pub about: BTreeSet<EventId>,
    pub unheard: Unheard,
    /// When it was committed.
    pub since: Timestamp,
    /// When another took its place, or it was undone.
    pub replaced_at: Option<Timestamp>,
    /// Its end was told.
    pub is_told: bool,
}

/// An operator has said that.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub said: Said,
    pub against: Unheard,
    pub operator: String,
    pub at: Timestamp,
}

impl Kept {
    /// Whether it has not ended at `now`.
    fn lasts(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    fn is_of(&self, (person, target): (usize, &TargetName), facts: &[&Fact]) -> bool {
        self.person == person
            && self.target == *target
            && facts.iter().any(|fact| self.about.contains(&event(fact)))
    }
}

impl Overridden {
    /// When what is kept of a person begins and ends to count.
    pub(in crate::simulation) fn edges(&self, person: usize) -> impl Iterator<Item = Timestamp> {
        self.kept.iter().filter(move |kept| kept.person == person).filter_map(|kept| kept.until)
    }

    fn those(&self, counts: impl Fn(&&Kept) -> bool) -> Unheard {
        self.kept.iter().filter(counts).fold(Unheard::default(), |mut all, kept| {
            all.add(&kept.unheard);
            all
        })
    }

    fn hear_end(&mut self, person: Option<usize>, note: &NoteRecord) {
        let is_end = note.word == NoteWord::Override && note.why.code == Code::OverrideEnded;
        let over = self.kept.iter_mut().filter(|kept| {
            let is_it = Some(kept.person) == person && kept.target == note.target;
            is_end && is_it && kept.keep.is_some()
        });
        over.for_each(|kept| kept.is_told |= kept.replaced_at.is_none());
    }
}

impl World {
    /// What operators have said of a person at a target, as it is committed and counts at `now`.
    pub(in crate::simulation) fn unheard(
        &self,
        of: (usize, &TargetName),
        facts: &[&Fact],
        now: Timestamp,
    ) -> Unheard {
        self.orders
            .overridden
            .those(|kept| kept.is_of(of, facts) && kept.replaced_at.is_none() && kept.lasts(now))
    }

    /// The same, and as it was a moment ago.
    pub(in crate::simulation) fn unheard_lately(
        &self,
        of: (usize, &TargetName),
        facts: &[&Fact],
        now: Timestamp,
    ) -> Vec<Unheard> {
        let lately = self.now - LATELY;
        let before = self.orders.overridden.those(|kept| {
            kept.is_of(of, facts)
                && kept.since <= lately
                && kept.replaced_at.is_none_or(|at| at > lately)
                && kept.lasts(now)
        });
        let current = self.unheard(of, facts, now);
        if before == current { vec![current] } else { vec![current, before] }
    }

    /// When the last of those ends that are waited for.
    pub(in crate::simulation) fn last_end_of_overrides(&self) -> Timestamp {
        let ends = self.orders.sent.values().filter_map(|sent| match &sent.said {
            Said::Override { until, .. } if sent.is_good => Some(*until),
            _ => None,
        });
        ends.filter(|until| *until < self.now + SHORT).fold(self.now, Ord::max)
    }

    /// Somebody of a tenant is kept in or out, by whoever says so and, mostly, by another one.
    pub(super) fn override_somebody(&mut self, who: usize) {
        let Some((tenant, said)) = self.some_override() else { return };
        let chance = &mut self.manners.braking;
        if chance.happens(700)
            && let Some(pen) = self.orders.pens.get(who)
        {
            let not = pen.name.clone();
            let later = chance.millis(0, 60_000);
            let errand = Errand::Second { tenant: tenant.clone(), said: said.clone(), not };
            self.plan_in(later, Happening::Command(errand));
        }
        self.utter(who, Some(tenant), said, Flaw::Nothing);
    }

    pub(super) fn some_override(&mut self) -> Option<(TenantName, Said)> {
        let (tenant, person) = self.some_person()?;
        let short = self.people_time_now() + self.manners.braking.millis(200_000, 7_200_000);
        let chance = &mut self.manners.braking;
        let until = if chance.happens(150) { short + LONGEST_AGAINST_GRAVE / 2 } else { short };
        let keep = if chance.happens(600) { Keep::In } else { Keep::Out };
        let target = Some(enforced()).filter(|_| chance.happens(500));
        Some((tenant, Said::Override { person, target, keep, until }))
    }

    /// Accounts are brought to what is wanted, though nothing has changed; or removals go on.
    pub(super) fn reassert(&mut self, who: usize) {
        let Some((tenant, said)) = self.some_reassertion() else { return };
        self.utter(who, Some(tenant), said, Flaw::Nothing);
    }

    pub(super) fn some_reassertion(&mut self) -> Option<(TenantName, Said)> {
        let (tenant, person) = self.some_person()?;
        let meant = match self.manners.braking.below(4) {
            0 => json!({ "rule": "terminated" }),
            1 => json!({ "rule": "hired", "persons": [person] }),
            _ => json!({ "persons": [person] }),
        };
        let said = match serde_json::from_value(meant) {
            Ok(meant) if self.manners.braking.happens(800) => Said::Reassert(meant),
            _ => Said::Release,
        };
        Some((tenant, said))
    }

    /// Somebody whom usher knows; of several records of theirs always the same.
    pub(super) fn some_person(&mut self) -> Option<(TenantName, PersonId)> {
        let all: BTreeSet<usize> = self.audit.people.values().copied().collect();
        let all: Vec<usize> = all.into_iter().collect();
        let number = *self.manners.braking.pick(&all)?;
        let sent = self.orders.sent.values().filter_map(|sent| match &sent.said {
            Said::Override { person, .. } => Some(person),
            _ => None,
        });
        let mut spoken_of = sent.filter(|id| self.audit.person(id) == Some(number));
        let mut ids = self.audit.people.iter().filter(|(_, of)| **of == number);
        let id = spoken_of.next().or_else(|| ids.next().map(|(id, _)| id))?.clone();
        let tenant = self.company.people.get(number)?.tenant;
        Some((TenantName::new(self.company.tenants.get(tenant)?.clone()), id))
    }

    /// An override was obeyed: it says so of people whom it may speak of, and counts from here on.
    /// What was decided `after` it had not been heard.
    pub(super) fn obey_override(
        &mut self,
        sent: &Sent,
        record: &CommandRecord,
        after: &BTreeSet<EventPosition>,
    ) -> Result<(), Violation> {
        let Said::Override { person: id, keep, until, .. } = &sent.said else { return Ok(()) };
        for row in &record.rows {
            let Some(target) = row.target.clone().filter(|_| row.became.is_something()) else {
                continue;
            };
            let Some(person) = self.audit.person(id) else {
                return broken(None, format!("{id} is overridden, and nobody knows them"));
            };
            let decided = |at: &EventPosition| self.audit.is_decided(at) && !after.contains(at);
            let facts: Vec<Fact> =
                self.audit.facts_as(person, Some(id), decided).into_iter().cloned().collect();
            let facts: Vec<&Fact> = facts.iter().collect();
            let unheard = match keep {
                Keep::In => {
                    let now = self.people_time_now().max(record.at);
                    let undone = self.orders.overridden.those(|kept| {
                        let of = (person, &target);
                        kept.is_of(of, &facts) && kept.replaced_at.is_none() && kept.keep.is_none()
                    });
                    Unheard::against(&facts, &undone, now)
                }
                Keep::Out => Unheard::kept_out(),
            };
            self.is_overridden_rightly((sent, row), (person, &unheard), &facts, record.at)?;
            let at = record.at;
            let (said, operator) = (sent.said.clone(), sent.operator.clone());
            let overridden = &mut self.orders.overridden;
            overridden.asked.push(Asked { said, against: unheard.clone(), operator, at });
            if row.became != Became::Overridden {
                continue;
            }
            for kept in overridden.kept.iter_mut().filter(|it| it.replaced_at.is_none()) {
                if kept.keep.is_some() && kept.is_of((person, &target), &facts) {
                    kept.replaced_at = Some(self.now);
                }
            }
            let about = facts.iter().map(|fact| event(fact)).collect();
            overridden.kept.push(Kept {
                person,
                target,
                command: sent.id.clone(),
                keep: Some(*keep),
                until: Some(*until),
                about,
                unheard,
                since: self.now,
                replaced_at: None,
                is_told: false,
            });
            self.tally.overridden += 1;
        }
        Ok(())
    }

    fn is_overridden_rightly(
        &self,
        (sent, row): (&Sent, &CommandRow),
        (person, unheard): (usize, &Unheard),
        facts: &[&Fact],
        at: Timestamp,
    ) -> Result<(), Violation> {
        let name = Name::Email(sent.operator.clone());
        if facts.iter().any(|fact| fact.names.contains(&name)) {
            let what = format!("{} overrides what is done to themselves", sent.operator);
            return broken(Some(person), what);
        }
        if self.settings.guards.is_protected(person) {
            return broken(Some(person), "who is protected is overridden");
        }
        if !unheard.is_grave() || row.became != Became::Overridden {
            return Ok(());
        }
        let asked = self.orders.overridden.asked.iter().filter(|it| {
            it.said == sent.said
                && unheard.is_within(&it.against, facts)
                && at - SECONDED_WITHIN <= it.at
        });
        let who: BTreeSet<&String> = asked.map(|it| &it.operator).chain([&sent.operator]).collect();
        if who.len() < 2 {
            let what = format!("is overridden by {who:?} alone: {unheard:?}");
            return broken(Some(person), what);
        }
        let Said::Override { until, .. } = &sent.said else { return Ok(()) };
        if until.duration_since(at) > LONGEST_AGAINST_GRAVE + LATELY * 60 {
            return broken(Some(person), format!("is overridden until {until}"));
        }
        Ok(())
    }

    /// A line of the audit says that an override is over.
    pub(super) fn note_end_of_override(&mut self, note: &NoteRecord) {
        let person = self.audit.person(&note.person);
        self.orders.overridden.hear_end(person, note);
    }

    /// At rest whatever has ended was told to have.
    pub(super) fn ends_of_overrides_are_told(&self) -> Result<(), Violation> {
        let lately = self.people_time_now() - self.settings.settle();
        let mut untold = self
            .orders
            .overridden
            .kept
            .iter()
            .filter(|kept| kept.replaced_at.is_none() && !kept.lasts(lately) && !kept.is_told);
        untold.next().map_or(Ok(()), |kept| {
            let what = format!("the override `{:?}` until {:?} has no end", kept.keep, kept.until);
            broken(Some(kept.person), what)
        })
    }
}
