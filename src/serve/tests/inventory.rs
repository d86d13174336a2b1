//! Accounts, groups, findings and seats, of a target whose every name is hostile.

use super::world::{HOSTILE, UNMASK, VIEWER, World};
use serde_json::{Value, json};

/// A reading of `main`: an account of Kim's, one of nobody's, and a group with both in it.
fn part(number: u64, stray: &str) -> Value {
    let account = |id: &str, name: &str, active: bool| {
        let attributes = json!({ "userName": name, "title": format!("=1+1{HOSTILE}") });
        json!({ "account": { "id": id, "active": active, "attributes": attributes } })
    };
    let rows = json!([
        account(&format!("u-1{HOSTILE}"), &format!("kim{HOSTILE}"), true),
        account(stray, "Stray@example.com", false),
        { "group": { "id": "g-1", "name": format!("VPN{HOSTILE}") } },
        { "members": { "group": "g-1", "accounts": [stray, format!("u-1{HOSTILE}"), "elsewhere"] } },
        { "group": { "id": "g-2", "name": "Secret" } },
        { "members_unknown": { "group": "g-2" } },
    ]);
    let body =
        json!({ "tenant": "acme", "target": "main", "number": number, "place": 0, "rows": rows });
    json!({ "v": 1, "body": body })
}

fn head(number: u64, slot: &str) -> Value {
    let taken = json!({
        "number": number, "slot": slot, "parts": 1, "began": "2026-10-02T06:00:00Z",
        "ended": "2026-10-02T06:01:00Z", "accounts": { "rows": 2 }, "active": 1, "groups": { "rows": 2 },
    });
    let last = json!({
        "number": number + 1, "began": "2026-10-02T07:00:00Z", "ended": "2026-10-02T07:01:00Z",
        "accounts": { "rows": 1 }, "flaws": ["short"],
    });
    let head = json!({ "complete": taken, "last": last, "left": [1, 1] });
    json!({ "v": 1, "body": { "tenant": "acme", "target": "main", "head": head } })
}

fn send(world: &World, key: &str, value: &Value) {
    world.send("usher.inventory", key, Some(value.to_string().as_bytes()), &[]);
}

async fn listed() -> World {
    let world = World::hostile().await;
    send(&world, "part:acme:main:a:000000", &part(1, "stray"));
    send(&world, "head:acme:main", &head(1, "a"));
    world.until_it_shows("/t/acme/accounts.json", VIEWER, "stray").await;
    world
}

