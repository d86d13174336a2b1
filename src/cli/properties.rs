//! Looks whether librdkafka takes what the section `kafka` says, before anything is started.
//!
//! Its own errors repeat the value, and that may be a secret.

use super::failure::{Failure, USAGE};
use crate::config::KafkaSettings;
use crate::kafka::clients::credentials;
use crate::model::code::Code;
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

/// A section that cannot be meant. Trying again does not help.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("kafka.properties.{name}: librdkafka refuses it: {why}")]
    Refused { name: String, why: String },
    #[error(transparent)]
    Credentials(#[from] credentials::Error),
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::Refused { .. } => Code::KafkaPropertyRefused,
            Self::Credentials(error) => error.code(),
        }
    }

    fn exit_code(&self) -> u8 {
        USAGE
    }
}

/// As `check`, for those who wait for Kafka: what has expired may be renewed meanwhile.
pub(super) fn check_patiently(kafka: &KafkaSettings) -> Result<(), Error> {
    match check(kafka) {
        Err(Error::Credentials(error)) if error.comes_with_time() => Ok(()),
        outcome => outcome,
    }
}

/// Reaches no network.
pub(super) fn check(kafka: &KafkaSettings) -> Result<(), Error> {
    let mut config = ClientConfig::new();
    for (name, value) in &kafka.properties {
        config.set(name, value);
    }
    match config.create_native_config() {
        Ok(_) => Ok(credentials::check(&kafka.security)?),
        Err(KafkaError::ClientConfig(_, why, name, _)) => Err(Error::Refused {
            why: if KafkaSettings::is_secret(&name) {
                "its value is not shown here, for it may be a secret".to_owned()
            } else {
                why
            },
            name,
        }),
        Err(_) => Err(Error::Refused {
            name: "*".to_owned(),
            why: "it does not say which one, or why".to_owned(),
        }),
    }
}
