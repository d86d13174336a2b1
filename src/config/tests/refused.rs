//! What is refused, as an operator sees it.

use super::{FILE, changed, load};
use crate::config::load_with;
use insta::assert_snapshot;
use std::path::Path;

/// The error as an operator sees it.
fn refusal(text: &str, variables: &[(&str, &str)]) -> String {
    load(text, variables).expect_err("should be refused").to_string()
}

#[test]
fn an_unknown_key_is_refused_with_its_path_and_what_is_allowed() {
    assert_snapshot!(refusal(&changed("brokers:", "broker:"), &[]), @r"
    could not use the configuration in etc/usher.yaml:
      kafka: unknown field `broker`, expected one of `brokers`, `group`, `instance_id`, `topics`, `security`, `properties`
    ");
    assert_snapshot!(refusal(&changed("mode:", "dry_run: true, mode:"), &[]), @r#"
    could not use the configuration in etc/usher.yaml:
      tenants[0].targets[0]: unknown field `dry_run`, expected one of `name`, `formerly`, `url`, `token_file`, `token`, `token_name`, `token_expires`, `ca_file`, `dialect`, `mode`, `restricting_groups`, `attribute_limits`, `concurrency`, `calls_per_second`, `quota`, `create_groups`, `limits`, `policies`, `inventory`, `external_id`, `everybody`, `seats`, `proxy`, `request_timeout`
    "#);
    assert_snapshot!(refusal(&changed("topic: hr,", "topic: hr, frame: none,"), &[]), @r#"
    could not use the configuration in etc/usher.yaml:
      tenants[0].sources[0]: unknown field `frame`, expected one of `topic`, `format`, `mapping`, `framing`, `types`, `time_zone`, `edges`, `placeholders`, `transmitters`
    "#);
    assert_snapshot!(refusal(FILE, &[("USHER__KAFKA__BROKER", "x")]), @r"
    could not use the configuration in etc/usher.yaml:
      kafka: unknown field `broker`, expected one of `brokers`, `group`, `instance_id`, `topics`, `security`, `properties` (from USHER__KAFKA__BROKER)
    ");
}

#[test]
fn a_missing_key_is_named() {
    assert_snapshot!(refusal(&changed(", mode: observe", ""), &[]), @r#"
    could not use the configuration in etc/usher.yaml:
      tenants[0].targets[0].mode: is missing; it has no default
    "#);
    assert_snapshot!(refusal("tenants: []", &[]), @r#"
    could not use the configuration in etc/usher.yaml:
      kafka: is missing; it has no default
    "#);
}

#[test]
fn a_wrong_value_is_refused_with_what_is_allowed() {
    assert_snapshot!(refusal(&changed("observe", "obey"), &[]), @r#"
    could not use the configuration in etc/usher.yaml:
      tenants[0].targets[0].mode: unknown variant `obey`, expected `observe` or `enforce`
    "#);
    assert_snapshot!(refusal(&changed("worker.*", "workers.*"), &[]), @r#"
    could not use the configuration in etc/usher.yaml:
      tenants[0].sources[0]: `workers.*` matches no event type; write `*`, a prefix such as `worker.*`, or one of: worker.hired, worker.hire.cancelled, worker.rehired, worker.rehire.cancelled, worker.terminated, worker.termination.cancelled, worker.access.revoked, worker.transferred, worker.converted, worker.updated, worker.leave.started, worker.leave.ended, worker.legalhold.changed, risk.raised, risk.cleared, credential.compromised, credential.changed, assurance.changed, session.revoked, device.compromised, device.compliance.changed, account.disabled, account.enabled, account.purged, identifier.changed, account.orphaned, account.left_active, account.cleared, account.missing, account.drifted, access.requested, access.changed, access.withdrawn, deletion.requested, membership.requested, membership.withdrawn
    "#);
    assert_snapshot!(refusal(FILE, &[("USHER__ENGINE__RETRY_MAX", "30")]), @r#"
    could not use the configuration in etc/usher.yaml:
      engine.retry_max: `30` is not a length of time; write a number and a unit, like `200ms`, `30s`, `5m`, `24h` or `30d` (from USHER__ENGINE__RETRY_MAX)
    "#);
    assert_snapshot!(refusal(FILE, &[("USHER__HTTP__LISTEN", "9464")]), @r#"
    could not use the configuration in etc/usher.yaml:
      http.listen: `9464` is not an address; write an address and a port, like `127.0.0.1:9464` or `[::]:9464` (from USHER__HTTP__LISTEN)
    "#);
    assert_snapshot!(refusal(FILE, &[("USHER__LOG__FORMAT", "xml")]), @r#"
    could not use the configuration in etc/usher.yaml:
      log.format: unknown variant `xml`, expected `json` or `text` (from USHER__LOG__FORMAT)
    "#);
    assert_snapshot!(refusal(FILE, &[("USHER__TENANTS__4000000000__NAME", "x")]), @r#"
    could not use the configuration in etc/usher.yaml:
      USHER__TENANTS__4000000000__NAME: a list has at most 999 places
    "#);
}

#[test]
fn a_zone_or_an_edge_that_nobody_knows_is_refused() {
    let in_source = |text: &str| changed("topic: hr,", &format!("topic: hr, {text},"));
    assert_snapshot!(refusal(&changed("rules:", "time_zone: Berlin\n    rules:"), &[]), @r"
    could not use the configuration in etc/usher.yaml:
      tenants[0].time_zone: `time_zone` names no time zone: `Berlin`; write an IANA name such as Europe/Berlin, not an abbreviation, an offset or a name from Windows
    ");
    assert_snapshot!(refusal(&in_source("time_zone: W. Europe Standard Time"), &[]), @r"
    could not use the configuration in etc/usher.yaml:
      tenants[0].sources[0]: `time_zone` names no time zone: `W. Europe Standard Time`; write an IANA name such as Europe/Berlin, not an abbreviation, an offset or a name from Windows
    ");
    assert_snapshot!(refusal(&in_source("edges: { worker.fired: end_of_day }"), &[]), @r"
    could not use the configuration in etc/usher.yaml:
      tenants[0].sources[0]: `edges` names the event type `worker.fired`, which does not exist; there are: worker.hired, worker.hire.cancelled, worker.rehired, worker.rehire.cancelled, worker.terminated, worker.termination.cancelled, worker.access.revoked, worker.transferred, worker.converted, worker.updated, worker.leave.started, worker.leave.ended, worker.legalhold.changed, risk.raised, risk.cleared, credential.compromised, credential.changed, assurance.changed, session.revoked, device.compromised, device.compliance.changed, account.disabled, account.enabled, account.purged, identifier.changed, account.orphaned, account.left_active, account.cleared, account.missing, account.drifted, access.requested, access.changed, access.withdrawn, deletion.requested, membership.requested, membership.withdrawn
    ");
    assert_snapshot!(refusal(&in_source("edges: { worker.terminated: noon }"), &[]), @r"
    could not use the configuration in etc/usher.yaml:
      tenants[0].sources[0]: `edges` says `noon` of `worker.terminated`; write `start_of_day` or `end_of_day`
    ");
    let variables = [("USHER__TENANTS__0__TIME_ZONE", "Mars/Base")];
    assert_snapshot!(refusal(FILE, &variables), @r"
    could not use the configuration in etc/usher.yaml:
      tenants[0].time_zone: `time_zone` names no time zone: `Mars/Base`; write an IANA name such as Europe/Berlin, not an abbreviation, an offset or a name from Windows (from USHER__TENANTS__0__TIME_ZONE)
    ");
}

#[test]
fn a_structure_where_a_word_belongs_is_refused() {
    assert_snapshot!(refusal(&changed("brokers: 'localhost:9092'", "brokers: [a, b]"), &[]), @r#"
    could not use the configuration in etc/usher.yaml:
      kafka.brokers: is a sequence, not a string
    "#);
    assert_snapshot!(refusal(&changed("rules: [rules.yaml]", "rules: rules.yaml"), &[]), @r#"
    could not use the configuration in etc/usher.yaml:
      tenants[0].rules: invalid type: string "rules.yaml", expected a sequence
    "#);
}

#[test]
fn broken_yaml_is_refused_with_its_place() {
    assert_snapshot!(refusal("kafka: {\nbrokers: [", &[]), @r#"
    could not use the configuration in etc/usher.yaml:
      invalid indentation at byte 9 line 2 column 1
    "#);
}

#[test]
fn all_contradictions_are_told_at_once() {
    let file = "
kafka:
  brokers: ''
  topics: { audit: usher.people }
  properties: { group.id: mine, sasl.password: hunter2 }
log: { level: 'usher=loud' }
engine: { late_window: 15s, retry_first: 1m }
telemetry: { otlp_endpoint: 'grpc://localhost:4317' }
tenants:
  - name: Acme
    rules: []
    sources: [{ topic: hr, format: cloudevents, types: ['*'] }]
    targets:
      - { name: main, url: 'https://me:hunter2@a.example', mode: observe, token: hunter2 }
      - { name: main, url: 'https://a.example', mode: observe, calls_per_second: 0 }
  - name: Acme
    rules: [rules.yaml]
    sources: [{ topic: hr, format: cloudevents, types: ['*'] }]
    targets: []
";
    let refusal = refusal(file, &[]);
    assert!(!refusal.contains("hunter2"));
    assert_snapshot!(refusal, @r#"
    could not use the configuration in etc/usher.yaml:
      kafka.brokers: is empty; give it a value
      kafka.properties.group.id: usher sets it itself; remove it
      kafka.properties.sasl.password: a secret does not belong in this file; set USHER__KAFKA__PROPERTIES__SASL_PASSWORD
      log.level: `usher=loud` is not a level; write `info`, or by room `info,usher::scim=debug`
      telemetry.otlp_endpoint: begins with grpc:, not with https:
      engine.retry_first: 1m is longer than engine.retry_max, 30s; make it shorter
      tenants[0].name: `Acme` is not a name; use 1 to 63 of a-z, 0-9 and `-`
      tenants[0].rules: is empty; name a rule file
      tenants[0].targets[1].name: `main` is also the name of targets[0]; names are unique within a tenant
      tenants[0].targets[0].url: holds a user name or password; take it out of the address
      tenants[0].targets[0].request_timeout: 10s is more than half of engine.late_window, 15s; a call that timed out may still land, so shorten the one or lengthen the other
      tenants[0].targets[0].token: a secret does not belong in this file; put it in a file of its own and name that in `token_file`, or set USHER__TENANTS__0__TARGETS__0__TOKEN
      tenants[0].targets[1].calls_per_second: 0 is not above 0 and at most 10000
      tenants[0].targets[1].request_timeout: 10s is more than half of engine.late_window, 15s; a call that timed out may still land, so shorten the one or lengthen the other
      tenants[0].targets[1].token_file: is missing; name the file that holds the bearer token, or set USHER__TENANTS__0__TARGETS__1__TOKEN
      tenants[1].name: `Acme` is not a name; use 1 to 63 of a-z, 0-9 and `-`
      tenants[1].name: `Acme` is also the name of tenants[0]; names are unique
      tenants[1].targets: is empty; name a SCIM provider
      kafka.topics.audit: `usher.people` is taken by kafka.topics.people; usher's topics differ
      tenants[1].sources[0].topic: `hr` is taken by tenants[0].sources[0].topic; a topic belongs to one tenant, once
    "#);
}

#[test]
fn a_token_may_come_from_the_environment_but_not_twice() {
    let variables = [("USHER__TENANTS__0__TARGETS__0__TOKEN", "hunter2")];
    assert!(load(&changed("token_file: token, ", ""), &variables).is_ok());
    assert_snapshot!(refusal(FILE, &variables), @r#"
    could not use the configuration in etc/usher.yaml:
      tenants[0].targets[0]: both `token` and `token_file` are given; keep one
    "#);
}

#[test]
fn pages_are_not_served_to_others_without_tls() {
    let serve = |text: &str| format!("serve: {text}{FILE}");
    assert_snapshot!(refusal(&serve("{ listen: '0.0.0.0:80' }"), &[]), @r"
    could not use the configuration in etc/usher.yaml:
      serve.listen: 0.0.0.0:80 can be reached from outside, and tokens would cross the network unencrypted; end TLS before it and say so by `serve.public_url: https://…`, or listen on 127.0.0.1
    ");
    assert_snapshot!(refusal(&serve("{ public_url: 'https://example.com/a?b' }"), &[]), @r"
    could not use the configuration in etc/usher.yaml:
      serve.public_url: is no address of pages; write it as https://usher.example.com/ or https://example.com/usher/
    ");
    let behind = serve("{ listen: '[::]:80', public_url: 'https://example.com/usher/' }");
    assert_eq!(load(&behind, &[]).unwrap().settings.serve.base_path(), "/usher");
    assert!(load(&serve("{ listen: '[::ffff:127.0.0.1]:80' }"), &[]).is_ok());
}

#[test]
fn a_missing_file_is_an_error_that_names_it() {
    let error = load_with(Path::new("nowhere.yaml"), []).unwrap_err();
    assert_snapshot!(error, @r#"could not read the configuration file nowhere.yaml"#);
}

#[test]
fn an_approval_takes_one_operator_at_least() {
    let none = refusal(&format!("{FILE}approvals: {{ deletion: 0 }}\n"), &[]);
    assert!(none.contains("approvals.deletion"), "{none}");
}
