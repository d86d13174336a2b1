//! `usher serve` beside a sandbox with a worker: what happens there is on the pages, and nothing that is
//! hidden.

use crate::support::stage::{PAGES, SOON, Stage, ask, get};
use crate::support::{eventually, measured};
use serde_json::{Value, json};
use std::time::Instant;

async fn publish(stage: &Stage, topic: &str, kind: &str, id: &str) {
    let event = json!({
        "specversion": "1.0", "id": id, "source": "/hr", "type": format!("io.usher.{kind}.v1"),
        "data": {
            "worker": { "employee_id": "1001", "user_name": "ada@example.com", "work_email": "ada@example.com" },
            "profile": { "given_name": "Ada<script>alert(1)</script>", "family_name": "Lovelace" },
        },
    });
    stage.publish(topic, &event).await;
}

/// Every page is there, as a file, too, and none tells who it is about.
async fn walk(stage: &Stage) {
    for page in PAGES {
        let path = format!("/t/sandbox/{page}");
        let (status, body) = get(stage.pages, &path, &stage.viewer).await.unwrap();
        assert_eq!(status, 200, "{page}: {body}");
        assert!(!body.contains("ada@example.com") && !body.contains("Lovelace"), "{body}");
        assert!(!body.contains("has not answered") && !body.contains("cannot be read"));
        let file = format!("{path}.csv");
        let (status, csv) = get(stage.pages, &file, &stage.viewer).await.unwrap();
        assert_eq!(status, 200, "{file}");
        assert!(csv.lines().next().is_some_and(|line| !line.is_empty()), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_at_a_worker_is_on_the_pages() {
    let stage = Stage::set("serve").await;
    publish(&stage, "hr.events", "worker.hired", "1").await;
    let hired = Instant::now();
    let search = "/t/sandbox/people.json?q=ADA%40example.com";
    let person = eventually("Ada is on the pages", SOON, async || {
        let (_, body) = get(stage.pages, search, &stage.viewer).await?;
        let found: Value = serde_json::from_str(&body).ok()?;
        found["result"][0]["person"].as_str().map(ToOwned::to_owned)
    })
    .await;
    measured("an event to the page about its person", hired.elapsed());
    let of_her = format!("/t/sandbox/people/{person}");
    stage.until("her account is made", &of_her, &["at rest", "applied"]).await;
    publish(&stage, "hr.events", "worker.terminated", "2").await;
    stage.until("her timeline has the cut", &of_her, &["deactivate", "worker.terminated"]).await;
    walk(&stage).await;

    let open = format!("{of_her}?unmask");
    let (_, open) = get(stage.pages, &open, &stage.unmask).await.unwrap();
    assert!(open.contains("ada@example.com"), "{open}");
    assert!(!open.contains("<script>alert"), "{open}");
    let seen = eventually("the look is logged, without her name", SOON, async || {
        let said = stage.serve.said();
        said.contains("names and values of a person are shown").then_some(said)
    })
    .await;
    assert!(seen.contains("una") && seen.contains(&person));
    assert!(!seen.contains("ada@example.com") && !seen.contains(&stage.unmask), "{seen}");
    let (_, metrics) = ask(stage.pages_http, "GET /metrics", &[], "").await.unwrap();
    assert!(metrics.contains("usher_unmasked_looks_total 1\n"), "{metrics}");
    stage.end().await;
}
