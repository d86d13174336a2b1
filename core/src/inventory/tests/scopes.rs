//! What tokens are granted besides: answers in all forms that were seen, and what a reading makes of them.

use crate::inventory::scope::{
    AdministratorKind, Found, Grant, List, Policy, Reach, Scope, ScopePage, question, read,
};
use crate::inventory::{Flaw, Head, Next, Reading, Shown, Wanted};
use crate::model::ids::{GroupName, TargetName, TenantName};
use crate::model::listing::Page;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

fn now() -> Timestamp {
    "2026-10-01T06:00:00Z".parse().unwrap()
}

fn rows(list: List, body: &Json) -> Vec<Found> {
    read(list, body).expect("there is a list in it").rows
}

#[test]
fn a_list_is_found_under_each_of_its_names() {
    let user = json!({ "userName": "kim@example.com", "accounts": [
        { "scimId": "s-1", "provisioner": "SCIM", "deleted": true, "parentGroups": ["VPN"] },
    ]});
    for body in [
        json!({ "users": [user], "total": 1 }),
        json!({ "data": [user] }),
        json!({ "result": [user] }),
        json!({ "data": { "users": [user] }, "status": "success" }),
        json!([user]),
    ] {
        let [Found::User(kim)] = &rows(List::ManagedUsers, &body)[..] else {
            panic!("not one user: {body}")
        };
        assert_eq!(kim.id.as_deref(), Some("s-1"), "{body}");
        assert_eq!(kim.provisioner.as_deref(), Some("SCIM"));
        assert!(kim.deleted);
        assert_eq!(kim.parent_groups, ["VPN"]);
    }
    assert_eq!(read(List::ManagedUsers, &json!({ "message": "no" })), None);
    assert_eq!(read(List::ManagedUsers, &json!("text")), None);
}

#[test]
fn a_private_access_rule_names_groups_users_and_apps() {
    let body = json!({ "data": [{
        "rule_id": "7", "rule_name": "SSH for the VPN", "enabled": "1",
        "rule_data": {
            "user_groups": ["VPN_Allowed"], "users": ["kim@example.com"],
            "private_apps": ["[SSH]"], "private_app_tags": ["prod"],
            "match_criteria_action": { "action_name": "allow" },
        },
    }, { "rule_id": 8, "enabled": "0", "rule_data": { "user_groups": ["Old"] } }, {}]});
    let page = read(List::PrivateAccessRules, &body).unwrap();
    assert_eq!((page.received, page.rows.len()), (3, 2), "the third has no name and no id");
    let [Found::Policy(ssh), Found::Policy(old)] = &page.rows[..] else { panic!("{page:?}") };
    assert_eq!(ssh.apps, ["[SSH]", "prod"]);
    assert_eq!(ssh.action.as_deref(), Some("allow"));
    assert!(ssh.is_enabled() && ssh.names("vpn_allowed") && !ssh.names("VPN"));
    assert!(!old.is_enabled());
    assert_eq!(ssh.reach(&["KIM@example.com"], &[]), Some(Reach::User));
    assert_eq!(ssh.reach(&["lee@example.com"], &["VPN_Allowed"]), Some(Reach::Group));
    assert_eq!(ssh.reach(&["lee@example.com"], &["Sales"]), None);
    assert_eq!(Policy::default().reach(&["lee"], &[]), Some(Reach::Everybody));
}

#[test]
fn devices_say_when_they_were_seen_in_each_form() {
    let at: Timestamp = "2026-09-30T12:00:00Z".parse().unwrap();
    for row in [
        json!({ "user": "kim@example.com", "timestamp": at.as_second() }),
        json!({ "user": "kim@example.com", "timestamp": at.as_millisecond().to_string() }),
        json!({ "userName": "kim@example.com", "last_seen": "2026-09-30 12:00:00" }),
        json!({ "attributes": { "users": [], "last_event": {} }, "user_email": "kim@example.com",
            "last_event_time": "2026-09-30T12:00:00Z" }),
    ] {
        let [Found::Device(device)] = &rows(List::Devices, &json!({ "devices": [row] }))[..] else {
            panic!("no device: {row}")
        };
        assert_eq!((device.user.as_str(), device.seen), ("kim@example.com", at), "{row}");
    }
    let nobody = json!({ "result": [{ "hostname": "x", "timestamp": 1 }, { "user": "kim", "timestamp": 0 }] });
    let page = read(List::ClientStatus, &nobody).unwrap();
    assert_eq!((page.received, page.rows.len()), (2, 0), "a device that says nothing is counted");
}

