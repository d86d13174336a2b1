//! What surprises at Netskope, one by one, and the switch that turns it off.

use super::{Caller, TENANT, scim_type};
use crate::provider::manners::{ArrayRemoval, Manners};
use crate::provider::{Answer, Token};
use jiff::SignedDuration;
use serde_json::{Value, json};

fn remove_by_array(ids: &[&str]) -> Value {
    let values: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
    json!([{ "op": "remove", "path": "members", "value": values }])
}

fn remove_by_filter(id: &str) -> Value {
    json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }])
}

/// A group of three, with what a removal of the first by `operations` leaves.
fn removal(manners: Manners, operations: impl Fn(&str) -> Value) -> (Answer, usize) {
    let mut caller = Caller::of(manners);
    let ids = ["ada", "bob", "eve"].map(|name| caller.user(name));
    let group = caller.group("VPN", &[&ids[0], &ids[1], &ids[2]]);
    let answer = caller.patch(&format!("/Groups/{group}"), operations(&ids[0]));
    let left = caller.members(&group);
    assert!(left.len() == 3 || !left.contains(&ids[0]));
    (answer, left.len())
}

#[test]
fn a_member_goes_by_value_array_and_not_by_filter() {
    let (answer, left) = removal(Manners::netskope(), |id| remove_by_array(&[id]));
    assert_eq!((answer.status, left), (204, 2));
    let (answer, left) = removal(Manners::netskope(), remove_by_filter);
    assert_eq!((answer.status, left), (400, 3));
}

#[test]
fn a_strict_server_empties_the_group_or_refuses_the_value_array() {
    let (answer, left) = removal(Manners::rfc7644(), |id| remove_by_array(&[id]));
    assert_eq!((answer.status, left), (200, 0));
    let refusing = Manners { array_removal: ArrayRemoval::IsRefused, ..Manners::rfc7644() };
    let (answer, left) = removal(refusing, |id| remove_by_array(&[id]));
    assert_eq!((answer.status, left), (400, 3));
    let (answer, left) = removal(Manners::rfc7644(), remove_by_filter);
    assert_eq!((answer.status, left), (200, 2));
}

#[test]
fn a_patch_is_answered_without_a_body() {
    let mut caller = Caller::netskope();
    let id = caller.user("ada");
    let deactivate = json!([{ "op": "replace", "path": "active", "value": false }]);
    let answer = caller.patch(&format!("/Users/{id}"), deactivate);
    assert_eq!((answer.status, &answer.body), (204, &None));
    assert_eq!(caller.get(&format!("/Users/{id}"))["active"], json!(false));
}

#[test]
fn items_of_a_list_have_no_schemas_and_no_meta() {
    let mut caller = Caller::netskope();
    let id = caller.user("ada");
    let list = caller.get("/Users");
    let item = list["Resources"][0].as_object().unwrap();
    assert!(item.contains_key("id") && !item.contains_key("schemas") && !item.contains_key("meta"));
    assert!(caller.get(&format!("/Users/{id}")).get("meta").is_some());
}

#[test]
fn a_list_of_nobody_lacks_its_resources() {
    let list = Caller::netskope().get("/Users");
    assert_eq!((list["totalResults"].as_u64(), list.get("Resources")), (Some(0), None));
    assert_eq!(Caller::rfc().get("/Users")["Resources"], json!([]));
}

#[test]
fn errors_are_plain_json_in_several_shapes() {
    let mut caller = Caller::netskope();
    let id = caller.user("ada");
    let answers = [
        caller.call("GET", "/Users/nobody", Value::Null),
        caller.call("POST", "/Users", json!({ "userName": "ADA" })),
        caller.call("POST", "/Users", json!({ "active": true })),
        caller.patch(&format!("/Users/{id}"), json!([{ "op": "remove", "path": "shoeSize" }])),
        caller.call("GET", "/Users?filter=%28", Value::Null),
        caller.call("GET", "/Nothing", Value::Null),
    ];
    assert_eq!(answers.each_ref().map(|answer| answer.status), [404, 409, 400, 400, 400, 404]);
    for answer in &answers {
        assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    }
    let bodies = answers.map(|answer| answer.body.unwrap());
    assert!(bodies[0]["errors"].is_array());
    assert!(bodies[1]["detail"].is_string());
    assert!(bodies[2]["status"]["message"].is_string());
    assert!(bodies[3]["error"].is_string());
    assert!(bodies[4]["message"].is_string());
    assert_eq!(bodies[5], json!({ "message": "no Route matched with those values" }));
}

#[test]
fn paths_may_be_in_small_letters() {
    let mut caller = Caller::netskope();
    let group = caller.group("VPN", &[]);
    let rename = json!([
        { "op": "replace", "path": "displayname", "value": "VPN 2" },
        { "op": "replace", "path": "externalid", "value": "x" },
    ]);
    assert_eq!(caller.patch(&format!("/Groups/{group}"), rename.clone()).status, 204);
    let found = caller.get(&format!("/Groups/{group}"));
    assert_eq!((&found["displayName"], &found["externalId"]), (&json!("VPN 2"), &json!("x")));

    let strict = Manners { folds_path_case: false, ..Manners::netskope() };
    let mut caller = Caller::of(strict);
    let group = caller.group("VPN", &[]);
    assert_eq!(caller.patch(&format!("/Groups/{group}"), rename).status, 400);
}

