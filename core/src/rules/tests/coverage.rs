//! What can be exercised, and what an event exercises.

use super::*;
use insta::assert_snapshot;

fn all(rules: &RuleSet) -> Vec<String> {
    let outline = Outline::of(rules);
    let told = |it: &Branch| format!("{} {}: {}", it.place.line, it.rule, it.what);
    outline.branches().iter().map(told).collect()
}

fn asked(rules: &RuleSet, kind: &str, data: Value) -> String {
    let found = Outline::of(rules).asked(rules, &event(kind, data));
    let all = all(rules);
    found.into_iter().map(|index| all[index].clone()).collect::<Vec<_>>().join("\n")
}

#[test]
fn everything_that_was_written_is_a_branch() {
    assert_snapshot!(all(&load(DESIGN)).join("\n"), @r#"
    4 zero-day-offboarding: on worker.terminated
    3 zero-day-offboarding: asserts terminated
    3 zero-day-offboarding: terminated after 30d
    12 termination-rescinded: on worker.termination.cancelled
    11 termination-rescinded: withdraws terminated
    15 rehired: on worker.rehired
    14 rehired: withdraws terminated
    19 quarantine: on risk.raised
    19 quarantine: condition true: risk.level in ["high", "critical"]
    19 quarantine: condition false: risk.level in ["high", "critical"]
    20 quarantine: on credential.compromised
    21 quarantine: on device.compromised
    17 quarantine: asserts quarantine
    17 quarantine: quarantine comes to its end
    29 risk-cleared: on risk.cleared
    28 risk-cleared: withdraws quarantine
    "#);
}

#[test]
fn event_exercises_types_conditions_and_attributes() {
    let rules = load(DESIGN);
    assert_snapshot!(asked(&rules, "risk.raised", json!({"risk": {"level": "low"}})), @r#"
    19 quarantine: on risk.raised
    19 quarantine: condition false: risk.level in ["high", "critical"]
    "#);
    assert_snapshot!(asked(&rules, "risk.raised", json!({})), @"19 quarantine: on risk.raised");
    let both = "
profile: { on: [worker.hired], attributes: { title: profile.title, userName: worker.user_name } }
rules:
  - name: r
    on: [{ type: worker.hired, when: has(profile.title) }]
    when: profile.title == 'Baker'
    withdraw: c
  - { name: c, on: [worker.updated], assert: { claim: c, precedence: profile, want: { active: true } } }
";
    let rules = load(both);
    assert_snapshot!(asked(&rules, "worker.hired", json!({"profile": {"title": "Cook"}})), @r"
    2 profile: on worker.hired
    2 profile: sets title
    5 r: on worker.hired
    5 r: condition true: has(profile.title)
    6 r: condition false: profile.title == 'Baker'
    ");
    assert_snapshot!(asked(&rules, "worker.hired", json!({})), @r"
    2 profile: on worker.hired
    5 r: on worker.hired
    5 r: condition false: has(profile.title)
    ");
    assert_eq!(asked(&rules, "risk.raised", json!({})), "");
}