async fn rows(world: &World, path: &str) -> Vec<Value> {
    let body = world.get(path, VIEWER).await.body;
    let body: Value = serde_json::from_str(&body).unwrap();
    body["result"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_are_found_by_whole_names_and_show_whose_they_are() {
    let world = listed().await;
    let all = rows(&world, "/t/acme/accounts.json").await;
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all.iter().all(|row| row["user_name"] == "(hidden)"), "{all:?}");
    let kims = rows(&world, "/t/acme/accounts.json?held=yes").await;
    assert_eq!((kims.len(), &kims[0]["person"]), (1, &json!("p-kim")), "{kims:?}");
    for asked in ["q=stray%40EXAMPLE.com", "q=stray", "active=no", "held=no", "target=main&held=no"]
    {
        let found = rows(&world, &format!("/t/acme/accounts.json?{asked}")).await;
        let ids: Vec<_> = found.iter().map(|row| row["account"].as_str().unwrap()).collect();
        assert_eq!(ids, ["stray"], "{asked}");
    }
    for asked in ["q=example.com", "active=unsaid", "target=elsewhere"] {
        assert!(
            rows(&world, &format!("/t/acme/accounts.json?{asked}")).await.is_empty(),
            "{asked}"
        );
    }
    let how = rows(&world, "/t/acme/accounts.json?table=readings").await;
    assert_eq!(how[0]["flaws"], "fewer came than the target says there are");
    // Nobody else's tenant has them.
    assert_eq!(world.get("/t/globex/accounts/main/stray", UNMASK).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_account_shows_is_hidden_unless_somebody_may_see_it() {
    let world = listed().await;
    let masked = world.get("/t/acme/accounts/main/stray", VIEWER).await;
    assert_eq!(masked.status, 200, "{}", masked.body);
    assert!(!masked.body.contains("Stray@example.com") && !masked.body.contains("=1+1"));
    assert!(masked.body.contains("usher has not bound it to anybody"), "{}", masked.body);
    let open = world.get("/t/acme/accounts/main/stray?unmask", UNMASK).await.body;
    assert!(open.contains("Stray@example.com") && open.contains("=1+1&lt;script&gt;"), "{open}");
    assert!(!open.contains("<script>alert"), "{open}");
    assert_eq!(world.get("/t/acme/accounts/main/nobody", VIEWER).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_say_who_is_in_them_beside_who_is_to_be() {
    let world = listed().await;
    let groups = rows(&world, "/t/acme/groups.json").await;
    let of = |name: &str| {
        let row =
            groups.iter().find(|row| row["group"].as_str().unwrap().starts_with(name)).unwrap();
        (row["members"].clone(), row["shown"].clone())
    };
    assert_eq!(of("VPN"), (json!(1), json!(3)));
    assert_eq!(of("Secret"), (json!(0), json!("not shown")));
    assert_eq!(of("Quarantine"), (json!(0), json!("no such group")));
    let path =
        format!("/t/acme/groups/main/{}", crate::serve::web::segment(&format!("VPN{HOSTILE}")));
    let shown = rows(&world, &format!("{path}.json?table=shown")).await;
    let told: Vec<_> =
        shown.iter().map(|row| (row["person"].clone(), row["wanted"].clone())).collect();
    assert_eq!(told, [(Value::Null, json!("by others")), (json!("p-kim"), json!("wanted"))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_counts_when_it_is_whole_and_takes_the_place_of_the_one_before() {
    let world = listed().await;
    send(&world, "part:acme:main:b:000000", &part(2, "newcomer"));
    // Its head has not come, so nothing of it counts.
    world
        .until_it_shows(
            "/about",
            VIEWER,
            "Topic of inventory</dt><dd>3 records were read, to its end",
        )
        .await;
    let ids = |rows: &[Value]| rows.iter().filter(|row| row["account"] == "newcomer").count();
    assert_eq!(ids(&rows(&world, "/t/acme/accounts.json").await), 0);
    send(&world, "head:acme:main", &head(2, "b"));
    world.until_it_shows("/t/acme/accounts.json", VIEWER, "newcomer").await;
    let after = rows(&world, "/t/acme/accounts.json").await;
    assert!(after.iter().all(|row| row["account"] != "stray"), "{after:?}");
    // A head whose parts are of another reading tells of none.
    send(&world, "head:acme:main", &head(3, "a"));
    world.until_it_shows("/t/acme/accounts.json", VIEWER, "\"result\": []").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_list_nobody_is_called_an_orphan_and_the_page_says_why() {
    let world = listed().await;
    let page =
        world.until_it_shows("/t/acme/findings", VIEWER, "Of something nothing is concluded").await;
    assert!(page.body.contains("for there is no list of people"), "{}", page.body);
    assert!(!page.body.contains("nobody's account</span>"), "{}", page.body);
    let seats = world.get("/t/acme/seats", VIEWER).await;
    assert!(seats.body.contains("says what was bought"), "{}", seats.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_are_shown_day_by_day_as_a_picture_a_table_and_for_programs() {
    let world = World::hostile().await;
    let counted = [("2026-09-01", 10, 9, None), ("2026-09-03", 14, 12, Some(7))];
    for (day, provisioned, active, seen) in counted {
        let body = json!({
            "tenant": "acme", "target": "main", "day": day, "provisioned": provisioned,
            "active": active, "seen": seen,
        });
        send(&world, &format!("day:acme:main:{day}"), &json!({ "v": 1, "body": body }));
    }
    world.until_it_shows("/t/acme/seats.json?table=days", VIEWER, "2026-09-03").await;
    let days = rows(&world, "/t/acme/seats.json?table=days").await;
    let told: Vec<_> =
        days.iter().map(|row| (&row["day"], &row["provisioned"], &row["seen"])).collect();
    let expected = [
        (json!("2026-09-03"), json!(14), json!(7)),
        (json!("2026-09-01"), json!(10), json!("not known")),
    ];
    assert_eq!(
        told,
        [
            (&expected[0].0, &expected[0].1, &expected[0].2),
            (&expected[1].0, &expected[1].1, &expected[1].2)
        ]
    );
    let page = world.get("/t/acme/seats", VIEWER).await.body;
    assert!(
        page.contains("2 days: 10 accounts on 2026-09-01, 14 on 2026-09-03, 12 of them active"),
        "{page}"
    );
    // From the least day at the left to the most at the right, which is the top.
    assert!(page.contains("<polyline class=\"line-0\" points=\"36,45 596,10\">"), "{page}");
    let csv = world.get("/t/acme/seats.csv?table=days", VIEWER).await.body;
    assert!(csv.contains("main,2026-09-03,14,12,7"), "{csv}");
    assert!(!world.get("/t/globex/seats.csv?table=days", UNMASK).await.body.contains("2026-09"));
}
