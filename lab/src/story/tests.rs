//! Where each word plays.

use super::{Arrival, Place, Suite};
use serde_json::{Value, json};

/// Every word that does not play everywhere, and one of each that does.
const ALL: &str = "people: [kim]
start: 2026-09-01T08:00:00Z
source: {}
fixtures:
  - name: it
    given:
      start: 2026-09-02T08:00:00Z
      dialect: {}
      manners: {}
      make_group: A
      rename_group: { from: A, to: B }
      accounts: { kim: { active: true } }
      claims: { kim: [{ claim: terminated, since: -1d }] }
      events: [{ type: worker.hired, worker: kim }]
    when:
      - meanwhile: { kim: {} }
        event: { type: worker.hired, worker: kim }
        then: { decision: asserted, result: applied, stage: at_rest, accounts: { kim: none } }
      - at: +1d
      - restart: true
      - rules: other.yaml
      - provider: fails
      - hide: kim
      - show: kim
      - accounts: { kim: none }
      - make_group: A
      - rename_group: { from: A, to: B }
      - ids: renewed
      - manners: {}
      - faults: []
      - then: { claims: { kim: none }, wish: { kim: none }, calls: none, results: { kim: none } }
      - then: { notes: { kim: none }, requests: { GET: 1 }, people: 1 }
";

/// The lines and words that are refused there.
fn refused(place: Place) -> Vec<String> {
    let suite = Suite::parse("f.yaml", ALL).unwrap();
    let words = suite
        .misplaced(place)
        .into_iter()
        .map(|problem| problem.text.split('`').nth(1).unwrap().to_owned());
    words.collect()
}

#[test]
fn on_paper_nothing_is_about_http() {
    assert_eq!(refused(Place::Paper), ["dialect", "manners", "manners", "faults"]);
}

const LOOKS_INSIDE: [&str; 16] = [
    "source", "start", "start", "claims", "events", "at", "restart", "rules", "provider", "hide",
    "show", "claims", "wish", "calls", "results", "notes",
];

#[test]
fn at_a_sandbox_nobody_looks_into_usher_or_sets_its_clock() {
    let mut expected = LOOKS_INSIDE.map(str::to_owned).to_vec();
    expected.push("people".to_owned());
    let mut refused = refused(Place::Sandbox);
    expected.sort();
    refused.sort();
    assert_eq!(refused, expected);
}

#[test]
fn server_that_is_not_ours_does_nothing_on_demand() {
    let at_sandbox = refused(Place::Sandbox);
    let mut more = refused(Place::Server);
    more.retain(|word| !at_sandbox.contains(word));
    more.sort();
    more.dedup();
    let expected =
        ["accounts", "dialect", "faults", "ids", "make_group", "manners", "rename_group"];
    assert_eq!(more, [&expected[..], &["requests"]].concat());
}

#[test]
fn record_comes_in_whenever_it_is_sent() {
    let text = "people: [kim]
fixtures:
  - name: it
    when:
      - event: { type: worker.terminated, worker: kim, effective_at: +2d, sequence: 7 }
        then: { decision: asserted }
";
    let suite = Suite::parse("f.yaml", text).unwrap();
    let super::Action::Tell(told) = &suite.fixtures[0].steps[0].action else { panic!("no event") };
    let [start, at] =
        ["2030-01-01T00:00:00Z", "2030-01-01T00:05:00Z"].map(|it| it.parse().unwrap());
    let bytes = told.bytes(Arrival { start, at, id: "7" });
    let event: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(event["time"], "2030-01-01T00:05:00Z");
    assert_eq!(event["data"]["effective_at"], "2030-01-03T00:00:00Z");
    assert_eq!(event["sequence"], "7");
    assert_eq!(event["data"]["worker"]["employee_id"], json!("kim"));
}
