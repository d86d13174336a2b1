//! What rules make of events.

use super::*;
use insta::assert_snapshot;

#[test]
fn termination_asserts_from_its_effective_time() {
    let data = json!({"effective_at": "2026-10-02T17:00:00+02:00", "employment": {"id": "E-2"}});
    assert_snapshot!(statements(DESIGN, "worker.terminated", data), @r#"zero-day-offboarding: assert terminated by Employment("E-2") Leaver Urgent 2026-10-02T15:00:00Z to ever {"active":false,"groups":{"remove":["VPN_Allowed"]}}, after 720h {"account":"absent"}"#);
}

#[test]
fn termination_without_employment_and_date_is_of_the_person_and_of_now() {
    assert_snapshot!(statements(DESIGN, "worker.terminated", json!({})), @r#"zero-day-offboarding: assert terminated by Person Leaver Urgent 2026-09-30T12:00:00Z to ever {"active":false,"groups":{"remove":["VPN_Allowed"]}}, after 720h {"account":"absent"}"#);
}

#[test]
fn withdrawals_say_when() {
    let data = json!({"effective_at": "2026-10-02T17:00:00+02:00", "employment": {"id": "E-2"}});
    assert_snapshot!(statements(DESIGN, "worker.termination.cancelled", data.clone()), @r#"termination-rescinded: withdraw terminated by Employment("E-2") at 2026-09-30T12:00:00Z"#);
    assert_snapshot!(statements(DESIGN, "worker.rehired", data), @r#"rehired: withdraw terminated by Employment("E-2") at 2026-10-02T15:00:00Z"#);
    let data = json!({"risk": {"detection_id": "4711"}});
    assert_snapshot!(statements(DESIGN, "risk.cleared", data), @r#"risk-cleared: withdraw quarantine by Detection { source: "xdr", id: "4711" } at 2026-09-30T12:00:00Z"#);
}

#[test]
fn quarantine_lasts_a_day_and_belongs_to_its_detection() {
    let data = json!({"risk": {"level": "high", "detection_id": "4711"}});
    assert_snapshot!(statements(DESIGN, "risk.raised", data), @r#"quarantine: assert quarantine by Detection { source: "xdr", id: "4711" } Security Urgent 2026-09-30T12:00:00Z to 2026-10-01T12:00:00Z {"groups":{"add":["Quarantine_HighRisk"],"remove":["VPN_Allowed"]}}"#);
    assert_snapshot!(statements(DESIGN, "device.compromised", json!({})), @r#"quarantine: assert quarantine by Source("xdr") Security Urgent 2026-09-30T12:00:00Z to 2026-10-01T12:00:00Z {"groups":{"add":["Quarantine_HighRisk"],"remove":["VPN_Allowed"]}}"#);
}

#[test]
fn nobody_speaks_of_a_low_risk_or_of_an_unmentioned_type() {
    let low = json!({"risk": {"level": "low"}});
    assert_eq!(statements(DESIGN, "risk.raised", low), "");
    assert_eq!(statements(DESIGN, "worker.updated", json!({})), "");
}

#[test]
fn instances_are_told_apart_as_the_rule_says() {
    let by = |word: &str, kind: &str, data: Value| {
        let rules = format!(
            "rules: [{{name: r, on: [{kind}], assert: {{claim: c, precedence: leave, by: {word}, \
             want: {{active: false}}}}}}]"
        );
        match load(&rules).evaluate(&event(kind, data)).unwrap().remove(0) {
            Statement::Assert { by, .. } => by,
            other => panic!("{}", tell(&other)),
        }
    };
    let data = || json!({"employment": {"id": "E-2"}, "risk": {"detection_id": "4711"}});
    let source = || "xdr".to_owned();
    let detection = By::Detection { source: source(), id: "4711".to_owned() };
    for kind in ["worker.updated", "risk.raised"] {
        assert_eq!(by("person", kind, data()), By::Person);
        assert_eq!(by("employment", kind, data()), By::Employment("E-2".to_owned()));
        assert_eq!(by("employment", kind, json!({})), By::Person);
        assert_eq!(by("detection", kind, data()), detection);
        assert_eq!(by("detection", kind, json!({})), By::Source(source()));
        assert_eq!(by("source", kind, data()), By::Source(source()));
    }
}

#[test]
fn instants_are_literal_or_relative() {
    let told = |from: &str, end: &str| {
        let rules = format!(
            "rules: [{{name: r, on: [worker.hired], assert: {{claim: c, precedence: profile, \
             from: {from}, {end}, want: {{account: present}}}}}}]"
        );
        let data = json!({"effective_at": "2026-10-15T00:00:00Z"});
        let statement = load(&rules).evaluate(&event("worker.hired", data)).unwrap();
        match &statement[..] {
            [Statement::Assert { assertion, .. }] => {
                format!("{} to {}", assertion.from, assertion.until.unwrap())
            }
            other => panic!("{}", super::told(other)),
        }
    };
    assert_snapshot!(told("effective_at - 14d", "for: 24h"), @"2026-10-01T00:00:00Z to 2026-10-02T00:00:00Z");
    assert_snapshot!(told("time + 90s", "for: 2w"), @"2026-09-30T12:01:30Z to 2026-10-14T12:01:30Z");
    assert_snapshot!(told("effective_at+1h", "until: effective_at + 61m"), @"2026-10-15T01:00:00Z to 2026-10-15T01:01:00Z");
    assert_snapshot!(told("2026-10-01T09:00:00+02:00", "until: 2026-12-24T00:00:00Z - 1w"), @"2026-10-01T07:00:00Z to 2026-12-17T00:00:00Z");
    assert_snapshot!(told("time", "for: 4000000000w"), @"2026-09-30T12:00:00Z to 9999-12-30T22:00:00.999999999Z");
}

#[test]
fn start_is_the_effective_time_for_hr_and_now_for_security() {
    let start = |kind: &str| {
        let rules = format!(
            "rules: [{{name: r, on: [{kind}], assert: {{claim: c, precedence: leave, \
             want: {{active: false}}}}}}]"
        );
        let mut event = event(kind, json!({}));
        event.effective_at = Some("2027-01-01T00:00:00Z".parse().unwrap());
        match load(&rules).evaluate(&event).unwrap().remove(0) {
            Statement::Assert { assertion, .. } => assertion.from.to_string(),
            other => panic!("{}", tell(&other)),
        }
    };
    assert_eq!(start("worker.terminated"), "2027-01-01T00:00:00Z");
    assert_eq!(start("worker.access.revoked"), "2026-09-30T12:00:00Z");
    assert_eq!(start("risk.raised"), "2026-09-30T12:00:00Z");
}

#[test]
fn cuts_and_security_are_urgent_unless_the_rule_says_otherwise() {
    let urgency = |precedence: &str, want: &str, said: &str| {
        let rules = format!(
            "rules: [{{name: r, on: [worker.hired], {said} assert: {{claim: c, \
             precedence: {precedence}, want: {want}}}}}]"
        );
        match load(&rules).evaluate(&event("worker.hired", json!({}))).unwrap().remove(0) {
            Statement::Assert { assertion, .. } => assertion.urgency,
            other => panic!("{}", tell(&other)),
        }
    };
    assert_eq!(urgency("profile", "{account: present}", ""), Urgency::Normal);
    assert_eq!(urgency("leave", "{active: false}", ""), Urgency::Urgent);
    assert_eq!(urgency("security", "{active: true}", ""), Urgency::Urgent);
    let bulk = urgency("security", "{active: false}", "urgency: bulk,");
    assert_eq!(bulk, Urgency::Bulk);
}

#[test]
fn hash_changes_with_what_the_rule_says_and_with_nothing_else() {
    let hash = |assert: &str| {
        let text = format!("rules:\n  - name: r\n    on: [worker.hired]\n    assert: {assert}\n");
        match load(&text).evaluate(&event("worker.hired", json!({}))).unwrap().remove(0) {
            Statement::Assert { assertion, .. } => assertion.rule_hash,
            other => panic!("{}", tell(&other)),
        }
    };
    let one = hash("{claim: c, precedence: leave, for: 1d, want: {active: false}}");
    assert_eq!(one.len(), 16);
    assert_eq!(
        one,
        hash("{want: { active: false },  for: 24h, claim: \"c\", precedence: leave}   # same")
    );
    assert_ne!(one, hash("{claim: c, precedence: leave, for: 25h, want: {active: false}}"));
    assert_ne!(one, hash("{claim: c, precedence: leave, for: 1d, want: {active: true}}"));
    // Written into every claim that is kept: it may not change with a new version of usher.
    assert_snapshot!(one, @"354ea2b2495b6ae5");
}

#[test]
fn starter_rules_usher_in_and_show_out() {
    let data = json!({
        "worker": {"employee_id": "88213", "user_name": "kim@example.com"},
        "employment": {"id": "E-2", "type": "contractor"},
        "profile": {"display_name": "Kim Lee"},
        "effective_at": "2026-10-15T00:00:00Z",
        "risk": {"level": "critical"},
    });
    let kinds = [
        "worker.hired",
        "worker.hire.cancelled",
        "worker.terminated",
        "worker.access.revoked",
        "worker.termination.cancelled",
        "worker.rehired",
        "worker.rehire.cancelled",
        "worker.converted",
        "worker.leave.started",
        "worker.leave.ended",
        "risk.raised",
        "risk.cleared",
    ];
    let told: Vec<_> = kinds
        .iter()
        .map(|kind| format!("{kind}\n{}\n", statements(STARTER, kind, data.clone())))
        .collect();
    assert_snapshot!(told.concat(), @r#"
    worker.hired
    profile: {"displayName":"Kim Lee","enterprise.employeeNumber":"88213","externalId":"88213","userName":"kim@example.com"}
    hired: assert employed by Employment("E-2") Profile Normal 2026-10-01T00:00:00Z to ever {"account":"present","groups":{"add":["VPN_Allowed"]}}
    contractor: assert contractor by Employment("E-2") Profile Normal 2026-10-15T00:00:00Z to ever {"groups":{"add":["Contractors"]}}
    comes-after-all: withdraw not-coming by Person at 2026-10-01T00:00:00Z
    worker.hire.cancelled
    hire-cancelled: withdraw employed by Employment("E-2") at 2026-09-30T12:00:00Z
    no-show: assert not-coming by Employment("E-2") Leaver Urgent 2026-09-30T12:00:00Z to ever {"active":false,"groups":{"remove":["VPN_Allowed","Contractors"]}}
    worker.terminated
    terminated: assert terminated by Employment("E-2") Leaver Urgent 2026-10-15T00:00:00Z to ever {"active":false,"groups":{"remove":["VPN_Allowed","Contractors"]}}, after 720h {"account":"absent"}
    worker.access.revoked
    terminated: assert terminated by Employment("E-2") Leaver Urgent 2026-09-30T12:00:00Z to ever {"active":false,"groups":{"remove":["VPN_Allowed","Contractors"]}}, after 720h {"account":"absent"}
    worker.termination.cancelled
    termination-rescinded: withdraw terminated by Employment("E-2") at 2026-09-30T12:00:00Z
    worker.rehired
    profile: {"displayName":"Kim Lee","enterprise.employeeNumber":"88213","externalId":"88213","userName":"kim@example.com"}
    hired: assert employed by Employment("E-2") Profile Normal 2026-10-01T00:00:00Z to ever {"account":"present","groups":{"add":["VPN_Allowed"]}}
    contractor: assert contractor by Employment("E-2") Profile Normal 2026-10-15T00:00:00Z to ever {"groups":{"add":["Contractors"]}}
    comes-after-all: withdraw not-coming by Person at 2026-10-01T00:00:00Z
    rehired: withdraw terminated by Person at 2026-10-15T00:00:00Z
    worker.rehire.cancelled
    hire-cancelled: withdraw employed by Employment("E-2") at 2026-09-30T12:00:00Z
    rehire-cancelled: assert terminated by Employment("E-2") Leaver Urgent 2026-09-30T12:00:00Z to ever {"active":false,"groups":{"remove":["VPN_Allowed","Contractors"]}}, after 720h {"account":"absent"}
    worker.converted
    profile: {"displayName":"Kim Lee","enterprise.employeeNumber":"88213","externalId":"88213","userName":"kim@example.com"}
    contractor: assert contractor by Employment("E-2") Profile Normal 2026-10-15T00:00:00Z to ever {"groups":{"add":["Contractors"]}}
    worker.leave.started
    leave-started: assert on-leave by Employment("E-2") Leave Urgent 2026-10-15T00:00:00Z to ever {"active":false}
    worker.leave.ended
    leave-ended: withdraw on-leave by Employment("E-2") at 2026-10-15T00:00:00Z
    risk.raised
    quarantine: assert quarantine by Source("xdr") Security Urgent 2026-09-30T12:00:00Z to 2026-10-01T12:00:00Z {"groups":{"add":["Quarantine_HighRisk"],"remove":["VPN_Allowed"]}}
    risk.cleared
    risk-cleared: withdraw quarantine by Source("xdr") at 2026-09-30T12:00:00Z
    "#);
}

#[test]
fn groups_and_targets_are_those_that_rules_name() {
    let rules = load(
        "rules: [{name: r, on: [worker.hired], assert: {claim: c, precedence: profile, \
         want: {target: netskope, groups: {add: [A], remove: [B]}}, \
         then: [{after: 1d, want: {groups: {add: [C]}}}]}}]",
    );
    let target = || TargetName::new("netskope");
    let group = GroupName::new;
    assert_eq!(
        rules.groups(),
        BTreeSet::from([
            (Some(target()), group("A")),
            (Some(target()), group("B")),
            (None, group("C")),
        ])
    );
    let named: Vec<_> = rules.targets().into_iter().map(|(target, _)| target).collect();
    assert_eq!(named, [target()]);
}

#[test]
fn rules_may_be_in_several_files() {
    let first = file("rules: [{name: a, on: [risk.cleared], withdraw: c}]");
    let second = file(
        "rules: [{name: b, on: [risk.raised], assert: {claim: c, precedence: security, \
         want: {active: false}}}]",
    );
    let rules = RuleSet::load(&[first, second]).unwrap();
    let statements = rules.evaluate(&event("risk.cleared", json!({}))).unwrap();
    assert_eq!(statements.len(), 1);
}

#[test]
fn no_file_and_an_empty_file_mean_no_rules() {
    for files in [vec![], vec![file("")], vec![file("rules: []\n")]] {
        let rules = RuleSet::load(&files).unwrap_or_else(|error| panic!("{}", chain(&error)));
        let statements = rules.evaluate(&event("risk.cleared", json!({}))).unwrap();
        assert_eq!(statements, []);
    }
}
