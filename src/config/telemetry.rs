//! Where traces go.

use super::address;
use serde::{Deserialize, Serialize};
use url::Url;

/// The section `telemetry`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetrySettings {
    /// Base address of an OTLP collector that takes http/protobuf; `/v1/traces` is added.
    ///
    /// Absent: no traces are made, but trace contexts still travel from event to call and audit.
    pub otlp_endpoint: Option<Url>,
}

impl TelemetrySettings {
    /// What is wrong with the address; each begins with the key and ends with the cure.
    pub(super) fn problems(&self) -> Vec<String> {
        let endpoint = self.otlp_endpoint.iter();
        endpoint.flat_map(|url| address::problems("telemetry.otlp_endpoint", url)).collect()
    }
}
