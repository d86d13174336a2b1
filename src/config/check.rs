//! What must hold across fields.
//!
//! Each problem begins with the key and ends with the cure, and all are told at once.

use super::origins::{Origin, Origins};
use super::tenants::{Target, Tenant};
use super::{KafkaSettings, Settings, duration, security};
use std::collections::BTreeMap;
use tracing_subscriber::EnvFilter;
use url::Url;

/// librdkafka settings that usher's guarantees rest on, or that have a key of their own.
const OWN_PROPERTIES: &[&str] = &[
    "auto.offset.reset",
    "bootstrap.servers",
    "client.id",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "isolation.level",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "transactional.id",
];

/// Everything that is wrong with `settings`; `origins` knows where each value came from.
pub(super) fn problems(settings: &Settings, origins: &Origins) -> Vec<String> {
    let mut problems = Vec::new();
    check_kafka(settings, origins, &mut problems);
    problems.extend(security::check::problems(&settings.kafka, origins));
    check_log(settings, &mut problems);
    if let Some(url) = &settings.telemetry.otlp_endpoint {
        check_url("telemetry.otlp_endpoint", url, &mut problems);
    }
    check_engine(settings, &mut problems);
    check_tenants(settings, origins, &mut problems);
    check_topics(settings, &mut problems);
    problems
}

fn check_kafka(settings: &Settings, origins: &Origins, problems: &mut Vec<String>) {
    let kafka = &settings.kafka;
    let named = [
        ("brokers", Some(&kafka.brokers)),
        ("group", Some(&kafka.group)),
        ("instance_id", kafka.instance_id.as_ref()),
    ];
    for (key, value) in named {
        if value.is_some_and(|value| value.trim().is_empty()) {
            problems.push(format!("kafka.{key}: is empty; give it a value"));
        }
    }
    for name in kafka.properties.keys() {
        let key = format!("kafka.properties.{name}");
        if KafkaSettings::is_secret(name) && origins.find(&key) == Origin::File {
            problems.push(format!(
                "{key}: a secret does not belong in this file; set {}",
                variable("kafka.properties.") + &name.replace('.', "_").to_uppercase()
            ));
        }
        if OWN_PROPERTIES.contains(&name.as_str()) {
            problems.push(format!("{key}: usher sets it itself; remove it"));
        }
    }
}

fn check_log(settings: &Settings, problems: &mut Vec<String>) {
    let level = &settings.log.level;
    if EnvFilter::builder().parse(level).is_err() {
        problems.push(format!(
            "log.level: `{level}` is not a level; write `info`, or by room `info,usher::scim=debug`"
        ));
    }
}

fn check_engine(settings: &Settings, problems: &mut Vec<String>) {
    let engine = &settings.engine;
    if engine.retry_first > engine.retry_max {
        problems.push(format!(
            "engine.retry_first: {} is longer than engine.retry_max, {}; make it shorter",
            duration::format(engine.retry_first),
            duration::format(engine.retry_max),
        ));
    }
    if engine.replay_horizon < engine.late_window {
        problems.push(format!(
            "engine.replay_horizon: {} is shorter than engine.late_window, {}; it should be as \
             long as the input topics keep their records",
            duration::format(engine.replay_horizon),
            duration::format(engine.late_window),
        ));
    }
}

fn check_tenants(settings: &Settings, origins: &Origins, problems: &mut Vec<String>) {
    if settings.tenants.is_empty() {
        problems.push("tenants: is empty; usher needs at least one".to_owned());
    }
    let mut seen = BTreeMap::new();
    for (index, tenant) in settings.tenants.iter().enumerate() {
        let key = format!("tenants[{index}]");
        check_name(&key, &tenant.name, problems);
        if let Some(first) = seen.insert(&tenant.name, index) {
            problems.push(format!(
                "{key}.name: `{}` is also the name of tenants[{first}]; names are unique",
                tenant.name
            ));
        }
        check_tenant(&key, tenant, problems);
        for (index, target) in tenant.targets.iter().enumerate() {
            let key = format!("{key}.targets[{index}]");
            check_target(&key, target, settings, problems);
            check_token(&key, target, origins, problems);
        }
    }
}

