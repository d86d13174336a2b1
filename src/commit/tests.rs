use crate::model::code::Code;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::BaseProducer;

use super::producer::{
    is_fencing, is_for_want_of_rights, is_refusal, producer_settings, says_not_yet,
};
use super::{Settings, messages};
use crate::config::SecuritySettings;
use crate::config::kafka::{KafkaSettings, Topics};
use crate::kafka::clients;
use crate::model::decision::Why;
use crate::model::{
    Commit, CommitId, EventPosition, Parked, Position, RawRecord, ShardNumber, TenantName,
};

fn settings() -> Settings {
    Settings {
        kafka: KafkaSettings {
            brokers: "127.0.0.1:1".to_owned(),
            group: "usher".to_owned(),
            instance_id: None,
            topics: Topics::default(),
            security: SecuritySettings::default(),
            properties: BTreeMap::new(),
        },
        shard: ShardNumber(7),
        instance: "a".to_owned(),
        parked_limit_bytes: 3_000_000,
    }
}

#[test]
fn the_transactional_id_belongs_to_the_shard_and_the_deployment() {
    let id = clients::transactional_id(&settings().kafka, ShardNumber(7));
    assert!(id.starts_with("usher-shard-7-"), "{id}");
    let mut other = settings();
    "other.people".clone_into(&mut other.kafka.topics.people);
    assert_ne!(
        clients::transactional_id(&other.kafka, ShardNumber(7)),
        id,
        "one group, two deployments"
    );
    let config = producer_settings(&settings(), &id).unwrap();
    assert_eq!(config.get("transactional.id"), Some(id.as_str()));
}

#[test]
fn the_producer_takes_what_the_parked_topic_takes() {
    let config = producer_settings(&settings(), "id").unwrap();
    let takes: usize = config.get("message.max.bytes").unwrap().parse().unwrap();
    assert!(takes >= 3_000_000);
}

#[test]
fn the_client_accepts_its_settings() {
    let producer: Result<BaseProducer, _> = producer_settings(&settings(), "id").unwrap().create();
    assert!(producer.is_ok(), "{:?}", producer.err());
}

#[test]
fn a_time_out_does_not_say_that_somebody_else_writes() {
    assert!(is_fencing(RDKafkaErrorCode::Fenced));
    assert!(!is_fencing(RDKafkaErrorCode::OperationTimedOut));
}

/// What a new owner hears after `kill -9`, or on a Kafka that is new or moves its coordinators.
#[test]
fn not_yet_is_no_want_of_rights() {
    for code in [
        RDKafkaErrorCode::ConcurrentTransactions,
        RDKafkaErrorCode::NotCoordinator,
        RDKafkaErrorCode::CoordinatorNotAvailable,
        RDKafkaErrorCode::CoordinatorLoadInProgress,
    ] {
        assert!(says_not_yet(code), "{code:?}");
        assert!(!is_for_want_of_rights(code), "{code:?}");
    }
    let forbidden = RDKafkaErrorCode::TransactionalIdAuthorizationFailed;
    assert!(is_for_want_of_rights(forbidden) && !says_not_yet(forbidden));
}

/// After a week of silence Kafka has forgotten the shard's transactional id: what it then refuses is
/// certainly not in. A time-out says nothing.
#[test]
fn a_forgotten_transactional_id_is_a_certain_refusal() {
    assert!(is_refusal(RDKafkaErrorCode::InvalidProducerIdMapping));
    assert!(is_refusal(RDKafkaErrorCode::Inconsistent), "a delivery has failed");
    assert!(!is_refusal(RDKafkaErrorCode::OperationTimedOut));
    assert!(!is_refusal(RDKafkaErrorCode::Unknown));
}

#[test]
fn a_record_of_a_thousand_bad_events_is_written_once() {
    let raw = Arc::new(RawRecord {
        topic: "hr".to_owned(),
        partition: 0,
        offset: 7,
        timestamp: Timestamp::UNIX_EPOCH,
        key: None,
        value: Some(vec![b'x'; 1_000_000]),
        headers: Vec::new(),
    });
    let parked = (0..1_000).map(|index| Parked {
        tenant: Some(TenantName::new("acme")),
        position: EventPosition {
            record: Position { topic: "hr".to_owned(), generation: 0, partition: 0, offset: 7 },
            index,
        },
        person: None,
        why: Why::new(Code::EffectiveAtInvalid, Some("data.effective_at"), "no instant"),
        raw: Arc::clone(&raw),
        takes_access: false,
        at: Timestamp::UNIX_EPOCH,
    });
    let commit = Commit {
        inventory: Vec::new(),
        events: Vec::new(),
        id: CommitId(1),
        started_at: Timestamp::UNIX_EPOCH,
        state: Vec::new(),
        audit: Vec::new(),
        parked: parked.collect(),
    };
    let settings = settings();
    let messages = messages::of(&commit, &settings, &settings.identity());
    assert_eq!(messages.len(), 1_000, "each event is parked");
    let bytes = |message: &messages::Outgoing| message.value.as_ref().map_or(0, Vec::len);
    assert_eq!(messages.first().map(bytes), Some(1_000_000));
    assert!(messages.iter().map(bytes).sum::<usize>() < 8_000_000);
    let second = &messages[1];
    assert!(second.headers.contains(&("usher-whole-at-index".to_owned(), Some(b"0".to_vec()))));
}
