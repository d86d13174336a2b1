//! How a token for a transmitter is asked for (OAuth 2.0, client credentials).

use crate::config::address;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use url::Url;

/// Where a token is asked for, and as whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// `token_endpoint` of the authorization server.
    pub token_endpoint: Url,
    /// As which client.
    pub client_id: String,
    /// A file with the client's secret; read whenever a token is asked for.
    pub client_secret_file: PathBuf,
    /// What the token shall be good for, as the server calls it; `null`: as it chooses.
    #[serde(default)]
    pub scope: Option<String>,
    /// For whom it shall be, where the server wants to know (`audience`); `null`: not said.
    #[serde(default)]
    pub audience: Option<String>,
    /// Where the secret is sent: in the header, as every server must understand, or in the body.
    #[serde(default)]
    pub secret_in: SecretIn,
}

/// Where a client's secret is sent.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SecretIn {
    /// `client_secret_basic`
    #[default]
    Header,
    /// `client_secret_post`
    Body,
}

impl Grant {
    /// What cannot be meant; each begins with the key and ends with the cure.
    pub fn problems(&self, key: &str) -> Vec<String> {
        let mut problems =
            address::problems(&format!("{key}.token_endpoint"), &self.token_endpoint);
        if !address::is_safe(&self.token_endpoint) {
            problems.push(format!(
                "{key}.token_endpoint: is http, and the client's secret would cross the network \
                 unencrypted; write https"
            ));
        }
        if self.client_id.trim().is_empty() {
            problems.push(format!("{key}.client_id: is empty; write the client's id"));
        }
        problems
    }
}
