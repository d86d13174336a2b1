//! What sources send that usher does not know: told once for each source, and counted.
//!
//! A member of an unknown name may be a customer's own, which rules read; or it is what usher should
//! have read, under another name. Only names are told, never what stands in them.

use std::collections::{BTreeMap, BTreeSet};

use crate::decode::{self, Item};
use crate::model::decision::{AuditEntry, DecisionRecord, Why};
use crate::model::{Parked, RawRecord};
use crate::observe::metrics::Metrics;

/// Names told of one topic, so that whoever makes names up fills neither log nor metrics.
const TOLD_MOST: usize = 50;

/// What was told of each topic.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    told: BTreeMap<String, BTreeSet<String>>,
}

impl Strangers {
    pub(super) fn meet(&mut self, raw: &RawRecord, items: &[Item], metrics: &Metrics) {
        for item in items {
            let Item::Event(event) = item else { continue };
            for member in decode::unknown_members(&event.data) {
                let is_new = self.is_new(&raw.topic, &member);
                let is_told = self.was_told(&raw.topic, &member);
                metrics.unknown_member(&raw.topic, if is_told { &member } else { "other" });
                if is_new {
                    tracing::info!(
                        kafka.topic = raw.topic,
                        member,
                        "events of this source have a member that usher knows nothing of; rules may \
                         read it, nobody else does"
                    );
                }
            }
            for remark in &event.remarks {
                let field = remark.field.as_deref().unwrap_or_default();
                if self.is_new(&raw.topic, &format!("{} {field}", remark.code)) {
                    let code = remark.code.as_str();
                    tracing::warn!(kafka.topic = raw.topic, code, field, "{}", remark.text);
                }
            }
        }
    }

    /// Whether it is told now, for the first time.
    fn is_new(&mut self, topic: &str, name: &str) -> bool {
        if !self.told.contains_key(topic) {
            self.told.insert(topic.to_owned(), BTreeSet::new());
        }
        let Some(told) = self.told.get_mut(topic) else { return false };
        told.len() < TOLD_MOST && !told.contains(name) && told.insert(name.to_owned())
    }

    fn was_told(&self, topic: &str, name: &str) -> bool {
        self.told.get(topic).is_some_and(|told| told.contains(name))
    }
}

/// What was decided and wants somebody to look at it all the same.
pub(super) fn to_look_at(audit: &[AuditEntry]) -> Vec<DecisionRecord> {
    let decisions = audit.iter().filter_map(|entry| match entry {
        AuditEntry::Decision(record) => Some(record),
        AuditEntry::Result(_)
        | AuditEntry::Note(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => None,
    });
    decisions.filter(|it| it.remarks.iter().any(Why::wants_a_look)).cloned().collect()
}

/// Somebody may be in who should be out, or out who should be in, and no alert rings.
pub(super) fn warn_of_remarks(decisions: &[DecisionRecord]) {
    for decision in decisions {
        let record = &decision.position.record;
        for remark in decision.remarks.iter().filter(|remark| remark.wants_a_look()) {
            tracing::warn!(
                tenant = decision.tenant.as_ref().map(ToString::to_string),
                kafka.topic = record.topic,
                kafka.partition = record.partition,
                kafka.offset = record.offset,
                index = decision.position.index,
                person = decision.person.as_ref().map(ToString::to_string),
                code = remark.code.as_str(),
                field = remark.field,
                "{}",
                remark.text
            );
        }
    }
}

/// Each of them leaves somebody in who should be out, until somebody looks.
pub(super) fn warn_of_parked_cuts(parked: &[Parked]) {
    for parked in parked {
        let record = &parked.position.record;
        tracing::warn!(
            tenant = parked.tenant.as_ref().map(ToString::to_string),
            kafka.topic = record.topic,
            kafka.partition = record.partition,
            kafka.offset = record.offset,
            index = parked.position.index,
            person = parked.person.as_ref().map(ToString::to_string),
            code = parked.why.code.as_str(),
            field = parked.why.field,
            "an event that takes access from somebody was set aside, so they are still in; look at it \
             now, and cut them off by hand if it takes long"
        );
    }
}
