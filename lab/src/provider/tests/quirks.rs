//! What no standard has, one switch after the other.

use super::{Caller, scim_type};
use crate::provider::manners::Manners;
use crate::provider::quirks::{GroupRefusal, Hits, On, Pages, Parameter, Quirks, Sifting};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// The RFC, but for these quirks. Each call takes a second of the provider's time.
pub(super) fn with(quirks: Quirks) -> Caller {
    Caller::of(Manners { quirks, ..Manners::rfc7644() })
}

pub(super) fn status(caller: &mut Caller, target: &str) -> u16 {
    caller.call("GET", target, Value::Null).status
}

pub(super) fn hits(caller: &mut Caller, filter: &str) -> Vec<Value> {
    let list = caller.get(&format!("/Users?filter={filter}"));
    list["Resources"].as_array().cloned().unwrap_or_default()
}

#[expect(clippy::needless_pass_by_value, reason = "tests read better so")]
pub(super) fn replace(path: &str, value: Value) -> Value {
    json!([{ "op": "replace", "path": path, "value": value }])
}

#[test]
fn reads_show_the_old_state_for_a_while() {
    let lag = SignedDuration::from_secs(20);
    let mut caller = with(Quirks { user_reads_lag: lag, ..Quirks::default() });
    let id = caller.user("ada");
    let user = format!("/Users/{id}");
    assert_eq!(status(&mut caller, &user), 404, "it is made, and not shown");
    assert!(hits(&mut caller, "userName eq \"ada\"").is_empty());
    let again = caller.call("POST", "/Users", json!({ "userName": "ada" }));
    assert_eq!(again.status, 409, "the name is taken all the same");
    caller.now += lag;
    assert_eq!(caller.get(&user)["active"], json!(true));
    let answer = caller.patch(&user, replace("active", json!(false)));
    assert_eq!(answer.body.unwrap()["active"], json!(false), "the answer knows what was written");
    assert_eq!(caller.get(&user)["active"], json!(true));
    assert_eq!(hits(&mut caller, "userName eq \"ada\"")[0]["active"], json!(true));
    caller.now += lag;
    assert_eq!(caller.get(&user)["active"], json!(false));
    caller.call("DELETE", &user, Value::Null);
    assert_eq!(status(&mut caller, &user), 200, "it is deleted, and still shown");
    caller.now += lag;
    assert_eq!(status(&mut caller, &user), 404);
}

#[test]
fn two_changes_within_the_lag_show_one_after_the_other() {
    let lag = SignedDuration::from_secs(20);
    let mut caller = with(Quirks { user_reads_lag: lag, ..Quirks::default() });
    let user = format!("/Users/{}", caller.user("ada"));
    caller.now += lag;
    caller.patch(&user, replace("title", json!("one")));
    caller.now += SignedDuration::from_secs(10);
    caller.patch(&user, replace("title", json!("two")));
    assert_eq!(caller.get(&user).get("title"), None);
    caller.now += SignedDuration::from_secs(10);
    assert_eq!(caller.get(&user)["title"], json!("one"));
    caller.now += SignedDuration::from_secs(10);
    assert_eq!(caller.get(&user)["title"], json!("two"));
}

#[test]
fn groups_lag_apart_from_users() {
    let lag = SignedDuration::from_secs(20);
    let mut caller = with(Quirks { group_reads_lag: lag, ..Quirks::default() });
    let ada = caller.user("ada");
    let group = caller.group("VPN", &[&ada]);
    caller.now += lag;
    let gone = json!([{ "op": "remove", "path": format!("members[value eq \"{ada}\"]") }]);
    caller.patch(&format!("/Groups/{group}"), gone);
    assert_eq!(caller.members(&group), std::slice::from_ref(&ada));
    assert!(caller.get(&format!("/Users/{ada}")).get("groups").is_some());
    caller.now += lag;
    assert!(caller.members(&group).is_empty());
    assert!(caller.get(&format!("/Users/{ada}")).get("groups").is_none());
}

