//! What the writer of a fixture is told about each mistake.

use super::{steps, told};
use insta::assert_snapshot;
use std::fmt::Write;

/// Files that cannot be played, by what is wrong with them.
#[expect(clippy::too_many_lines, reason = "a table")]
fn wrong() -> Vec<(&'static str, String)> {
    let one_step = [
        ("unknown event type", "event: { type: worker.terminatd, worker: kim }"),
        ("event type from nowhere", "event: { type: payroll.run, worker: kim }"),
        ("no event type", "event: { worker: kim }"),
        ("unknown person", "event: { type: worker.terminated, worker: kmi }"),
        ("misspelt member", "event: { type: worker.terminated, worker: kim, effectiv_at: +3d }"),
        ("raw and more", "event: { raw: x, type: worker.terminated }"),
        ("unknown key of a step", "evnt: { type: worker.terminated, worker: kim }"),
        ("no instant", "at: 3d"),
        ("instant without an offset", "at: 2026-09-02T08:00:00"),
        ("nothing happens", "say: Nothing"),
        ("two things happen", "{ restart: true, hide: kim }"),
        ("unknown way of a provider", "provider: lazy"),
        ("slow, but how slow", "provider: slow"),
        ("hides nobody", "hide: max"),
        ("unknown person's account", "accounts: { max: { active: true } }"),
        ("unknown attribute", "accounts: { kim: { activ: true } }"),
        ("account in another form", "accounts: { kim: gone }"),
        ("decision without an event", "then: { decision: asserted }"),
        (
            "unknown decision",
            "{ event: { type: worker.hired, worker: kim }, then: { decision: made } }",
        ),
        ("unknown key of then", "then: { call: none }"),
        ("unknown call", "then: { calls: { kim: disable } }"),
        ("calls of nobody", "then: { calls: deactivate }"),
        ("unknown result", "then: { results: { kim: done } }"),
        ("unknown note", "then: { notes: { kim: hold deletion } }"),
        ("unknown claim", "then: { claims: { kim: [terminatd] } }"),
        (
            "claim with an unknown key",
            "then: { claims: { kim: [{ claim: terminated, from: +0s }] } }",
        ),
        ("claim told apart by what", "then: { claims: { kim: [{ claim: terminated, by: me }] } }"),
        ("claim until when", "then: { claims: { kim: [{ claim: terminated, until: later }] } }"),
        ("unknown group of an account", "then: { accounts: { kim: { groups: [VPN_Alowed] } } }"),
        ("unknown group of a call", "then: { calls: { kim: leave VPN } }"),
        ("unknown group of a wish", "then: { wish: { kim: { in: [VPN] } } }"),
        ("types as events carry them", "event: { type: io.usher.worker.hired.v1, worker: kim }"),
        (
            "misspelt inside a member",
            "event: { type: worker.hired, worker: kim, employment: { typ: x } }",
        ),
        ("two calls in one text", "then: { calls: { kim: 'deactivate, leave VPN_Allowed' } }"),
        ("joins what", "then: { calls: { kim: join } }"),
        ("sets what", "then: { calls: { kim: set } }"),
        ("sets an unknown attribute", "then: { calls: { kim: set titel } }"),
        ("no number of people", "then: { people: -1 }"),
        ("unknown word of a wish", "then: { wish: { kim: { account: gone } } }"),
        ("wish in another form", "then: { wish: { kim: nothing } }"),
        ("manners on paper", "{ manners: { hits: twice }, then: { calls: none } }"),
        ("faults on paper", "{ faults: [{ kind: reset }], then: { calls: none } }"),
        ("ids that move somehow", "ids: lost"),
        ("group with one name", "rename_group: { from: VPN_Allowed }"),
        ("meanwhile of nothing", "{ meanwhile: { lee: {} }, then: { calls: none } }"),
        ("change of no event", "then: { result: applied }"),
        (
            "unknown end of a change",
            "{ event: { type: worker.hired, worker: kim }, then: { result: done } }",
        ),
        (
            "unknown note on a change",
            "{ event: { type: worker.hired, worker: kim }, then: { note: hold } }",
        ),
        ("stands nowhere", "{ event: { type: worker.hired, worker: kim }, then: { stage: here } }"),
        ("unknown method", "then: { requests: { FETCH: 1 } }"),
    ];
    let mut wrong: Vec<_> =
        one_step.iter().map(|(what, step)| (*what, steps(&format!("      - {step}\n")))).collect();
    let given = |given: &str| {
        format!("fixtures:\n  - name: it\n    given: {{ {given} }}\n    then: {{ calls: none }}\n")
    };
    wrong.extend([
        ("steps in no order", steps("      - at: +2d\n      - at: +1d\n")),
        ("two of a name", "fixtures:\n  - { name: a, then: { calls: none } }\n  - { name: a, then: { calls: none } }\n".to_owned()),
        ("no name to speak of", "fixtures:\n  - { name: ' ', then: { calls: none } }\n".to_owned()),
        ("nothing is expected", steps("      - event: { type: worker.terminated, worker: kim }\n")),
        ("an empty then", steps("      - at: +1d\n        then: {}\n")),
        ("a list of no fixtures", "fixtures: []\n".to_owned()),
        ("fixtures and nothing below", "fixtures:\n".to_owned()),
        ("claim that is over", given("claims: { kim: [{ claim: terminated, since: -2d, until: -1d }] }")),
        ("nothing at all", "fixtures:\n  - name: a\n".to_owned()),
        ("no fixtures", "fixture: []\n".to_owned()),
        ("broken YAML", "fixtures: [{ name: a\n".to_owned()),
        ("no name", "fixtures:\n  - when: []\n".to_owned()),
        ("start without an offset", format!("start: 2026-09-01\n{}", steps("      - then: { calls: none }\n"))),
        ("unknown key of the source", format!("source: {{ tpye: x }}\n{}", steps("      - then: { calls: none }\n"))),
        ("dialect on paper", given("dialect: { no_match: not-found }")),
        ("manners on paper from the beginning", given("manners: { hits: twice }")),
        ("given to nobody", given("accounts: { max: { active: true } }")),
        ("unknown identifier", given("people: { max: { badge: '7' } }")),
        ("number that is no text", given("people: { max: { employee_id: 7 } }")),
        ("claim of nobody", given("claims: { max: [{ claim: terminated, since: -1d }] }")),
        ("claim that begins later", given("claims: { kim: [{ claim: terminated, since: +1d }] }")),
        ("claim that no rule asserts", given("claims: { kim: [{ claim: barred, since: -1d }] }")),
        ("claim without since", given("claims: { kim: [{ claim: terminated }] }")),
        ("stage after how long", given("claims: { kim: [{ claim: terminated, since: -1d, then: [{ after: long, want: { active: false } }] }] }")),
        ("given event that comes later", given("events: [{ type: worker.hired, worker: kim, time: +1d }]")),
    ]);
    wrong
}

