//! Whom a token is about, in whichever form it is said.

use super::*;

fn about(subject: Value) -> Vec<Item> {
    let mut token = claims(&format!("{RISC}account-disabled"), json!({}));
    token["sub_id"] = subject;
    decoded(&token)
}

#[test]
fn each_form_names_the_person() {
    for (subject, worker) in [
        (
            json!({ "format": "email", "email": "kim@example.com" }),
            json!({ "work_email": "kim@example.com" }),
        ),
        (
            json!({ "format": "iss_sub", "iss": ISSUER, "sub": "00u1" }),
            json!({ "external_ids": { "okta": "00u1" } }),
        ),
        (
            json!({ "format": "iss_sub", "iss": "https://idp.example.org/x", "sub": "7" }),
            json!({ "external_ids": { "idp.example.org": "7" } }),
        ),
        (
            json!({ "format": "opaque", "id": "00u1" }),
            json!({ "external_ids": { "okta": "00u1" } }),
        ),
        (
            json!({ "format": "account", "uri": "acct:kim@example.com" }),
            json!({ "user_name": "kim@example.com" }),
        ),
        (
            json!({ "format": "phone_number", "phone_number": "+4930123456" }),
            json!({ "external_ids": { "phone": "+4930123456" } }),
        ),
        (
            json!({ "format": "did", "url": "did:example:123456" }),
            json!({ "external_ids": { "did": "did:example:123456" } }),
        ),
        (
            json!({ "format": "uri", "uri": "mailto:kim@example.com" }),
            json!({ "work_email": "kim@example.com" }),
        ),
        (
            json!({ "format": "aliases", "identifiers": [
            { "format": "email", "email": "kim@example.com" }, { "format": "opaque", "id": "00u1" },
        ] }),
            json!({ "work_email": "kim@example.com", "external_ids": { "okta": "00u1" } }),
        ),
        (
            json!({ "format": "complex",
            "user": { "format": "email", "email": "kim@example.com" },
            "device": { "format": "opaque", "id": "laptop-7" },
            "tenant": { "format": "opaque", "id": "acme" } }),
            json!({ "work_email": "kim@example.com" }),
        ),
        (
            json!({ "user": { "format": "email", "email": "kim@example.com" } }),
            json!({ "work_email": "kim@example.com" }),
        ),
        (
            json!({ "subject_type": "id_token_claims", "iss": ISSUER, "sub": "00u1", "email": "kim@example.com" }),
            json!({ "work_email": "kim@example.com", "external_ids": { "okta": "00u1" } }),
        ),
    ] {
        assert_eq!(event(about(subject.clone())).data["worker"], worker, "{subject}");
    }
}

#[test]
fn machines_are_nobody_and_crowds_are_not_guessed_at() {
    let device = json!({ "format": "opaque", "id": "laptop-7" });
    assert_eq!(
        why(&skipped(about(json!({ "format": "complex", "device": device })))).0,
        "subject.machine"
    );
    for (subject, code) in [
        (json!({ "format": "complex", "tenant": device }), "set.subject_many"),
        (json!({ "format": "complex", "group": device }), "set.subject_many"),
        (json!({ "format": "complex", "session": device }), "set.subject_unsupported"),
        (json!({ "format": "jwt_id", "iss": ISSUER, "jti": "1" }), "set.subject_unsupported"),
        (json!({ "format": "email" }), "set.subject_unsupported"),
        (json!({ "format": "of-its-own", "x": 1 }), "set.subject_unsupported"),
        (json!({ "format": "uri", "uri": "https://example.com/kim" }), "set.subject_unsupported"),
        (json!({ "format": "aliases", "identifiers": [] }), "set.subject_unsupported"),
        (
            json!({ "format": "aliases", "identifiers": [{ "format": "aliases", "identifiers": [] }] }),
            "set.subject_unsupported",
        ),
        (json!("kim"), "set.subject_unsupported"),
    ] {
        let refused = parked(about(subject.clone()));
        assert_eq!(why(&refused).0, code, "{subject}");
        assert!(refused.takes_access, "{subject}");
    }
}

#[test]
fn two_people_in_one_token_are_nobody() {
    let two = json!({ "format": "aliases", "identifiers": [
        { "format": "email", "email": "kim@example.com" }, { "format": "email", "email": "lee@example.com" },
    ] });
    assert_eq!(why(&parked(about(two))).0, "set.subjects_differ");
    let mut token = claims(
        &format!("{RISC}account-disabled"),
        json!({ "subject": { "format": "email", "email": "lee@example.com" } }),
    );
    assert_eq!(why(&parked(decoded(&token))).0, "set.subjects_differ");
    token["sub_id"] = json!({ "format": "email", "email": "LEE@example.com" });
    event(decoded(&token));
}

#[test]
fn what_is_said_of_a_device_has_a_detection_of_its_own() {
    let user = json!({ "format": "email", "email": "kim@example.com" });
    let device = |id: &str| json!({ "format": "opaque", "id": id });
    let told = |id: &str, name: &str, said: Value| {
        let mut token = claims(&format!("{CAEP}{name}"), said);
        token["sub_id"] = json!({ "format": "complex", "user": user, "device": device(id) });
        event(decoded(&token))
    };
    let event =
        told("laptop-7", "device-compliance-change", json!({ "current_status": "not-compliant" }));
    assert_eq!(event.detection_id.as_deref(), Some("compliance of device laptop-7"));
    assert_eq!(event.data["device"]["id"], "laptop-7");
    let risk = json!({ "principal": "DEVICE", "current_level": "HIGH" });
    let event = told("laptop-8", "risk-level-change", risk);
    assert_eq!(event.detection_id.as_deref(), Some("risk of device laptop-8"));
}
