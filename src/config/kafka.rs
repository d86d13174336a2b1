//! How Kafka is reached, and what usher's own topics and group are called there.

use super::environment;
use super::origins::{Origin, Origins};
use super::security::{self, SecuritySettings};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// The section `kafka`.
#[derive(Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KafkaSettings {
    /// `host:port`, several with commas.
    pub brokers: String,
    /// The consumer group whose assignment of `topics.control` is the ownership of shards.
    #[serde(default = "default_group")]
    pub group: String,
    /// `group.instance.id`: unique per replica, the same after its restart. The host name if absent.
    #[serde(default)]
    pub instance_id: Option<String>,
    #[serde(default)]
    pub topics: Topics,
    #[serde(default)]
    pub security: SecuritySettings,
    /// Any other librdkafka setting, for every client.
    #[serde(default, serialize_with = "redacted")]
    #[schemars(extend("additionalProperties" = { "type": ["string", "number", "boolean"] }))]
    pub properties: BTreeMap<String, String>,
}

/// usher's own topics.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Topics {
    pub control: String,
    pub people: String,
    pub audit: String,
    pub parked: String,
    /// Everything that targets have, as it was last read.
    pub inventory: String,
    /// What usher itself has found of accounts, as events.
    pub events: String,
}

impl Topics {
    /// All of them, each with its key.
    pub fn named(&self) -> [(&'static str, &str); 6] {
        [
            ("control", &self.control),
            ("people", &self.people),
            ("audit", &self.audit),
            ("parked", &self.parked),
            ("inventory", &self.inventory),
            ("events", &self.events),
        ]
    }
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            control: "usher.control".to_owned(),
            people: "usher.people".to_owned(),
            audit: "usher.audit".to_owned(),
            parked: "usher.parked".to_owned(),
            inventory: "usher.inventory".to_owned(),
            events: "usher.events".to_owned(),
        }
    }
}

fn default_group() -> String {
    "usher".to_owned()
}

/// Parts of librdkafka property names whose values are secrets, or may hold one.
const SECRET_PARTS: &[&str] = &["password", "passphrase", "secret", ".pem", "oauthbearer.config"];

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

impl KafkaSettings {
    /// What can be meant, but is dangerous; each with the cure.
    pub fn doubts(&self) -> Vec<String> {
        security::check::doubts(self)
    }

    /// What is wrong; each begins with the key and ends with the cure. `origins` knows where each value
    /// came from.
    pub(super) fn problems(&self, origins: &Origins) -> Vec<String> {
        let mut problems = Vec::new();
        let named = [
            ("brokers", Some(&self.brokers)),
            ("group", Some(&self.group)),
            ("instance_id", self.instance_id.as_ref()),
        ];
        for (key, value) in named {
            if value.is_some_and(|value| value.trim().is_empty()) {
                problems.push(format!("kafka.{key}: is empty; give it a value"));
            }
        }
        for name in self.properties.keys() {
            let key = format!("kafka.properties.{name}");
            if Self::is_secret(name) && origins.find(&key) == Origin::File {
                problems.push(format!(
                    "{key}: a secret does not belong in this file; set {}",
                    environment::variable("kafka.properties.")
                        + &name.replace('.', "_").to_uppercase()
                ));
            }
            if OWN_PROPERTIES.contains(&name.as_str()) {
                problems.push(format!("{key}: usher sets it itself; remove it"));
            }
        }
        problems.extend(security::check::problems(self, origins));
        problems
    }

    /// Whether the value of this librdkafka property is, or may hold, a secret.
    pub fn is_secret(property: &str) -> bool {
        SECRET_PARTS.iter().any(|part| property.contains(part))
    }
}

/// The properties, fit to be seen.
fn visible(properties: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    properties
        .iter()
        .map(|(name, value)| {
            let value = if KafkaSettings::is_secret(name) { super::REDACTED } else { value };
            (name.as_str(), value)
        })
        .collect()
}

fn redacted<S: Serializer>(
    properties: &BTreeMap<String, String>,
    out: S,
) -> Result<S::Ok, S::Error> {
    visible(properties).serialize(out)
}

/// Secrets among the properties are masked, so that a log line cannot leak them.
impl fmt::Debug for KafkaSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("KafkaSettings")
            .field("brokers", &self.brokers)
            .field("group", &self.group)
            .field("instance_id", &self.instance_id)
            .field("topics", &self.topics)
            .field("security", &self.security)
            .field("properties", &visible(&self.properties))
            .finish()
    }
}
