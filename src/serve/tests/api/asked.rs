//! Filters, searches and forms.

use super::super::world::{UNMASK, VIEWER};
use super::{ACCOUNTS, OWN, json, texts, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_are_taken_in_all_forms() {
    let (world, _) = world().await;
    for (asked, count) in [
        ("status=active", 18),
        ("status=inactive", 5),
        ("status[ne]=active", 5),
        ("status[in]=active,inactive", ACCOUNTS),
        ("username=PERSON03@example.COM", 1),
        ("emails=person03@example.com", 1),
        ("email=person03@example.com", 1),
        ("emails[]=person03@example.com&emails[]=person04@example.com", 2),
        ("username[contains]=PERSON0", 10),
        ("username[starts_with]=person0", 10),
        ("username[gt]=person03@example.com&username[lte]=person05@example.com", 2),
        ("last_name=even&status=active", 8),
        ("name=Person+03", 1),
        ("organization_id=acme", ACCOUNTS - 1),
        ("employee_number=00003", 1),
        ("title[ne]=x", ACCOUNTS),
        ("groups=g-vpn", 3),
        ("groups=vpn", 3),
        ("group_id[in]=g-vpn,g-staff", 5),
        ("groups[nin]=g-vpn,g-staff", ACCOUNTS - 5),
        ("groups=nowhere", 0),
        ("created_at[gte]=2026-09-01", ACCOUNTS),
        ("created_at[lt]=2026-09-01T08:00:00Z", 0),
        ("updated_at=2026-09-02T08:00:00Z", ACCOUNTS),
        ("id[in]=u-01,u-02,nobody", 2),
        ("search=erson+03", 1),
        ("search=PERSON", ACCOUNTS - 1),
        ("truto_super_query=true&truto_ignore_limit=true", ACCOUNTS),
    ] {
        let path = format!("{OWN}/users?unmask=true&limit=500&{asked}");
        let answer = world.get(&path, UNMASK).await;
        assert_eq!(json(&answer)["result_count"], count, "{asked}: {}", answer.body);
    }
    for (asked, ids) in [
        ("name=staff", vec!["g-staff"]),
        ("members=u-00", vec!["g-staff", "g-vpn"]),
        ("members=u-attack", vec!["g-vpn"]),
        ("search=st", vec!["g-staff"]),
        ("sort_by[name]=desc", vec!["g-vpn", "g-staff"]),
    ] {
        let answer = json(&world.get(&format!("{OWN}/groups?{asked}"), VIEWER).await);
        assert_eq!(texts(&answer, "id"), ids, "{asked}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_and_a_group_are_whole() {
    let (world, _) = world().await;
    let user = json(&world.get(&format!("{OWN}/users/u-03?unmask=true"), UNMASK).await);
    assert_eq!(user["is_partial_response"], false);
    let result = &user["result"];
    let expected = serde_json::json!({
        "id": "u-03",
        "external_id": null,
        "identifiers": { "scim_id": "u-03", "employee_number": "00003", "person": null },
        "first_name": "Person",
        "last_name": "Odd",
        "name": "Person 21",
        "username": "Person21@Example.com",
        "title": null,
        "department": null,
        "emails": [{ "email": "person21@example.com", "type": "work", "is_primary": true }],
        "phones": [],
        "status": "active",
        "organizations": [{ "id": "Acme", "name": "Acme" }],
        "groups": [{ "id": "g-vpn", "name": "VPN" }],
        "timezone": null,
        "languages": [],
        "created_at": "2026-09-01T08:00:00Z",
        "updated_at": "2026-09-02T08:00:00Z",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&result[name], value, "{name}");
    }
    let remote = &result["remote_data"];
    assert_eq!(remote["name"]["givenName"], "Person");
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    assert_eq!(remote[enterprise]["employeeNumber"], "00003");
    assert_eq!(remote["emails"][0]["value"], "person21@example.com");

    let group = json(&world.get(&format!("{OWN}/groups/g-staff?unmask=true"), UNMASK).await);
    assert_eq!(group["result"]["member_count"], 3);
    assert_eq!(group["result"]["members"][0]["username"], "Person00@Example.com");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_take_the_form_that_is_asked_for() {
    let (world, _) = world().await;
    let get = async |asked: &str| {
        let path = format!("{OWN}/users?unmask=true&limit=2&sort_by=id&{asked}");
        json(&world.get(&path, UNMASK).await)
    };
    let keyed = get("truto_key_by=id").await;
    let ids: Vec<&String> = keyed["result"].as_object().unwrap().keys().collect();
    assert_eq!(ids, ["u-00", "u-01"]);
    assert_eq!(keyed["result_count"], 2);
    assert_eq!(get("truto_key_by=first_name").await["code"], "api.parameter");
    let short = get("truto_exclude_fields[]=emails&truto_exclude_fields[]=groups").await;
    assert!(
        short["result"][0].get("emails").is_none() && short["result"][0].get("groups").is_none()
    );
    assert!(get("truto_exclude_fields=emails,name").await["result"][0].get("name").is_none());
    let light = get("truto_ignore_remote_data=true").await;
    assert!(light["result"][0].get("remote_data").is_none());
    let raw = get("truto_response_format=raw").await;
    assert_eq!(raw["result"][0]["userName"], "Person00@Example.com");
    assert_eq!(get("truto_response_format=stream").await["code"], "api.parameter");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_values_are_hidden_unless_somebody_may_see_them_and_asks() {
    let (world, _) = world().await;
    let paths = ["users", "users/u-03", "users/u-attack", "groups", "groups/g-vpn"];
    let forms = ["", "?truto_response_format=raw", "?truto_key_by=id", "?unmask=false"];
    for (path, form, token) in paths.iter().flat_map(|path| {
        forms.iter().flat_map(move |form| [VIEWER, UNMASK].map(|token| (path, form, token)))
    }) {
        let answer = world.get(&format!("{OWN}/{path}{form}"), token).await;
        for secret in ["Person", "person0", "person1", "Odd", "Even", "00003", "Acme", "alert"] {
            assert!(!answer.body.contains(secret), "{path}{form} shows {secret}: {}", answer.body);
        }
    }
    // Somebody is found by a whole name, as on the pages; and nothing is learnt bit by bit.
    for (asked, count) in [
        ("username=person03@example.com", 1),
        ("emails[in]=person03@example.com", 1),
        ("employee_number=00003", 1),
        ("search=person03@example.com", 1),
        ("search=person03", 0),
        ("search=u-03", 1),
    ] {
        let answer = json(&world.get(&format!("{OWN}/users?{asked}"), VIEWER).await);
        assert_eq!(answer["result_count"], count, "{asked}");
    }
    for asked in [
        "username[gt]=a",
        "username[contains]=a",
        "username[ne]=a",
        "last_name=odd",
        "sort_by=username",
        "sort_by=-last_name",
        "truto_key_by=username",
        "unmask=true",
        "unmask",
    ] {
        let answer = world.get(&format!("{OWN}/users?{asked}"), VIEWER).await;
        assert_eq!(
            (answer.status, &json(&answer)["code"]),
            (403, &"api.forbidden".into()),
            "{asked}"
        );
    }
}
