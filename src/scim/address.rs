//! Where things are at a provider: the base url and what hangs below it.
//!
//! Ids come from outside. Each is one path segment, whatever it holds, so that none can lead to
//! another resource.

use super::Error;
use crate::model::ids::{ScimId, TargetName};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::net::IpAddr;
use url::{Host, Url};

/// What need not be encoded in a query (RFC 3986 §2.3). A space becomes `%20`: not every provider
/// reads `+` as one.
pub(super) const QUERY: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The base url of a target.
#[derive(Clone, Debug)]
pub(super) struct Address(Url);

impl Address {
    /// Refuses what could leak the token.
    pub(super) fn parse(target: &TargetName, url: Url) -> Result<Self, Error> {
        let wrong = |what| Error::Url { target: target.as_str().to_owned(), what };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a user or password; use the token"));
        }
        if url.fragment().is_some() {
            return Err(wrong("must not have a fragment (`#…`)"));
        }
        let Some(host) = url.host() else {
            return Err(wrong("names no host"));
        };
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_loopback(&host) => Ok(Self(url)),
            "http" => Err(Error::Insecure { target: target.as_str().to_owned() }),
            _ => Err(wrong("must begin with https://")),
        }
    }

    /// What the provider says of itself; many have no such place.
    pub(super) fn discovery(&self) -> Option<Url> {
        self.below(&["ServiceProviderConfig"])
    }

    pub(super) fn users(&self) -> Option<Url> {
        self.below(&["Users"])
    }

    pub(super) fn user(&self, id: &ScimId) -> Option<Url> {
        self.below(&["Users", segment(id)?])
    }

    pub(super) fn groups(&self) -> Option<Url> {
        self.below(&["Groups"])
    }

    pub(super) fn group(&self, id: &ScimId) -> Option<Url> {
        self.below(&["Groups", segment(id)?])
    }

    /// Where something is from the root of the target's host, or from what stands there before its API.
    pub(super) fn at_root(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let base = url.path().to_owned();
        let before = ["/api/v2", "/scim"].iter().filter_map(|api| base.find(api)).min();
        let before = before.and_then(|end| base.get(..end)).unwrap_or_default();
        url.set_query(None);
        url.set_path(&format!("{before}{path}"));
        url
    }

    fn below(&self, segments: &[&str]) -> Option<Url> {
        let mut url = self.0.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
        Some(url)
    }
}

/// Adds to a url's query what is not empty.
pub(super) fn with_query(mut url: Url, parts: &[String]) -> Url {
    let query: Vec<&str> = url
        .query()
        .into_iter()
        .chain(parts.iter().map(String::as_str))
        .filter(|part| !part.is_empty())
        .collect();
    let query = query.join("&");
    url.set_query((!query.is_empty()).then_some(query.as_str()));
    url
}

/// `path eq "value"`: RFC 7644 §3.4.2.2 makes the value a JSON string.
pub(super) fn equals(path: &str, value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    format!("{path} eq {quoted}")
}

/// `filter=…`, ready for a query.
pub(super) fn filter(filter: &str) -> String {
    format!("filter={}", utf8_percent_encode(filter, QUERY))
}

/// The same of a path and a value.
pub(super) fn equals_filter(path: &str, value: &str) -> String {
    filter(&equals(path, value))
}

/// The id as a path segment; `None` for what a path would swallow.
fn segment(id: &ScimId) -> Option<&str> {
    match id.as_str() {
        "" | "." | ".." => None,
        // They would be left out, and the path lead to whom it does not mean.
        text if text.contains(['\t', '\n', '\r']) => None,
        text => Some(text),
    }
}

/// Whether `url` leads to this machine.
pub(super) fn is_here(url: &Url) -> bool {
    url.host().is_some_and(|host| is_loopback(&host))
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}
