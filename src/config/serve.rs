//! Where the pages are served, who may see them, and how much they tell.

use super::http::address;
use super::{duration, strict};
use crate::model::Zone;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use url::Url;

/// The section `serve`, of `usher serve` alone.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServeSettings {
    /// For the pages. TLS is ended by what stands before it.
    #[serde(deserialize_with = "address")]
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Where browsers find the pages, with the path below which they lie; `null`: at `listen`.
    pub public_url: Option<Url>,
    /// Who may log in: a file of names and digests of tokens; read again when it changes.
    pub tokens_file: Option<PathBuf>,
    /// How long a login lasts.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub session: SignedDuration,
    /// How far back the audit is read at the start.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub audit_back: SignedDuration,
    /// How often Kafka is asked where the input topics end.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub lag_every: SignedDuration,
    /// How old findings and seats may be before a page that shows them has them made anew.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub compare_every: SignedDuration,
    /// At most so often a browser is told that something is new.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub news_every: SignedDuration,
    /// Browsers that are told at once; the next one has to reload by hand.
    pub listeners_most: NonZeroUsize,
    /// Connections to Kafka by which records are read for a page.
    pub readers: NonZeroUsize,
    /// What programs may ask for with one token, below `/v1`.
    pub requests_per_minute: NonZeroU32,
    /// The zone of times on pages about several tenants; one tenant's have its own. `null`: UTC.
    #[serde(deserialize_with = "strict::deserialize")]
    pub time_zone: Option<Zone>,
}

impl Default for ServeSettings {
    fn default() -> Self {
        const FOUR: NonZeroUsize = NonZeroUsize::new(4).expect("4 is not zero");
        const REQUESTS: NonZeroU32 = NonZeroU32::new(600).expect("600 is not zero");
        const LISTENERS: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9480)),
            public_url: None,
            tokens_file: None,
            session: SignedDuration::from_hours(8),
            audit_back: SignedDuration::from_hours(24 * 30),
            lag_every: SignedDuration::from_secs(15),
            compare_every: SignedDuration::from_mins(15),
            news_every: SignedDuration::from_secs(1),
            listeners_most: LISTENERS,
            readers: FOUR,
            requests_per_minute: REQUESTS,
            time_zone: None,
        }
    }
}

impl ServeSettings {
    /// Whether browsers come by TLS.
    pub fn is_encrypted(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }

    /// The path below which the pages lie: nothing, or `/usher`.
    pub fn base_path(&self) -> String {
        let path = self.public_url.as_ref().map(Url::path).unwrap_or_default();
        path.trim_end_matches('/').to_owned()
    }

    /// What cannot be meant; each begins with the key and ends with the cure.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !is_of_this_machine(self.listen.ip()) && !self.is_encrypted() {
            problems.push(format!(
                "serve.listen: {} can be reached from outside, and tokens would cross the network \
                 unencrypted; end TLS before it and say so by `serve.public_url: https://…`, or listen \
                 on 127.0.0.1",
                self.listen
            ));
        }
        if let Some(url) = &self.public_url {
            let is_plain = url.query().is_none() && url.fragment().is_none();
            let fits = matches!(url.scheme(), "http" | "https") && is_plain;
            let is_path =
                url.path().chars().all(|it| it.is_ascii_alphanumeric() || "/-_.".contains(it));
            if !fits || !is_path || !url.username().is_empty() {
                problems.push(
                    "serve.public_url: is no address of pages; write it as https://usher.example.com/ or \
                     https://example.com/usher/"
                        .to_owned(),
                );
            }
        }
        problems
    }
}

fn is_of_this_machine(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}
