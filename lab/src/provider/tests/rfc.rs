//! What RFC 7644 says and clients and servers get wrong.

use super::{Caller, ENTERPRISE, scim_type};
use serde_json::{Value, json};

fn ada() -> Value {
    json!({
        "userName": "ada@example.com",
        "externalId": "1001",
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [{ "value": "ada@example.com", "type": "work", "primary": true }],
        "active": true,
        ENTERPRISE: { "department": "Research" },
    })
}

/// Ada after `operations`, and the status of the answer.
fn patched(operations: Value) -> (u16, Value) {
    let mut caller = Caller::rfc();
    let id = caller.created("/Users", ada());
    let status = caller.patch(&format!("/Users/{id}"), operations).status;
    (status, caller.get(&format!("/Users/{id}")))
}

#[test]
fn a_new_user_is_told_whole_and_where_it_is() {
    let mut caller = Caller::rfc();
    let answer = caller.call("POST", "/Users", ada());
    assert_eq!(answer.status, 201);
    let body = answer.body.clone().unwrap();
    let location = format!("http://127.0.0.1:1/scim/v2/Users/{}", body["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(location.as_str()));
    assert_eq!(body["meta"]["location"], json!(location));
    assert_eq!(body["schemas"].as_array().unwrap().len(), 2);
    assert_eq!(body["emails"], ada()["emails"]);
    assert_eq!(answer.header("content-type"), Some("application/scim+json;charset=utf-8"));
}

#[test]
fn a_user_name_is_unique_whatever_its_letter_case() {
    let mut caller = Caller::rfc();
    caller.user("ada");
    let answer = caller.call("POST", "/Users", json!({ "userName": "Ada" }));
    assert_eq!((answer.status, scim_type(&answer)), (409, Some("uniqueness")));
    let bob = caller.user("bob");
    let rename = json!([{ "op": "replace", "path": "userName", "value": "ADA" }]);
    assert_eq!(caller.patch(&format!("/Users/{bob}"), rename).status, 409);
}

#[test]
fn what_was_deleted_is_gone_and_its_name_is_free() {
    let mut caller = Caller::rfc();
    let id = caller.user("ada");
    let group = caller.group("VPN", &[&id]);
    assert_eq!(caller.call("DELETE", &format!("/Users/{id}"), Value::Null).status, 204);
    for method in ["GET", "DELETE"] {
        assert_eq!(caller.call(method, &format!("/Users/{id}"), Value::Null).status, 404);
    }
    assert!(caller.members(&group).is_empty());
    assert_ne!(caller.user("ada"), id);
}

#[test]
fn operations_are_all_done_or_none() {
    let (status, ada) = patched(json!([
        { "op": "replace", "path": "active", "value": false },
        { "op": "replace", "path": "emails[type eq \"home\"].value", "value": "x" },
    ]));
    assert_eq!((status, &ada["active"]), (400, &json!(true)));
}

#[test]
fn attributes_are_set_merged_and_removed_where_the_path_leads() {
    let (status, ada) = patched(json!([
        { "op": "Replace", "path": "name.givenName", "value": "Augusta" },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@example.com" },
        { "op": "add", "path": format!("{ENTERPRISE}:costCenter"), "value": "42" },
        { "op": "remove", "path": format!("{ENTERPRISE}:department") },
        { "op": "remove", "path": "externalId" },
        { "op": "add", "value": { "title": "Countess", "name": { "middleName": "King" } } },
    ]));
    assert_eq!(status, 200);
    let name = json!({ "givenName": "Augusta", "familyName": "Lovelace", "middleName": "King" });
    assert_eq!(ada["name"], name);
    assert_eq!(ada["emails"][0]["value"], json!("a@example.com"));
    assert_eq!(ada[ENTERPRISE], json!({ "costCenter": "42" }));
    assert_eq!(ada.get("externalId"), None);
    assert_eq!(ada["title"], json!("Countess"));
}

#[test]
fn a_value_that_is_there_is_not_added_again_and_one_is_the_primary() {
    let again = json!({ "value": "ada@example.com", "type": "work", "primary": true });
    let home = json!({ "value": "a@home.example", "type": "home", "primary": true });
    let (status, ada) = patched(json!([
        { "op": "add", "path": "emails", "value": [again] },
        { "op": "add", "path": "emails", "value": [home] },
    ]));
    assert_eq!(status, 200);
    let emails = ada["emails"].as_array().unwrap();
    let primary: Vec<_> = emails.iter().filter(|email| email["primary"] == json!(true)).collect();
    assert_eq!((emails.len(), primary), (2, vec![&home]));
}

#[test]
fn what_nobody_may_set_and_what_is_not_there_is_refused() {
    for (operation, wanted) in [
        (json!({ "op": "replace", "path": "id", "value": "x" }), "mutability"),
        (json!({ "op": "add", "path": "groups", "value": [] }), "mutability"),
        (json!({ "op": "remove" }), "noTarget"),
        (json!({ "op": "replace", "path": "shoeSize", "value": 1 }), "invalidPath"),
        (json!({ "op": "replace", "path": "active", "value": "False" }), "invalidValue"),
        (json!({ "op": "remove", "path": "userName" }), "invalidValue"),
        (json!({ "op": "explode", "path": "active" }), "invalidSyntax"),
    ] {
        let mut caller = Caller::rfc();
        let id = caller.created("/Users", ada());
        let answer = caller.patch(&format!("/Users/{id}"), json!([operation]));
        assert_eq!((answer.status, scim_type(&answer)), (400, Some(wanted)), "{operation}");
        assert!(answer.body.unwrap()["status"].is_string());
    }
}

#[test]
fn a_removal_that_meets_nobody_changes_nothing() {
    let mut caller = Caller::rfc();
    let id = caller.user("ada");
    let group = caller.group("VPN", &[&id]);
    let before = caller.get(&format!("/Groups/{group}"))["meta"].clone();
    let remove = json!([{ "op": "remove", "path": "members[value eq \"nobody\"]" }]);
    assert_eq!(caller.patch(&format!("/Groups/{group}"), remove).status, 200);
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
    assert_eq!(caller.patch(&format!("/Groups/{group}"), add).status, 200);
    assert_eq!(caller.get(&format!("/Groups/{group}"))["meta"], before);
    let remove_all = json!([{ "op": "remove", "path": "members" }]);
    assert_eq!(caller.patch(&format!("/Groups/{group}"), remove_all).status, 200);
    assert!(caller.members(&group).is_empty());
}

#[test]
fn put_forgets_what_is_not_said() {
    let mut caller = Caller::rfc();
    let id = caller.created("/Users", ada());
    let user = json!({ "userName": "ada@example.com", "id": "another", "title": null });
    let answer = caller.call("PUT", &format!("/Users/{id}"), user);
    assert_eq!(answer.status, 200);
    let body = answer.body.unwrap();
    assert_eq!((&body["id"], body.get("name"), body.get("title")), (&json!(id), None, None));
}

#[test]
fn a_stale_version_is_refused() {
    let mut caller = Caller::rfc();
    let id = caller.user("ada");
    let operations =
        json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    let mut ask = caller.ask("PATCH", &format!("/Users/{id}"), &operations);
    ask.headers.push(("if-match".to_owned(), "W/\"1\"".to_owned()));
    assert_eq!([caller.send(&ask).status, caller.send(&ask).status], [200, 412]);
}

#[test]
fn filters_find_whom_they_describe() {
    let mut caller = Caller::rfc();
    caller.created("/Users", ada());
    let bob = caller.user("bob");
    let group = caller.group("VPN", &[&bob]);
    for (filter, count) in [
        ("userName eq \"ADA@example.com\"", 1),
        ("userName ne \"bob\"", 1),
        ("userName co \"example\" or userName sw \"b\"", 2),
        ("userName eq \"bob\" and not (active eq false)", 1),
        ("userName eq \"bob\" and (active eq false or title pr)", 0),
        ("externalId eq \"1001\"", 1),
        ("emails.value eq \"ada@example.com\"", 1),
        ("emails[type eq \"work\" and value ew \".com\"]", 1),
        ("emails[type eq \"home\"]", 0),
        ("name.familyName pr", 1),
        (&format!("{ENTERPRISE}:department eq \"research\""), 1),
        ("meta.created gt \"1970-01-01T00:00:01Z\"", 1),
    ] {
        let encoded =
            percent_encoding::utf8_percent_encode(filter, percent_encoding::NON_ALPHANUMERIC);
        let found = caller.get(&format!("/Users?filter={encoded}"));
        assert_eq!(found["totalResults"], json!(count), "{filter}");
    }
    let found = caller.get(&format!("/Groups?filter=members.value%20eq%20%22{bob}%22"));
    assert_eq!(found["Resources"][0]["id"], json!(group));
    for filter in ["userName", "userName eq", "userName is \"x\"", "(userName pr", "eq eq \"x\" x"]
    {
        let target = format!("/Users?filter={}", filter.replace(' ', "%20"));
        let answer = caller.call("GET", &target, Value::Null);
        assert_eq!((answer.status, scim_type(&answer)), (400, Some("invalidFilter")), "{filter}");
    }
}

#[test]
fn attributes_choose_what_is_shown() {
    let mut caller = Caller::rfc();
    let id = caller.created("/Users", ada());
    let shown = caller.get(&format!("/Users/{id}?attributes=name.givenName,active"));
    let names: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["schemas", "id", "name", "active"]);
    assert_eq!(shown["name"], json!({ "givenName": "Ada" }));
    let shown = caller.get(&format!("/Users/{id}?excludedAttributes=emails,meta"));
    assert!(shown.get("emails").is_none() && shown.get("name").is_some());
    let both = format!("/Users/{id}?attributes=active&excludedAttributes=emails");
    assert_eq!(caller.call("GET", &both, Value::Null).status, 400);
}

#[test]
fn a_search_says_in_its_body_what_a_list_says_in_its_address() {
    let search = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "displayName eq \"VPN\" or userName eq \"ada\"",
        "attributes": ["userName", "displayName"],
        "startIndex": 1,
        "count": 10,
    });
    for (target, count) in [("/Users/.search", 1), ("/Groups/.search", 1), ("/.search", 2)] {
        let mut caller = Caller::rfc();
        caller.user("ada");
        caller.user("bob");
        caller.group("VPN", &[]);
        let answer = caller.call("POST", target, search.clone());
        let body = answer.body.unwrap();
        assert_eq!((answer.status, &body["totalResults"]), (200, &json!(count)), "{target}");
        assert_eq!(body["Resources"][0].get("meta"), None);
    }
    let mut caller = Caller::netskope();
    assert_eq!(caller.call("POST", "/.search", search.clone()).status, 404);
    assert_eq!(caller.call("POST", "/Users/.search", search).status, 405);
}
