//! Whatever a provider answers is read without a panic, and nothing comes out of it that was not in it.
//!
//! `PROPTEST_CASES=1000000` takes longer; the seed of a failure is printed.

use crate::scim::dialect::Dialect;
use crate::scim::read;
use proptest::prelude::*;
use serde_json::{Number, Value as Json, json};

/// Members as servers have them, in the cases in which they write them.
const NAMES: [&str; 44] = [
    "Resources",
    "resources",
    "totalResults",
    "itemsPerPage",
    "startIndex",
    "nextCursor",
    "schemas",
    "id",
    "ID",
    "userName",
    "active",
    "ACTIVE",
    "emails",
    "value",
    "type",
    "primary",
    "display",
    "$ref",
    "groups",
    "members",
    "displayName",
    "name",
    "givenName",
    "familyName",
    "title",
    "meta",
    "lastModified",
    "lastModifiedBy",
    "version",
    "scimType",
    "detail",
    "status",
    "code",
    "error",
    "errors",
    "message",
    "success",
    "ok",
    "roles",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "employeeNumber",
    "manager",
    "department",
    "urn:ietf:params:scim:schemas:extension:tenant:2.0:User",
];
const TEXTS: [&str; 20] = [
    "",
    " ",
    "u1",
    "kim@example.com",
    "true",
    "FALSE",
    "404",
    "-1",
    "99999999999999999999",
    "work",
    "Work",
    "uniqueness",
    "urn:ietf:params:scim:api:messages:2.0:Error",
    "urn:ietf:params:scim:api:messages:2.0:ListResponse",
    "2026-09-21T14:13:20Z",
    "2026-13-99T99:99:99Z",
    "\u{0}",
    "\u{feff}kim",
    "İΣ\u{301}",
    "failed",
];

fn answer() -> impl Strategy<Value = Json> {
    let number = prop_oneof![
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(|it| Number::from_f64(it).map_or(Json::Null, Json::Number)),
        (0_u64..600).prop_map(Json::from),
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        number,
        prop::sample::select(&TEXTS[..]).prop_map(Json::from),
        "\\PC{0,8}".prop_map(Json::from),
        Just(json!("x".repeat(70_000))),
    ];
    leaf.prop_recursive(6, 96, 8, |inner| {
        let name = prop::sample::select(&NAMES[..]).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((name, inner), 0..8).prop_map(|all| all.into_iter().collect()),
        ]
    })
}

/// A User, a Group, a list or an error with members as they come.
fn shaped() -> impl Strategy<Value = Json> {
    let shell = prop::sample::select(vec![
        json!({ "id": "u1", "userName": "kim@example.com", "active": true, "emails": [{ "value": "kim@example.com" }] }),
        json!({ "id": "g1", "displayName": "VPN_Allowed", "members": [{ "value": "u1" }] }),
        json!({ "totalResults": 2, "Resources": [{ "id": "u1" }, { "id": "u2" }] }),
        json!({ "schemas": [TEXTS[12]], "status": "409", "scimType": "uniqueness", "detail": "kim" }),
    ]);
    let name = prop::sample::select(&NAMES[..]);
    (shell, prop::collection::vec((name, answer()), 0..4)).prop_map(|(mut shell, changes)| {
        for (name, value) in changes {
            shell[name] = value;
        }
        shell
    })
}

fn dialects() -> [Dialect; 2] {
    ["base: rfc7644", "base: netskope"].map(|yaml| Dialect::parse("of the test", yaml).unwrap())
}

proptest! {
    #[test]
    fn whatever_is_answered_is_read_without_a_guess(body in prop_oneof![answer(), shaped()], cut in any::<prop::sample::Index>()) {
        for dialect in &dialects() {
            if let Some(account) = read::account(&body, dialect) {
                prop_assert!(account.active.is_none() || read::get(&body, "active").is_some());
                for name in account.attributes.keys() {
                    prop_assert!(read::values(&body, name, dialect).len() < 1_000);
                }
                prop_assert_eq!(Some(account.id), read::id(&body));
            }
        }
        if let Some(members) = read::members(&body) {
            let listed = read::get(&body, "members").and_then(Json::as_array).map_or(1, Vec::len);
            prop_assert!(members.len() <= listed, "nobody is in a group who was not listed");
        }
        if let Some(page) = read::page(&body) {
            prop_assert!(!read::denies(&body), "a list is no refusal");
            let listed = read::get(&body, "Resources").and_then(Json::as_array).map_or(0, Vec::len);
            prop_assert_eq!(page.items.len(), listed);
        }
        if let Some(said) = read::scim_type(&body) {
            prop_assert!(read::error_says(&body, said));
        }
        read::display_name(&body);
        // What was cut off on the way is no answer at all.
        let text = body.to_string();
        let cut = cut.index(text.len());
        if cut > 0 && (body.is_object() || body.is_array()) {
            let kept = text.as_bytes().get(..cut).unwrap_or_default();
            prop_assert!(serde_json::from_slice::<Json>(kept).is_err());
        }
    }
}