#[test]
fn administrators_are_told_from_service_accounts() {
    let body = json!({ "totalResults": 2, "Resources": [
        { "userName": "ann@example.com", "emails": [{ "value": "ann@example.com" }], "active": true },
        { "userName": "sync", "urn:ietf:params:scim:schemas:netskope:2.0:user": { "recordType": "SERVICE_ACCOUNT" } },
    ]});
    let found = rows(List::Administrators, &body);
    let [Found::Administrator(ann), Found::Administrator(sync)] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(ann.kind, AdministratorKind::Administrator);
    assert_eq!(ann.emails, ["ann@example.com"]);
    assert_eq!(sync.kind, AdministratorKind::ServiceAccount);
}

#[test]
fn questions_are_those_of_the_target() {
    let users = question(List::ManagedUsers, 200);
    assert_eq!(users.body, Some(json!({ "query": { "paging": { "offset": 200, "limit": 100 } } })));
    assert_eq!(question(List::Administrators, 100).query, "startIndex=101&count=100");
    assert_eq!(question(List::ClientStatus, 0).query, "limit=10000&offset=0");
    for (status, grant) in
        [(403, Grant::NotGranted), (401, Grant::NotGranted), (404, Grant::NotThere)]
    {
        assert_eq!(Grant::of_status(status), Some(grant));
    }
    assert_eq!(Grant::of_status(429), None, "a quota is no grant");
    assert_eq!(Grant::of_status(500), Some(Grant::Failed));
}

/// A reading whose accounts and groups are read, and there are none.
fn reading(head: &Head, scopes: &[Scope], token: Option<&str>) -> Reading {
    let wanted = Wanted {
        scopes: scopes.iter().copied().collect(),
        token_name: token.map(str::to_owned),
        token_expires: None,
    };
    let mut reading = Reading::begin(head, now()).with_scopes(&wanted);
    let none = || Page { items: Vec::new(), received: 0, total: Some(0), goes_on: false };
    reading.take_accounts(none());
    reading.take_groups(Page { items: Vec::new(), received: 0, total: Some(0), goes_on: false });
    reading
}

fn close(reading: Reading, head: &mut Head, filled: &[&str], imported: Option<&[&str]>) -> Shown {
    assert_eq!(reading.next(), Next::Nothing);
    let filled = filled.iter().map(|name| GroupName::new(*name)).collect();
    let imported: Option<BTreeSet<String>> =
        imported.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    let place = (&TenantName::new("acme"), &TargetName::new("main"));
    let (_, is_whole) = reading.close(place, head, (now(), (&filled, imported.as_ref())));
    assert!(is_whole, "what is not granted spoils no reading of accounts");
    head.shown.clone()
}

fn page(list: List, body: &Json) -> ScopePage {
    read(list, body).unwrap()
}

fn administrator(name: &str) -> Json {
    json!({ "totalResults": 1, "Resources": [{ "userName": name }] })
}

#[test]
fn each_scope_is_asked_for_and_what_is_not_granted_is_told() {
    let mut head = Head::default();
    let mut reading = reading(&head, &Scope::ALL, None);
    let mut asked = Vec::new();
    while let Next::Scope { list, received } = reading.next() {
        asked.push((list, received));
        assert!(asked.len() < 20, "it asks for ever: {asked:?}");
        match list {
            List::Administrators => {
                reading.take_scope(page(list, &administrator("Ann@example.com")), now());
            }
            List::ManagedUsers => reading.refuse_scope(Grant::NotGranted, now()),
            _ => reading.refuse_scope(Grant::NotThere, now()),
        }
    }
    let lists: Vec<List> = asked.iter().map(|(list, _)| *list).collect();
    assert!(
        lists.contains(&List::ClientStatus),
        "where there are no devices, events tell: {lists:?}"
    );
    let shown = close(reading, &mut head, &["Q"], None);
    assert_eq!(shown.administrators, ["ann@example.com".to_owned()].into());
    assert_eq!(shown.unnamed_groups, None, "policies were not read");
    let scopes = &head.complete.unwrap().scopes;
    assert_eq!(scopes[&Scope::UserManagement].grant, Grant::NotGranted);
    assert_eq!(scopes[&Scope::Devices].grant, Grant::NotThere);
    assert!(scopes[&Scope::Administrators].is_whole());
    assert_eq!(scopes[&Scope::Administrators].rows, 1);
}

#[test]
fn whoever_was_an_administrator_stays_one_until_the_list_is_read_whole() {
    let mut head = Head::default();
    let only = [Scope::Administrators];
    let mut first = reading(&head, &only, None);
    first.take_scope(page(List::Administrators, &administrator("ann")), now());
    close(first, &mut head, &[], None);
    let mut second = reading(&head, &only, None);
    second.refuse_scope(Grant::Failed, now());
    assert_eq!(close(second, &mut head, &[], None).administrators, ["ann".to_owned()].into());
    let mut third = reading(&head, &only, None);
    third.take_scope(page(List::Administrators, &administrator("bo")), now());
    assert_eq!(close(third, &mut head, &[], None).administrators, ["bo".to_owned()].into());
}

