use std::collections::BTreeMap;

use super::check::{Severity, judge};
use super::facts::Facts;
use super::make::{Todo, agree_on_shards, plans, todo_of};
use super::{Error, PARKED_BYTES};
use crate::config::SecuritySettings;
use crate::config::kafka::{KafkaSettings, Topics};

fn kafka() -> KafkaSettings {
    KafkaSettings {
        brokers: "kafka:9092".to_owned(),
        group: "usher".to_owned(),
        instance_id: None,
        topics: Topics::default(),
        security: SecuritySettings::default(),
        properties: BTreeMap::new(),
    }
}

/// What Kafka says after `init`.
fn after_init(shards: i32) -> BTreeMap<String, Facts> {
    plans(&kafka(), shards)
        .into_iter()
        .map(|plan| {
            let mut settings: BTreeMap<String, String> =
                BTreeMap::from([("max.message.bytes".to_owned(), "1048588".to_owned())]);
            settings
                .extend(plan.settings.into_iter().map(|(name, value)| (name.to_owned(), value)));
            let facts = Facts {
                partitions: plan.partitions,
                settings,
                is_by_default: false,
                is_empty: false,
            };
            (plan.topic, facts)
        })
        .collect()
}

fn input_of(max_message_bytes: usize) -> BTreeMap<String, Facts> {
    let facts = Facts {
        partitions: 1,
        settings: BTreeMap::from([("max.message.bytes".to_owned(), max_message_bytes.to_string())]),
        is_by_default: false,
        is_empty: false,
    };
    BTreeMap::from([("hr".to_owned(), facts)])
}

fn problems_with(own: &BTreeMap<String, Facts>) -> Vec<String> {
    judge(&kafka(), own, None, &input_of(1_048_588), &["hr".to_owned()])
        .iter()
        .map(|problem| format!("{:?}: {problem}", problem.severity))
        .collect()
}

fn set(own: &mut BTreeMap<String, Facts>, topic: &str, name: &str, value: &str) {
    own.get_mut(topic).unwrap().settings.insert(name.to_owned(), value.to_owned());
}

#[test]
fn what_init_makes_passes_the_check() {
    assert_eq!(problems_with(&after_init(3)), Vec::<String>::new());
}

#[test]
fn a_missing_topic_is_fatal_and_says_to_run_init() {
    let mut own = after_init(1);
    own.remove("usher.audit");
    insta::assert_snapshot!(problems_with(&own).join("\n"), @"Fatal: `usher.audit` is not there; run `usher init`");
}

#[test]
fn a_people_topic_that_forgets_is_fatal() {
    let mut own = after_init(1);
    set(&mut own, "usher.people", "cleanup.policy", "compact,delete");
    insta::assert_snapshot!(problems_with(&own).join("\n"), @"Fatal: `usher.people` has cleanup.policy `compact,delete`, which forgets people who have not changed lately; set it to `compact`");
}

#[test]
fn a_compacted_audit_is_fatal() {
    let mut own = after_init(1);
    set(&mut own, "usher.audit", "cleanup.policy", "compact");
    insta::assert_snapshot!(problems_with(&own).join("\n"), @"Fatal: `usher.audit` is compacted, which forgets all but the last record of each key; set its cleanup.policy to `delete`");
}

#[test]
fn people_and_control_must_agree_on_the_shards() {
    let mut own = after_init(3);
    own.get_mut("usher.control").unwrap().partitions = 4;
    insta::assert_snapshot!(problems_with(&own).join("\n"), @"Fatal: `usher.people` has 3 partitions and `usher.control` has 4; both must be the number of shards; delete `usher.control` and run `usher init`, then send again the commands that were not decided yet");
}

#[test]
fn a_topic_that_takes_too_little_is_fatal() {
    let mut own = after_init(1);
    set(&mut own, "usher.audit", "max.message.bytes", "65536");
    insta::assert_snapshot!(problems_with(&own).join("\n"), @"Fatal: `usher.audit` takes only 65536 bytes at once (max.message.bytes); set it to 1000000 or more");
}

#[test]
fn inputs_too_large_to_park_whole_are_a_warning() {
    let problems =
        judge(&kafka(), &after_init(1), None, &input_of(PARKED_BYTES), &["hr".to_owned()]);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].severity, Severity::Warning);
    assert_eq!(problems[0].topic, "usher.parked");
}

#[test]
fn a_missing_input_topic_is_a_warning() {
    let problems = judge(&kafka(), &after_init(1), None, &BTreeMap::new(), &["hr".to_owned()]);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].severity, Severity::Warning);
    assert_eq!(problems[0].topic, "hr");
}

#[test]
fn a_property_that_breaks_a_promise_is_fatal() {
    let mut kafka = kafka();
    kafka.properties.insert("isolation.level".to_owned(), "read_uncommitted".to_owned());
    let problems = judge(&kafka, &after_init(1), None, &BTreeMap::new(), &[]);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].severity, Severity::Fatal);
}

#[test]
fn the_number_of_shards_of_a_deployment_is_fixed() {
    let own = after_init(3);
    assert_eq!(agree_on_shards(&kafka(), &own, None, None).unwrap(), 3);
    assert_eq!(agree_on_shards(&kafka(), &own, None, Some(3)).unwrap(), 3);
    let refused = agree_on_shards(&kafka(), &own, None, Some(4)).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("this deployment has 3 shards, fixed when it was made; 4 were asked for"),
        "{refused}"
    );
}

