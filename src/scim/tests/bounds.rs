//! What a provider sends must not grow what is kept of a person without end.

use crate::model::account::{AttributeName, ChangedBy};
use crate::scim::{Dialect, read};
use serde_json::json;

#[test]
fn of_a_value_that_no_rule_can_want_only_that_it_is_there_is_kept() {
    let body =
        json!({ "id": "1", "userName": "kim@example.com", "displayName": "x".repeat(900_000) });
    let account = read::account(&body, &Dialect::default()).unwrap();
    assert!(!account.attributes[&AttributeName::USER_NAME].is_too_long());
    let shown = &account.attributes[&AttributeName::parse("displayName").unwrap()];
    assert!(shown.is_too_long() && shown.to_text().len() < 100);
}

#[test]
fn custom_attributes_are_kept_within_a_limit_each_and_all_together() {
    const SCHEMA: &str = "urn:example:2.0:User";
    let dialect =
        Dialect::parse("of the test", &format!("custom: {{ schema: {SCHEMA} }}")).unwrap();
    let mut held = serde_json::Map::new();
    held.insert("aNote".to_owned(), json!("x".repeat(1_300_000)));
    held.insert("k".repeat(5_000), json!("short"));
    for number in 0..1_000 {
        held.insert(format!("b{number}"), json!("y".repeat(1_000)));
    }
    let body = json!({ "id": "1", "userName": "kim@example.com", SCHEMA: held });
    let account = read::account(&body, &dialect).unwrap();
    assert!(account.attributes[&AttributeName::parse("custom.aNote").unwrap()].is_too_long());
    let kept = serde_json::to_vec(&account).unwrap().len();
    assert!(kept < 64 * 1024, "{kept} bytes");
}

/// Who wrote it has no name in the standard, and may be a person, who is named nowhere.
#[test]
fn of_who_changed_an_account_last_no_name_of_a_person_is_kept() {
    let changed = |meta: serde_json::Value| {
        let body = json!({ "id": "u1", "meta": meta });
        read::account(&body, &Dialect::default()).unwrap().changed
    };
    let at = "2026-09-01T09:00:00Z";
    let by = |meta| changed(meta).and_then(|it| it.by);
    assert_eq!(changed(json!({ "resourceType": "User" })), None);
    assert_eq!(changed(json!({ "lastModified": at })).unwrap().at, Some(at.parse().unwrap()));
    let program = Some(ChangedBy::Program("okta-scim".to_owned()));
    assert_eq!(by(json!({ "lastModifiedBy": "okta-scim" })), program);
    assert_eq!(by(json!({ "modifiedBy": { "value": "okta-scim" } })), program);
    for person in ["ada@example.com", "Ada Byron", "Адa"] {
        assert_eq!(by(json!({ "provisioner": person })), Some(ChangedBy::Person));
    }
}
