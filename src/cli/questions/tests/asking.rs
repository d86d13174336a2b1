//! How a question is put: times, zones, and mistakes on the command line.

use super::super::Which;
use super::super::time::Zone;
use super::{RULES, at, configuration};
use crate::cli::{Cli, File};
use crate::model::code::Code;
use clap::Parser;

/// The people of a tenant live in its zone; so does whoever asks about them.
#[test]
fn times_are_the_tenant_s_unless_another_zone_is_named() {
    let path = configuration("zone", &["acme"], RULES);
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("    rules:", "    time_zone: Europe/Berlin\n    rules:");
    std::fs::write(&path, text).unwrap();
    let file = path.to_str().unwrap().to_owned();
    let scope = Which { file: File { path: Some(path) }, tenant: None }.scope().unwrap();
    let now = at("2026-10-01T08:00:00Z");
    let shown = |asked| scope.zone(asked).unwrap().show(now);
    assert_eq!(shown(None), "Thu 2026-10-01 10:00:00 Europe/Berlin");
    assert_eq!(shown(Some("America/New_York")), "Thu 2026-10-01 04:00:00 America/New_York");
    assert_eq!(shown(Some("UTC")), "Thu 2026-10-01 08:00:00 UTC");

    // Read in it, too: this hour comes twice there, and only there.
    let doubled = "2026-10-25T02:30";
    let explain = ["explain", "kim", "--config", &file, "--at", doubled];
    let simulate = ["simulate", "--config", &file, "--from", doubled, "--to", "now"];
    for words in [explain.as_slice(), &simulate] {
        let told = refusal(words);
        assert!(told.contains("time.not_understood") && told.contains("Europe/Berlin"), "{told}");
    }
}

#[test]
fn zone_in_brackets_is_not_read_over() {
    let berlin = Zone::named(Some("Europe/Berlin")).unwrap();
    let read = |text| berlin.read("--at", text, "");
    assert_eq!(read("2026-10-01T09:00").unwrap(), at("2026-10-01T07:00:00Z"));
    assert_eq!(read("2026-10-01").unwrap(), at("2026-09-30T22:00:00Z"));
    let with_offset = "2026-10-01T09:00-04:00[America/New_York]";
    assert_eq!(read(with_offset).unwrap(), at("2026-10-01T13:00:00Z"));
    let told = read("2026-10-01T09:00[America/New_York]").unwrap_err();
    assert_eq!(told.code(), Code::TimeNotUnderstood);
}

/// What the program says to a command line, with its code.
fn refusal(arguments: &[&str]) -> String {
    let words = ["usher"].iter().chain(arguments);
    let error = Cli::try_parse_from(words).unwrap().run().unwrap_err();
    format!("{} {}: {error}", error.exit_code(), error.code())
}

#[test]
fn mistakes_on_the_command_line_get_one_clear_message_each() {
    let one = configuration("mistakes", &["acme"], RULES);
    let two = configuration("mistakes-2", &["acme", "globex"], RULES);
    let [one, two] = [&one, &two].map(|file| file.to_str().unwrap());
    let range = |from, to, more: &[&str]| {
        let words = ["simulate", "--config", one, "--from", from, "--to", to];
        refusal(&[&words, more].concat())
    };
    let missing = one.replace("usher.yaml", "nowhere.yaml");
    let told = [
        refusal(&["explain", "kim", "--config", two]),
        refusal(&["explain", "kim", "--config", two, "--tenant", "initech"]),
        refusal(&["explain", "kim", "--config", one, "--at", "yesterday"]),
        refusal(&["explain", "kim", "--config", one, "--at", "2026-10-01T09:00"]),
        refusal(&["explain", "kim", "--config", one, "--zone", "Berlin"]),
        refusal(&[
            "explain",
            "kim",
            "--config",
            one,
            "--zone",
            "Europe/Berlin",
            "--at",
            "2026-10-25T02:30",
        ]),
        range("soon", "now", &[]),
        range("earliest", "later", &[]),
        range("2026-10-02T00:00:00Z", "2026-10-01T00:00:00+02:00", &[]),
        range("earliest", "now", &["--rules", &missing]).replace(&missing, "nowhere.yaml"),
        refusal(&["rules", "diff", "--config", one, "--rules", &missing])
            .replace(&missing, "nowhere.yaml"),
    ];
    insta::assert_snapshot!(told.join("\n"));
}