#[test]
fn a_list_that_comes_again_or_is_cut_is_not_whole() {
    let only = [Scope::Policies];
    let two = json!({ "rules": [{ "rule_name": "a" }, { "rule_name": "b" }], "total": 3 });
    let mut head = Head::default();
    let mut again = reading(&head, &only, None);
    for _ in 0..2 {
        again.take_scope(page(List::PrivateAccessRules, &two), now());
    }
    close(again, &mut head, &[], None);
    let flaws = |head: &Head| head.complete.clone().unwrap().scopes[&Scope::Policies].flaws.clone();
    assert!(flaws(&head).contains(&Flaw::Repeated));
    let mut cut = reading(&head, &only, None);
    cut.take_scope(page(List::PrivateAccessRules, &two), now());
    cut.take_scope(page(List::PrivateAccessRules, &json!({ "rules": [], "total": 3 })), now());
    close(cut, &mut head, &[], None);
    assert_eq!(flaws(&head), [Flaw::Short].into());
}

#[test]
fn groups_that_usher_fills_and_no_policy_names_are_known() {
    let only = [Scope::Policies];
    let rules = json!({ "total": 2, "rules": [
        { "rule_name": "a", "enabled": "1", "rule_data": { "user_groups": ["vpn"] } },
        { "rule_name": "b", "enabled": "0", "rule_data": { "user_groups": ["Quarantine"] } },
    ]});
    let filled = ["VPN", "Quarantine"];
    let mut head = Head::default();
    for (imported, unnamed) in [(None, vec!["Quarantine"]), (Some(&["quarantine"][..]), Vec::new())]
    {
        let mut reading = reading(&head, &only, None);
        reading.take_scope(page(List::PrivateAccessRules, &rules), now());
        let unnamed = unnamed.into_iter().map(GroupName::new).collect();
        assert_eq!(close(reading, &mut head, &filled, imported).unnamed_groups, Some(unnamed));
    }
}

#[test]
fn the_end_of_the_own_token_is_known_only_if_it_is_certain_which_it_is() {
    let token = |name: &str, day: u8, endpoint: &str| json!({ "name": name, "expiry": format!("2027-01-{day:02}T00:00:00Z"), "endpoints": [endpoint] });
    let scim = "/api/v2/scim/Users";
    let end = |tokens: &[Json], name: Option<&str>| {
        let mut head = Head::default();
        let mut reading = reading(&head, &[Scope::Tokens], name);
        reading.take_scope(page(List::Tokens, &json!({ "data": tokens })), now());
        let shown = close(reading, &mut head, &[], None);
        shown.token_ends.map(|at| at.to_string())
    };
    let first = Some("2027-01-01T00:00:00Z".to_owned());
    assert_eq!(end(&[token("usher", 1, scim)], None), first);
    assert_eq!(end(&[token("a", 1, scim), token("b", 2, "/api/v2/events")], None), first);
    assert_eq!(end(&[token("a", 1, scim), token("b", 2, scim)], None), None);
    assert_eq!(end(&[token("a", 1, scim), token("b", 2, scim)], Some("a")), first);
    assert_eq!(end(&[token("a", 1, scim)], Some("gone")), None);
}

#[test]
fn of_each_user_the_latest_device_is_kept() {
    let mut head = Head::default();
    let mut reading = reading(&head, &[Scope::Devices], None);
    let devices = json!({ "devices": [
        { "user": "Kim", "timestamp": 1_790_000_000 }, { "user": "kim", "timestamp": 1_790_000_900 },
    ], "total": 2 });
    reading.take_scope(page(List::Devices, &devices), now());
    let place = (&TenantName::new("acme"), &TargetName::new("main"));
    let (records, _) = reading.close(place, &mut head, (now(), (&BTreeSet::new(), None)));
    let text: String = records
        .iter()
        .filter_map(|record| Some(String::from_utf8_lossy(record.value.as_ref()?).into_owned()))
        .collect();
    assert_eq!(text.matches("\"device\"").count(), 1, "{text}");
    assert!(text.contains(&Timestamp::from_second(1_790_000_900).unwrap().to_string()), "{text}");
}

#[test]
fn the_forms_never_panic() {
    for body in
        [json!(null), json!([null, 1, "x", []]), json!({ "data": { "data": { "data": [] } } })]
    {
        for list in Scope::ALL.iter().flat_map(|scope| scope.lists()) {
            let _read = read(*list, &body);
        }
    }
}
