//! Fixtures as they are played: what is compared, and how differences are told.

use super::{report, steps, told};
use insta::assert_snapshot;

#[test]
fn differences_are_told_with_what_was_expected_and_what_came() {
    let all_wrong = steps(
        "      - say: Kim is terminated
        event: { type: worker.terminated, worker: kim }
        then:
          decision: withdrew
          because: rule.none
          people: 2
          claims: { kim: [on-leave, { claim: terminated, since: +1d, until: never, by: person }] }
          wish: { kim: { account: present, active: null, in: [VPN_Allowed], out: [], title: A } }
          calls: { lee: create, kim: [leave VPN_Allowed] }
          results: { kim: failed target.refuses }
          notes: { kim: held deletion }
          accounts: { kim: { active: true, groups: [VPN_Allowed], title: Baker }, lee: { active: true } }
      - then: { accounts: { kim: none }, wish: { kim: none } }
",
    );
    assert_snapshot!(told(&all_wrong));
}

#[test]
fn what_is_as_it_must_be_says_nothing() {
    let right = steps(
        "      - event: { type: worker.terminated, worker: kim }
        then:
          decision: asserted
          people: 1
          claims: { kim: [{ claim: terminated, by: person, since: +0s, until: never }], lee: none }
          wish: { kim: { account: null, active: false, in: [], out: [Contractors, VPN_Allowed] } }
          calls: { kim: [deactivate, leave VPN_Allowed] }
          results: { kim: applied }
          notes: { kim: none }
          accounts: { kim: { active: false, groups: [] }, lee: none }
",
    );
    assert_eq!(told(&right), "");
}

