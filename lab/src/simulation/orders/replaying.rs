//! Operators have parked records read again, as they were or mended: each counts once, at its own place.

use super::forging::Flaw;
use super::ruling::broken;
use super::{CONTROL, Said, Sent};
use crate::command::instruction::Bytes;
use crate::decode;
use crate::engine::Record;
use crate::model::ordered::{Became, CommandRecord};
use crate::model::{
    AuditEntry, Commit, Decision, DecisionRecord, EventPosition, RawRecord, TenantName,
};
use crate::simulation::checks::{Violation, show, whom};
use crate::simulation::company::{Content, Slip, is_late};
use crate::simulation::decisions::fits;
use crate::simulation::fact::{Fact, Name};
use crate::simulation::log::PartitionName;
use crate::simulation::world::World;
use serde_json::{Value, json};
use std::sync::Arc;

impl World {
    /// Somebody has looked at what was set aside, and mostly at what nobody has read again yet.
    pub(super) fn replay_something(&mut self, who: usize) {
        let Some((tenant, said)) = self.some_parked() else { return };
        if self.manners.braking.happens(200) {
            // Somebody else has looked at the same.
            let other = self.manners.braking.index(self.orders.pens.len());
            self.utter(other, Some(tenant.clone()), said.clone(), Flaw::Nothing);
        }
        self.utter(who, Some(tenant), said, Flaw::Nothing);
    }

    fn some_parked(&mut self) -> Option<(TenantName, Said)> {
        let takes_any = self.manners.braking.happens(150);
        let parked = self.audit.decided.iter().filter(|(place, decision)| {
            let is_new = !self.audit.reread.contains(*place);
            let is_parked = matches!(decision, Decision::Parked(_)) && is_new;
            (is_parked || takes_any && !is_new)
                && !is_late(&place.record.topic)
                && place.record.topic != CONTROL
        });
        let parked: Vec<EventPosition> = parked.map(|(place, _)| place.clone()).collect();
        let place = self.manners.braking.pick(&parked)?.clone();
        let is_mended = self.manners.braking.happens(800);
        let raw = self.as_brought(&place, is_mended)?;
        let tenant = TenantName::new(place.record.topic.split('.').next()?);
        let position = &place.record;
        let record = json!({
            "position": {
                "topic": position.topic, "partition": position.partition, "offset": position.offset,
            },
            "index": place.index,
            "time": raw.timestamp.to_string(),
            "bytes": Bytes::from(raw.value?),
        });
        Some((tenant, Said::Replay { place, is_mended, record }))
    }

    /// The record as an operator brings it.
    fn as_brought(&self, place: &EventPosition, is_mended: bool) -> Option<RawRecord> {
        let raw = (*self.log.read(&name_of(place), place.record.offset)?.raw).clone();
        let wire = self.company.wire.as_ref().filter(|_| is_mended);
        let Some(wire) = wire else { return Some(raw) };
        let items: Vec<Content> = (0..)
            .map_while(|index| {
                let content = self.audit.written.get(&EventPosition { index, ..place.clone() })?;
                let is_it = index == place.index;
                let mended = mended(content).filter(|_| is_it).map(Content::Fact);
                Some(mended.unwrap_or_else(|| content.clone()))
            })
            .collect();
        Some(RawRecord { value: wire.value(&raw.topic, &items), ..raw })
    }

    /// What was decided again is what a command brought, and is what is written there from here on.
    pub(in crate::simulation) fn note_replays(&mut self, commit: &Commit) -> Result<(), Violation> {
        for entry in &commit.audit {
            if let AuditEntry::Decision(record) = entry
                && let Some(command) = &record.replayed_by
            {
                self.note_replay(record, command)?;
            }
        }
        Ok(())
    }