#[test]
fn each_mistake_gives_one_message_with_its_line() {
    let mut text = String::new();
    for (what, fixtures) in wrong() {
        let told = told(&fixtures);
        assert!(told.starts_with("f.yaml:"), "{what}: {told}\n{fixtures}");
        assert_eq!(told.lines().count(), 1, "{what}: {told}");
        writeln!(text, "{what}\n  {told}").unwrap();
    }
    assert_snapshot!(text);
}

/// An event that cannot be used is the whole trouble: nothing else that is expected can come of it.
#[test]
fn events_that_are_parked_unforeseen_are_told_alone() {
    let zone = "effective_date: 2026-10-01, time_zone: Europe/Berlni";
    let mut text = String::new();
    for (what, fixture) in [
        (
            "expected to do something",
            steps(&format!(
                "      - event: {{ type: worker.terminated, worker: kim, {zone} }}\n        then: {{ calls: {{ kim: deactivate }} }}\n"
            )),
        ),
        (
            "expected to do nothing",
            steps(
                "      - event: { type: worker.terminated, worker: { employee_id: 7 } }\n        then: { calls: none }\n",
            ),
        ),
        (
            "in a step without `then`",
            steps(
                "      - event: { type: worker.terminated }\n      - at: +1d\n        then: { calls: none }\n",
            ),
        ),
        (
            "given",
            format!(
                "fixtures:\n  - name: it\n    given:\n      events:\n        - {{ type: worker.terminated, worker: kim, {zone} }}\n    then: {{ calls: {{ kim: deactivate }} }}\n"
            ),
        ),
    ] {
        writeln!(text, "{what}\n{}", told(&fixture)).unwrap();
    }
    assert_snapshot!(text);
    let foreseen = steps(
        "      - event: { type: worker.terminated }\n        then: { because: worker.missing, calls: none }\n",
    );
    assert_eq!(told(&foreseen), "");
}

/// Events that usher cannot use, as a fixture shows them.
#[test]
fn each_bad_event_is_shown_with_its_reason() {
    let events = [
        "{ raw: '<worker>Kim</worker>' }",
        "{ raw: '{}' }",
        "{ type: worker.hired, worker: {} }",
        "{ type: worker.hired }",
        "{ type: worker.hired, worker: { employee_id: 7 } }",
        "{ type: worker.hired, worker: kim, employment: contractor }",
        "{ type: worker.terminated, worker: kim, effective_at: tomorrow }",
        "{ type: worker.terminated, worker: kim, legal_hold: 'no' }",
        "{ type: risk.raised, worker: kim }",
        "{ type: risk.raised, worker: kim, risk: { level: severe } }",
        "{ type: worker.updated, worker: kim, profile: { title: [a] } }",
        "{ type: worker.updated, worker: kim, time: +2d }",
    ];
    let mut text = String::new();
    for event in events {
        let step = format!("      - event: {event}\n        then: {{ decision: asserted }}\n");
        let told = told(&steps(&step));
        let actual = told.lines().find_map(|line| line.trim().strip_prefix("actual:"));
        writeln!(text, "{event}\n {}", actual.unwrap_or(&told)).unwrap();
    }
    assert_snapshot!(text);
}