#[test]
fn calls_of_somebody_who_is_not_named_are_a_difference() {
    let fixture = steps(
        "      - event: { type: worker.terminated, worker: kim }
        then: { calls: none }
",
    );
    assert_snapshot!(told(&fixture), @r"
    f.yaml:4: FAILED it
      f.yaml:8: calls of kim
        expected: none
        actual:   deactivate, leave VPN_Allowed
    ");
}

#[test]
fn provider_may_refuse_fail_and_be_slow() {
    let fixture = steps(
        "      - provider: fails
      - event: { type: worker.terminated, worker: kim }
        then: { accounts: { kim: { active: true } } }
      - provider: willing
      - at: +10m
        then: { results: { kim: applied }, accounts: { kim: { active: false } } }
      - provider: refuses
      - event: { type: worker.termination.cancelled, worker: kim }
        then: { results: { kim: failed target.refuses }, accounts: { kim: { active: false } } }
      - provider: willing
      - at: +2d
        then: { results: { kim: applied }, accounts: { kim: { active: true } } }
      - provider: slow 5s
      - at: +3d
        event: { type: worker.terminated, worker: kim }
        then: { accounts: { kim: { active: true } } }
      - at: +3d1m
        then: { accounts: { kim: { active: false } } }
",
    );
    assert_eq!(told(&fixture), "");
}

#[test]
fn answer_that_comes_too_late_is_read_back() {
    let fixture = steps(
        "      - provider: slow 30s
      - event: { type: worker.terminated, worker: kim }
      - event: { type: worker.termination.cancelled, worker: kim }
      - at: +3m
        provider: willing
      - at: +1h
        then: { claims: { kim: none }, accounts: { kim: { active: true, groups: [VPN_Allowed] } } }
",
    );
    assert_eq!(told(&fixture), "");
}

#[test]
fn somebody_else_may_make_change_and_delete_accounts() {
    let fixture = steps(
        "      - accounts: { lee: { active: false, title: Baker, groups: [Contractors, Parking] } }
        then: { accounts: { lee: { title: Baker, groups: [Contractors, Parking] } } }
      - accounts: { lee: { active: true, title: null, groups: [Parking] }, kim: none }
        then: { accounts: { lee: { active: true, title: null, groups: [Parking] }, kim: none } }
      - event: { type: worker.hired, worker: kim }
        then: { calls: { kim: [create, join VPN_Allowed] } }
",
    );
    assert_eq!(told(&fixture), "");
}

#[test]
fn claims_that_are_given_stand_and_go_on() {
    let fixture = "fixtures:
  - name: it
    given:
      accounts: { kim: { active: true, groups: [VPN_Allowed] } }
      claims:
        kim:
          - { claim: terminated, since: -29d }
          - claim: barred
            by: detection 4711
            since: -1d
            until: +2d
            precedence: security
            want: { groups: { add: [Barred] } }
            then: [{ after: 25h, want: { groups: { add: [Barred_Long] } } }]
    when:
      - then:
          claims: { kim: [terminated, { claim: barred, by: detection 4711, until: +2d }] }
          accounts: { kim: { active: false, groups: [Barred] } }
          calls: none
      - at: +1h
        then: { calls: { kim: join Barred_Long } }
      - at: +1d
        then: { wish: { kim: { account: absent } }, notes: { kim: held deletion } }
      - at: +2d
        then: { claims: { kim: [terminated] }, accounts: { kim: { groups: [] } } }
      - event: { type: worker.termination.cancelled, worker: kim }
        then: { accounts: { kim: { active: true, groups: [VPN_Allowed] } } }
";
    // Nobody else knows these groups, so they are made by hand.
    let fixture = fixture.replace(
        "groups: [VPN_Allowed] } }\n      claims",
        "groups: [VPN_Allowed] }, lee: { groups: [Barred, Barred_Long] } }\n      claims",
    );
    assert_eq!(told(&fixture), "");
}

#[test]
fn other_rules_count_from_the_step_that_names_them() {
    let fixture = steps(
        "      - rules: other.yaml
      - event: { type: worker.terminated, worker: kim }
        then: { calls: { kim: deactivate } }
",
    );
    let report = report(&fixture);
    assert_eq!(report.failures(), 0, "{}", report.text());
    assert_eq!(report.exercised(), 0, "other rules are not under test");
}

#[test]
fn people_may_have_identifiers_of_their_own() {
    let fixture = "fixtures:
  - name: it
    given:
      people:
        max: { employee_id: '7' }
        max-by-mail: { work_email: max@example.com }
    when:
      - event: { type: worker.hired, worker: max }
      - event: { type: risk.raised, worker: max-by-mail, risk: { level: high } }
        then: { people: 2, claims: { max: [employed], max-by-mail: [quarantine] } }
      - event: { type: worker.hired, worker: max }
        then: { claims: { kim: none } }
";
    assert_eq!(told(fixture), "");
}

#[test]
fn report_for_people_ends_with_what_was_never_exercised() {
    let fixture = steps(
        "      - event: { type: worker.terminated, worker: kim }
        then: { decision: asserted }
",
    );
    assert_snapshot!(report(&fixture).text());
}

#[test]
fn report_for_pipelines_holds_the_same() {
    let fixture = steps(
        "      - event: { type: worker.terminated, worker: kim }
        then: { calls: none }
",
    );
    let json = report(&fixture).json();
    assert_eq!((&json["passed"], &json["failed"]), (&0.into(), &1.into()));
    let coverage = &json["coverage"];
    assert_eq!(coverage["exercised"], 2);
    let never = coverage["never"].as_array().unwrap().len();
    assert_eq!(coverage["branches"].as_u64().unwrap(), never as u64 + 2);
    assert_snapshot!(json["fixtures"][0].to_string(), @r#"{"file":"f.yaml","line":4,"name":"it","passed":false,"differences":[{"line":8,"step":null,"what":"calls of kim","expected":"none","actual":"deactivate, leave VPN_Allowed"}]}"#);
}

#[test]
fn claims_are_compared_in_any_order() {
    let signal = |id: &str| {
        format!(
            "      - event: {{ type: risk.raised, worker: kim, risk: {{ level: high, detection_id: {id} }} }}\n"
        )
    };
    let both = |claims: &str| {
        let then = format!("        then: {{ claims: {{ kim: [{claims}] }} }}\n");
        told(&steps(&[signal("A"), signal("B"), then].concat()))
    };
    assert_eq!(both("quarantine, { claim: quarantine, by: detection A }"), "");
    assert_eq!(both("{ claim: quarantine, by: detection A }, quarantine"), "");
    assert_ne!(both("quarantine, { claim: quarantine, by: detection C }"), "");
    assert_ne!(both("quarantine"), "");
    assert_eq!(both("quarantine, { claim: quarantine, since: +1m, until: +1d1m }"), "");
    assert_ne!(both("quarantine, { claim: quarantine, since: +2m }"), "");
    assert_ne!(both("quarantine, { claim: quarantine, until: +2d }"), "");
    assert_ne!(both("quarantine, { claim: quarantine, until: never }"), "");
    assert_ne!(both("quarantine, quarantine, quarantine"), "");
}

#[test]
fn results_of_somebody_who_was_not_asked_about_are_kept() {
    let fixture = steps(
        "      - accounts: { lee: { active: true } }
      - event: { type: worker.terminated, worker: kim }
      - event: { type: worker.terminated, worker: lee }
        then: { results: { kim: applied } }
      - then: { results: { lee: applied, kim: none } }
      - then: { results: { lee: none } }
",
    );
    assert_eq!(told(&fixture), "");
}

#[test]
fn account_is_found_by_whatever_name_it_has_by_now() {
    let fixture = "fixtures:
  - name: it
    when:
      - event: { type: worker.hired, worker: kim }
      - event: { type: worker.updated, worker: { employee_id: kim, user_name: kim.park@example.com, work_email: kim.park@example.com } }
        then: { accounts: { kim: { active: true, userName: kim.park@example.com } } }
      - event: { type: worker.terminated, worker: { employee_id: kim } }
        then: { accounts: { kim: { active: false, groups: [] } } }
";
    assert_eq!(told(fixture), "");
}

#[test]
fn user_name_that_somebody_else_has_is_refused() {
    let fixture = steps(
        "      - accounts: { lee: { active: true } }
      - event: { type: worker.hired, worker: kim }
      - event: { type: worker.updated, worker: { employee_id: kim, user_name: lee@example.com } }
        then: { accounts: { kim: { userName: kim@example.com }, lee: { userName: lee@example.com } } }
",
    );
    assert_eq!(told(&fixture), "");
}

#[test]
fn what_somebody_else_did_to_a_group_is_seen_when_it_is_read_again() {
    let fixture = steps(
        "      - accounts: { kim: { groups: [] } }
      - at: +1h
        event: { type: worker.terminated, worker: kim }
        then: { calls: { kim: deactivate } }
      - event: { type: worker.termination.cancelled, worker: kim }
        then: { calls: { kim: activate }, accounts: { kim: { groups: [] } } }
",
    );
    assert_eq!(told(&fixture), "");
}

#[test]
fn attribute_that_reads_none_is_not_no_attribute() {
    let fixture = steps(
        "      - accounts: { kim: { title: none } }
        then: { accounts: { kim: { title: null } } }
",
    );
    assert_snapshot!(told(&fixture), @r"
    f.yaml:4: FAILED it
      f.yaml:8: title of kim
        expected: none
        actual:   `none`
    ");
}

#[test]
fn calls_of_one_who_has_two_short_names_are_told_of_the_one_that_is_named() {
    let fixture = |short: &str| {
        format!(
            "fixtures:
  - name: it
    given:
      accounts: {{ kim: {{ active: true, groups: [VPN_Allowed] }} }}
      people: {{ a-second-name: {{ user_name: kim@example.com }} }}
    when:
      - event: {{ type: worker.terminated, worker: kim }}
        then: {{ calls: {{ {short}: [deactivate, leave VPN_Allowed] }} }}
"
        )
    };
    assert_eq!(told(&fixture("kim")), "");
    assert_eq!(told(&fixture("a-second-name")), "");
}

#[test]
fn somebody_known_only_by_an_id_of_a_system_is_found() {
    let known_by = |identifiers: &str| {
        told(&format!(
            "fixtures:
  - name: it
    given: {{ people: {{ max: {{ {identifiers} }} }} }}
    when:
      - event: {{ type: device.compromised, worker: max }}
        then: {{ claims: {{ max: [quarantine] }} }}
"
        ))
    };
    assert_eq!(known_by("external_ids: { entra: 4f0c }"), "");
    assert_eq!(known_by("worker_id: W-7"), "");
    let no_text = "f.yaml:5: `max` cannot be known so: `external_ids.entra` must be text (a number goes \
                   in quotes)";
    assert!(known_by("external_ids: { entra: 7 }").starts_with(no_text));
}
