//! The configuration: one file per section, each with its defaults and its documentation.
//!
//! Read once, at start: the file, then the environment (`USHER__KAFKA__BROKERS`). Defaults stand in
//! code only; `config/full.yaml` shows them and a test compares. Nothing here reaches a network.

pub mod address;
mod approvals;
mod check;
mod duration;
pub mod engine;
mod environment;
pub mod http;
pub mod kafka;
mod load;
pub mod log;
pub mod operators;
mod origins;
mod proxy;
pub mod receive;
pub mod security;
pub mod serve;
mod show;
mod strict;
pub mod telemetry;
pub mod tenants;

use secrecy::SecretString;
use serde::{Deserialize, Serialize, Serializer};
use std::path::PathBuf;

pub use approvals::ApprovalSettings;
pub use duration::parse as length_of_time;
pub use engine::EngineSettings;
pub use environment::{host_name, variable_of_operators};
pub use http::HttpSettings;
pub use kafka::KafkaSettings;
pub use load::{Error, Loaded, load, load_with};
pub use log::LogSettings;
pub use operators::OperatorGroup;
pub use proxy::proxies_shown;
pub use receive::ReceiveSettings;
pub use security::SecuritySettings;
pub use serve::ServeSettings;
pub use telemetry::TelemetrySettings;
pub use tenants::{AttributeLimits, Target, Tenant};

/// What stands for a secret wherever settings are shown.
const REDACTED: &str = "[redacted]";

#[expect(clippy::ref_option, reason = "serde decides the signature")]
fn redacted<S: Serializer>(_secret: &Option<SecretString>, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(REDACTED)
}

/// Everything an operator can say, one field per section.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub kafka: KafkaSettings,
    #[serde(default)]
    pub http: HttpSettings,
    #[serde(default)]
    pub serve: ServeSettings,
    #[serde(default)]
    pub receive: ReceiveSettings,
    #[serde(default)]
    pub log: LogSettings,
    #[serde(default)]
    pub telemetry: TelemetrySettings,
    #[serde(default)]
    pub engine: EngineSettings,
    /// Who may send commands; nobody unless it is said.
    #[serde(default, deserialize_with = "strict::each")]
    pub operators: Vec<OperatorGroup>,
    /// How many operators an approval takes.
    #[serde(default)]
    pub approvals: ApprovalSettings,
    /// While this file is there, the replica beside it writes to no target; `null`: there is none.
    #[serde(default)]
    pub pause_file: Option<PathBuf>,
    pub tenants: Vec<Tenant>,
}

impl Settings {
    /// What can be meant of doors, but is probably not; each with the cure.
    pub fn doubts_of_doors(&self) -> Vec<String> {
        receive::check::doubts(self)
    }

    /// The name of this replica in the consumer group and in the audit.
    pub fn instance(&self) -> String {
        self.kafka.instance_id.clone().unwrap_or_else(host_name)
    }
}

#[cfg(test)]
mod tests;
