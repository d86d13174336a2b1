use super::Cli;
use clap::{CommandFactory, Parser};

#[test]
fn the_command_tree_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_needs_a_configuration() {
    for command in [&["run"][..], &["init"], &["config", "check"], &["config", "show"]] {
        let words = ["usher"].iter().chain(command);
        assert!(Cli::try_parse_from(words.clone()).is_err(), "{command:?}");
        let words = words.chain(&["--config", "usher.yaml"]);
        assert!(Cli::try_parse_from(words).is_ok(), "{command:?}");
    }
}

#[test]
fn a_mistake_in_the_configuration_is_told_from_a_failure() {
    let run = |file: &str| {
        Cli::try_parse_from(["usher", "config", "show", "--config", file]).unwrap().run()
    };
    assert_eq!(run("nowhere.yaml").unwrap_err().exit_code(), 2);
}

fn kafka(property: &str, value: &str) -> crate::config::KafkaSettings {
    let properties = serde_json::json!({ property: value });
    serde_json::from_value(serde_json::json!({ "brokers": "x", "properties": properties })).unwrap()
}

#[test]
fn a_property_that_kafka_does_not_know_is_refused_by_name() {
    assert!(super::properties::check(&kafka("security.protocol", "sasl_plaintext")).is_ok());
    let error = super::properties::check(&kafka("securty.protocol", "ssl")).unwrap_err();
    assert!(error.to_string().contains("kafka.properties.securty.protocol"));
}

#[test]
fn a_refused_secret_is_not_repeated() {
    let error = super::properties::check(&kafka("ssl.key.pem.typo", "hunter2")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}
