use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use insta::assert_snapshot;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::trouble::Refusal;
use super::{client, credentials, reader, reserved, shard_group};
use crate::config::SecuritySettings;
use crate::config::kafka::{KafkaSettings, Topics};
use crate::config::security::{Mechanism, Protocol, SaslSettings};
use crate::model::ShardNumber;
use crate::observe::chain;

fn kafka_with(properties: &[(&str, &str)]) -> KafkaSettings {
    KafkaSettings {
        brokers: "kafka:9092".to_owned(),
        group: "usher".to_owned(),
        instance_id: None,
        topics: Topics::default(),
        security: SecuritySettings::default(),
        properties: properties
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
    }
}

#[test]
fn properties_reach_every_client() {
    let kafka = kafka_with(&[("security.protocol", "SASL_SSL")]);
    assert_eq!(client(&kafka).unwrap().get("security.protocol"), Some("SASL_SSL"));
    assert_eq!(reader(&kafka, "g").unwrap().get("security.protocol"), Some("SASL_SSL"));
}

#[test]
fn what_the_promises_rest_on_cannot_be_changed() {
    let kafka = kafka_with(&[("isolation.level", "read_uncommitted"), ("sasl.mechanism", "PLAIN")]);
    assert_eq!(reader(&kafka, "g").unwrap().get("isolation.level"), Some("read_committed"));
    let refused: Vec<_> = reserved(&kafka).iter().map(|(name, _)| *name).collect();
    assert_eq!(refused, ["isolation.level"]);
}

#[test]
fn a_shard_has_a_group_of_its_own_for_lag_tools() {
    assert_eq!(shard_group(&kafka_with(&[]), ShardNumber(3)), "usher-shard-3");
}

/// A file of this test's own.
fn file(name: &str, content: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("usher-{}-{name}", std::process::id()));
    fs::write(&path, content).unwrap();
    path
}

fn scram(password_file: &Path) -> SecuritySettings {
    SecuritySettings {
        protocol: Protocol::SaslTls,
        sasl: SaslSettings {
            mechanism: Some(Mechanism::ScramSha512),
            username: Some("usher".to_owned()),
            password_file: Some(password_file.to_owned()),
            ..SaslSettings::default()
        },
        ..SecuritySettings::default()
    }
}

#[test]
fn a_password_is_the_line_in_its_file_and_is_not_shown() {
    let mut kafka = kafka_with(&[]);
    kafka.security = scram(&file("password", "hunter2\n"));
    let config = client(&kafka).unwrap();
    assert_eq!(config.get("sasl.password"), Some("hunter2"));
    assert_eq!(config.get("security.protocol"), Some("sasl_ssl"));
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_file_that_is_missing_or_empty_is_named_with_its_key() {
    let said = |security: &SecuritySettings| {
        chain(&credentials::check(security).unwrap_err())
            .replace(&*std::env::temp_dir().to_string_lossy(), "")
    };
    assert_snapshot!(said(&scram(Path::new("/nowhere"))), @"could not read /nowhere, which kafka.security.sasl.password_file names: No such file or directory (os error 2)");
    let empty = file("empty", "\n");
    let text = said(&scram(&empty));
    assert!(
        text.ends_with(
            "which kafka.security.sasl.password_file names, is empty; put the secret into it"
        ),
        "{text}"
    );
    let ca_file = Some(file("no.pem", "no certificate"));
    let text =
        said(&SecuritySettings { protocol: Protocol::Tls, ca_file, ..SecuritySettings::default() });
    assert!(
        text.ends_with("which kafka.security.ca_file names, holds no certificate in PEM form"),
        "{text}"
    );
}

#[test]
fn a_token_tells_its_own_end_and_whose_it_is() {
    let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"usher-sa","exp":1893456000.5}"#);
    let mut security = scram(Path::new("unused"));
    security.sasl.mechanism = Some(Mechanism::OauthBearer);
    security.sasl.token_file = Some(file("token", &format!("e30.{claims}.sig\n")));
    let token = credentials::token(&security).unwrap();
    assert_eq!(token.token, format!("e30.{claims}.sig"));
    assert_eq!((token.principal_name.as_str(), token.lifetime_ms), ("usher-sa", 1_893_456_000_500));

    security.sasl.token_file = Some(file("opaque", "hunter2"));
    let error = credentials::token(&security).err().unwrap();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn librdkafka_s_complaints_are_told_apart() {
    use RDKafkaErrorCode::{Authentication, BrokerTransportFailure, SSL};
    let of = |code, reason: &str| Refusal::of(&KafkaError::Global(code), reason);
    let broker = || "k:9093".to_owned();
    let refused = "sasl_ssl://k:9093/bootstrap: SASL authentication error: Authentication failed";
    assert_eq!(of(Authentication, refused), Some(Refusal::NotAuthenticated { broker: broker() }));
    let untrusted = "ssl://k:9093/1: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate could not be verified";
    assert_eq!(of(SSL, untrusted), Some(Refusal::BrokerNotTrusted { broker: broker() }));
    let plain = "ssl://k:9093/bootstrap: SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?";
    assert_eq!(of(BrokerTransportFailure, plain), Some(Refusal::NotTls { broker: broker() }));
    let away = "k:9093/bootstrap: Connect to ipv4#127.0.0.1:9093 failed: Connection refused";
    assert_eq!(of(BrokerTransportFailure, away), None);
    let closed = "[thrd:k:9093/bootstrap]: k:9093/bootstrap: Disconnected: connection closed by \
        peer: receive 0 after POLLIN (after 48ms in state APIVERSION_QUERY)";
    let wants_tls = Some(Refusal::WantsTls { broker: broker() });
    assert_eq!(of(BrokerTransportFailure, closed), wants_tls);
    let no_token = "Failed to acquire SASL OAUTHBEARER token: could not read /run/token";
    assert!(matches!(of(Authentication, no_token), Some(Refusal::NoToken { .. })));
    let none_yet = "sasl_ssl://k:9093/1: Failed to initialize SASL authentication: OAUTHBEARER cannot \
        log in because there is no token available; last error: (not available)";
    assert!(matches!(of(Authentication, none_yet), Some(Refusal::NoToken { .. })));
    // A broker that ends while it is asked which mechanisms it takes has refused nobody.
    for end in ["Broker transport failure", "Timed out"] {
        let ended = format!(
            "sasl_ssl://k:9093/1: SASL OAUTHBEARER mechanism handshake failed: Local: {end}: \
             broker's supported mechanisms: (n/a) (after 0ms in state DOWN)"
        );
        assert_eq!(of(Authentication, &ended), None, "{ended}");
    }
}

#[test]
fn a_connection_given_up_while_a_coordinator_is_looked_for_is_no_warning() {
    use super::trouble::is_idle_talk;
    assert!(is_idle_talk(
        "GroupCoordinator: SASL authentication error: SaslAuthenticateRequest failed: \
         Local: Broker transport failure"
    ));
    assert!(is_idle_talk(
        "GroupCoordinator: SASL OAUTHBEARER mechanism handshake failed: Local: Broker transport \
         failure: broker's supported mechanisms: (n/a) (after 0ms in state DOWN)"
    ));
    assert!(!is_idle_talk(
        "sasl_ssl://kafka:9093/1: SASL authentication error: Authentication failed"
    ));
}
