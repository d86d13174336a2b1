//! What operators send: records of the control topic, each with one decision of its own.
//!
//! No event is looked for in such a record, whatever it holds, so nobody is touched by one.

use super::Shard;
use super::reading::Taken;
use crate::decode::{Item, command};
use crate::engine::Record;
use crate::engine::settings::ShardSettings;
use crate::model::code::Code;
use crate::model::decision::{AuditEntry, Decision, DecisionRecord, Why};
use crate::model::ids::TenantName;
use crate::model::position::EventPosition;
use crate::model::{Parked, RawRecord};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whose word an input topic brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Party {
    Tenant(TenantName),
    /// The control topic.
    Operators,
}

impl Party {
    pub(super) fn of_topics(settings: &ShardSettings) -> BTreeMap<String, Self> {
        let of_tenants = settings.tenants.iter().flat_map(|tenant| {
            let topics = tenant.topics.iter();
            topics.map(|topic| (topic.clone(), Self::Tenant(tenant.name.clone())))
        });
        // Last: whatever else the configuration says, nothing in the control topic is an event.
        let of_operators = settings.control.iter().map(|topic| (topic.clone(), Self::Operators));
        of_tenants.chain(of_operators).collect()
    }
}

impl Shard {
    pub(super) fn is_command(&self, raw: &RawRecord) -> bool {
        self.topics.get(&raw.topic) == Some(&Party::Operators)
    }

    /// Sets a record of the control topic aside, for no command is known yet.
    pub(super) fn decide_command(&mut self, record: &Record, taken: Taken) {
        let why = match record.items.first() {
            Some(Item::Park(refused)) => refused.why.clone(),
            Some(Item::Event(_) | Item::Skip(_)) | None => command::unknown(),
        };
        let position = EventPosition { record: taken.position, index: 0 };
        self.books.ledger.park(Parked {
            tenant: None,
            position: position.clone(),
            person: None,
            why: why.clone(),
            raw: Arc::clone(&record.raw),
            takes_access: false,
            at: self.books.now,
        });
        self.books.ledger.tell(AuditEntry::Decision(DecisionRecord {
            tenant: None,
            position,
            decision: Decision::Parked(why),
            person: None,
            cause: None,
            event_time: None,
            effective_at: None,
            effects: Vec::new(),
            remarks: Vec::new(),
            raw_sha256: taken.sha256,
            at: self.books.now,
        }));
    }
}

/// What lay in the control topic before the shard first read it.
pub(super) fn too_early(records: i64) -> Why {
    Why::new(
        Code::CommandTooEarly,
        None,
        format!(
            "up to {records} records lay in the topic before this shard first listened for commands; \
             none of them is acted on; send again what is still wanted"
        ),
    )
}
