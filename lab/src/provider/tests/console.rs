//! Lists beside SCIM, each behind a scope.

use crate::inventory::scope::{Found, List, Scope, question, read};
use crate::provider::manners::Manners;
use crate::provider::{Ask, Provider, Token};
use serde_json::json;

fn provider(console: serde_json::Value) -> Provider {
    let manners = Manners::netskope().with_json("console", console).unwrap();
    let manners = Manners { calls_per_second: None, ..manners };
    let token = Token { text: "t".to_owned(), expires_at: None };
    Provider::new(manners, token, "http://localhost")
}

fn ask(list: List) -> Ask {
    let question = question(list, 0);
    Ask {
        method: if question.body.is_some() { "POST" } else { "GET" }.to_owned(),
        path: question.path.to_owned(),
        query: question.query,
        headers: vec![("authorization".to_owned(), "Bearer t".to_owned())],
        body: question.body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
    }
}

#[test]
fn what_is_granted_is_shown_and_the_rest_is_refused() {
    let now = jiff::Timestamp::UNIX_EPOCH;
    let rules =
        json!([{ "rule_name": "a", "enabled": "1", "rule_data": { "user_groups": ["VPN"] } }]);
    let mut provider = provider(json!({ "policies": rules, "user_management": [] }));
    let _group = provider.directory_mut().plant_group("VPN");
    for scope in Scope::ALL {
        for list in scope.lists() {
            let answer = provider.answer(&ask(*list), now);
            let is_granted = matches!(scope, Scope::Policies | Scope::UserManagement);
            assert_eq!(answer.status, if is_granted { 200 } else { 403 }, "{list:?}");
        }
    }
    let answer = provider.answer(&ask(List::PrivateAccessRules), now);
    let page = read(List::PrivateAccessRules, &answer.body.unwrap()).unwrap();
    assert!(matches!(&page.rows[..], [Found::Policy(policy)] if policy.names("VPN")));
    let answer = provider.answer(&ask(List::ManagedGroups), now);
    let page = read(List::ManagedGroups, &answer.body.unwrap()).unwrap();
    assert!(matches!(&page.rows[..], [Found::Group(group)] if group.name == "VPN"));
    let mut without = provider_without();
    assert_eq!(without.answer(&ask(List::Tokens), now).status, 404);
}

fn provider_without() -> Provider {
    provider(serde_json::Value::Null)
}