#[test]
fn new_users_show_late_and_have_their_names_at_once() {
    let late = SignedDuration::from_secs(25);
    let mut caller = with(Quirks { new_users_show_after: late, ..Quirks::default() });
    let user = format!("/Users/{}", caller.user("ada"));
    assert_eq!(status(&mut caller, &user), 404);
    assert_eq!(caller.call("POST", "/Users", json!({ "userName": "ada" })).status, 409);
    assert_eq!(caller.patch(&user, replace("active", json!(false))).status, 200);
    caller.now += late;
    assert_eq!(caller.get(&user)["active"], json!(false));
}

#[test]
fn inactive_users_are_hidden_and_can_be_patched() {
    let mut caller = with(Quirks { inactive_users_are_hidden: true, ..Quirks::default() });
    let user = format!("/Users/{}", caller.user("ada"));
    assert_eq!(caller.patch(&user, replace("active", json!(false))).status, 200);
    assert_eq!(status(&mut caller, &user), 404);
    assert!(hits(&mut caller, "userName eq \"ada\"").is_empty());
    assert_eq!(caller.get("/Users")["totalResults"], json!(0));
    assert_eq!(caller.call("POST", "/Users", json!({ "userName": "ada" })).status, 409);
    assert_eq!(caller.patch(&user, replace("active", json!(true))).status, 200);
    assert_eq!(status(&mut caller, &user), 200);
}

#[test]
fn single_groups_are_refused_on_reads_or_on_writes() {
    let refused = |group: &str, on, status| GroupRefusal { group: group.to_owned(), on, status };
    let group_refusals = vec![refused("Big", On::Reads, 413), refused("Locked", On::Writes, 403)];
    let mut caller = with(Quirks { group_refusals, ..Quirks::default() });
    let big = format!("/Groups/{}", caller.group("Big", &[]));
    let locked = format!("/Groups/{}", caller.group("Locked", &[]));
    assert_eq!((status(&mut caller, &big), status(&mut caller, &locked)), (413, 200));
    assert_eq!(caller.get("/Groups")["totalResults"], json!(2));
    let add = |id: &str| json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
    assert_eq!(caller.patch(&big, add("u")).status, 200);
    assert_eq!(caller.patch(&locked, add("u")).status, 403);
    assert_eq!(caller.call("DELETE", &locked, Value::Null).status, 403);
}

#[test]
fn a_group_may_be_listed_and_not_be_there_by_its_id() {
    let lost = GroupRefusal { group: "Lost".to_owned(), on: On::Reads, status: 404 };
    let mut caller = with(Quirks { group_refusals: vec![lost], ..Quirks::default() });
    let group = caller.group("Lost", &[]);
    assert_eq!(status(&mut caller, &format!("/Groups/{group}")), 404);
    assert_eq!(caller.get("/Groups")["Resources"][0]["id"], json!(group));
}

#[test]
fn groups_cannot_be_read_but_users_show_theirs() {
    let mut caller = with(Quirks { group_reads_refused: Some(400), ..Quirks::default() });
    let ada = caller.user("ada");
    let group = caller.group("VPN", &[&ada]);
    assert_eq!(status(&mut caller, &format!("/Groups/{group}")), 400);
    assert_eq!(caller.get(&format!("/Users/{ada}"))["groups"][0]["value"], json!(group));
}

#[test]
fn bodies_are_heavy_unless_only_what_is_needed_is_asked_for() {
    let heavy = Quirks { extra_groups_shown: 500, extra_members_shown: 700, ..Quirks::default() };
    let mut caller = with(heavy);
    let user = format!("/Users/{}", caller.user("ada"));
    let group = format!("/Groups/{}", caller.group("VPN", &[]));
    assert_eq!(caller.get(&user)["groups"].as_array().unwrap().len(), 500);
    assert_eq!(caller.get(&group)["members"].as_array().unwrap().len(), 700);
    assert!(caller.get(&format!("{user}?excludedAttributes=groups")).get("groups").is_none());
    assert!(caller.get(&format!("{group}?attributes=displayName")).get("members").is_none());
}

#[test]
fn group_names_stand_twice_in_other_letters_or_look_alike() {
    let names = ["VPN", "vpn", "V\u{420}N"].map(str::to_owned).to_vec();
    let quirks = Quirks { more_groups: names, ..Quirks::default() };
    let mut caller = Caller::of(Manners { quirks, ..Manners::netskope() });
    let found = caller.get("/Groups?filter=displayName eq \"VPN\"");
    assert_eq!(found["totalResults"], json!(2));
    assert_eq!(caller.get("/Groups")["totalResults"], json!(3));
    let third = caller.call("POST", "/Groups", json!({ "displayName": "VPN" }));
    assert_eq!(third.status, 409);
}

