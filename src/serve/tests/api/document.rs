//! The description of the API is true: real answers are as it says, and it says nothing that is not there.

use super::super::world::{Answer, UNMASK, VIEWER};
use super::{OWN, world};
use crate::serve::api::{DOCUMENT, addresses};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The path of the description that an address is of.
fn described<'a>(document: &'a Value, path: &str) -> (&'a String, &'a Value) {
    let path = path.split('?').next().unwrap();
    let fits = |described: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        let wanted: Vec<&str> = described.split('/').collect();
        let is_same = |(part, wanted): (&&str, &&str)| part == wanted || wanted.starts_with('{');
        parts.len() == wanted.len() && parts.iter().zip(&wanted).all(is_same)
    };
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .find(|(described, _)| fits(described))
        .unwrap_or_else(|| panic!("{path} is not described"))
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// Every answer is of a status and a shape that is described.
fn is_as_described(document: &Value, path: &str, answer: &Answer) -> String {
    let (described, item) = described(document, path);
    let status = answer.status.to_string();
    let response = resolved(document, &item["get"]["responses"][&status]);
    let kind = answer.header("content-type").unwrap();
    let schema = &response["content"][kind]["schema"];
    assert!(schema.is_object(), "{path}: {status} as {kind} is not described");
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let problems: Vec<String> = validator.iter_errors(&body).map(|it| it.to_string()).collect();
    assert!(problems.is_empty(), "{path}: {problems:?}\n{body:#}");
    described.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_as_the_document_says() {
    let (world, _) = world().await;
    let answer = world.ask("GET", "/v1/openapi.json", &[], "").await;
    let document: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(document, serde_json::from_str::<Value>(DOCUMENT).unwrap());
    let account = "integrated_account_id=acme/main";
    let mut seen: BTreeSet<String> = BTreeSet::from(["/v1/openapi.json".to_owned()]);
    for path in [
        format!("{OWN}/users"),
        format!("{OWN}/users?limit=3&truto_key_by=id"),
        format!("{OWN}/users?truto_response_format=raw&limit=2"),
        format!("{OWN}/users?limit=nothing"),
        format!("{OWN}/users?next_cursor=x"),
        format!("{OWN}/users/u-03"),
        format!("{OWN}/users/nobody"),
        format!("{OWN}/groups"),
        format!("{OWN}/groups/g-vpn"),
        format!("/unified/user-directory/users?{account}"),
        format!("/unified/user-directory/users/u-03?{account}"),
        format!("/unified/user-directory/groups?{account}"),
        format!("/unified/user-directory/groups/g-vpn?{account}"),
        "/v1/acme/main/capabilities".to_owned(),
        "/v1/acme/nowhere/capabilities".to_owned(),
        "/integrated-account".to_owned(),
        "/integrated-account/acme%2Fmain/capabilities".to_owned(),
        "/integrated-account/acme/main/capabilities".to_owned(),
        "/v1/acme/main/proxy/Users".to_owned(),
        "/v1/acme/main/proxy/Users/1".to_owned(),
        "/v1/acme/main/proxy/Groups".to_owned(),
        "/v1/acme/main/proxy/Groups/1".to_owned(),
        format!("/proxy/Users?{account}"),
        format!("/proxy/Users/1?{account}"),
        format!("/proxy/Groups?{account}"),
        format!("/proxy/Groups/1?{account}"),
    ] {
        for token in [VIEWER, UNMASK] {
            seen.insert(is_as_described(&document, &path, &world.get(&path, token).await));
            let mark = if path.contains('?') { '&' } else { '?' };
            let open = format!("{path}{mark}unmask");
            is_as_described(&document, &path, &world.get(&open, token).await);
        }
        is_as_described(&document, &path, &world.ask("GET", &path, &[], "").await);
        let bearer = format!("Bearer {VIEWER}");
        let write = world.ask("POST", &path, &[("authorization", &bearer)], "").await;
        is_as_described(&document, &path, &write);
    }
    let all = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(seen, all, "every path was asked");
}

#[test]
fn the_document_has_every_address_and_every_filter() {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let described: BTreeSet<String> =
        document["paths"].as_object().unwrap().keys().cloned().collect();
    let mut there = BTreeSet::new();
    for address in addresses() {
        let words: &[&str] = match address {
            _ if address.contains("/proxy/") => &["Users", "Groups"],
            _ if address.contains("{resource}") => &["users", "groups"],
            _ => &[""],
        };
        there.extend(words.iter().map(|word| address.replace("{resource}", word)));
    }
    assert_eq!(described, there);
    for (resource, filters) in crate::serve::api::filters() {
        let item = &document["paths"][format!("/unified/user-directory/{resource}")]["get"];
        let parameters = item["parameters"].as_array().unwrap().iter();
        let names =
            parameters.map(|it| resolved(&document, it)["name"].as_str().unwrap().to_owned());
        let names: BTreeSet<String> = names.collect();
        for filter in filters {
            assert!(names.contains(filter), "{resource}: {filter}");
        }
    }
    assert_eq!(document["openapi"], json!("3.1.0"));
}
