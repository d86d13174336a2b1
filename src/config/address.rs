//! What an address of HTTP must be, wherever the configuration has one.

use std::net::IpAddr;
use url::{Host, Url};

/// What is wrong with the address at `key`; each begins with the key.
pub(super) fn problems(key: &str, url: &Url) -> Vec<String> {
    let mut problems = Vec::new();
    if !matches!(url.scheme(), "http" | "https") {
        problems.push(format!("{key}: begins with {}:, not with https:", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        problems.push(format!("{key}: holds a user name or password; take it out of the address"));
    }
    problems
}

/// Whether a secret may be sent there: by https, or without leaving this machine.
pub fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
            None => false,
        },
        _ => false,
    }
}
