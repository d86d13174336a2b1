//! Whatever comes in, something goes out.

use super::{Caller, ENTERPRISE, TENANT};
use crate::provider::Ask;
use crate::provider::directory::filter::Filter;
use crate::provider::manners::Manners;
use proptest::prelude::*;
use serde_json::{Value, json};

const NAMES: &[&str] = &[
    "schemas",
    "id",
    "userName",
    "emails",
    "name",
    "active",
    "members",
    "displayName",
    "externalId",
    "value",
    "type",
    "primary",
    "op",
    "path",
    "Operations",
    ENTERPRISE,
    TENANT,
    "meta",
    "groups",
];

const PATHS: &[&str] = &[
    "members",
    "members[value eq \"u\"]",
    "emails[type eq \"work\"].value",
    "emails.value",
    "name",
    "name.givenName",
    "emails[",
    "]",
    "[.]",
    "active.x",
    "urn:",
    ENTERPRISE,
    TENANT,
    "id",
    "é[ü]ß",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(PATHS).prop_map(Value::from),
        prop::sample::select(&["add", "replace", "remove", "ada"][..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any_name(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(NAMES).prop_map(str::to_owned),
        1 => ".{0,12}".prop_map(|name| name),
    ]
}

fn any_operation() -> impl Strategy<Value = Value> {
    let op = prop::sample::select(&["add", "replace", "remove", "Add"][..]);
    let path = prop_oneof![
        prop::sample::select(PATHS).prop_map(str::to_owned),
        any_name(),
        ".{0,20}".prop_map(|path| path),
    ];
    (op, proptest::option::of(path), any_json()).prop_map(|(op, path, value)| match path {
        Some(path) => json!({ "op": op, "path": path, "value": value }),
        None => json!({ "op": op, "value": value }),
    })
}

fn any_manners() -> impl Strategy<Value = Manners> {
    prop_oneof![Just(Manners::netskope()), Just(Manners::rfc7644())]
}

proptest! {
    #[test]
    fn any_request_is_answered(
        manners in any_manners(),
        method in prop::sample::select(&["GET", "POST", "PUT", "PATCH", "DELETE", "BREW"][..]),
        path in prop_oneof![
            prop::sample::select(&["/Users", "/Groups", "/Users/x", "/Schemas", "", "/"][..])
                .prop_map(str::to_owned),
            ".{0,30}".prop_map(|path| path),
        ],
        query in prop_oneof![
            ".{0,40}".prop_map(|query| query),
            ".{0,30}".prop_map(|filter| format!("filter={filter}&startIndex=9223372036854775807")),
            any_name().prop_map(|name| format!("attributes={name}.é,{name}&count=-1")),
        ],
        body in prop_oneof![
            any_json().prop_map(|body| body.to_string().into_bytes()),
            prop::collection::vec(any::<u8>(), 0..40),
        ],
    ) {
        let mut caller = Caller::of(manners);
        let path = format!("{}{path}", caller.base_path);
        let headers = vec![("authorization".to_owned(), "Bearer s3cret".to_owned())];
        let ask = Ask { method: method.to_owned(), path, query, headers, body };
        let status = caller.send(&ask).status;
        prop_assert!((200..500).contains(&status), "{}", status);
    }

    #[test]
    fn any_patch_leaves_a_user_and_a_group_that_can_be_shown(
        manners in any_manners(),
        operations in prop::collection::vec(any_operation(), 1..5),
    ) {
        let mut caller = Caller::of(manners);
        let user = caller.user("ada");
        let group = caller.group("VPN", &[&user]);
        for target in [format!("/Users/{user}"), format!("/Groups/{group}")] {
            let status = caller.patch(&target, json!(operations)).status;
            prop_assert!([200, 204, 400, 409].contains(&status), "{}", status);
            let shown = caller.get(&target);
            prop_assert!(shown["id"].is_string());
        }
        let shown = caller.get(&format!("/Users/{user}"));
        prop_assert!(!shown["userName"].as_str().unwrap().is_empty());
    }

    #[test]
    fn any_filter_is_read_or_refused(text in "[a-z\"\\\\()\\[\\]. é]{0,60}") {
        let _read_or_not = Filter::parse(&text, true);
    }
}

#[test]
fn a_filter_is_not_followed_into_the_depth() {
    let text = format!("{}a pr{}", "(".repeat(2_000), ")".repeat(2_000));
    assert_eq!(Filter::parse(&text, true), None);
}
