//! What must hold within `kafka.security`, and between it and `kafka.properties`.

use super::properties::SPOKEN_FOR;
use super::{Mechanism, Protocol, SaslSettings, SecuritySettings};
use crate::config::KafkaSettings;
use crate::config::environment::variable;
use crate::config::origins::{Origin, Origins};
use std::net::IpAddr;

const SECTION: &str = "kafka.security";

/// Each begins with the key and ends with the cure.
pub(in crate::config) fn problems(kafka: &KafkaSettings, origins: &Origins) -> Vec<String> {
    let security = &kafka.security;
    let mut problems = Vec::new();
    check_contradictions(kafka, origins, &mut problems);
    check_tls(security, &mut problems);
    check_sasl(security, &mut problems);
    check_password(&security.sasl, origins, &mut problems);
    problems
}

/// Two places for one thing: whichever won, somebody would be surprised.
fn check_contradictions(kafka: &KafkaSettings, origins: &Origins, problems: &mut Vec<String>) {
    if !origins.any_below(SECTION) {
        return;
    }
    for (property, key) in SPOKEN_FOR {
        if kafka.properties.contains_key(*property) {
            problems.push(format!(
                "kafka.properties.{property}: contradicts the section {SECTION}, which is given \
                 too; say it there, as {SECTION}.{key}, and remove this"
            ));
        }
    }
}

fn check_tls(security: &SecuritySettings, problems: &mut Vec<String>) {
    let files = [
        ("ca_file", &security.ca_file),
        ("certificate_file", &security.certificate_file),
        ("key_file", &security.key_file),
        ("key_password_file", &security.key_password_file),
    ];
    if !security.protocol.is_encrypted() {
        let given = files.iter().filter(|(_, file)| file.is_some());
        problems.extend(given.map(|(key, _)| {
            format!(
                "{SECTION}.{key}: is given, but {SECTION}.protocol is `{}`, which does not \
                 encrypt; say `tls` or `sasl_tls` there, or remove this",
                security.protocol
            )
        }));
        return;
    }
    let needs = [
        ("certificate_file", &security.certificate_file, "key_file", &security.key_file),
        ("key_file", &security.key_file, "certificate_file", &security.certificate_file),
        ("key_password_file", &security.key_password_file, "key_file", &security.key_file),
    ];
    for (key, file, other, missing) in needs {
        if file.is_some() && missing.is_none() {
            problems.push(format!(
                "{SECTION}.{other}: is missing; {SECTION}.{key} is given and is of no use alone"
            ));
        }
    }
}

fn check_sasl(security: &SecuritySettings, problems: &mut Vec<String>) {
    let sasl = &security.sasl;
    if !security.protocol.has_sasl() {
        let mechanism = ("mechanism", sasl.mechanism.is_some());
        let all = [mechanism].into_iter().chain(given(sasl));
        problems.extend(all.filter(|(_, is_given)| *is_given).map(|(key, _)| {
            let better = if security.protocol == Protocol::Tls { "sasl_tls" } else { "sasl_…" };
            format!(
                "{SECTION}.sasl.{key}: is given, but {SECTION}.protocol is `{}`, which does not \
                 use it; say `{better}` there, or remove this",
                security.protocol
            )
        }));
        return;
    }
    let Some(mechanism) = sasl.mechanism else {
        problems.push(format!(
            "{SECTION}.sasl.mechanism: is missing; the protocol `{}` needs one of PLAIN, \
             SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER",
            security.protocol
        ));
        return;
    };
    let needed: &[&str] = match mechanism {
        Mechanism::OauthBearer => &["token_file"],
        Mechanism::Plain | Mechanism::ScramSha256 | Mechanism::ScramSha512 => {
            &["username", "password_file"]
        }
    };
    for (key, is_given) in given(sasl) {
        // One of the two is needed, which is looked at with the secret itself.
        let counted = if key == "password" { "password_file" } else { key };
        let is_needed = needed.contains(&counted);
        if is_given && !is_needed {
            problems.push(format!(
                "{SECTION}.sasl.{key}: {mechanism} does not use it; remove it, or choose another \
                 {SECTION}.sasl.mechanism"
            ));
        }
        if is_needed && !is_given && counted != "password_file" {
            problems.push(format!("{SECTION}.sasl.{key}: is missing; {mechanism} needs it"));
        }
    }
    if needed.contains(&"password_file") && sasl.password.is_none() && sasl.password_file.is_none()
    {
        problems.push(format!(
            "{SECTION}.sasl.password_file: is missing; name the file that holds the password, or \
             set {}",
            variable(&format!("{SECTION}.sasl.password"))
        ));
    }
}

/// What a mechanism may need, and whether it is there.
fn given(sasl: &SaslSettings) -> [(&'static str, bool); 4] {
    [
        ("username", sasl.username.is_some()),
        ("password_file", sasl.password_file.is_some()),
        ("password", sasl.password.is_some()),
        ("token_file", sasl.token_file.is_some()),
    ]
}

fn check_password(sasl: &SaslSettings, origins: &Origins, problems: &mut Vec<String>) {
    let key = format!("{SECTION}.sasl.password");
    if sasl.password.is_some() && sasl.password_file.is_some() {
        problems.push(format!("{key}: `password_file` is given too; keep one"));
    }
    if sasl.password.is_some() && origins.find(&key) == Origin::File {
        problems.push(format!(
            "{key}: a secret does not belong in this file; put it in a file of its own and name \
             that in `password_file`, or set {}",
            variable(&key)
        ));
    }
}

/// What can be meant, but is dangerous.
pub(in crate::config) fn doubts(kafka: &KafkaSettings) -> Vec<String> {
    let mut doubts = Vec::new();
    let said = |property: &str| kafka.properties.get(property).map(|value| value.to_lowercase());
    let is_open = kafka.security.protocol == Protocol::SaslPlaintext
        || said("security.protocol").as_deref() == Some("sasl_plaintext");
    let far: Vec<_> = kafka.brokers.split(',').map(str::trim).filter(|b| !is_near(b)).collect();
    if is_open && !far.is_empty() {
        let exposed = match kafka.security.sasl.mechanism {
            Some(Mechanism::Plain) => "the password",
            Some(Mechanism::OauthBearer) => "the token",
            _ => "every event about every person",
        };
        doubts.push(format!(
            "{SECTION}.protocol: `sasl_plaintext` sends {exposed} over the network to {} for \
             anybody to read; let the brokers offer TLS and say `sasl_tls`",
            far.join(", ")
        ));
    }
    if said("enable.ssl.certificate.verification").as_deref() == Some("false") {
        doubts.push(format!(
            "kafka.properties.enable.ssl.certificate.verification: is off, so anybody on the way \
             can pass for Kafka; name the authority of the brokers in {SECTION}.ca_file instead"
        ));
    }
    doubts
}

/// Whether nothing leaves this machine on the way to the broker.
fn is_near(broker: &str) -> bool {
    let host = broker.rsplit_once(':').map_or(broker, |(host, _)| host);
    let host = host.rsplit_once("://").map_or(host, |(_, host)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
