//! The description of what programs may ask for is true: real answers are as it says, what it takes is taken, and
//! it says nothing that is not there.

use super::reads::Serve;
use super::world::{Answer, TOKEN, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const OWN: &str = "/v1/acme/main/unified/user-directory";

/// The path of the description that an address is of.
fn described<'a>(document: &'a Value, path: &str) -> (&'a String, &'a Value) {
    let path = path.split('?').next().unwrap();
    let fits = |described: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        let wanted: Vec<&str> = described.split('/').collect();
        let is_same = |(part, wanted): (&&str, &&str)| part == wanted || wanted.starts_with('{');
        parts.len() == wanted.len() && parts.iter().zip(&wanted).all(is_same)
    };
    let mut paths = document["paths"].as_object().unwrap().iter();
    let found = paths.find(|(described, _)| fits(described));
    found.unwrap_or_else(|| panic!("{path} is not described"))
}

fn problems(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(value).map(|it| it.to_string()).collect()
}

/// The answer is of a status and a shape that is described, and so is the body if it was taken; which operation it is.
fn is_as_described(
    document: &Value,
    (method, path, body): (&str, &str, &Value),
    answer: &Answer,
) -> (String, String) {
    let (path, item) = described(document, path);
    let operation = &item[method.to_lowercase()];
    let place = format!("{method} {path} {body}: {answer:?}");
    let response = &operation["responses"][answer.status.to_string()];
    let response = match response["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => response,
    };
    let schema = &response["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "not described: {place}");
    let told = problems(document, schema, &answer.json());
    assert!(told.is_empty(), "{told:?}\n{place}");
    let wanted = &operation["requestBody"]["content"]["application/json"]["schema"];
    // A stranger, and a client that may not ask for it, may have written it well.
    if wanted.is_object() && ![401, 403].contains(&answer.status) {
        let fits = problems(document, wanted, body).is_empty();
        let is_malformed = [400, 422].contains(&answer.status);
        assert_eq!(fits, !is_malformed, "what is taken is what is described: {place}");
    }
    (path.clone(), method.to_lowercase())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_to_what_is_asked_for_is_as_the_document_says() {
    let (_serve, at) = Serve::start().await;
    let world = World::with_reads(&at).await;
    let bearer = format!("Bearer {TOKEN}");
    let authorization = ("authorization", bearer.as_str());
    let document = world.ask("GET", "/v1/openapi.json", &[], "").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut seen = BTreeSet::from([("/v1/openapi.json".to_owned(), "get".to_owned())]);
    let kim = json!({ "username": "kim@example.com", "emails": [{ "email": "kim@example.com" }],
        "title": null, "status": "active", "groups": { "add": ["VPN_Allowed"] } });
    let mut asked = vec![("GET", "/v1/acme/main/changes/k-1".to_owned(), Value::Null)];
    for shape in [OWN, "/unified/user-directory"] {
        let at = |rest: &str| format!("{shape}{rest}?integrated_account_id=acme/main");
        asked.extend([
            ("POST", at("/users"), kim.clone()),
            ("POST", at("/users"), json!({ "first_name": "Kim" })),
            ("POST", at("/users"), json!({ "username": "k", "groups": ["Administrators"] })),
            (
                "PATCH",
                at("/users/u-1"),
                json!({ "status": "inactive", "groups": [{ "name": "VPN_Allowed" }] }),
            ),
            ("PATCH", at("/users/u-1"), json!({ "stauts": "inactive" })),
            ("PATCH", at("/users/u-1"), json!({})),
            ("DELETE", at("/users/u-1"), Value::Null),
            (
                "POST",
                at("/groups"),
                json!({ "name": "VPN_Allowed", "members": ["u-1", { "id": "u-2" }] }),
            ),
            ("POST", at("/groups"), json!({ "name": "VPN_Allowed", "members": [] })),
            ("POST", at("/groups"), json!({ "members": ["u-1"] })),
            ("GET", at("/users"), Value::Null),
            ("GET", at("/users/u-1"), Value::Null),
            ("GET", at("/groups"), Value::Null),
            ("GET", at("/groups/g-1"), Value::Null),
        ]);
    }
    for (method, path, body) in asked.iter().chain(&asked) {
        let headers = [authorization, ("idempotency-key", "k-1")];
        let answer = world.ask(method, path, &headers, &body.to_string()).await;
        seen.insert(is_as_described(&document, (*method, path.as_str(), body), &answer));
        let stranger = world.ask(method, path, &[], "").await;
        assert_eq!(stranger.status, 401);
        is_as_described(
            &document,
            (*method, path.as_str(), &json!({})),
            &Answer { status: 401, ..stranger },
        );
    }
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(|method| (path.clone(), method.clone()))
    });
    assert_eq!(seen, all.collect(), "all that is described was asked for");
    world.end().await;
}
