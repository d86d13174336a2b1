//! Operators undo what an event has said, or what one of them has ordered; and undo that again.

use super::errands::Errand;
use super::forging::Flaw;
use super::overriding::{Asked, Kept, SECONDED_WITHIN};
use super::ruling::broken;
use super::{Said, Sent};
use crate::command::instruction::Undone;
use crate::model::ordered::{Became, CommandRecord, CommandRow};
use crate::model::{Decision, EventPosition, TenantName};
use crate::simulation::checks::Violation;
use crate::simulation::company::Content;
use crate::simulation::fact::{Deed, Fact, Name};
use crate::simulation::happening::Happening;
use crate::simulation::manners::Manner;
use crate::simulation::oracle::unheard::{EventId, Unheard, event};
use crate::simulation::world::World;
use serde_json::json;
use std::collections::BTreeSet;

impl World {
    /// Somebody undoes something, and mostly another one says the same.
    pub(super) fn undo_something(&mut self, who: usize) {
        let Some((tenant, said)) = self.some_undo() else { return };
        if self.manners.braking.happens(750)
            && let Some(pen) = self.orders.pens.get(who)
        {
            let errand = Errand::Second {
                tenant: tenant.clone(),
                said: said.clone(),
                not: pen.name.clone(),
            };
            let later = self.manners.braking.millis(0, 60_000);
            self.plan_in(later, Happening::Command(errand));
        }
        self.utter(who, Some(tenant), said, Flaw::Nothing);
    }

    pub(super) fn some_undo(&mut self) -> Option<(TenantName, Said)> {
        // Of two events with one id it would be both.
        if self.manners.has(Manner::ReusedEventIds) {
            return None;
        }
        let (tenant, what) = match self.manners.braking.below(100) {
            0..35 => self.some_order(),
            35..55 => self.some_work_of_a_rule(),
            _ => self.some_event(),
        }?;
        Some((tenant, Said::Undo(what)))
    }

    /// What a rule has done since a while ago.
    fn some_work_of_a_rule(&mut self) -> Option<(TenantName, Undone)> {
        let tenant = self.some_tenant();
        let rule = if self.manners.braking.happens(800) { "quarantine" } else { "terminated" };
        let since = self.now - self.manners.braking.millis(1_000, 1_800_000);
        let what = json!({ "rule": { "rule": rule, "since": since.to_string() } });
        Some((tenant, serde_json::from_value(what).ok()?))
    }

    /// An override or an undo that was sent.
    fn some_order(&mut self) -> Option<(TenantName, Undone)> {
        let sent = self.orders.sent.values().filter(|sent| {
            sent.is_good && matches!(sent.said, Said::Override { .. } | Said::Undo(_))
        });
        let sent: Vec<&Sent> = sent.collect();
        let sent = *self.manners.braking.pick(&sent)?;
        let what = serde_json::from_value(json!({ "command": { "id": sent.id } })).ok()?;
        Some((sent.tenant.clone()?, what))
    }

    /// An event that somebody heard, by its id or by where it stands; mostly one that takes access.
    fn some_event(&mut self) -> Option<(TenantName, Undone)> {
        let takes_access = self.manners.braking.happens(700);
        let decided = self.audit.decided.iter();
        let counts = |decision: &Decision| {
            matches!(decision, Decision::Asserted | Decision::Extended | Decision::Withdrew)
        };
        let all = decided.filter(|(_, decision)| counts(decision)).filter_map(|(at, _)| {
            let Some(Content::Fact(fact)) = self.audit.written.get(at) else { return None };
            (!takes_access || fact.deed.takes_access()).then_some((at, fact))
        });
        let all: Vec<(&EventPosition, &Fact)> = all.collect();
        let (at, fact) = *self.manners.braking.pick(&all)?;
        let tenant = self.company.people.get(fact.person)?.tenant;
        let tenant = TenantName::new(self.company.tenants.get(tenant)?.clone());
        let what = if self.manners.braking.happens(500) {
            json!({ "event": { "source": fact.source, "id": fact.id } })
        } else {
            let (topic, partition) = (&at.record.topic, at.record.partition);
            let record =
                json!({ "topic": topic, "partition": partition, "offset": at.record.offset });
            json!({ "decision": { "record": record, "index": at.index } })
        };
        Some((tenant, serde_json::from_value(what).ok()?))
    }

