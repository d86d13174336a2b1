//! What each kind of event means.

use super::*;
use crate::model::EventKind;

fn caep(name: &str, event: Value) -> Vec<Item> {
    decoded(&claims(&format!("{CAEP}{name}"), event))
}

fn risc(name: &str, event: Value) -> Vec<Item> {
    decoded(&claims(&format!("{RISC}{name}"), event))
}

#[test]
fn each_kind_has_its_type_and_its_members() {
    let kim = json!({ "work_email": "kim@example.com" });
    for (items, kind, rest) in [
        (
            caep("session-revoked", json!({ "initiating_entity": "policy" })),
            EventKind::SessionRevoked,
            json!({ "initiating_entity": "policy" }),
        ),
        (
            caep(
                "credential-change",
                json!({ "credential_type": "password", "change_type": "revoke" }),
            ),
            EventKind::CredentialChanged,
            json!({ "credential": { "type": "password", "change": "revoke" } }),
        ),
        (
            caep(
                "assurance-level-change",
                json!({ "namespace": "NIST-AAL", "current_level": "nist-aal1",
            "previous_level": "nist-aal2", "change_direction": "decrease" }),
            ),
            EventKind::AssuranceChanged,
            json!({ "assurance": { "namespace": "NIST-AAL", "level": "nist-aal1",
                "previous_level": "nist-aal2", "direction": "decrease" } }),
        ),
        (
            caep(
                "device-compliance-change",
                json!({ "previous_status": "compliant", "current_status": "not-compliant" }),
            ),
            EventKind::DeviceComplianceChanged,
            json!({ "device": { "status": "not-compliant", "previous_status": "compliant" } }),
        ),
        (
            risc("account-disabled", json!({ "reason": "hijacking" })),
            EventKind::AccountDisabled,
            json!({ "reason": "hijacking" }),
        ),
        (risc("account-enabled", json!({})), EventKind::AccountEnabled, json!({})),
        (risc("account-purged", json!({})), EventKind::AccountPurged, json!({})),
        (
            risc("credential-compromise", json!({ "credential_type": "password" })),
            EventKind::CredentialCompromised,
            json!({ "credential": { "type": "password" } }),
        ),
        (
            risc("account-credential-change-required", json!({})),
            EventKind::CredentialChanged,
            json!({ "credential": { "change": "required" } }),
        ),
        (risc("sessions-revoked", json!({})), EventKind::SessionRevoked, json!({})),
    ] {
        let event = event(items);
        assert_eq!(event.kind, kind);
        let mut wanted = json!({ "worker": kim });
        wanted.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        assert_eq!(event.data, wanted, "{kind}");
    }
}

#[test]
fn the_level_now_says_whether_a_risk_is_raised_or_cleared() {
    for (level, kind) in [
        ("LOW", EventKind::RiskCleared),
        ("none", EventKind::RiskCleared),
        ("MEDIUM", EventKind::RiskRaised),
        ("High", EventKind::RiskRaised),
    ] {
        let said = json!({ "principal": "USER", "current_level": level, "previous_level": "LOW" });
        let event = event(caep("risk-level-change", said));
        assert_eq!(event.kind, kind, "{level}");
        assert_eq!(event.data["risk"]["level"], level.to_lowercase());
        assert_eq!(event.data["risk"]["previous_level"], "low");
        assert_eq!(event.detection_id.as_deref(), Some("risk of user"));
    }
    let refused = parked(caep("risk-level-change", json!({ "principal": "USER" })));
    assert_eq!(why(&refused).0, "set.insufficient");
    let refused = parked(caep("risk-level-change", json!({ "current_level": "purple" })));
    assert_eq!(why(&refused).0, "field.unknown_value");
    let twice = json!({ "current_level": "low", "currentRiskLevel": "high" });
    assert_eq!(why(&parked(caep("risk-level-change", twice))).0, "set.contradiction");
    let of_all = json!({ "principal": "TENANT", "current_level": "HIGH" });
    assert_eq!(why(&parked(caep("risk-level-change", of_all))).0, "set.subject_many");
}

/// As Netskope's plugin for Okta sends it.
#[test]
fn okta_user_risk_change_is_read_without_an_outer_format() {
    let mut token = claims(
        "https://schemas.okta.com/secevent/okta/event-type/user-risk-change",
        json!({
            "subject": { "user": { "format": "email", "email": "kim@example.com" } },
            "current_level": "high", "previous_level": "low",
            "event_timestamp": 1_790_780_520.123_f64, "reason_admin": { "en": "seen" },
        }),
    );
    token.as_object_mut().unwrap().remove("sub_id");
    let event = event(decoded(&token));
    assert_eq!(event.kind, EventKind::RiskRaised);
    assert_eq!(event.time.as_millisecond(), 1_790_780_520_123);
    assert_eq!(event.data["reason"], "seen");
}

/// As 18F/identity-idp sends it (CC0): an expiry of twelve hours, and a subject of the older kind.
#[test]
fn login_gov_is_read_under_its_own_address() {
    let mut token = claims(
        "https://schemas.login.gov/secevent/risc/event-type/account-purged",
        json!({ "subject": { "subject_type": "iss-sub", "iss": ISSUER, "sub": "00u1" } }),
    );
    token["exp"] = json!(RECORDED + 43_200);
    token.as_object_mut().unwrap().remove("sub_id");
    let event = event(decoded(&token));
    assert_eq!(event.kind, EventKind::AccountPurged);
    assert_eq!(event.data["worker"], json!({ "external_ids": { "okta": "00u1" } }));
    token["events"] = json!({
        "https://schemas.login.gov/secevent/risc/event-type/reproof-completed": { "subject": {} },
    });
    let unknown = skipped(decoded(&token));
    assert_eq!(why(&unknown).0, "type.unknown");
    assert!(unknown.kind.unwrap().ends_with("reproof-completed"), "it is counted by its kind");
}

