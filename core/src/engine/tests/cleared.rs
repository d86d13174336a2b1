//! Attributes that had no value before a claim, or that HR clears.

use super::bench::Bench;
use super::way_back::{Provider, asks_for_the_way_back, of_kim};
use crate::engine::Input;
use crate::engine::record::{Kept, decode};
use crate::model::{AttributeName, Field, Operation, Reply, Request, ResultWord, Value};
use serde_json::json;

fn attribute(name: &str) -> AttributeName {
    AttributeName::parse(name).unwrap()
}

#[test]
fn an_attribute_that_had_no_value_before_a_claim_has_none_after_it() {
    let mut provider = Provider::with_kim(&[]);
    let mut bench = provider.new_owner();
    provider.lists = true;
    bench.event("worker.leave.started", json!({}));
    provider.serve(&mut bench, 1);
    assert_eq!(provider.attributes()[&attribute("nickName")], Value::Text("Away".to_owned()));
    bench.event("worker.leave.ended", json!({}));
    provider.serve(&mut bench, 1);
    assert_eq!(provider.attributes().get(&attribute("nickName")), None);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    assert_eq!(bench.last_result().calls[0].cleared, ["nickName"]);
    assert!(!asks_for_the_way_back(&bench));
    let writes = provider.writes.len();
    provider.attributes().insert(attribute("nickName"), Value::Text("K".to_owned()));
    bench.event("worker.updated", of_kim());
    provider.serve(&mut bench, 1);
    assert_eq!(provider.writes[writes..], [], "it is nobody's again");
}

#[test]
fn what_hr_clears_is_cleared_and_the_result_says_so() {
    for empty in [json!(null), json!(""), json!(" \u{a0}\u{200b}")] {
        let mut provider = Provider::with_kim(&["VPN"]);
        let mut bench = provider.new_owner();
        provider.lists = true;
        let of_hr = |title: &serde_json::Value, badge: &serde_json::Value| {
            json!({"worker": {"user_name": "kim@example.com", "badge": badge},
                "profile": {"title": title, "manager": title}})
        };
        provider.attributes().insert(AttributeName::MANAGER, Value::Text("a-lee".to_owned()));
        bench.event("worker.updated", of_hr(&json!("Clerk"), &json!("B7")));
        provider.serve(&mut bench, 1);
        assert_eq!(provider.attributes()[&attribute("title")], Value::Text("Clerk".to_owned()));
        // What the event does not speak of is left alone.
        bench.event("worker.updated", of_kim());
        provider.serve(&mut bench, 1);
        assert_eq!(provider.attributes()[&attribute("custom.badge")], Value::Text("B7".to_owned()));
        bench.event("worker.updated", of_hr(&empty, &empty));
        provider.serve(&mut bench, 1);
        let left: Vec<&str> = provider.attributes().keys().map(AttributeName::as_str).collect();
        assert_eq!(left, ["userName"], "{empty}");
        assert_eq!(bench.last_result().word, ResultWord::Applied);
        let cleared = &bench.last_result().calls[0].cleared;
        assert_eq!(*cleared, ["custom.badge", "enterprise.manager", "title"], "{empty}");
        // Said once, it is no drift: a new owner has nothing to do.
        let writes = provider.writes.len();
        let mut next = bench.next_owner();
        provider.serve(&mut next, 1);
        assert_eq!(provider.writes[writes..], []);
    }
}

#[test]
fn an_account_that_usher_makes_is_made_without_what_hr_says_is_empty() {
    let mut bench = Bench::ready(&[]);
    bench.event(
        "worker.hired",
        json!({"worker": {"user_name": "kim@example.com"}, "profile": {"title": null}}),
    );
    bench.reply(Reply::Accounts(Vec::new()));
    let creation = bench.called();
    let Request::Write(Operation::Create { attributes, .. }) = creation.request else {
        panic!("{creation:?}")
    };
    assert_eq!(attributes.keys().collect::<Vec<_>>(), [&AttributeName::USER_NAME]);
}

#[test]
fn what_was_kept_before_anything_could_be_cleared_is_read_as_it_was() {
    let mut provider = Provider::with_kim(&[]);
    let mut bench = provider.new_owner();
    bench.event(
        "worker.updated",
        json!({"worker": {"user_name": "kim@example.com"}, "profile": {"title": "Clerk"}}),
    );
    provider.serve(&mut bench, 1);
    let key = bench.person_key();
    let written = String::from_utf8(bench.state[&key].clone()).unwrap();
    assert!(written.contains(r#""value":"Clerk""#), "{written}");
    assert!(written.contains(r#""title":"Clerk""#), "{written}");
    let read: Kept = decode(&key, written.as_bytes()).unwrap();
    let title = &read.person.profile[&attribute("title")][0].value;
    assert_eq!(*title, Field::Set(Value::Text("Clerk".to_owned())));
    let cleared = written.replace(r#""value":"Clerk""#, r#""value":null"#);
    let read: Kept = decode(&key, cleared.as_bytes()).unwrap();
    assert_eq!(read.person.profile[&attribute("title")][0].value, Field::Clear);
    bench.step(Input::Tick);
}
