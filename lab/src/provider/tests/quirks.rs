//! What no standard has, one switch after the other.

use super::{Caller, ENTERPRISE, scim_type};
use crate::provider::manners::Manners;
use crate::provider::quirks::{Clearing, CreatedIds, Hits, Pages, Parameter, Quirks, QuotaReset};
use crate::provider::quirks::{GroupRefusal, On, Seats, Sifting};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// The RFC, but for these quirks. Each call takes a second of the provider's time.
fn with(quirks: Quirks) -> Caller {
    Caller::of(Manners { quirks, ..Manners::rfc7644() })
}

fn status(caller: &mut Caller, target: &str) -> u16 {
    caller.call("GET", target, Value::Null).status
}

fn hits(caller: &mut Caller, filter: &str) -> Vec<Value> {
    let list = caller.get(&format!("/Users?filter={filter}"));
    list["Resources"].as_array().cloned().unwrap_or_default()
}

#[expect(clippy::needless_pass_by_value, reason = "tests read better so")]
fn replace(path: &str, value: Value) -> Value {
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

#[test]
fn single_attributes_are_refused_or_dropped() {
    let quirks = Quirks {
        refused_attributes: vec!["costCenter".to_owned()],
        dropped_attributes: vec!["title".to_owned(), "department".to_owned()],
        ..Quirks::default()
    };
    let mut caller = with(quirks);
    let refused = json!({ "userName": "ada", ENTERPRISE: { "costCenter": "7" } });
    let answer = caller.call("POST", "/Users", refused);
    assert_eq!((answer.status, scim_type(&answer)), (400, Some("invalidValue")));
    let kept = json!({ "userName": "ada", "title": "Queen", ENTERPRISE: { "department": "IT" } });
    let user = format!("/Users/{}", caller.created("/Users", kept));
    let cost = caller.patch(&user, replace(&format!("{ENTERPRISE}:costCenter"), json!("7")));
    assert_eq!(cost.status, 400);
    let title = caller.patch(&user, replace("title", json!("King")));
    assert_eq!(title.status, 200);
    let shown = caller.get(&user);
    assert_eq!((shown.get("title"), shown.get(ENTERPRISE)), (None, None));
}

#[test]
fn an_answer_may_be_an_echo_of_what_was_asked() {
    let quirks = Quirks {
        patch_answers_echo: true,
        dropped_attributes: vec!["title".to_owned()],
        ..Quirks::default()
    };
    let mut caller = with(quirks);
    let user = format!("/Users/{}", caller.user("ada"));
    let answer = caller.patch(&user, replace("title", json!("Queen")));
    assert_eq!(answer.body.unwrap()["title"], json!("Queen"));
    assert_eq!(caller.get(&user).get("title"), None);
}

#[test]
fn renames_are_refused() {
    let mut caller = with(Quirks { renames_are_refused: true, ..Quirks::default() });
    let user = format!("/Users/{}", caller.user("ada"));
    let answer = caller.patch(&user, replace("userName", json!("lovelace")));
    assert_eq!((answer.status, scim_type(&answer)), (400, Some("mutability")));
    assert_eq!(caller.patch(&user, replace("title", json!("Queen"))).status, 200);
}

#[test]
fn a_deactivation_meets_so_many_conflicts() {
    let mut caller = with(Quirks { deactivations_conflict: 2, ..Quirks::default() });
    let user = format!("/Users/{}", caller.user("ada"));
    let tries = [(); 3].map(|()| caller.patch(&user, replace("active", json!(false))));
    assert_eq!(tries.each_ref().map(|answer| answer.status), [409, 409, 200]);
    assert_eq!(scim_type(&tries[0]), None, "it is no matter of uniqueness");
}

#[test]
fn seats_run_out_and_are_free_again() {
    let seats = Some(Seats { most: 1, status: 402 });
    let mut caller = with(Quirks { seats, ..Quirks::default() });
    let ada = format!("/Users/{}", caller.user("ada"));
    let bob = json!({ "userName": "bob" });
    let answer = caller.call("POST", "/Users", bob.clone());
    assert_eq!(answer.status, 402);
    assert!(answer.body.unwrap()["detail"].as_str().unwrap().contains("seats"));
    let inactive = json!({ "userName": "eve", "active": false });
    assert_eq!(caller.call("POST", "/Users", inactive).status, 201);
    caller.patch(&ada, replace("active", json!(false)));
    assert_eq!(caller.call("POST", "/Users", bob).status, 201);
}

#[test]
fn users_are_changed_by_put_alone() {
    let mut caller = with(Quirks { users_take_put_only: true, ..Quirks::default() });
    let user = format!("/Users/{}", caller.user("ada"));
    assert_eq!(caller.patch(&user, replace("active", json!(false))).status, 405);
    let put = caller.call("PUT", &user, json!({ "userName": "ada", "active": false }));
    assert_eq!(put.status, 200);
}

#[test]
fn an_attribute_is_cleared_in_one_way_alone() {
    let ways = [
        (Clearing::Remove, json!([{ "op": "remove", "path": "title" }])),
        (Clearing::Null, replace("title", Value::Null)),
        (Clearing::EmptyText, replace("title", json!(""))),
    ];
    for clears_by in [Clearing::Remove, Clearing::Null, Clearing::EmptyText, Clearing::Nothing] {
        for other_clearing_is_ignored in [false, true] {
            let quirks = Quirks { clears_by, other_clearing_is_ignored, ..Quirks::default() };
            for (way, operations) in &ways {
                let mut caller = with(quirks.clone());
                let queen = json!({ "userName": "ada", "title": "Queen" });
                let user = format!("/Users/{}", caller.created("/Users", queen));
                let answer = caller.patch(&user, operations.clone());
                let (says_yes, is_cleared) = (answer.status == 200, *way == clears_by);
                assert_eq!(says_yes, is_cleared || other_clearing_is_ignored);
                assert_eq!(caller.get(&user).get("title").is_none(), is_cleared, "{way:?}");
            }
        }
    }
}

#[test]
fn the_answer_to_a_creation_has_an_id_that_does_not_stay() {
    let mut caller = with(Quirks { created_ids: CreatedIds::Changed, ..Quirks::default() });
    let told = caller.user("ada");
    assert_eq!(status(&mut caller, &format!("/Users/{told}")), 404);
    assert_eq!(hits(&mut caller, "userName eq \"ada\"").len(), 1);

    let mut caller = with(Quirks { created_ids: CreatedIds::Anothers, ..Quirks::default() });
    let ada = caller.user("ada");
    assert_eq!(caller.user("bob"), ada);
    let (staff, vpn) = (caller.group("Staff", &[]), caller.group("VPN", &[]));
    assert_eq!(staff, vpn);
}

#[test]
fn ids_move_after_a_restore() {
    let mut caller = Caller::rfc();
    let (ada, bob) = (caller.user("ada"), caller.user("bob"));
    let group = caller.group("VPN", &[&ada]);
    caller.provider.directory_mut().rotate_user_ids();
    assert_eq!(caller.get(&format!("/Users/{ada}"))["userName"], json!("bob"));
    assert_eq!(caller.get(&format!("/Users/{bob}"))["userName"], json!("ada"));
    let members = caller.members(&group);
    assert_eq!(members, std::slice::from_ref(&bob), "the same person is in it");
    assert_eq!(hits(&mut caller, "userName eq \"ada\"")[0]["id"], json!(bob));
    caller.provider.directory_mut().renew_ids();
    assert_eq!(status(&mut caller, &format!("/Users/{bob}")), 404);
    assert_eq!(status(&mut caller, &format!("/Groups/{group}")), 404);
    assert_eq!(hits(&mut caller, "userName eq \"ada\"").len(), 1);
}

#[test]
fn the_quotas_reset_is_told_in_milliseconds() {
    let quirks = Quirks { quota_reset: QuotaReset::EpochMillis, ..Quirks::default() };
    let mut caller = Caller::of(Manners { quirks, ..Manners::netskope() });
    let answer = caller.call("GET", "/Users", Value::Null);
    assert_eq!(answer.header("ratelimit-reset"), Some("2000"), "a second after 1970 and one call");
}
