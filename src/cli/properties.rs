//! Asks librdkafka whether it takes the properties of `kafka`, before anything is started.
//!
//! Its own errors repeat the value, and that may be a secret.

use crate::config::KafkaSettings;
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

/// A property that librdkafka does not take. Trying again does not help.
#[derive(Debug, thiserror::Error)]
#[error("kafka.properties.{name}: librdkafka refuses it: {why}")]
pub struct Error {
    name: String,
    why: String,
}

/// Reaches no network.
pub(super) fn check(kafka: &KafkaSettings) -> Result<(), Error> {
    let mut config = ClientConfig::new();
    for (name, value) in &kafka.properties {
        config.set(name, value);
    }
    match config.create_native_config() {
        Ok(_) => Ok(()),
        Err(KafkaError::ClientConfig(_, why, name, _)) => Err(Error {
            why: if KafkaSettings::is_secret(&name) {
                "its value is not shown here, for it may be a secret".to_owned()
            } else {
                why
            },
            name,
        }),
        Err(_) => {
            Err(Error { name: "*".to_owned(), why: "it does not say which one, or why".to_owned() })
        }
    }
}
