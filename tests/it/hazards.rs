//! `tests/hazards/*.yaml`: each hazard of who somebody is, of claims and of time, played by
//! `usher rules test` on the real engine.

use crate::support::replica::PROGRAM;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Every file, so that none is left out.
const PLAYED: &[&str] = &[
    "10_rename_while_quarantined",
    "11_name_recycled",
    "12_mail_before_number",
    "13_thin_and_two_employments",
    "14_filter_lies",
    "15_overlapping_quarantines",
    "16_leave_ends",
    "17_late_behind_newer",
    "18_rescind_is_a_date_change",
    "19_rule_changed",
    "21_condition_error",
    "22_zones",
];

fn play(name: &str) {
    assert!(PLAYED.contains(&name), "{name} is not in the list");
    let file = format!("tests/hazards/{name}.yaml");
    let mut command = Command::new(PROGRAM);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["rules", "test", &file]);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    // Hazards are not there to exercise every rule.
    let told = text.split("never exercised:").next().unwrap_or_default();
    assert!(output.status.success(), "{told}\n{why}");
}

#[test]
fn every_file_is_played() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hazards");
    let names = fs::read_dir(directory).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".yaml").map(str::to_owned)
    });
    let played: BTreeSet<String> = PLAYED.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(names.collect::<BTreeSet<_>>(), played);
}

#[test]
fn rename_while_quarantined() {
    play("10_rename_while_quarantined");
}

#[test]
fn name_recycled() {
    play("11_name_recycled");
}

#[test]
fn mail_before_number() {
    play("12_mail_before_number");
}

#[test]
fn thin_events_and_two_employments() {
    play("13_thin_and_two_employments");
}

#[test]
fn filter_lies() {
    play("14_filter_lies");
}

#[test]
fn overlapping_quarantines() {
    play("15_overlapping_quarantines");
}

#[test]
fn leave_ends_and_no_claim_speaks() {
    play("16_leave_ends");
}

#[test]
fn late_termination_behind_a_newer_update() {
    play("17_late_behind_newer");
}

#[test]
fn rescind_that_is_a_date_change() {
    play("18_rescind_is_a_date_change");
}

#[test]
fn rule_changed_or_deleted_before_day_30() {
    play("19_rule_changed");
}

#[test]
fn condition_error_is_not_false() {
    play("21_condition_error");
}

#[test]
fn zones_and_changed_clocks() {
    play("22_zones");
}
