//! What is wrong with the whole: what each section says of itself, and what must hold across sections.
//!
//! Each problem begins with the key and ends with the cure, and all are told at once.

use super::origins::Origins;
use super::{Settings, operators, receive, tenants};
use std::collections::BTreeMap;

/// Everything that is wrong with `settings`; `origins` knows where each value came from.
pub(super) fn problems(settings: &Settings, origins: &Origins) -> Vec<String> {
    let Settings { kafka, serve, log, telemetry, engine, operators: groups, tenants, .. } =
        settings;
    let mut problems = kafka.problems(origins);
    problems.extend(serve.problems());
    problems.extend(receive::check::problems(settings));
    problems.extend(log.problem());
    problems.extend(telemetry.problems());
    problems.extend(engine.problems());
    problems.extend(operators::problems(groups, tenants));
    problems.extend(tenants::check::problems(tenants, engine.late_window, origins));
    problems.extend(topics_that_are_taken(settings));
    problems
}

/// A topic is read or written for one purpose: events of two tenants, or of a tenant and of usher
/// itself, could not be told apart in it.
fn topics_that_are_taken(settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
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
    problems
}