    fn note_replay(&mut self, record: &DecisionRecord, command: &str) -> Result<(), Violation> {
        let place = &record.position;
        let sent = self.orders.sent.values().find(|sent| sent.id == command);
        let Some(Said::Replay { place: asked, is_mended, .. }) =
            sent.filter(|sent| sent.is_good).map(|sent| &sent.said)
        else {
            return broken(None, format!("{} is read again, and nobody has said so", show(place)));
        };
        if asked != place {
            return broken(
                None,
                format!("{} is read again, and {} was asked for", show(place), show(asked)),
            );
        }
        let is_mended = *is_mended;
        let Some(content) = self.audit.written.get(place).cloned() else {
            return broken(None, format!("{} is read again, and was never written", show(place)));
        };
        let content = mended(&content).filter(|_| is_mended).map_or(content, Content::Fact);
        fits(&content, &record.decision).or_else(|what| {
            let what = format!("{} was read again, and decided wrongly: {what}", show(place));
            broken(whom(&content), what)
        })?;
        if matches!(record.decision, Decision::Parked(_)) {
            return Ok(());
        }
        if let Some(raw) = self.as_brought(place, is_mended)
            && let Some(wire) = &self.company.wire
        {
            let items = decode::decode(&raw, &wire.source(&raw.topic));
            let read = Record { raw: Arc::new(raw), items };
            self.orders.reread.insert((name_of(place), place.record.offset), read);
        }
        if let Content::Fact(fact) = &content
            && is_announced(fact)
        {
            // Of attributes a source's later word counts alone; the oracle, which hears all in order, keeps
            // what was announced before it.
            self.disturbed.insert(fact.person);
        }
        // Whoever owned the shard before has not heard it.
        self.owners.values_mut().for_each(|owner| {
            owner.knows.remove(place);
        });
        self.tally.replayed += 1;
        self.audit.read_again(place, content);
        Ok(())
    }

    /// Nothing is read again that nobody has decided so, nor by whom it is about.
    pub(super) fn obey_replay(&self, sent: &Sent, record: &CommandRecord) -> Result<(), Violation> {
        let Said::Replay { place, .. } = &sent.said else { return Ok(()) };
        for row in &record.rows {
            match row.became {
                Became::Nothing => continue,
                Became::Replayed if self.audit.reread.contains(place) => {}
                other => {
                    return broken(
                        None,
                        format!("{} is {} by a replay", show(place), other.word()),
                    );
                }
            }
            let name = Name::Email(sent.operator.clone());
            if let Some(Content::Fact(fact)) = self.audit.written.get(place)
                && fact.names.contains(&name)
            {
                let what = format!("{} has read again what is said of them", sent.operator);
                return broken(Some(fact.person), what);
            }
        }
        Ok(())
    }

    /// The records of a partition as they are read by whoever reads all of them now.
    pub(in crate::simulation) fn records_as_mended(&self, name: &PartitionName) -> Vec<Record> {
        let records = (0_i64..).zip(self.log.records(name));
        let reread = &self.orders.reread;
        let mended = |(offset, record): (i64, &Record)| {
            reread.get(&(name.clone(), offset)).unwrap_or(record).clone()
        };
        records.map(mended).collect()
    }

    /// What HR said first of all, once more, as if it had been parked.
    pub(super) fn some_replay(&mut self) -> (Option<TenantName>, Said) {
        if let Some((tenant, said)) = self.some_parked().filter(|_| self.company.wire.is_some()) {
            return (Some(tenant), said);
        }
        let tenant = self.some_tenant();
        let name = PartitionName { topic: format!("{tenant}.hr-a"), partition: 0 };
        let first = self.log.read(&name, 0).and_then(|record| record.raw.value.clone());
        let bytes = Bytes::from(first.unwrap_or_default());
        let position = json!({ "topic": name.topic, "partition": 0, "offset": 0 });
        let record = json!({ "position": position, "time": self.now.to_string(), "bytes": bytes });
        let args: Value = json!({ "records": [record] });
        (Some(tenant), Said::Forged { word: "replay", args })
    }
}

/// What a source meant to say, if anybody can know.
fn mended(content: &Content) -> Option<Fact> {
    match content {
        Content::Unruly(fact) | Content::Slip(fact, Slip::NearName) => Some(fact.clone()),
        // Under which id it was meant nobody knows; the others were as they should be, or are nothing.
        Content::Slip(_, Slip::KnownId)
        | Content::Fact(_)
        | Content::Ambiguous(_)
        | Content::Machine(_)
        | Content::Garbage
        | Content::Nothing => None,
    }
}

/// Whether it tells attributes as of a day to come.
fn is_announced(fact: &Fact) -> bool {
    fact.deed.tells_profile() && fact.deed.effective_at().is_some_and(|at| at > fact.time)
}

fn name_of(place: &EventPosition) -> PartitionName {
    PartitionName { topic: place.record.topic.clone(), partition: place.record.partition }
}
