//! What is logged, and how it looks.

use super::strict;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// The section `log`.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// `error`, `warn`, `info`, `debug`, `trace`, or per room: `info,usher::scim=debug`.
    pub level: String,
    #[serde(deserialize_with = "strict::deserialize")]
    pub format: LogFormat,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line, for log collectors.
    Json,
    /// For a terminal.
    Text,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Json }
    }
}

impl LogSettings {
    /// Why the level is none, and the cure.
    pub(super) fn problem(&self) -> Option<String> {
        let level = &self.level;
        EnvFilter::builder().parse(level).is_err().then(|| {
            format!(
                "log.level: `{level}` is not a level; write `info`, or by room `info,usher::scim=debug`"
            )
        })
    }
}
