//! The configuration, as it is read.

mod lists;
mod refused;
mod shown;
mod transmitters;

use crate::config::duration;
use crate::config::load::{Error, Loaded, parse};
use crate::model::EventKind;
use std::path::Path;

const FILE: &str = "
kafka: { brokers: 'localhost:9092' }
tenants:
  - name: acme
    rules: [rules.yaml]
    sources: [{ topic: hr, format: cloudevents, types: ['worker.*'] }]
    targets: [{ name: main, url: 'https://example.com/v2', token_file: token, mode: observe }]
";

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, Error> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    parse(Path::new("etc/usher.yaml"), text, variables)
}

/// `FILE` with one thing changed.
fn changed(from: &str, to: &str) -> String {
    assert!(FILE.contains(from), "nothing to change: {from}");
    FILE.replacen(from, to, 1)
}

#[test]
fn a_small_file_is_filled_up_with_defaults() {
    let settings = load(FILE, &[]).unwrap().settings;
    assert_eq!(settings.kafka.group, "usher");
    assert_eq!(settings.http.listen.to_string(), "127.0.0.1:9464");
    assert_eq!(settings.tenants[0].targets[0].concurrency.get(), 4);
    assert_eq!(settings.engine.timing().retry_max.as_secs(), 30);
}

#[test]
fn the_environment_wins_over_the_file() {
    let variables = [
        ("USHER__KAFKA__BROKERS", "kafka:9092"),
        ("USHER__TENANTS__0__TARGETS__0__MODE", "enforce"),
        ("USHER__TENANTS__0__TARGETS__0__CONCURRENCY", "9"),
        ("USHER__ENGINE__LATE_WINDOW", "10m"),
        ("USHER__KAFKA__PROPERTIES__SASL_PASSWORD", "hunter2"),
        ("USHER_TEST_KAFKA", "not ours"),
    ];
    let settings = load(FILE, &variables).unwrap().settings;
    assert_eq!(settings.kafka.brokers, "kafka:9092");
    assert_eq!(settings.kafka.properties["sasl.password"], "hunter2");
    assert_eq!(settings.engine.late_window.as_mins(), 10);
    let target = &settings.tenants[0].targets[0];
    assert_eq!(target.mode, crate::engine::settings::Mode::Enforce);
    assert_eq!(target.concurrency.get(), 9);
    assert_eq!(target.name, "main");
}

#[test]
fn files_are_named_relative_to_the_configuration() {
    let loaded = load(FILE, &[]).unwrap();
    let rules = loaded.resolve(&loaded.settings.tenants[0].rules[0]);
    assert_eq!(rules, Path::new("etc/rules.yaml"));
    assert_eq!(loaded.resolve(Path::new("/run/token")), Path::new("/run/token"));
}

#[test]
fn a_source_has_its_own_zone_or_that_of_its_tenant() {
    let file = changed(
        "sources: [",
        "time_zone: Europe/Berlin
    sources: [{ topic: us, format: cloudevents, types: ['*'], time_zone: america/new_york,
               edges: { worker.terminated: start_of_day } }, ",
    );
    let settings = load(&file, &[]).unwrap().settings;
    let sources = settings.tenants[0].sources_in_their_zones();
    let zones = sources.iter().map(|source| source.time_zone.as_ref().unwrap().to_string());
    assert_eq!(zones.collect::<Vec<_>>(), ["America/New_York", "Europe/Berlin"]);
    let edges: Vec<_> = sources.iter().map(|source| source.edge(EventKind::Terminated)).collect();
    assert_eq!(edges, [crate::decode::Edge::StartOfDay, crate::decode::Edge::EndOfDay]);
}

#[test]
fn lengths_of_time_read_as_they_are_written() {
    for text in ["200ms", "30s", "5m", "24h", "30d", "1500ms"] {
        let length = duration::parse(text).unwrap();
        let again = duration::parse(&duration::format(length)).unwrap();
        assert_eq!(length, again);
    }
    for text in ["", "30", "s", "-5m", "0s", "1.5h", "5 m", "5x", "5dd", "99999999999d"] {
        assert!(duration::parse(text).is_err(), "{text}");
    }
}

#[test]
fn approvals_take_two_for_what_is_grave_unless_it_is_said() {
    let approvals = |text: &str| load(text, &[]).unwrap().settings.approvals.approvals();
    assert_eq!(approvals(FILE), crate::engine::settings::Approvals::default());
    let one = approvals(&format!("{FILE}approvals: {{ deletion: 1 }}\n"));
    assert_eq!((one.deletion, one.over_rows, one.over), (1, 25, 2));
}