#[test]
fn a_new_deployment_has_one_shard_unless_told() {
    let none = BTreeMap::new();
    assert_eq!(agree_on_shards(&kafka(), &none, None, None).unwrap(), 1);
    assert_eq!(agree_on_shards(&kafka(), &none, None, Some(5)).unwrap(), 5);
    assert!(matches!(
        agree_on_shards(&kafka(), &none, None, Some(0)),
        Err(Error::NoShard { asked: 0 })
    ));
}

/// As Kafka makes a topic by itself when somebody asks for it.
fn made_by_kafka() -> Facts {
    let settings = BTreeMap::from([("cleanup.policy".to_owned(), "delete".to_owned())]);
    Facts { partitions: 1, settings, is_by_default: true, is_empty: true }
}

#[test]
fn what_kafka_made_by_itself_fixes_no_number_and_is_made_anew() {
    let found: BTreeMap<_, _> =
        after_init(1).into_keys().map(|topic| (topic, made_by_kafka())).collect();
    assert_eq!(agree_on_shards(&kafka(), &found, None, Some(4)).unwrap(), 4);
    for plan in plans(&kafka(), 4) {
        assert_eq!(todo_of(&plan, found.get(&plan.topic), &kafka()), Todo::MakeAnew);
    }
}

#[test]
fn a_topic_that_holds_something_or_was_made_on_purpose_is_left_as_it_is() {
    let plans = plans(&kafka(), 1);
    let people = plans.iter().find(|plan| plan.topic == "usher.people").unwrap();
    let written = Facts { is_empty: false, ..made_by_kafka() };
    assert_eq!(todo_of(people, Some(&written), &kafka()), Todo::Leave);
    let audit = plans.iter().find(|plan| plan.topic == "usher.audit").unwrap();
    let meant = Facts { is_by_default: false, partitions: 12, ..made_by_kafka() };
    assert_eq!(todo_of(audit, Some(&meant), &kafka()), Todo::Leave);
    assert_eq!(todo_of(audit, None, &kafka()), Todo::Make);
}

/// A few clicks in a console while replicas run: the next one to start would find tenants elsewhere.
#[test]
fn partitions_that_were_added_do_not_change_the_number_of_shards() {
    let mut own = after_init(4);
    for topic in ["usher.control", "usher.people"] {
        own.get_mut(topic).unwrap().partitions = 6;
    }
    assert_eq!(agree_on_shards(&kafka(), &own, Some(4), None).unwrap(), 4);
    assert!(agree_on_shards(&kafka(), &own, Some(4), Some(6)).is_err());
    let problems = judge(&kafka(), &own, Some(4), &BTreeMap::new(), &[]);
    assert_eq!(problems.len(), 1);
    assert_eq!(
        (problems[0].severity, problems[0].topic.as_str()),
        (Severity::Fatal, "usher.control")
    );
    assert!(problems[0].cure.contains("usher init"), "{}", problems[0]);

    own.get_mut("usher.control").unwrap().partitions = 4;
    let problems = judge(&kafka(), &own, Some(4), &BTreeMap::new(), &[]);
    assert_eq!(
        (problems[0].severity, problems[0].topic.as_str()),
        (Severity::Warning, "usher.people")
    );
}

#[test]
fn people_that_lost_partitions_are_fatal() {
    let mut own = after_init(4);
    own.get_mut("usher.people").unwrap().partitions = 1;
    let problems = judge(&kafka(), &own, Some(4), &BTreeMap::new(), &[]);
    assert_eq!(
        (problems[0].severity, problems[0].topic.as_str()),
        (Severity::Fatal, "usher.people")
    );
}

/// Name, partitions and settings of each of usher's topics in `deploy/strimzi`.
fn strimzi_topics() -> BTreeMap<String, (i32, BTreeMap<String, String>)> {
    let text = include_str!("../../../deploy/strimzi/topics.yaml");
    let documents = text.split("\n---\n");
    documents
        .map(|document| {
            let topic: serde_json::Value = serde_saphyr::from_str(document).unwrap();
            let name = topic["metadata"]["name"].as_str().unwrap().to_owned();
            let spec = &topic["spec"];
            let partitions = i32::try_from(spec["partitions"].as_i64().unwrap()).unwrap();
            let settings = spec["config"].as_object().unwrap().iter();
            let plain = |(key, value): (&String, &serde_json::Value)| {
                (key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            };
            (name, (partitions, settings.map(plain).collect()))
        })
        .collect()
}

#[test]
fn the_topics_for_strimzi_are_those_that_init_makes() {
    let made: BTreeMap<_, _> = plans(&kafka(), 4)
        .into_iter()
        .map(|plan| {
            let settings = plan.settings.into_iter();
            let mut settings: BTreeMap<_, _> =
                settings.map(|(name, value)| (name.to_owned(), value)).collect();
            // With 3 copies, which `init` leaves to the brokers.
            settings.insert("min.insync.replicas".to_owned(), "2".to_owned());
            (plan.topic, (plan.partitions, settings))
        })
        .collect();
    assert_eq!(strimzi_topics(), made);
}
