//! RFC 9967: what a SCIM provider tells of its resources.

use super::*;
use crate::model::EventKind;

fn scim(events: Value) -> Vec<Item> {
    let mut token = claims("x", json!({}));
    token["sub_id"] = json!({ "format": "scim", "uri": "/Users/8d0f", "externalId": "88213" });
    token["events"] = events;
    decoded(&token)
}

#[test]
fn switching_and_deleting_are_told_by_every_way() {
    let base = "urn:ietf:params:scim:event:prov:";
    let patch = |operation: Value| json!({ "data": { "Operations": [operation] } });
    for (name, event_of, kind) in [
        ("deactivate", json!({}), EventKind::AccountDisabled),
        ("activate", json!({}), EventKind::AccountEnabled),
        ("delete", json!({}), EventKind::AccountPurged),
        ("put:full", json!({ "data": { "active": false } }), EventKind::AccountDisabled),
        (
            "patch:full",
            patch(json!({ "op": "replace", "path": "active", "value": false })),
            EventKind::AccountDisabled,
        ),
        (
            "patch:full",
            patch(json!({ "op": "Replace", "value": { "active": "True" } })),
            EventKind::AccountEnabled,
        ),
    ] {
        let event = event(scim(json!({ format!("{base}{name}"): event_of })));
        assert_eq!(event.kind, kind, "{name}");
        assert_eq!(
            event.data["worker"],
            json!({ "external_ids": { "okta": "8d0f", "scim": "88213" } })
        );
    }
}

#[test]
fn a_notice_that_does_not_say_to_what_is_set_aside_unless_another_event_does() {
    let base = "urn:ietf:params:scim:event:prov:";
    let notice = json!({ "attributes": ["active"] });
    let refused = parked(scim(json!({ format!("{base}patch:notice"): notice })));
    assert_eq!(why(&refused).0, "set.insufficient");
    assert!(refused.takes_access);
    let both =
        scim(json!({ format!("{base}patch:notice"): notice, format!("{base}deactivate"): {} }));
    assert!(matches!(&both[0], Item::Skip(_)) && matches!(&both[1], Item::Event(_)));
    for (name, said) in [
        ("patch:notice", json!({ "attributes": ["title"] })),
        ("create:full", json!({ "data": { "active": true } })),
        ("put:full", json!({ "data": { "title": "x" } })),
    ] {
        let skip = skipped(scim(json!({ format!("{base}{name}"): said })));
        assert_eq!(why(&skip).0, "set.no_concern", "{name}");
    }
}

#[test]
fn groups_are_nobody() {
    let mut token = claims("urn:ietf:params:scim:event:prov:delete", json!({}));
    token["sub_id"] = json!({ "format": "scim", "uri": "/Groups/7" });
    assert_eq!(why(&skipped(decoded(&token))).0, "subject.machine");
}