fn check_tenant(key: &str, tenant: &Tenant, problems: &mut Vec<String>) {
    let lists = [
        ("rules", tenant.rules.is_empty(), "name a rule file"),
        ("sources", tenant.sources.is_empty(), "name an input topic"),
        ("targets", tenant.targets.is_empty(), "name a SCIM provider"),
    ];
    for (list, is_empty, cure) in lists {
        if is_empty {
            problems.push(format!("{key}.{list}: is empty; {cure}"));
        }
    }
    check_former_names(key, tenant, problems);
    let mut seen = BTreeMap::new();
    for (index, target) in tenant.targets.iter().enumerate() {
        check_name(&format!("{key}.targets[{index}]"), &target.name, problems);
        if let Some(first) = seen.insert(&target.name, index) {
            problems.push(format!(
                "{key}.targets[{index}].name: `{}` is also the name of targets[{first}]; names \
                 are unique within a tenant",
                target.name
            ));
        }
    }
}

/// What is kept under a name can go to one target only, and not from one that is still there.
fn check_former_names(key: &str, tenant: &Tenant, problems: &mut Vec<String>) {
    let mut seen: Vec<&String> = tenant.targets.iter().map(|target| &target.name).collect();
    for (index, target) in tenant.targets.iter().enumerate() {
        for former in &target.formerly {
            if seen.contains(&former) {
                problems.push(format!(
                    "{key}.targets[{index}].formerly: `{former}` is a target's name, or stands \
                     there twice; name only what no target is called any more, once"
                ));
            }
            seen.push(former);
        }
    }
}

fn check_target(key: &str, target: &Target, settings: &Settings, problems: &mut Vec<String>) {
    check_url(&format!("{key}.url"), &target.url, problems);
    let rate = target.calls_per_second;
    if !(rate > 0.0 && rate <= 10_000.0) {
        problems.push(format!("{key}.calls_per_second: {rate} is not above 0 and at most 10000"));
    }
    if target.quota.is_some_and(|quota| !quota.per.is_positive()) {
        problems.push(format!("{key}.quota.per: a window lasts longer than nothing"));
    }
    let late_window = settings.engine.late_window;
    if late_window < target.request_timeout * 2 {
        problems.push(format!(
            "{key}.request_timeout: {} is more than half of engine.late_window, {}; a call that \
             timed out may still land, so shorten the one or lengthen the other",
            duration::format(target.request_timeout),
            duration::format(late_window),
        ));
    }
}

fn check_token(key: &str, target: &Target, origins: &Origins, problems: &mut Vec<String>) {
    let token = format!("{key}.token");
    match (&target.token, &target.token_file) {
        (Some(_), Some(_)) => {
            problems.push(format!("{key}: both `token` and `token_file` are given; keep one"));
        }
        (None, None) => problems.push(format!(
            "{key}.token_file: is missing; name the file that holds the bearer token, or set {}",
            variable(&token)
        )),
        (Some(_), None) if origins.find(&token) == Origin::File => problems.push(format!(
            "{token}: a secret does not belong in this file; put it in a file of its own and name \
             that in `token_file`, or set {}",
            variable(&token)
        )),
        (Some(_) | None, _) => {}
    }
}

fn check_url(key: &str, url: &Url, problems: &mut Vec<String>) {
    if !matches!(url.scheme(), "http" | "https") {
        problems.push(format!("{key}: begins with {}:, not with https:", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        problems.push(format!("{key}: holds a user name or password; take it out of the address"));
    }
}

/// The variable that sets `key`.
pub(super) fn variable(key: &str) -> String {
    let words = key.replace('[', "__").replace(']', "").replace('.', "__");
    format!("USHER__{}", words.to_uppercase())
}

fn check_topics(settings: &Settings, problems: &mut Vec<String>) {
    let mut owners: BTreeMap<&str, String> = BTreeMap::new();
    for (key, topic) in settings.kafka.topics.named() {
        let key = format!("kafka.topics.{key}");
        if let Some(owner) = owners.insert(topic, key.clone()) {
            problems.push(format!("{key}: `{topic}` is taken by {owner}; usher's topics differ"));
        }
    }
    for (tenant_index, tenant) in settings.tenants.iter().enumerate() {
        for (index, source) in tenant.sources.iter().enumerate() {
            let key = format!("tenants[{tenant_index}].sources[{index}].topic");
            let topic = source.topic.as_str();
            if let Some(owner) = owners.get(topic) {
                problems.push(format!(
                    "{key}: `{topic}` is taken by {owner}; a topic belongs to one tenant, once"
                ));
            } else {
                owners.insert(topic, key);
            }
        }
    }
}

fn check_name(key: &str, name: &str, problems: &mut Vec<String>) {
    let is_allowed =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let fits = (1..=63).contains(&name.len());
    if !fits || !name.chars().all(is_allowed) {
        problems
            .push(format!("{key}.name: `{name}` is not a name; use 1 to 63 of a-z, 0-9 and `-`"));
    }
}
