//! Whatever a token holds, there is an answer to it; and nothing that is not proved is an event.

use super::*;
use crate::decode::jose::tests::signed_with;
use crate::decode::tests::never_panics::{answered, scrap};
use proptest::prelude::*;

const PLACES: &[&str] = &[
    "/iss",
    "/jti",
    "/iat",
    "/aud",
    "/exp",
    "/toe",
    "/txn",
    "/sub",
    "/sub_id",
    "/sub_id/format",
    "/sub_id/email",
    "/sub_id/user",
    "/sub_id/device",
    "/sub_id/identifiers",
    "/sub_id/uri",
    "/events",
];

const EVENTS: &[&str] = &[
    "https://schemas.openid.net/secevent/caep/event-type/risk-level-change",
    "https://schemas.openid.net/secevent/caep/event-type/credential-change",
    "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change",
    "https://schemas.openid.net/secevent/risc/event-type/identifier-changed",
    "https://schemas.openid.net/secevent/ssf/event-type/stream-updated",
    "https://schemas.okta.com/secevent/okta/event-type/device-risk-change",
    "urn:ietf:params:scim:event:prov:patch:full",
    "urn:ietf:params:scim:event:prov:patch:notice",
];

const MEMBERS: &[&str] = &[
    "subject",
    "event_timestamp",
    "current_level",
    "previous_level",
    "principal",
    "reason_admin",
    "new-value",
    "data",
    "attributes",
    "status",
    "change_type",
];

fn odd_claims() -> impl Strategy<Value = Value> {
    let places = prop::collection::vec((prop::sample::select(PLACES), scrap()), 0..3);
    let event = prop::collection::btree_map(prop::sample::select(MEMBERS), scrap(), 0..4);
    let events = prop::collection::vec((prop::sample::select(EVENTS), event), 1..3);
    (places, events).prop_map(|(places, events)| {
        let mut token = claims("x", json!({}));
        token["events"] = events.into_iter().map(|(uri, it)| (uri.to_owned(), json!(it))).collect();
        for (place, value) in places {
            let (parent, name) = place.rsplit_once('/').unwrap();
            if let Some(Value::Object(parent)) = token.pointer_mut(parent) {
                parent.insert(name.to_owned(), value);
            }
        }
        token
    })
}

proptest! {
    #[test]
    fn claims_with_anything_in_any_place_are_answered(token in odd_claims()) {
        answered(&decoded(&token))?;
        let token = signed(&token, 1, "one");
        answered(&decode(&record(token), &signed_source()))?;
    }

    #[test]
    fn headers_with_anything_in_them_prove_nothing_by_a_foreign_key(
        header in prop::collection::btree_map("alg|kid|typ|crit|jwk|x5c|[a-z]{1,5}", scrap(), 0..5),
        token in odd_claims(),
    ) {
        let text = signed_with(&json!(header), &token.to_string(), 2);
        let items = decode(&record(text), &signed_source());
        answered(&items)?;
        prop_assert!(items.iter().all(|item| matches!(item, Item::Park(_))), "{items:?}");
    }

    #[test]
    fn a_byte_changed_anywhere_proves_nothing(
        place in any::<prop::sample::Index>(),
        byte in "[A-Za-z0-9._-]",
    ) {
        let token = signed(&claims(&format!("{RISC}account-disabled"), json!({})), 1, "one");
        let mut bytes = token.clone().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte.as_bytes()[0];
        let items = decode(&record(bytes.clone()), &signed_source());
        answered(&items)?;
        if bytes != token.as_bytes() {
            prop_assert!(items.iter().all(|item| matches!(item, Item::Park(_))), "{items:?}");
        }
    }

    #[test]
    fn bytes_of_any_kind_are_answered(value in prop::collection::vec(any::<u8>(), 0..200)) {
        answered(&decode(&record(value), &signed_source()))?;
    }
}
