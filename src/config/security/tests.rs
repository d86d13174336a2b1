use crate::config::load::{Loaded, parse};
use insta::assert_snapshot;
use std::path::Path;

fn load(security: &str, rest: &str, variables: &[(&str, &str)]) -> Result<Loaded, String> {
    let text = format!(
        "
kafka: {{ brokers: 'kafka-0.example:9093,localhost:9094', security: {security}, {rest} }}
tenants:
  - name: acme
    rules: [rules.yaml]
    sources: [{{ topic: hr, format: cloudevents, types: ['worker.*'] }}]
    targets: [{{ name: main, url: 'https://example.com/v2', token_file: token, mode: observe }}]
"
    );
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    parse(Path::new("etc/usher.yaml"), &text, variables).map_err(|error| error.to_string())
}

fn refusal(security: &str, rest: &str, variables: &[(&str, &str)]) -> String {
    load(security, rest, variables).expect_err("should be refused")
}

const SCRAM: &str = "{ protocol: sasl_tls, ca_file: ca.pem, \
    sasl: { mechanism: SCRAM-SHA-512, username: usher, password_file: password } }";

#[test]
fn what_is_said_reaches_librdkafka_by_its_own_names() {
    let properties =
        |security: &str| load(security, "", &[]).unwrap().kafka().security.properties();
    let shown = |security: &str| {
        let lines = properties(security).into_iter().map(|(name, value)| format!("{name}={value}"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(shown(SCRAM), @r"
    security.protocol=sasl_ssl
    ssl.ca.location=etc/ca.pem
    sasl.mechanism=SCRAM-SHA-512
    sasl.username=usher
    ");
    assert_snapshot!(shown("{ protocol: tls, certificate_file: /c.pem, key_file: /k.pem }"), @r"
    security.protocol=ssl
    ssl.ca.location=probe
    ssl.certificate.location=/c.pem
    ssl.key.location=/k.pem
    ");
    assert_eq!(shown("{}"), "");
}

#[test]
fn what_contradicts_itself_is_refused_with_the_cure() {
    assert_snapshot!(refusal("{ protocol: ssl }", "", &[]), @r"
    could not use the configuration in etc/usher.yaml:
      kafka.security.protocol: unknown variant `ssl`, expected one of `plaintext`, `tls`, `sasl_plaintext`, `sasl_tls`
    ");
    assert_snapshot!(refusal("{ protocol: sasl_tls, sasl: { mechanism: SCRAM } }", "", &[]), @r"
    could not use the configuration in etc/usher.yaml:
      kafka.security.sasl.mechanism: unknown variant `SCRAM`, expected one of `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, `OAUTHBEARER`
    ");
    assert_snapshot!(refusal("{ ca_file: ca, sasl: { username: u, mechanism: PLAIN } }", "", &[]), @r"
    could not use the configuration in etc/usher.yaml:
      kafka.security.ca_file: is given, but kafka.security.protocol is `plaintext`, which does not encrypt; say `tls` or `sasl_tls` there, or remove this
      kafka.security.sasl.mechanism: is given, but kafka.security.protocol is `plaintext`, which does not use it; say `sasl_…` there, or remove this
      kafka.security.sasl.username: is given, but kafka.security.protocol is `plaintext`, which does not use it; say `sasl_…` there, or remove this
    ");
    assert_snapshot!(refusal("{ protocol: tls, certificate_file: c, key_password_file: p }", "", &[]), @r"
    could not use the configuration in etc/usher.yaml:
      kafka.security.key_file: is missing; kafka.security.certificate_file is given and is of no use alone
      kafka.security.key_file: is missing; kafka.security.key_password_file is given and is of no use alone
    ");
    assert_snapshot!(refusal("{ protocol: sasl_tls }", "", &[]), @r"
    could not use the configuration in etc/usher.yaml:
      kafka.security.sasl.mechanism: is missing; the protocol `sasl_tls` needs one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER
    ");
    assert_snapshot!(refusal("{ protocol: sasl_tls, sasl: { mechanism: PLAIN, token_file: t } }", "", &[]), @r"
    could not use the configuration in etc/usher.yaml:
      kafka.security.sasl.username: is missing; PLAIN needs it
      kafka.security.sasl.token_file: PLAIN does not use it; remove it, or choose another kafka.security.sasl.mechanism
      kafka.security.sasl.password_file: is missing; name the file that holds the password, or set USHER__KAFKA__SECURITY__SASL__PASSWORD
    ");
    assert_snapshot!(
        refusal("{ protocol: sasl_tls, sasl: { mechanism: OAUTHBEARER, username: u, password_file: p } }", "", &[]),
        @r"
    could not use the configuration in etc/usher.yaml:
      kafka.security.sasl.username: OAUTHBEARER does not use it; remove it, or choose another kafka.security.sasl.mechanism
      kafka.security.sasl.password_file: OAUTHBEARER does not use it; remove it, or choose another kafka.security.sasl.mechanism
      kafka.security.sasl.token_file: is missing; OAUTHBEARER needs it
    "
    );
}

#[test]
fn two_places_for_one_thing_are_both_named() {
    let properties = "properties: { security.protocol: sasl_ssl, ssl.ca.location: ca.pem }";
    assert_snapshot!(refusal(SCRAM, properties, &[]), @r"
    could not use the configuration in etc/usher.yaml:
      kafka.properties.security.protocol: contradicts the section kafka.security, which is given too; say it there, as kafka.security.protocol, and remove this
      kafka.properties.ssl.ca.location: contradicts the section kafka.security, which is given too; say it there, as kafka.security.ca_file, and remove this
    ");
    // What the section does not speak of stays open to all, and so does everything without it.
    let other = "properties: { ssl.cipher.suites: x }";
    assert!(load(SCRAM, other, &[]).is_ok());
    assert!(load("{}", properties, &[]).is_ok());
}

#[test]
fn a_password_stands_in_no_configuration_and_is_never_shown() {
    let variable = ("USHER__KAFKA__SECURITY__SASL__PASSWORD", "hunter2");
    let open = SCRAM.replace("password_file: password", "password: hunter2");
    let said = refusal(&open, "", &[]);
    assert!(!said.contains("hunter2"));
    assert_snapshot!(said, @r"
    could not use the configuration in etc/usher.yaml:
      kafka.security.sasl.password: a secret does not belong in this file; put it in a file of its own and name that in `password_file`, or set USHER__KAFKA__SECURITY__SASL__PASSWORD
    ");
    assert_snapshot!(refusal(SCRAM, "", &[variable]), @r"
    could not use the configuration in etc/usher.yaml:
      kafka.security.sasl.password: `password_file` is given too; keep one
    ");

    let without = SCRAM.replace(", password_file: password", "");
    let loaded = load(&without, "", &[variable]).unwrap();
    let kafka = loaded.kafka();
    let shown = [
        loaded.show(),
        format!("{loaded:?}"),
        format!("{kafka:?}"),
        serde_json::to_string(&kafka).unwrap(),
    ];
    for text in shown {
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("SCRAM-SHA-512") || text.contains("ScramSha512"), "{text}");
    }
}

#[test]
fn sasl_in_the_clear_is_doubted_unless_it_stays_on_this_machine() {
    let plain = "{ protocol: sasl_plaintext, \
        sasl: { mechanism: PLAIN, username: usher, password_file: password } }";
    let mut kafka = load(plain, "", &[]).unwrap().kafka();
    assert_snapshot!(kafka.doubts().join("\n"), @"kafka.security.protocol: `sasl_plaintext` sends the password over the network to kafka-0.example:9093 for anybody to read; let the brokers offer TLS and say `sasl_tls`");
    kafka.brokers = "localhost:9092, 127.0.0.1:9093,[::1]:9094".to_owned();
    assert_eq!(kafka.doubts(), Vec::<String>::new());
    assert_eq!(load(SCRAM, "", &[]).unwrap().kafka().doubts(), Vec::<String>::new());
}
