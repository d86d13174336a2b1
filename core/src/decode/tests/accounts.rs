//! What usher itself has found of accounts: read from its own topic, and from nobody else.

use super::*;
use crate::model::code::Code;
use crate::model::{AccountRef, Alias, AliasKind, ScimId, TargetName};

fn found(kind: &str, account: &Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": "f-1",
        "source": "urn:usher:reconcile",
        "type": format!("io.usher.{kind}.v1"),
        "time": "2026-09-30T15:02:11Z",
        "data": {
            "account": account,
            "worker": { "user_name": "Bo@Example.com" },
            "finding": { "misses": 2, "because": [{ "because": "nobodys_names" }] },
        },
    })
}

fn read(body: &Value) -> Vec<Item> {
    decode(&record(body.to_string()), &SourceSettings::of_findings("usher.events"))
}

#[test]
fn account_is_known_by_its_id_whose_capitals_count() {
    let told = event(read(&found("account.orphaned", &json!({ "target": "main", "id": "aB" }))));
    let account = AccountRef { target: TargetName::new("main"), id: ScimId::new("aB") };
    assert_eq!(told.account(), Some(account.clone()));
    let name = Alias::parse(AliasKind::UserName, "bo@example.com").unwrap();
    assert_eq!(told.aliases, [account.alias().unwrap(), name]);
    assert!(told.aliases[0].is_of_an_account() && !told.aliases[1].is_of_an_account());
    let other = AccountRef { id: ScimId::new("ab"), ..account.clone() };
    assert_ne!(other.alias(), account.alias());
}

#[test]
fn nobody_elses_word_on_accounts_is_heard_and_theirs_brings_nothing_else() {
    let body = found("account.orphaned", &json!({ "target": "main", "id": "1" }));
    assert_eq!(parked(decode_body(&body)).why.code, Code::TypeNotAllowed);
    for types in ["account.*", "*"] {
        let source = settings(&[types]);
        let refused = parked(decode(&record(body.to_string()), &source));
        assert_eq!(refused.why.code, Code::TypeNotAllowed, "{types}");
        assert!(refused.takes_access);
    }
    assert!(TypePattern::parse("account.orphaned").is_err(), "no source can have it");
    assert_eq!(parked(read(&termination())).why.code, Code::TypeNotAllowed);
}

#[test]
fn account_without_an_id_is_set_aside_unless_it_is_only_told_of() {
    for account in [json!({ "target": "main" }), json!({ "id": "1" }), json!({}), Value::Null] {
        let refused = parked(read(&found("account.left_active", &account)));
        assert_eq!(refused.why.code, Code::AccountUnnamed, "{account}");
    }
    event(read(&found("account.missing", &json!({ "target": "main" }))));
}
