//! What is refused of `receive`, as an operator sees it, and what is doubted.

use crate::config::load_with;
use crate::config::receive::signature::{Piece, Scheme};
use crate::config::receive::{Proof, Takes};
use crate::config::{Error, Loaded};
use std::sync::atomic::{AtomicU32, Ordering};

const DOOR: &str = "{ path: /hr, topic: hr, source: urn:hr, takes: cloudevents, proof: { bearer: { tokens_file: t } } }";

/// A configuration with this section `receive`.
fn load(receive: &str) -> Result<Loaded, Error> {
    load_with_target(receive, "")
}

/// The same, with more of its one target.
fn load_with_target(receive: &str, more: &str) -> Result<Loaded, Error> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let file =
        std::env::temp_dir().join(format!("usher-doors-{}-{number}.yaml", std::process::id()));
    let text = format!(
        "
kafka: {{ brokers: 'localhost:9092' }}
receive: {receive}
tenants:
  - name: acme
    rules: [rules.yaml]
    sources: [{{ topic: hr, format: cloudevents, types: ['worker.*'] }}]
    targets: [{{ name: main, url: 'https://example.com/v2', token_file: token, mode: observe{more} }}]
"
    );
    std::fs::write(&file, text).unwrap();
    let loaded = load_with(&file, []);
    std::fs::remove_file(&file).unwrap();
    loaded
}

fn of_one(door: &str) -> Result<Loaded, Error> {
    load(&format!("{{ doors: [{door}] }}"))
}

/// The door above with one thing changed.
fn changed(from: &str, to: &str) -> String {
    assert!(DOOR.contains(from), "nothing to change: {from}");
    DOOR.replacen(from, to, 1)
}

#[test]
fn a_door_is_read_with_its_defaults() {
    let receive = of_one(DOOR).unwrap().settings.receive;
    assert_eq!(receive.listen.to_string(), "127.0.0.1:9481");
    let door = &receive.doors[0];
    assert_eq!((door.takes, door.per_second.get(), door.key.len()), (Takes::Cloudevents, 50, 0));
    let loaded =
        of_one(&changed("takes: cloudevents", "takes: { data: worker.terminated }")).unwrap();
    let shown = serde_json::to_value(loaded.settings.receive.doors[0].takes).unwrap();
    assert_eq!(shown, serde_json::json!({ "data": "worker.terminated" }));
    assert!(loaded.settings.doubts_of_doors().is_empty());
}

