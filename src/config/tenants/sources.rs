//! What must hold of sources: that it is known of whose tokens which keys prove them.

use crate::config::address;
use crate::decode::{SourceSettings, Transmitter, Trust};
use std::collections::BTreeSet;
use std::net::IpAddr;
use url::{Host, Url};

/// Everything that is wrong with `source`; each begins with the key and ends with the cure.
pub(super) fn problems(key: &str, source: &SourceSettings) -> Vec<String> {
    let mut problems = Vec::new();
    match (source.format.is_of_tokens(), source.transmitters.is_empty()) {
        (true, true) => problems.push(format!(
            "{key}.transmitters: is empty, so no token would count; name whose tokens come here"
        )),
        (false, false) => problems.push(format!(
            "{key}.transmitters: belong to `format: set`; say that, or take them out"
        )),
        (true, false) | (false, true) => {}
    }
    let mut seen = BTreeSet::new();
    for (index, transmitter) in source.transmitters.iter().enumerate() {
        let key = format!("{key}.transmitters[{index}]");
        if !seen.insert(&transmitter.issuer) {
            problems.push(format!("{key}.issuer: stands there twice; name each issuer once"));
        }
        check(&key, transmitter, &mut problems);
    }
    problems
}

fn check(key: &str, of: &Transmitter, problems: &mut Vec<String>) {
    let mut say = |text: &str| problems.push(format!("{key}.{text}"));
    if of.issuer.trim().is_empty() {
        say("issuer: is empty; write what the tokens say in `iss`");
    }
    if of.id_system.as_ref().is_some_and(|system| system.trim().is_empty()) {
        say("id_system: is empty; name the system, like okta, or leave it out");
    }
    match of.trust {
        Trust::Signed => {
            if of.audience.is_empty() {
                say(
                    "audience: is empty; write what the tokens say in `aud`, as the stream was set up",
                );
            }
            if of.jwks.is_none() && of.jwks_file.is_none() {
                say(
                    "jwks: is missing; say where the issuer publishes its keys, or name a file with \
                     them in `jwks_file`",
                );
            }
            if of.algorithms.is_empty() {
                say(
                    "algorithms: is empty, so no token would count; write RS256 or what the issuer \
                     signs by",
                );
            }
        }
        Trust::Decoded if of.jwks.is_some() || of.jwks_file.is_some() => {
            say(
                "trust: says that tokens come without their signatures, which no key can prove; take \
                 out `jwks` and `jwks_file`, or say `trust: signed`",
            );
        }
        Trust::Decoded => {}
    }
    if let Some(jwks) = &of.jwks {
        problems.extend(address::problems(&format!("{key}.jwks"), jwks));
        if jwks.scheme() == "http" && !is_here(jwks) {
            problems.push(format!(
                "{key}.jwks: is plain http, so whoever is on the way could put keys of their own \
                 there; write https"
            ));
        }
    }
}

/// Whether nothing leaves this machine on the way there.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}
