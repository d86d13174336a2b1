use super::Cli;
use crate::model::code::Code;
use crate::tenants::tests::with_custom_attributes;
use clap::{CommandFactory, Parser};

#[test]
fn the_command_tree_is_sound() {
    Cli::command().debug_assert();
}

/// Each command with its full name, `usher config check`, and the whole of them first.
fn commands() -> Vec<(String, clap::Command)> {
    fn collect(command: &clap::Command, path: &str, found: &mut Vec<(String, clap::Command)>) {
        found.push((path.to_owned(), command.clone()));
        for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
            collect(command, &format!("{path} {}", command.get_name()), found);
        }
    }
    let mut whole = Cli::command();
    whole.build();
    let mut found = Vec::new();
    collect(&whole, "usher", &mut found);
    found
}

#[test]
fn help_says_what_each_command_does() {
    for (name, command) in commands() {
        let help = command.clone().term_width(100).render_long_help().to_string();
        insta::with_settings!({ snapshot_suffix => name.replace(' ', "_"), omit_expression => true }, {
            insta::assert_snapshot!(help);
        });
    }
}

#[test]
fn help_gives_an_example_and_what_to_run_next() {
    for (name, command) in commands().into_iter().skip(1) {
        let help = command.clone().render_long_help().to_string();
        for part in ["Example:\n", "Next:\n"] {
            assert!(help.contains(part), "{name} --help lacks {part}");
        }
    }
    let (_, whole) = commands().swap_remove(0);
    assert!(whole.clone().render_help().to_string().contains("Exit codes: 0 done, 1 failed, 2 "));
}

#[test]
fn what_help_tells_to_type_can_be_parsed() {
    for (name, command) in commands() {
        let help = command.clone().render_long_help().to_string();
        for line in help.lines().filter_map(|line| line.trim().strip_prefix("usher ")) {
            let line = line.split("  ").next().unwrap().split(['>', '<', '&']).next().unwrap();
            let words = std::iter::once("usher").chain(line.split_whitespace());
            if line.starts_with(|first: char| first.is_ascii_lowercase()) && !line.contains("reads")
            {
                assert!(Cli::try_parse_from(words).is_ok(), "{name} --help says: usher {line}");
            }
        }
    }
}

#[test]
fn usher_alone_shows_the_help_and_is_wrong_usage() {
    let error = Cli::try_parse_from(["usher"]).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("First steps:"));
}

/// Where nobody names one, and none lies here, nothing is done.
#[test]
fn every_command_needs_a_configuration() {
    for command in [
        &["run"][..],
        &["init"],
        &["config", "check"],
        &["config", "show"],
        &["target", "check", "main"],
        &["status"],
        &["audit"],
    ] {
        let words = ["usher"].iter().chain(command);
        let error = Cli::try_parse_from(words.clone()).unwrap().run().unwrap_err();
        assert_eq!((error.code(), error.exit_code()), (Code::ConfigUnreadable, 2), "{command:?}");
        assert!(error.to_string().contains("usher.yaml"), "{command:?}: {error}");
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

#[test]
fn target_that_is_not_there_is_told_with_those_that_are() {
    let file = with_custom_attributes("no-target", "dialect: netskope", &["badge"]);
    let file = file.to_str().unwrap();
    for arguments in [&["other"][..], &["main", "--tenant", "other"]] {
        let words = ["usher", "target", "check", "--config", file];
        let words = words.iter().chain(arguments);
        let error = Cli::try_parse_from(words).unwrap().run().unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let known = if arguments.len() == 1 { "acme/main" } else { "there are: " };
        assert!(error.to_string().contains(known), "{error}");
    }
}