#[test]
fn members_show_only_when_asked_for_and_users_never_show_groups() {
    let mut caller = Caller::netskope();
    let id = caller.user("ada");
    let group = caller.group("VPN", &[&id]);
    assert_eq!(caller.get(&format!("/Groups/{group}")).get("members"), None);
    assert_eq!(caller.get("/Groups")["Resources"][0].get("members"), None);
    assert_eq!(caller.members(&group), std::slice::from_ref(&id));
    assert_eq!(caller.get(&format!("/Users/{id}?attributes=groups")).get("groups"), None);

    let mut caller = Caller::rfc();
    let id = caller.user("ada");
    let group = caller.group("VPN", &[&id]);
    assert_eq!(caller.get(&format!("/Groups/{group}"))["members"][0]["value"], json!(id));
    assert_eq!(caller.get(&format!("/Users/{id}"))["groups"][0]["value"], json!(group));
}

#[test]
fn an_external_id_may_be_somebody_elses() {
    let user = |name: &str| json!({ "userName": name, "externalId": "1001" });
    let mut caller = Caller::netskope();
    caller.created("/Users", user("ada"));
    caller.created("/Users", user("bob"));
    let found = caller.get("/Users?filter=externalId%20eq%20%221001%22");
    assert_eq!(found["totalResults"], json!(2));

    let strict = Manners { external_ids_are_unique: true, ..Manners::netskope() };
    let mut caller = Caller::of(strict);
    caller.created("/Users", user("ada"));
    assert_eq!(caller.call("POST", "/Users", user("bob")).status, 409);
}

#[test]
fn users_come_before_groups_and_groups_do_not_nest() {
    let mut caller = Caller::netskope();
    let group = caller.group("VPN", &[]);
    let inner = caller.group("Inner", &[]);
    // Nor can somebody who was made in the console, whom SCIM does not know.
    for member in ["somebody-made-in-the-console", &inner] {
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": member }] }]);
        assert_eq!(caller.patch(&format!("/Groups/{group}"), add).status, 400, "{member}");
    }
    assert!(caller.members(&group).is_empty());

    let mut caller = Caller::rfc();
    let inner = caller.group("Inner", &[]);
    let outer = caller.group("Outer", &[&inner]);
    assert_eq!(caller.members(&outer), [inner]);
}

#[test]
fn a_rename_may_be_answered_and_not_done() {
    let rename = json!([{ "op": "replace", "path": "userName", "value": "ada.l" }]);
    for (renames_work, name) in [(true, "ada.l"), (false, "ada")] {
        let mut caller = Caller::of(Manners { renames_work, ..Manners::netskope() });
        let id = caller.user("ada");
        assert_eq!(caller.patch(&format!("/Users/{id}"), rename.clone()).status, 204);
        assert_eq!(caller.get(&format!("/Users/{id}"))["userName"], json!(name));
    }
}

#[test]
fn each_new_user_is_invited_once_more() {
    let mut caller = Caller::netskope();
    let id = caller.user("ada");
    caller.call("DELETE", &format!("/Users/{id}"), Value::Null);
    caller.user("ada");
    assert_eq!(caller.provider.directory().invitations(), 2);
}

#[test]
fn a_path_is_needed() {
    let whole = json!([{ "op": "replace", "value": { "active": false } }]);
    for (mut caller, status) in [(Caller::netskope(), 400), (Caller::rfc(), 200)] {
        let id = caller.user("ada");
        assert_eq!(caller.patch(&format!("/Users/{id}"), whole.clone()).status, status);
    }
}

#[test]
fn put_is_not_there() {
    for (mut caller, status) in [(Caller::netskope(), 405), (Caller::rfc(), 200)] {
        let id = caller.user("ada");
        let body = json!({ "userName": "ada", "title": "Countess" });
        assert_eq!(caller.call("PUT", &format!("/Users/{id}"), body).status, status);
    }
}

#[test]
fn a_filter_may_lack_its_quotes() {
    for (mut caller, status) in [(Caller::netskope(), 200), (Caller::rfc(), 400)] {
        caller.user("ada@example.com");
        let target = "/Users?filter=userName+eq+ADA@example.com";
        let answer = caller.call("GET", target, Value::Null);
        assert_eq!(answer.status, status);
        if status == 200 {
            assert_eq!(answer.body.unwrap()["totalResults"], json!(1));
        }
    }
}

