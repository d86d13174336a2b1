//! What pages say, and that nothing that events and providers fill in acts there.

use super::world::{Answer, HOSTILE, UNMASK, VIEWER, World};
use serde_json::{Value, json};

/// Every page of a tenant, and those about somebody.
const PAGES: [&str; 18] = [
    "/",
    "/about",
    "/codes/deletion",
    "/t/acme",
    "/t/acme/overview",
    "/t/acme/people",
    "/t/acme/people/p-kim",
    "/t/acme/accounts",
    "/t/acme/groups",
    "/t/acme/findings",
    "/t/acme/seats",
    "/t/acme/holds",
    "/t/acme/parked?state=all",
    "/t/acme/targets",
    "/t/acme/sources",
    "/t/acme/commands",
    "/t/acme/tomorrow",
    "/t/acme/people?state=held&target=main",
];

/// Lines of the audit about Kim whose every text is an attack.
pub(super) fn lines() -> Vec<Value> {
    let line = |kind: &str, outcome: &str, class: u32, more: Value| {
        let mut own = json!({
            "kind": kind, "outcome": outcome, "shard": 0, "person": "p-kim",
            "event": { "type": "worker.terminated", "source": format!("https://hr{HOSTILE}") },
            "why": { "code": "deletion", "text": format!("why {HOSTILE}") },
        });
        own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({
            "metadata": {
                "version": "1.8.0", "uid": "u", "log_name": "usher.audit", "tenant_uid": "acme",
                "product": { "name": "usher", "vendor_name": "usher", "version": "0" },
                "event_code": "x", "processed_time": 1_790_928_000_000_i64,
                "original_event_uid": format!("event{HOSTILE}"),
            },
            "category_uid": 3, "category_name": "", "class_uid": class, "class_name": "",
            "activity_id": 1, "activity_name": "", "type_uid": 1, "type_name": "",
            "severity_id": 1, "severity": "", "time": 1_790_928_000_000_i64, "status_id": 1,
            "status": "", "message": "", "actor": { "app_name": "usher", "app_uid": "usher/0" },
            "start_time": 1_790_927_997_000_i64, "unmapped": own,
        })
    };
    let call = json!({
        "action": "deactivate", "account": format!("u{HOSTILE}"), "touched": [format!("active{HOSTILE}")],
        "status": 200, "latency_ms": 41, "outcome": format!("failed: {HOSTILE}"),
        "at": "2026-10-02T08:00:00Z",
    });
    let signer = json!({
        "operator": format!("ann{HOSTILE}"), "key": "SHA256:x", "group": "analysts", "file_sha256": "0",
    });
    let command = json!({
        "word": "approve", "id": "c-1", "signers": [signer], "reason": format!("because {HOSTILE}"),
    });
    vec![
        line(
            "decision",
            "asserted",
            3004,
            json!({
                "kafka": { "topic": "acme.hr", "generation": 0, "partition": 0, "offset": 3 },
                "effects": [{ "rule": format!("rule{HOSTILE}"), "claim": format!("claim{HOSTILE}"), "decision": "asserted" }],
            }),
        ),
        line(
            "result",
            "applied",
            3001,
            json!({ "target": "main", "revision": 1, "verified": true, "calls": [call] }),
        ),
        line("command", "obeyed", 3004, json!({ "command": command })),
    ]
}

/// A record that nobody could act on.
pub(super) fn park(world: &World) {
    let text = format!("it names nobody {HOSTILE}");
    let headers = [
        ("usher-tenant", "acme"),
        ("usher-topic", "hr.events"),
        ("usher-generation", "0"),
        ("usher-partition", "3"),
        ("usher-offset", "4711"),
        ("usher-index", "0"),
        ("usher-reason-code", "worker.missing"),
        ("usher-reason", text.as_str()),
        ("usher-parked-at", "2026-10-02T07:00:00Z"),
        ("usher-takes-access", "true"),
    ];
    world.send("usher.parked", "k", Some(HOSTILE.as_bytes()), &headers);
}

