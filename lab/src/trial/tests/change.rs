//! What is expected of the change that an event began, and what is done at the provider meanwhile.

use super::{steps, told};
use insta::assert_snapshot;

const TERMINATED: &str = "      - event: { type: worker.terminated, worker: kim }\n";
const LATE: &str = "      - event: { type: worker.terminated, worker: kim, effective_at: -31d }\n";

#[test]
fn change_is_told_by_the_event_that_began_it() {
    let two = format!(
        "{TERMINATED}        then: {{ result: applied, stage: at_rest }}
      - event: {{ type: worker.leave.started, worker: kim }}
        then: {{ result: none }}
      - event: {{ type: worker.terminated, worker: lee }}
        then: {{ result: none, note: unverified account.not_found, stage: unverified }}
"
    );
    assert_eq!(told(&steps(&two)), "");
}

#[test]
fn change_may_be_asked_for_in_a_later_step() {
    let later = format!("{TERMINATED}      - then: {{ result: applied, note: none }}\n");
    assert_eq!(told(&steps(&later)), "");
}

#[test]
fn another_end_than_expected_is_a_difference() {
    let wrong = format!("{LATE}        then: {{ result: applied, stage: stuck }}\n");
    assert_snapshot!(told(&steps(&wrong)), @r"
    f.yaml:4: FAILED it
      f.yaml:8: result
        expected: applied
        actual:   none
      f.yaml:8: note
        expected: none
        actual:   held deletion
      f.yaml:8: stage
        expected: stuck
        actual:   held
    ");
}

/// Who asks how a change ended asks whether anything was said of it, too.
#[test]
fn note_that_nobody_expects_is_a_difference() {
    let noted = |then: &str| told(&steps(&format!("{LATE}        then: {then}\n")));
    assert_eq!(noted("{ note: held deletion }"), "");
    assert_eq!(noted("{ result: none, note: held deletion }"), "");
    assert_ne!(noted("{ result: none }"), "");
    assert_ne!(noted("{ note: none }"), "");
}

#[test]
fn wait_is_told_only_if_it_is_expected() {
    let failing = format!("      - provider: fails\n{TERMINATED}");
    let after =
        |then: &str| told(&steps(&format!("{failing}      - at: +10m\n        then: {then}\n")));
    assert_eq!(after("{ result: none }"), "");
    assert_eq!(after("{ result: none, note: waiting waiting.target }"), "");
}

#[test]
fn requests_are_counted_in_their_step() {
    let cut = |then: &str| told(&steps(&format!("{TERMINATED}        then: {then}\n")));
    assert_eq!(cut("{ requests: { PATCH: 2, POST: 0, PUT: 0, DELETE: 0 } }"), "");
    assert_snapshot!(cut("{ requests: { PATCH: 1 } }"), @r"
    f.yaml:4: FAILED it
      f.yaml:8: requests by PATCH
        expected: 1 at most
        actual:   2
    ");
    let before = format!("{TERMINATED}      - then: {{ requests: {{ PATCH: 0, GET: 0 }} }}\n");
    assert_eq!(told(&steps(&before)), "");
}

#[test]
fn account_that_is_made_meanwhile_is_adopted() {
    let hired = |meanwhile: &str| {
        steps(&format!(
            "      - {meanwhile}event: {{ type: worker.hired, worker: lee }}
        then: {{ accounts: {{ lee: {{ title: Baker, groups: [Parking, VPN_Allowed] }} }} }}
"
        ))
    };
    let meanwhile = "meanwhile: { lee: { title: Baker, groups: [Parking] } }\n        ";
    assert_eq!(told(&hired(meanwhile)), "");
    assert_ne!(told(&hired("").replace("groups: [Parking, VPN_Allowed]", "active: true")), "");
}

#[test]
fn group_that_is_made_twice_is_meant_by_nobody() {
    let twice = "fixtures:
  - name: it
    given: { make_group: VPN_Allowed }
    when:
      - event: { type: worker.hired, worker: kim }
        then: { result: failed group.ambiguous, accounts: { kim: { groups: [] } } }
";
    assert_eq!(told(twice), "");
}

#[test]
fn group_that_is_renamed_keeps_its_members() {
    let renamed = "      - rename_group: { from: VPN_Allowed, to: Board }
        then: { accounts: { kim: { groups: [Board] } } }
";
    assert_eq!(told(&steps(renamed)), "");
}

#[test]
fn account_whose_id_has_moved_is_found_again() {
    let moved = |how: &str| {
        told(&steps(&format!(
            "      - accounts: {{ lee: {{ active: true, groups: [Parking] }} }}
      - event: {{ type: worker.hired, worker: kim }}
      - event: {{ type: worker.hired, worker: lee }}
      - ids: {how}
{TERMINATED}      - then:
          accounts:
            kim: {{ active: false, groups: [] }}
            lee: {{ active: true, groups: [Parking, VPN_Allowed] }}
"
        )))
    };
    assert_eq!(moved("renewed"), "");
    assert_eq!(moved("rotated"), "");
}

#[test]
fn people_of_a_company_have_its_name_in_theirs() {
    let hired = "company: acme
fixtures:
  - name: it
    when:
      - event: { type: worker.hired, worker: kim }
        then: { accounts: { kim: { userName: kim@acme.example.com, externalId: acme/kim } } }
";
    assert_eq!(told(hired), "");
}