#[test]
fn events_that_are_a_text_are_read_and_encrypted_ones_set_aside() {
    let mut token = claims("x", json!({}));
    token.as_object_mut().unwrap().remove("sub_id");
    let said = json!({ "type": "account-delete", "sub": "000123.abc", "event_time": 1_790_780_520_000_i64 });
    token["events"] = json!(said.to_string());
    let event = event(decoded(&token));
    assert_eq!(event.kind, EventKind::AccountPurged);
    assert_eq!(event.data["worker"], json!({ "external_ids": { "okta": "000123.abc" } }));
    assert_eq!(event.time.as_second(), 1_790_780_520);

    let refused = parked(decoded(&claims(&format!("{RISC}account-disabled"), json!("a.b.c.d.e"))));
    assert_eq!(why(&refused).0, "set.encrypted");
    assert!(refused.takes_access);
}

#[test]
fn several_events_are_several_and_two_names_of_one_are_one() {
    let mut token = claims(&format!("{CAEP}session-revoked"), json!({}));
    token["events"][format!("{RISC}sessions-revoked")] = json!({});
    token["events"][format!("{RISC}account-disabled")] = json!({});
    token["events"]["https://example.com/unheard"] = json!({});
    let items = decoded(&token);
    let ids: Vec<_> = items
        .iter()
        .map(|item| match item {
            Item::Event(event) => event.id.clone(),
            Item::Skip(refused) | Item::Park(refused) => refused.why.code.as_str().to_owned(),
        })
        .collect();
    assert_eq!(ids, ["set-1 session.revoked", "set-1 account.disabled", "type.unknown"]);
}

#[test]
fn meanings_that_contradict_each_other_refuse_the_token() {
    for (one, other) in [
        (format!("{RISC}account-disabled"), format!("{RISC}account-enabled")),
        (format!("{RISC}account-purged"), format!("{RISC}account-enabled")),
        (
            "urn:ietf:params:scim:event:prov:activate".to_owned(),
            "urn:ietf:params:SCIM:event:prov:deactivate".to_owned(),
        ),
    ] {
        let mut token = claims(&one, json!({}));
        token["sub_id"] = json!({ "format": "scim", "uri": "/Users/8d0f" });
        token["events"][other] = json!({});
        let refused = parked(decoded(&token));
        assert_eq!(why(&refused).0, "set.contradiction");
        assert!(refused.takes_access);
    }
}

#[test]
fn time_is_that_of_the_event_then_of_the_token() {
    let at = |claims: &Value| event(decoded(claims)).time.as_second();
    let mut token = claims(&format!("{CAEP}session-revoked"), json!({}));
    assert_eq!(at(&token), RECORDED - 2);
    token["toe"] = json!(RECORDED - 10);
    assert_eq!(at(&token), RECORDED - 10);
    token["events"][format!("{CAEP}session-revoked")] = json!({ "event_timestamp": RECORDED - 20 });
    assert_eq!(at(&token), RECORDED - 20);
    token["events"][format!("{CAEP}session-revoked")] = json!({ "event_timestamp": "soon" });
    assert_eq!(why(&parked(decoded(&token))).0, "set.malformed");
}

#[test]
fn what_concerns_nobody_is_skipped_and_what_stops_a_stream_is_not() {
    let ssf = "https://schemas.openid.net/secevent/ssf/event-type/";
    for (address, event) in [
        (format!("{ssf}verification"), json!({ "state": "x" })),
        (format!("{ssf}stream-updated"), json!({ "status": "enabled" })),
        (format!("{CAEP}session-established"), json!({})),
        (format!("{CAEP}token-claims-change"), json!({ "claims": {} })),
        (format!("{RISC}opt-in"), json!({})),
    ] {
        assert_eq!(why(&skipped(decoded(&claims(&address, event)))).0, "set.no_concern");
    }
    let stopped = claims(&format!("{ssf}stream-updated"), json!({ "status": "disabled" }));
    assert_eq!(why(&parked(decoded(&stopped))).0, "set.stream_stopped");
    let recycled = claims(&format!("{RISC}identifier-recycled"), json!({}));
    assert_eq!(why(&parked(decoded(&recycled))).0, "set.identifier_recycled");
}

#[test]
fn an_address_that_changed_leads_to_the_same_person() {
    let event = event(risc("identifier-changed", json!({ "new-value": "kim.new@example.com" })));
    assert_eq!(event.kind, EventKind::IdentifierChanged);
    assert_eq!(event.data["worker"], json!({ "work_email": "kim.new@example.com" }));
    assert_eq!(event.data["previous"], json!({ "work_email": "kim@example.com" }));
    assert_eq!(why(&parked(risc("identifier-changed", json!({})))).0, "set.insufficient");
}

#[test]
fn what_a_source_may_not_send_is_set_aside() {
    let source =
        SourceSettings { types: vec![TypePattern::parse("risk.*").unwrap()], ..decoded_source() };
    let token = claims(&format!("{RISC}account-enabled"), json!({})).to_string();
    let refused = parked(decode(&record(token), &source));
    assert_eq!(why(&refused), ("type.not_allowed", "events"));
}