    /// An undo was obeyed: from here on the words do not count, or count again.
    pub(super) fn obey_undo(
        &mut self,
        sent: &Sent,
        record: &CommandRecord,
        after: &BTreeSet<EventPosition>,
    ) -> Result<(), Violation> {
        let Said::Undo(what) = &sent.said else { return Ok(()) };
        for row in &record.rows {
            let (Some(target), Some(id)) = (row.target.clone(), &row.person) else { continue };
            if !row.became.is_something() {
                continue;
            }
            let Some(person) = self.audit.person(id) else {
                return broken(None, format!("something of {id} is undone, and nobody knows them"));
            };
            let decided = |at: &EventPosition| self.audit.is_decided(at) && !after.contains(at);
            let facts = self.audit.facts_as(person, Some(id), decided);
            let facts: Vec<Fact> = facts.into_iter().cloned().collect();
            let undone = self.event_meant(what);
            self.is_undone_rightly((sent, row), (person, undone.as_ref()), &facts, record)?;
            if row.became != Became::Undone {
                continue;
            }
            self.tally.undone += 1;
            if let Undone::Command { id: command } = what {
                let command = command.to_string();
                let is_lifted = |kept: &&mut Kept| {
                    kept.command == command && kept.person == person && kept.target == target
                };
                let kept = self.orders.overridden.kept.iter_mut();
                for kept in kept.filter(|it| it.replaced_at.is_none()).filter(is_lifted) {
                    kept.replaced_at = Some(self.now);
                }
                continue;
            }
            let unheard = match (what, undone) {
                (Undone::Rule { rule, since }, _) => {
                    Unheard::of_rule(rule.as_str(), *since, &facts.iter().collect::<Vec<_>>())
                }
                (_, Some(undone)) => Unheard::of_event(event(&undone)),
                (_, None) => continue,
            };
            self.orders.overridden.kept.push(Kept {
                person,
                target,
                command: sent.id.clone(),
                keep: None,
                until: None,
                about: facts.iter().map(event).collect(),
                unheard,
                since: self.now,
                replaced_at: None,
                is_told: false,
            });
        }
        Ok(())
    }

    /// The event that is named; none: a command is.
    fn event_meant(&self, what: &Undone) -> Option<Fact> {
        let mut all = self.audit.written.iter().filter_map(|(at, content)| match content {
            Content::Fact(fact) => Some((at, fact)),
            _ => None,
        });
        let found = match what {
            Undone::Decision { record, index } => {
                all.find(|(at, _)| at.record == *record && at.index == *index)
            }
            Undone::Event { source, id } => {
                let named: EventId = (source.as_str().to_owned(), id.as_str().to_owned());
                all.find(|(_, fact)| event(fact) == named)
            }
            Undone::Rule { .. } | Undone::Command { .. } => None,
        };
        found.map(|(_, fact)| fact.clone())
    }

    /// Nobody undoes what was done to themselves, and of what takes access gravely nobody alone.
    fn is_undone_rightly(
        &mut self,
        (sent, row): (&Sent, &CommandRow),
        (person, undone): (usize, Option<&Fact>),
        facts: &[Fact],
        record: &CommandRecord,
    ) -> Result<(), Violation> {
        let name = Name::Email(sent.operator.clone());
        if facts.iter().any(|fact| fact.names.contains(&name)) {
            let what = format!("{} undoes what was done to themselves", sent.operator);
            return broken(Some(person), what);
        }
        if self.settings.guards.is_protected(person) {
            return broken(Some(person), "something of who is protected is undone");
        }
        let (said, operator) = (sent.said.clone(), sent.operator.clone());
        let (against, at) = (Unheard::default(), record.at);
        let asked = &mut self.orders.overridden.asked;
        asked.push(Asked { said, against, operator, at });
        let lately =
            asked.iter().filter(|it| it.said == sent.said && at - SECONDED_WITHIN <= it.at);
        let who: BTreeSet<&String> = lately.map(|it| &it.operator).collect();
        let is_of_a_rule = matches!(sent.said, Said::Undo(Undone::Rule { .. }));
        let is_grave = is_of_a_rule || undone.is_some_and(|fact| is_grave(fact.deed));
        if is_grave && row.became == Became::Undone && who.len() < 2 {
            return broken(Some(person), format!("a grave event is undone by {who:?} alone"));
        }
        Ok(())
    }
}

/// Whether what it says is of precedence `leaver` or `security`.
fn is_grave(deed: Deed) -> bool {
    match deed {
        Deed::Terminated { .. }
        | Deed::AccessRevoked
        | Deed::RehireCancelled
        | Deed::RiskRaised { .. }
        | Deed::CredentialCompromised => true,
        Deed::Hired { .. }
        | Deed::HireCancelled
        | Deed::Updated { .. }
        | Deed::Transferred { .. }
        | Deed::Converted { .. }
        | Deed::TerminationCancelled
        | Deed::Rehired { .. }
        | Deed::LeaveStarted { .. }
        | Deed::LeaveEnded
        | Deed::HoldChanged { .. }
        | Deed::RiskCleared => false,
    }
}
