//! Who comes in, what they see, and what happens while Kafka is away.

use super::world::{OF_GLOBEX, UNMASK, VIEWER, World, configuration};
use crate::observe::health::Health;
use crate::observe::metrics::Metrics;
use crate::serve::Serving;
use crate::shutdown::Shutdown;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_not_logged_in_sees_the_form_and_nothing_else() {
    let world = World::empty("").await;
    for path in
        ["/", "/about", "/t/acme/people", "/t/acme/people/p-1", "/nowhere", "/codes/deletion"]
    {
        let answer = world.ask("GET", path, &[], "").await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").unwrap().starts_with("/login?next="));
    }
    for path in ["/events", "/t/acme/people.csv", "/t/acme/people.json"] {
        assert_eq!(world.ask("GET", path, &[], "").await.status, 401, "{path}");
    }
    let form = world.ask("GET", "/login?next=%2Ft%2Facme%2Fholds", &[], "").await;
    assert!(form.body.contains("value=\"/t/acme/holds\""), "{}", form.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_opens_a_session_by_cookie_until_it_is_ended() {
    let world = World::empty("").await;
    let body = format!("token={VIEWER}&next=%2Ft%2Facme%2Fpeople");
    let answer = world.ask("POST", "/login", &[], &body).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/t/acme/people")));
    let cookie = answer.header("set-cookie").unwrap().to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let page = world.ask("GET", "/t/acme/people", &[("cookie", &cookie)], "").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("vera"));
    assert_eq!(world.ask("POST", "/logout", &[("cookie", &cookie)], "").await.status, 303);
    let page = world.ask("GET", "/t/acme/people", &[("cookie", &cookie)], "").await;
    assert_eq!(page.status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_tokens_and_forms_of_other_sites_are_refused() {
    let world = World::empty("").await;
    let wrong = world.ask("POST", "/login", &[], "token=guess&next=%2F%2Fevil.example").await;
    assert_eq!(wrong.status, 401);
    assert!(!wrong.body.contains("evil"), "{}", wrong.body);
    assert_eq!(wrong.header("set-cookie"), None);
    let body = format!("token={VIEWER}");
    let elsewhere = [("sec-fetch-site", "cross-site")];
    assert_eq!(world.ask("POST", "/login", &elsewhere, &body).await.status, 403);
    let long = format!("token={}", "a".repeat(10_000));
    assert_eq!(world.ask("POST", "/login", &[], &long).await.status, 413);
    // A token in an address counts nothing.
    assert_eq!(world.ask("GET", &format!("/?token={VIEWER}"), &[], "").await.status, 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenants_pages_are_not_there() {
    let world = World::hostile().await;
    for (token, own, other) in [(VIEWER, "acme", "globex"), (OF_GLOBEX, "globex", "acme")] {
        for page in [
            "",
            "/people",
            "/people.csv",
            "/people/p-gus",
            "/people/p-kim",
            "/holds",
            "/groups/main/VPN",
        ] {
            let answer = world.get(&format!("/t/{other}{page}"), token).await;
            assert_eq!(answer.status, 404, "{other}{page}");
            assert!(!answer.body.contains("p-gus") && !answer.body.contains("p-kim"));
        }
        assert_eq!(world.get(&format!("/t/{own}/people"), token).await.status, 200);
        for page in ["/", "/about", "/overview.json"] {
            let body = world.get(page, token).await.body;
            assert!(!body.contains(other), "{page} names {other}: {body}");
        }
    }
    // A person of another tenant is nobody here.
    assert_eq!(world.get("/t/acme/people/p-gus", UNMASK).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_lies_below_the_path_that_browsers_use() {
    let world = World::empty(", public_url: 'https://example.com/usher/'").await;
    assert_eq!(world.get("/t/acme/people", UNMASK).await.status, 404);
    let page = world.get("/usher/t/acme/people", UNMASK).await;
    assert_eq!(page.status, 200);
    let links = page.body.split("href=\"").skip(1).chain(page.body.split("action=\"").skip(1));
    for link in links.filter_map(|rest| rest.split('"').next()) {
        let is_here =
            link.starts_with("/usher/") || link.starts_with("data:") || link.starts_with('#');
        assert!(is_here, "{link}");
    }
    let login = world.ask("POST", "/usher/login", &[], &format!("token={VIEWER}")).await;
    assert!(login.header("set-cookie").unwrap().starts_with("__Host-usher="), "{}", login.head);
    assert_eq!(login.header("location"), Some("/usher/"));
    assert_eq!(world.get("/usher/", UNMASK).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_there_while_kafka_is_away_and_say_so() {
    // Nobody listens there.
    let (loaded, directory) = configuration("127.0.0.1:1", "");
    let shutdown = Shutdown::new();
    let (metrics, health) = (Arc::new(Metrics::new()), Arc::new(Health::new()));
    let serving = Serving::start(&loaded, metrics, Arc::clone(&health), &shutdown).await.unwrap();
    let world = World::at(serving.address(), directory, shutdown);
    let page = world.until_it_shows("/t/acme", UNMASK, "Kafka has not answered yet").await;
    assert_eq!(page.status, 200);
    assert_eq!(health.not_ready(), None, "or nobody could see it");
}
