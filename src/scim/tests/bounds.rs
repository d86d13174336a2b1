//! What a provider sends must not grow what is kept of a person without end.

use crate::model::account::AttributeName;
use crate::scim::{Dialect, read};
use serde_json::json;

#[test]
fn a_value_that_no_rule_can_want_is_not_kept() {
    let body =
        json!({ "id": "1", "userName": "kim@example.com", "displayName": "x".repeat(900_000) });
    let account = read::account(&body, &Dialect::default()).unwrap();
    assert!(account.attributes.contains_key(&AttributeName::USER_NAME));
    assert_eq!(account.attributes.len(), 1);
}