#[test]
fn filters_are_ignored_refused_or_blind_by_attribute() {
    let filters = [
        ("userName", Sifting::Ignored),
        ("emails.value", Sifting::Refused),
        ("externalId", Sifting::Blind),
    ];
    let filters = filters.map(|(name, sifting)| (name.to_owned(), sifting)).into();
    let mut caller = with(Quirks { filters, ..Quirks::default() });
    caller.created("/Users", json!({ "userName": "ada", "externalId": "1", "title": "Queen" }));
    caller.user("bob");
    assert_eq!(hits(&mut caller, "userName eq \"nobody\"").len(), 2);
    assert_eq!(hits(&mut caller, "externalId eq \"1\"").len(), 0);
    assert_eq!(hits(&mut caller, "title eq \"Queen\"").len(), 1, "others are as they should be");
    let refused = caller.call("GET", "/Users?filter=emails.value eq \"a@b\"", Value::Null);
    assert_eq!((refused.status, scim_type(&refused)), (400, Some("invalidFilter")));
}

#[test]
fn a_filter_without_a_hit_is_404() {
    let mut caller = with(Quirks { no_hit_is_404: true, ..Quirks::default() });
    caller.user("ada");
    assert_eq!(status(&mut caller, "/Users?filter=userName eq \"bob\""), 404);
    assert_eq!(status(&mut caller, "/Groups?filter=displayName eq \"VPN\""), 404);
    assert_eq!(hits(&mut caller, "userName eq \"ada\"").len(), 1);
    assert_eq!(status(&mut caller, "/Groups"), 200, "a list without a filter is just empty");
}

#[test]
fn answers_contradict_themselves() {
    let of = |hits| {
        let mut caller = with(Quirks { hits, ..Quirks::default() });
        caller.user("ada");
        caller.get("/Users?filter=userName eq \"ada\"")
    };
    let list = of(Hits::NoResources);
    assert_eq!((&list["totalResults"], list.get("Resources")), (&json!(1), None));
    let list = of(Hits::NoItems);
    assert_eq!((&list["totalResults"], &list["itemsPerPage"]), (&json!(1), &json!(0)));
    assert_eq!(list["Resources"], json!([]));
    let list = of(Hits::Twice);
    assert_eq!(list["totalResults"], json!(2));
    assert_eq!(list["Resources"][0]["id"], list["Resources"][1]["id"]);
}

#[test]
fn who_counts_from_one_misses_the_first() {
    let mut caller = with(Quirks { start_index_from_zero: true, ..Quirks::default() });
    caller.user("ada");
    let from = |caller: &mut Caller, start: u8| {
        let list = caller.get(&format!("/Users?startIndex={start}"));
        list["Resources"].as_array().unwrap().len()
    };
    assert_eq!((from(&mut caller, 0), from(&mut caller, 1)), (1, 0));
}

#[test]
fn pages_are_cut_short_or_come_again() {
    let page = |pages, query: &str| {
        let mut caller = with(Quirks { pages, ..Quirks::default() });
        for name in ["ada", "bob", "eve"] {
            caller.user(name);
        }
        let list = caller.get(query);
        let names = list["Resources"].as_array().unwrap().iter();
        names.map(|user| user["userName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(page(Pages::Short, "/Users?count=3"), ["ada", "bob"]);
    assert_eq!(page(Pages::Repeated, "/Users?startIndex=3&count=2"), ["ada", "bob"]);
}

#[test]
fn parameters_are_refused_or_ignored() {
    let quirks = Quirks {
        attributes_parameter: Parameter::Ignored,
        excluded_attributes_parameter: Parameter::Refused,
        ..Quirks::default()
    };
    let mut caller = with(quirks);
    let user = format!("/Users/{}", caller.user("ada"));
    assert_eq!(caller.get(&format!("{user}?attributes=title"))["userName"], json!("ada"));
    assert_eq!(status(&mut caller, &format!("{user}?excludedAttributes=groups")), 400);
}
