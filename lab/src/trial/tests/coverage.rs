//! Which branches of the rules fixtures exercise, and which they do not.

use super::{report, steps};

/// What is exercised by these steps, of what begins with the rule's name.
fn exercised(fixture: &str, rule: &str, what: &str) -> bool {
    let report = report(fixture);
    assert_eq!(report.failures(), 0, "{}", report.text());
    !report.never().any(|never| never.rule.as_str() == rule && never.what.to_string() == what)
}

#[test]
fn withdrawal_of_what_is_not_there_takes_nothing_back() {
    let hired = "      - event: { type: worker.hired, worker: kim }
        then: { people: 1 }\n";
    let cancelled = "      - event: { type: worker.termination.cancelled, worker: kim }\n";
    let terminated = "      - event: { type: worker.terminated, worker: kim, effective_at: +3d }\n";
    let taken_back = |all: &[&str]| {
        exercised(&steps(&all.concat()), "termination-rescinded", "withdraws terminated")
    };
    assert!(!taken_back(&[hired, cancelled]));
    assert!(taken_back(&[hired, terminated, cancelled]));
}

#[test]
fn event_that_was_parked_has_exercised_nothing() {
    let event = |time, decision| {
        steps(&format!(
            "      - event: {{ type: worker.leave.started, worker: kim, time: {time} }}
        then: {{ decision: {decision} }}\n"
        ))
    };
    let is_exercised = |event: &str| exercised(event, "leave-started", "on worker.leave.started");
    assert!(is_exercised(&event("+0s", "asserted")));
    assert!(!is_exercised(&event("+2d", "parked")));
}

#[test]
fn end_that_is_long_over_was_come_to() {
    let fixture = steps(
        "      - event: { type: device.compromised, worker: kim }
      - at: +90d
        event: { type: worker.updated, worker: kim }
        then: { claims: { kim: none } }
",
    );
    assert!(exercised(&fixture, "quarantine", "quarantine comes to its end"));
}

#[test]
fn end_that_was_not_come_to_is_not_exercised() {
    let signal = "      - event: { type: device.compromised, worker: kim }
        then: { people: 1 }\n";
    let late = "      - at: +25h\n        then: { claims: { kim: none } }\n";
    let ends = |all: &[&str]| {
        exercised(&steps(&all.concat()), "quarantine", "quarantine comes to its end")
    };
    assert!(!ends(&[signal]));
    assert!(ends(&[signal, late]));
}

#[test]
fn claim_that_is_given_in_other_words_is_of_another_rule_than_todays() {
    let fixture = |want: &str| {
        format!(
            "fixtures:
  - name: it
    given:
      accounts: {{ kim: {{ active: true }} }}
      claims: {{ kim: [{{ claim: terminated, since: -1d{want} }}] }}
    when:
      - at: +40d
        then: {{ notes: {{ kim: held deletion{} }} }}
",
            if want.is_empty() { "" } else { ".rule_changed" }
        )
    };
    let stage = "terminated after 30d";
    let by_hand = ", want: { active: false }, then: [{ after: 30d, want: { account: absent } }]";
    assert!(exercised(&fixture(""), "terminated", stage));
    assert!(!exercised(&fixture(by_hand), "terminated", stage));
}