#[test]
fn a_second_has_room_for_four_calls_and_says_so() {
    let mut caller = Caller::netskope();
    let ask = caller.ask("GET", "/Users", &Value::Null);
    let now = caller.now + SignedDuration::from_millis(1_200);
    let answers: Vec<Answer> = (0..6).map(|_| caller.provider.answer(&ask, now)).collect();
    let remaining = |answer: &Answer| answer.header("ratelimit-remaining").unwrap().to_owned();
    let told: Vec<String> = answers.iter().map(remaining).collect();
    assert_eq!(told, ["3", "2", "1", "0", "0", "0"]);
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429]);
    assert_eq!(answers[0].header("ratelimit-limit"), Some("4"));
    assert_eq!(answers[0].header("ratelimit-reset"), Some("1"));
    assert_eq!(answers[4].header("retry-after"), Some("1"));
    assert_eq!(answers[4].body, Some(json!({ "message": "API rate limit exceeded" })));
    let next = now + SignedDuration::from_secs(1);
    assert_eq!(caller.provider.answer(&ask, next).status, 200);
}

#[test]
fn the_token_comes_in_either_header() {
    let mut caller = Caller::netskope();
    let mut ask = caller.ask("GET", "/Users", &Value::Null);
    ask.headers = vec![("netskope-api-token".to_owned(), "s3cret".to_owned())];
    assert_eq!(caller.send(&ask).status, 200);
    ask.headers = vec![("netskope-api-token".to_owned(), "wrong".to_owned())];
    assert_eq!(caller.send(&ask).status, 401);
    ask.headers.clear();
    assert_eq!(caller.send(&ask).status, 401);

    let mut caller = Caller::rfc();
    let mut ask = caller.ask("GET", "/Users", &Value::Null);
    ask.headers = vec![("netskope-api-token".to_owned(), "s3cret".to_owned())];
    assert_eq!(caller.send(&ask).status, 401);
}

#[test]
fn a_token_ends_and_another_takes_its_place() {
    let mut caller = Caller::netskope();
    let expires_at = Some(caller.now + SignedDuration::from_secs(2));
    caller.provider.replace_token(Token { text: "s3cret".to_owned(), expires_at });
    let ask = caller.ask("GET", "/Users", &Value::Null);
    assert_eq!([caller.send(&ask).status, caller.send(&ask).status], [200, 401]);
    caller.provider.replace_token(Token { text: "s3cret".to_owned(), expires_at: None });
    assert_eq!(caller.send(&ask).status, 200);
}

#[test]
fn fifteen_custom_attributes_and_no_more() {
    let custom = |count: usize| -> Value {
        (0..count).map(|n| (format!("attribute{n}"), json!("x"))).collect()
    };
    let mut caller = Caller::netskope();
    let id = caller.created("/Users", json!({ "userName": "ada", TENANT: custom(15) }));
    assert_eq!(caller.get(&format!("/Users/{id}"))[TENANT].as_object().unwrap().len(), 15);
    let one_more = json!([{ "op": "add", "path": format!("{TENANT}:another"), "value": 1 }]);
    assert_eq!(caller.patch(&format!("/Users/{id}"), one_more.clone()).status, 400);
    let swap = json!([
        { "op": "remove", "path": format!("{TENANT}:attribute0") },
        { "op": "add", "path": format!("{TENANT}:another"), "value": 1 },
    ]);
    assert_eq!(caller.patch(&format!("/Users/{id}"), swap).status, 204);
    let found = caller.get(&format!("/Users/{id}"));
    assert_eq!(found[TENANT].get("attribute0"), None);
    assert_eq!(found[TENANT]["another"], json!(1));
    let long = json!({ "userName": "bob", TENANT: { "k".repeat(33): "x" } });
    assert_eq!(caller.call("POST", "/Users", long).status, 400);
    let long = json!({ "userName": "bob", TENANT: { "k": "x".repeat(65) } });
    assert_eq!(caller.call("POST", "/Users", long).status, 400);
}

#[test]
fn a_page_has_two_hundred_items_at_most() {
    let mut caller = Caller::netskope();
    for number in 0..250 {
        caller.user(&format!("user{number:03}"));
    }
    let page = caller.get("/Users?count=1000");
    assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(250), &json!(200)));
    let page = caller.get("/Users");
    assert_eq!(page["itemsPerPage"], json!(100));
    let page = caller.get("/Users?startIndex=201&count=1000");
    assert_eq!((&page["startIndex"], &page["itemsPerPage"]), (&json!(201), &json!(50)));
    assert_eq!(page["Resources"][0]["userName"], json!("user200"));
    let page = caller.get("/Users?startIndex=-3&count=1");
    assert_eq!(page["Resources"][0]["userName"], json!("user000"));
    let page = caller.get("/Users?count=0");
    assert_eq!((&page["totalResults"], page.get("Resources")), (&json!(250), None));
}

#[test]
fn two_groups_do_not_share_a_name() {
    let mut caller = Caller::netskope();
    caller.group("VPN", &[]);
    let answer = caller.call("POST", "/Groups", json!({ "displayName": "vpn" }));
    assert_eq!((answer.status, scim_type(&answer)), (409, Some("uniqueness")));
    let mut caller = Caller::rfc();
    assert_ne!(caller.group("VPN", &[]), caller.group("VPN", &[]));
}
