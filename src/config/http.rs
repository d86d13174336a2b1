//! Where metrics and probes are served.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use std::net::{Ipv4Addr, SocketAddr};

/// The section `http`.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSettings {
    /// For `/metrics`, `/healthz` and `/readyz`. They tell no names, but need no login either.
    #[serde(deserialize_with = "address")]
    #[schemars(with = "String")]
    pub listen: SocketAddr,
}

pub(super) fn address<'de, D: Deserializer<'de>>(input: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(input)?;
    let explain = |_| {
        let cure = "write an address and a port, like `127.0.0.1:9464` or `[::]:9464`";
        D::Error::custom(format!("`{text}` is not an address; {cure}"))
    };
    text.parse().map_err(explain)
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9464)) }
    }
}
