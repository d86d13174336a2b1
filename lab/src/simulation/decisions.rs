//! Which decision an item may get, as far as it shows from outside.
//!
//! The oracle judges accounts; a wrong word in the audit would change none, and yet mislead whoever
//! reads it.

use super::bounded::RECENT_EVENTS;
use super::checks::{Audit, Invariant, Violation, show};
use super::company::Content;
use super::fact::{Deed, Fact};
use crate::model::code::Code;
use crate::model::{AuditEntry, Commit, Decision, DecisionRecord, EventPosition, Parked};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

impl Audit {
    /// What comes first is no duplicate, and a withdrawal that nothing else has overtaken not stale.
    pub(super) fn is_taken_for_new(
        &self,
        position: &EventPosition,
        fact: &Fact,
        decision: &Decision,
    ) -> Result<(), Violation> {
        // Of two at one instant either may count.
        let is_latest = || {
            let others = self.facts(fact.person, |_| true);
            others.iter().all(|it| it.time < fact.time || it.id == fact.id)
        };
        let is_wrong = match decision {
            Decision::Duplicate => true,
            Decision::Stale => fact.deed.only_withdraws() && is_latest(),
            _ => false,
        };
        if is_wrong {
            let (place, word) = (show(position), decision.word());
            let what = format!("{place} was heard first and last, and was decided {word}");
            return Err(Invariant::NoLoss.broken(Some(fact.person), what));
        }
        Ok(())
    }

    /// What comes again is a duplicate, for as long as it is surely remembered.
    pub(super) fn is_known_again(
        &self,
        position: &EventPosition,
        fact: &Fact,
        decision: &Decision,
    ) -> Result<(), Violation> {
        let is_remembered = || self.facts(fact.person, |_| true).len() <= RECENT_EVENTS;
        if *decision == Decision::Duplicate || fact.says_nothing() || !is_remembered() {
            return Ok(());
        }
        let (place, word) = (show(position), decision.word());
        let what = format!("{place} was heard before, and was decided {word}");
        Err(Invariant::Once.broken(Some(fact.person), what))
    }
}

impl Audit {
    /// Whoever looks at what was set aside sees first what leaves somebody in.
    pub(super) fn is_parked_rightly(&self, parked: &Parked) -> Result<(), Violation> {
        let Some(Content::Slip(fact, _) | Content::Fact(fact)) = self.written.get(&parked.position)
        else {
            return Ok(());
        };
        if parked.takes_access == fact.deed.takes_access() {
            return Ok(());
        }
        let (place, takes) = (show(&parked.position), parked.takes_access);
        let what = format!("{place} is parked as if it takes access were {takes}");
        Err(Invariant::NoLoss.broken(Some(fact.person), what))
    }
}

impl Audit {
    /// A cut is behind a word of a time to come only if there is one, by the clock of whoever says so.
    pub(super) fn is_overtaken_rightly(
        &self,
        fact: &Fact,
        record: &DecisionRecord,
    ) -> Result<(), Violation> {
        let mut whys = record.decision.why().into_iter().chain(&record.remarks);
        let is_to_come = |other: &&Fact| other.id != fact.id && other.time > record.at;
        if !whys.any(|why| why.code == Code::TimeOvertaken)
            || self.facts(fact.person, |_| true).iter().any(is_to_come)
        {
            return Ok(());
        }
        let place = show(&record.position);
        let what = format!("{place} is told to be behind a word of a time to come, and none is");
        Err(Invariant::NoLoss.broken(Some(fact.person), what))
    }
}

impl Audit {
    /// At rest each event has its decision, and of those with one identity one is no duplicate.
    pub fn everything_is_decided(&self) -> Result<(), Violation> {
        let mut originals: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (position, content) in &self.written {
            let Some(decision) = self.decided.get(position) else {
                let what = format!("{} has no decision", show(position));
                return Err(Invariant::NoLoss.broken(None, what));
            };
            let parked = matches!(decision, Decision::Parked(_));
            if parked != (self.parked.contains(position) && !self.reread.contains(position)) {
                let what = format!("{} is parked in one place only", show(position));
                return Err(Invariant::NoLoss.broken(None, what));
            }
            if let Content::Fact(fact) = content {
                // In which order those were heard that were read again does not show here.
                let is_reread = self.reread.contains(position);
                let originals = match originals.entry((&fact.source, &fact.id)) {
                    Entry::Vacant(first) if is_reread => first.insert(0),
                    Entry::Occupied(again) if is_reread => again.into_mut(),
                    Entry::Vacant(first) => {
                        self.is_taken_for_new(position, fact, decision)?;
                        first.insert(0)
                    }
                    Entry::Occupied(again) => {
                        self.is_known_again(position, fact, decision)?;
                        again.into_mut()
                    }
                };
                // What no rule speaks about leaves no trace, and may be skipped again; what is older
                // than the events that are remembered is stale, or told to be behind a fast clock.
                let is_nothing = matches!(
                    decision,
                    Decision::Duplicate
                        | Decision::Skipped(_)
                        | Decision::Parked(_)
                        | Decision::Stale
                );
                *originals += usize::from(!is_nothing);
                if *originals > 1 {
                    let what = format!(
                        "{} of {} was taken for new twice, again at {}",
                        fact.id,
                        fact.source,
                        show(position)
                    );
                    return Err(Invariant::Once.broken(Some(fact.person), what));
                }
            }
        }
        Ok(())
    }
}

/// What a commit decides anew of what was parked.
pub(super) fn read_again(commit: &Commit) -> impl Iterator<Item = &EventPosition> {
    commit.audit.iter().filter_map(|entry| match entry {
        AuditEntry::Decision(record) => record.replayed_by.as_ref().map(|_| &record.position),
        AuditEntry::Result(_)
        | AuditEntry::Note(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => None,
    })
}

/// Whether a decision is possible for what the record held.
pub(super) fn fits(content: &Content, decision: &Decision) -> Result<(), String> {
    let fits = match content {
        Content::Garbage => matches!(decision, Decision::Parked(_)),
        Content::Ambiguous(_) => {
            matches!(decision, Decision::Parked(why) if why.code == Code::IdentityAmbiguous)
        }
        Content::Machine(_) => {
            matches!(decision, Decision::Skipped(why) if why.code == Code::SubjectMachine)
        }
        Content::Slip(_, slip) => {
            matches!(decision, Decision::Parked(why) if why.code == slip.code())
        }
        Content::Unruly(_) => matches!(decision, Decision::Parked(_) | Decision::Duplicate),
        Content::Nothing => matches!(decision, Decision::Skipped(_)),
        Content::Fact(fact) => fits_deed(fact, decision),
    };
    if fits { Ok(()) } else { Err(format!("{decision:?} for {content:?}")) }
}

/// Whether the rule file can have made this of what happened.
fn fits_deed(fact: &Fact, decision: &Decision) -> bool {
    let deed = fact.deed;
    match decision {
        Decision::Duplicate => true,
        // A clock that is fast; whose it is, `is_overtaken_rightly` asks.
        Decision::Parked(why) => why.code == Code::TimeOvertaken && deed.takes_access(),
        Decision::Skipped(why) => why.code == Code::RuleNone && fact.speaks_of_nothing(),
        Decision::Stale => !fact.says_nothing(),
        Decision::Asserted | Decision::Extended => !deed.only_withdraws() && !fact.says_nothing(),
        Decision::Withdrew => {
            deed.only_withdraws() || matches!(deed, Deed::Rehired { .. } | Deed::RehireCancelled)
        }
    }
}
