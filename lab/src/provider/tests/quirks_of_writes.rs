//! What providers do with writes that no standard has.

use super::quirks::{hits, replace, status, with};
use super::{Caller, ENTERPRISE, scim_type};
use crate::provider::manners::Manners;
use crate::provider::quirks::{Clearing, CreatedIds, Quirks, QuotaReset, Seats};
use serde_json::{Value, json};

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