#[test]
fn a_way_of_signing_is_read_piece_by_piece() {
    let general = "{ general: { header: x-sign, prefix: 'sha256=', encoding: hex, hash: sha256, \
                   time_header: x-time, signed: [time, { text: '.' }, body_hash] } }";
    let proof = format!("proof: {{ signature: {{ secrets_file: s, scheme: {general} }} }}");
    let door = changed("proof: { bearer: { tokens_file: t } }", &proof);
    let receive = of_one(&door).unwrap().settings.receive;
    let Proof::Signature(signature) = &receive.doors[0].proof else { panic!("another proof") };
    let Scheme::General(general) = &signature.scheme else { panic!("another scheme") };
    assert_eq!(general.signed, [Piece::Time, Piece::Text(".".to_owned()), Piece::BodyHash]);
    assert_eq!(signature.max_age.as_mins(), 5);
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_cure() {
    let signature = |scheme: &str| {
        let proof = format!("proof: {{ signature: {{ secrets_file: s, scheme: {scheme} }} }}");
        changed("proof: { bearer: { tokens_file: t } }", &proof)
    };
    let set = |rest: &str| {
        let proof = format!("proof: {{ set: {{ tokens_file: t, {rest} }} }}");
        changed("proof: { bearer: { tokens_file: t } }", &proof).replace("source: urn:hr, ", "")
    };
    let general = |rest: &str| {
        signature(&format!(
            "{{ general: {{ header: x-sign, encoding: hex, hash: sha256, {rest} }} }}"
        ))
    };
    let in_doors = [
        (changed("/hr", "hr"), "is no path of a door"),
        (changed("/hr", "/hr/"), "is no path of a door"),
        (changed("/hr", "/HR"), "is no path of a door"),
        (changed("topic: hr", "topic: usher.control"), "is kafka.topics.control"),
        (changed("topic: hr", "topic: ' '"), "is empty; name a topic"),
        (
            changed("source: urn:hr, takes: cloudevents", "takes: { data: worker.hired }"),
            "need one",
        ),
        (changed("takes: cloudevents", "takes: { data: worker.fired }"), "is no event type"),
        (changed("takes: cloudevents", "takes: json"), "says nothing where `takes` is `json`"),
        (changed("source: urn:hr", "source: ''"), "is empty or too long"),
        (changed("takes:", "key: [worker.id], takes:"), "is no JSON pointer"),
        (changed("takes:", "per_second: 0, takes:"), "expected a nonzero u32"),
        (changed("bearer:", "password:"), "unknown variant `password`"),
        (changed(", proof: { bearer: { tokens_file: t } }", ""), "missing"),
        (changed("takes: cloudevents", "takes: set").replace("source: urn:hr, ", ""), "goes with"),
        (set("issuer: 'https://idp.example.com', audience: [usher]"), "goes with"),
        (
            set("issuer: '', audience: [usher]").replace("cloudevents", "set"),
            "set.issuer: is empty",
        ),
        (set("issuer: i, audience: []").replace("cloudevents", "set"), "for others would be taken"),
        (
            set("issuer: i, audience: [usher]").replace("cloudevents", "set"),
            "say `format: set` there",
        ),
        (signature("okta"), "unknown variant `okta`"),
        (general("signed: []"), "any body would fit"),
        (general("signed: [time, body]"), "time_header: is not said"),
        (general("time_header: x-time, signed: [body]"), "is not signed"),
        (general("id_header: 'x id', signed: [id, body]"), "is no name of a header"),
        (format!("{DOOR}, {DOOR}"), "is also that of receive.doors[0]; each door has its own"),
        (
            format!("{DOOR}, {}", signature("gusto").replace("/hr", "/gusto")),
            "holds what is trusted alike",
        ),
    ];
    for (door, told) in in_doors {
        let error = of_one(&door).expect_err(&door).to_string();
        assert!(error.contains(told) && error.contains("receive"), "{door}\n{error}");
    }
}

#[test]
fn a_process_that_cannot_be_meant_is_refused_with_the_cure() {
    let in_section = [
        ("{ listen: '0.0.0.0:9481' }", "can be reached from outside"),
        (
            "{ listen: '0.0.0.0:9481', public_url: 'http://example.com' }",
            "can be reached from outside",
        ),
        ("{ public_url: 'ftp://example.com' }", "begins with ftp:"),
        ("{ within: 5m }", "is more than 30s"),
        ("{ body_bytes_max: 999999999 }", "is more than"),
        ("{ doors: [], ports: [] }", "unknown field `ports`"),
    ];
    for (section, told) in in_section {
        let error = load(section).expect_err(section).to_string();
        assert!(error.contains(told), "{section}\n{error}");
    }
    assert!(load("{ listen: '0.0.0.0:9481', public_url: 'https://in.example.com' }").is_ok());
}

#[test]
fn reads_are_passed_on_to_an_address_that_keeps_the_token() {
    for (url, told) in [
        ("http://usher-serve:9480", "receive.reads_at: is http"),
        ("ftp://usher.example.com", "receive.reads_at: begins with ftp:"),
        ("https://a:b@usher.example.com", "receive.reads_at: holds a user name"),
    ] {
        let error = load(&format!("{{ reads_at: '{url}' }}")).expect_err(url).to_string();
        assert!(error.contains(told), "{error}");
    }
    assert!(load("{ reads_at: 'http://127.0.0.1:9480' }").is_ok());
    let client = "{ name: portal, tenant: acme, target: main, topic: asked, tokens_file: t, \
                  reads_token_file: r, may: [create] }";
    let error = load(&format!("{{ clients: [{client}] }}")).expect_err("no address").to_string();
    assert!(error.contains("reads_token_file: goes with `receive.reads_at`"), "{error}");
}

#[test]
fn a_door_whose_topic_nobody_reads_is_doubted() {
    let loaded = of_one(&changed("topic: hr", "topic: hr.webhooks")).unwrap();
    let doubts = loaded.settings.doubts_of_doors();
    assert_eq!(doubts.len(), 1);
    assert!(doubts[0].contains("no tenant's sources name `hr.webhooks`"), "{doubts:?}");
}

#[test]
fn the_sample_in_the_full_configuration_can_be_taken() {
    let full = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/full.yaml");
    let text = std::fs::read_to_string(full).unwrap();
    let sample = text.split("  doors: []\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let lines = sample.lines().map(|line| line.strip_prefix("  #").unwrap());
    let doors = lines.collect::<Vec<_>>().join("\n");
    let receive = load(&format!("\n  doors:\n{doors}")).unwrap().settings.receive;
    let paths: Vec<_> = receive.doors.iter().map(|door| door.path.as_str()).collect();
    assert_eq!(paths, ["/hr", "/bamboohr", "/okta"]);
}

#[test]
fn a_poll_shows_in_one_way_who_asks() {
    let of = |rest: &str| {
        load(&format!(
            "{{ polls: [{{ name: okta, endpoint: 'https://idp.example.com/poll', topic: polled, issuer: i, \
             audience: [a]{rest} }}] }}"
        ))
    };
    let grant = |endpoint: &str| {
        format!(
            ", grant: {{ token_endpoint: '{endpoint}', client_id: usher, client_secret_file: s }}"
        )
    };
    let good = grant("https://idp.example.com/token");
    assert!(of(&good).is_ok() && of(", token_file: t").is_ok());
    for (rest, told) in [
        (String::new(), "neither `token_file` nor `grant`"),
        (format!(", token_file: t{good}"), "both `token_file` and `grant`"),
        (grant("http://idp.example.com/token"), "would cross the network unencrypted"),
        (good.replace("usher", "''"), "client_id: is empty"),
        (good.replace("client_secret_file", "client_secret"), "unknown field `client_secret`"),
    ] {
        let error = of(&rest).expect_err(&rest).to_string();
        assert!(error.contains(told) && error.contains("receive.polls[0]"), "{rest}\n{error}");
    }
}

/// Clients that may ask for groups.
fn of_client(may: &str, groups: &str, target: &str) -> Result<Loaded, Error> {
    let client = format!(
        "{{ name: portal, tenant: acme, target: main, topic: asked, tokens_file: t, may: [{may}], groups: [{groups}] }}"
    );
    load_with_target(&format!("{{ clients: [{client}] }}"), target)
}

#[test]
fn a_client_asks_for_no_group_that_takes_access_or_that_nobody_would_make() {
    let makes = ", create_groups: true, restricting_groups: [Quarantine]";
    assert!(of_client("join, create_group", "VPN, Crew", makes).is_ok());
    for (may, groups, target, told) in [
        ("create_group", "Crew", "", "`create_group` needs `create_groups: true`"),
        ("create_group", "", makes, "groups: goes with"),
        ("join", "Quarantine", makes, "`Quarantine` is one of the target's `restricting_groups`"),
    ] {
        let error = of_client(may, groups, target).expect_err(told).to_string();
        assert!(error.contains(told) && error.contains("receive.clients[0]"), "{error}");
    }
}
