use super::*;

const PROFILE: &str = r#"
profile:
  on: [worker.updated]
  attributes:
    userName: worker.user_name
    externalId: worker.employee_id
    enterprise.employeeNumber: worker.employee_id
    enterprise.department: profile.department
    title: 'has(profile.title) ? profile.title : ""'
    displayName: profile.given_name + " " + profile.family_name
    custom.costBand: data.cost_band
rules: [{name: r, on: [risk.cleared], withdraw: c}, {name: s, on: [risk.raised], assert: {claim: c, precedence: security, want: {active: false}}}]
"#;

fn said(data: Value) -> String {
    statements(PROFILE, "worker.updated", data)
}

#[test]
fn null_and_blank_clear_and_what_is_absent_is_left_alone() {
    let nothing = ["", " ", "\u{a0}", "\u{200b}\t"].map(|text| json!(text));
    for empty in nothing.into_iter().chain([json!(null)]) {
        let one = json!({"profile": {"department": empty}});
        assert_eq!(said(one), r#"profile: {"enterprise.department":null}"#, "{empty}");
    }
    assert_eq!(said(json!({"profile": {}})), "");
    assert_eq!(said(json!({"profile": null})), "");
    assert_eq!(said(json!({})), "");
}

#[test]
fn every_attribute_can_be_cleared_but_those_by_which_an_account_is_known() {
    let all = json!({
        "worker": {"user_name": null, "employee_id": null},
        "cost_band": null,
    });
    assert_eq!(said(all), r#"profile: {"custom.costBand":null}"#);
}

#[test]
fn an_expression_clears_only_if_the_event_speaks_of_all_that_it_reads() {
    assert_eq!(said(json!({"profile": {"title": null}})), r#"profile: {"title":null}"#);
    // The expression gives an empty text for what the event does not have; the event said nothing.
    assert_eq!(
        said(json!({"profile": {"department": "R&D"}})),
        r#"profile: {"enterprise.department":"R&D"}"#
    );
    assert_eq!(said(json!({"profile": {"given_name": "Kim"}})), "");
    let both = json!({"profile": {"given_name": null, "family_name": null}});
    assert_eq!(said(both), r#"profile: {"displayName":null}"#);
}
