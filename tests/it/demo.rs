//! `usher demo`, as a newcomer runs it.

use crate::support::replica::PROGRAM;
use crate::support::supervised::{Supervised, signal};
use crate::support::{cache, eventually, measured};
use serde_json::Value;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_mins(1);

fn demo(arguments: &[&str]) -> Output {
    let start = Instant::now();
    let output = Command::new(PROGRAM).arg("demo").args(arguments).output().unwrap();
    measured(&format!("usher demo {}", arguments.join(" ")), start.elapsed());
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn day_is_summed_up_in_one_json_document_and_ends_well() {
    let output = demo(&["--json"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{}\n{said}", text(&output.stdout));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["ok"], true, "{summary}");
    assert_eq!(summary["failed"], serde_json::json!([]));
    assert_eq!(summary["events"], summary["decisions"]);
    assert!(summary["events"].as_u64().unwrap() > 500, "{summary}");
    assert_eq!(summary["parked"], 1);
    let number = |name: &str| summary[name].as_u64().unwrap();
    assert!(number("results") > 40 && number("scim_calls") > 100, "{summary}");
    assert!(number("scim_calls") < number("events"), "what waits is merged: {summary}");
    let cut = &summary["cutoff_ms"];
    assert_eq!(cut["count"], 5);
    assert!(cut["p50"].as_u64().unwrap() <= cut["max"].as_u64().unwrap(), "{summary}");
    assert_eq!(said, "", "nothing but the document is said");
}

#[test]
fn day_is_told_scene_by_scene_without_a_terminal() {
    let output = demo(&["--seed", "2"]);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{told}\n{}", text(&output.stderr));
    assert!(!told.contains(['\x1b', '\r']), "{told:?}");
    for title in ["Ahead of day one", "A transfer", "Quarantine", "A storm", "A poison record"] {
        assert!(told.contains(title), "{title}\n{told}");
    }
    for part in ["  event    worker.terminated  ", "  decided  ", "PATCH /Users ", "  result   "] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert!(told.lines().all(|line| line.chars().count() <= 100), "{told}");
    assert!(told.contains("expectations held") && !told.contains('✗'), "{told}");
    let first = told.lines().find(|line| line.contains(" ms  decided  ")).unwrap();
    let waited: u64 = first.split_whitespace().next().unwrap().parse().unwrap();
    assert!(waited < 5_000, "the first event waits for no question that is not answered: {first}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn day_that_is_ended_early_is_no_success() {
    let directory = cache::run_directory().join("demo");
    std::fs::create_dir_all(&directory).unwrap();
    let mut command = Command::new(PROGRAM);
    command.arg("demo");
    let mut process = Supervised::start(&command, &directory.join("log"), None);
    let begun = Instant::now();
    eventually("the demo says something", SOON, async || {
        process.said().contains("usher demo").then_some(())
    })
    .await;
    measured("usher demo to its first line", begun.elapsed());
    eventually("the day begins", SOON, async || process.said().contains("event ").then_some(()))
        .await;
    signal(process.process(), "TERM");
    let (status, _) = process.end(SOON).await;
    assert_eq!(status.code(), Some(1), "{}", process.said());
    assert!(process.said().contains("error[demo.failed]"), "{}", process.said());
}