fn is_harmless(path: &str, answer: &Answer) {
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    // Text may say it; an element, an attribute and a sign that turns the line may not.
    for attack in ["<script>alert", "<img", "onerror=alert(1)>\"", "\u{202e}", "<b>"] {
        assert!(!answer.body.contains(attack), "{path} has {attack}: {}", answer.body);
    }
    assert!(!answer.body.contains(" style="), "{path} has a style of its own");
    let scripts = answer.body.matches("<script").count();
    assert_eq!(scripts, 1, "{path}: only ours");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"));
    assert!(!policy.contains("unsafe"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// A page without what differs from run to run, an element a line.
fn steady(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("<span class=\"ago\">") {
        out.push_str(before);
        rest = after.split_once("</span>").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let (out, _) = out.split_once("<footer>").unwrap();
    let (_, out) = out.split_once("</header>").unwrap();
    // The days of pictures are those of today.
    let out = match (out.split_once("<figure>"), out.rsplit_once("</figure>")) {
        (Some((before, _)), Some((_, after))) => format!("{before}[picture]{after}"),
        _ => out.to_owned(),
    };
    out.replace("><", ">\n<")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_others_fill_in_acts_on_a_page() {
    let world = World::hostile().await;
    for token in [VIEWER, UNMASK] {
        for path in PAGES {
            let answer = world.get(path, token).await;
            is_harmless(path, &answer);
            if token == UNMASK {
                let mark = if path.contains('?') { "&" } else { "?" };
                let open = format!("{path}{mark}unmask");
                is_harmless(&open, &world.get(&open, token).await);
            }
        }
    }
    let open = world.get("/t/acme/people/p-kim?unmask", UNMASK).await.body;
    assert!(open.contains("kim&lt;script&gt;alert(1)"), "{open}");
    assert!(open.contains("why &lt;script&gt;"), "{open}");
    let csv = world.get("/t/acme/holds.csv?unmask", UNMASK).await.body;
    assert!(csv.contains("kim<script>") && csv.contains("a deletion cannot be undone"), "{csv}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_values_are_hidden_unless_somebody_may_see_them_and_asks() {
    let world = World::hostile().await;
    let is_of_tenant = |path: &&&str| path.starts_with("/t/acme/") && !path.contains('?');
    let files = PAGES.iter().filter(is_of_tenant);
    let files = files.flat_map(|path| [format!("{path}.csv"), format!("{path}.json")]);
    for path in PAGES.iter().map(ToString::to_string).chain(files) {
        for (token, mark) in [(VIEWER, ""), (UNMASK, "")] {
            let body = world.get(&format!("{path}{mark}"), token).await.body;
            for secret in
                ["kim<script", "kim&lt;script", "=1+1", "entra", "lee@example.com", "=Title"]
            {
                assert!(!body.contains(secret), "{path} shows {secret}: {body}");
            }
        }
    }
    let person = world.get("/t/acme/people/p-kim.json", VIEWER).await.body;
    let person: Value = serde_json::from_str(&person).unwrap();
    assert!(person["names"][0]["value"].as_str().unwrap().starts_with("(text of "), "{person}");

    let refused = world.get("/t/acme/people/p-kim?unmask", VIEWER).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let open = world.get("/t/acme/people.json?unmask&state=stuck", UNMASK).await.body;
    assert!(open.contains("lee@example.com"), "{open}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_page_says_whether_anything_waits_and_zeros_are_shown() {
    let world = World::hostile().await;
    let page = world.get("/t/acme/overview", VIEWER).await.body;
    assert!(page.contains("Something waits for somebody."), "{page}");
    let rows = world.get("/t/acme/overview.json", VIEWER).await.body;
    let rows: Value = serde_json::from_str(&rows).unwrap();
    let count = |what: &str| {
        let rows = rows["result"].as_array().unwrap().iter();
        let row = rows.clone().find(|row| row["what"] == what).unwrap();
        (row["count"].as_i64().unwrap(), row["waits"].as_str().unwrap().to_owned())
    };
    assert_eq!(count("rows that are held"), (1, "yes".to_owned()));
    assert_eq!(count("people who are stuck"), (1, "yes".to_owned()));
    assert_eq!(count("parked records that would have taken access"), (1, "yes".to_owned()));
    assert_eq!(count("pauses"), (0, "no".to_owned()));
    assert_eq!(count("shards in which nothing was ever written"), (0, "no".to_owned()));
    let nothing = world.get("/t/globex", UNMASK).await.body;
    assert!(nothing.contains("Nothing waits for anybody."), "{nothing}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_was_ever_written_nobody_says_that_nothing_waits() {
    let world = World::empty("").await;
    world.until_it_shows("/about", UNMASK, "Topics read to their ends: 5 of 5").await;
    let page = world.get("/t/acme/overview", VIEWER).await.body;
    assert!(page.contains("Something waits for somebody."), "{page}");
    assert!(page.contains("shards in which nothing was ever written"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_is_found_by_any_whole_name_and_a_row_says_what_would_act_on_it() {
    let world = World::hostile().await;
    for name in ["LEE%40example.com", "p-lee", "+lee@example.com+"] {
        let found = world.get(&format!("/t/acme/people.json?q={name}"), VIEWER).await.body;
        let found: Value = serde_json::from_str(&found).unwrap();
        assert_eq!(found["result"].as_array().unwrap().len(), 1, "{name}: {found}");
        assert_eq!(found["result"][0]["person"], "p-lee");
    }
    for name in ["lee", "lee@example.co", "gus@example.com"] {
        let found = world.get(&format!("/t/acme/people.json?q={name}"), VIEWER).await.body;
        assert!(found.contains("\"result\": []"), "{name}: {found}");
    }
    let holds = world.get("/t/acme/holds.json", VIEWER).await.body;
    let holds: Value = serde_json::from_str(&holds).unwrap();
    let row = &holds["result"][0];
    let digest = row["digest"].as_str().unwrap();
    assert_eq!(row["command"], json!(format!("usher approve {digest} --tenant acme")));
    assert_eq!(row["known_as"], "(hidden)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_change_and_go_are_seen_to() {
    let world = World::hostile().await;
    world.send("usher.people", "acme/p-lee", None, &[]);
    let gone = "\"result\": []";
    world.until_it_shows("/t/acme/people.json?state=stuck", VIEWER, gone).await;
    assert_eq!(world.get("/t/acme/people/p-lee", VIEWER).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_as_they_were() {
    let world = World::hostile().await;
    for (name, path) in [
        ("overview", "/t/acme/overview"),
        ("people", "/t/acme/people"),
        ("person", "/t/acme/people/p-kim"),
        ("person_open", "/t/acme/people/p-kim?unmask"),
        ("holds", "/t/acme/holds"),
        ("parked", "/t/acme/parked"),
        ("commands", "/t/acme/commands"),
        ("groups", "/t/acme/groups"),
    ] {
        let page = world.get(path, UNMASK).await.body;
        insta::assert_snapshot!(name, steady(&page));
    }
}
