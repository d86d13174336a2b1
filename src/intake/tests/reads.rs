//! What programs read is asked for at `usher serve`, by a login of the client's own and of its own target alone.

use super::world::{Answer, TOKEN, World};
use crate::shutdown::Shutdown;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::{Arc, Mutex};

const USERS: &str = "/v1/acme/main/unified/user-directory/users";

/// What was asked for at `usher serve`, and the status that it answers.
#[derive(Clone)]
pub(super) struct Serve {
    asked: Arc<Mutex<Vec<String>>>,
    status: Arc<Mutex<StatusCode>>,
}

async fn serve(State(it): State<Serve>, request: Request) -> Response {
    assert_eq!(request.headers()[header::AUTHORIZATION], "Bearer the-token-for-polls");
    it.asked.lock().unwrap().push(request.uri().to_string());
    let status = *it.status.lock().unwrap();
    let headers = [
        ("content-type", "application/json"),
        ("ratelimit-limit", "300"),
        ("set-cookie", "a=b"),
        ("location", "/elsewhere"),
    ];
    std::future::ready((status, headers, "{\"result\":[]}").into_response()).await
}

impl Serve {
    pub(super) async fn start() -> (Self, String) {
        let it = Self { asked: Arc::default(), status: Arc::new(Mutex::new(StatusCode::OK)) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/usher/", listener.local_addr().unwrap());
        let router = Router::new().fallback(serve).with_state(it.clone());
        drop(Shutdown::new().spawn(async { axum::serve(listener, router).await }));
        (it, address)
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn get(world: &World, path: &str) -> Answer {
    let bearer = format!("Bearer {TOKEN}");
    world.ask("GET", path, &[("authorization", bearer.as_str())], "").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_are_passed_on_with_the_login_of_the_client() {
    let (serve, at) = Serve::start().await;
    let world = World::with_reads(&at).await;
    let trutos = "/unified/user-directory/groups/g%2F1?integrated_account_id=acme/main&unmask";
    for (path, passed_on) in [
        (format!("{USERS}?limit=2"), "/usher/v1/acme/main/unified/user%2Ddirectory/users?limit=2"),
        (
            trutos.to_owned(),
            "/usher/unified/user%2Ddirectory/groups/g%2F1?integrated_account_id=acme/main&unmask",
        ),
        ("/v1/acme/main/proxy/Users/7".to_owned(), "/usher/v1/acme/main/proxy/Users/7"),
    ] {
        let answer = get(&world, &path).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "{\"result\":[]}"), "{path}");
        assert!(answer.head.contains("ratelimit-limit: 300"), "{}", answer.head);
        assert!(!answer.head.contains("set-cookie"), "{}", answer.head);
        assert_eq!(serve.asked(), [passed_on]);
    }
    *serve.status.lock().unwrap() = StatusCode::NOT_FOUND;
    assert_eq!(get(&world, USERS).await.status, 404, "what usher serve refuses is refused");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reads_of_another_target_and_no_login_goes_elsewhere() {
    let (serve, at) = Serve::start().await;
    let world = World::with_reads(&at).await;
    for path in [
        "/v1/other/main/unified/user-directory/users".to_owned(),
        "/v1/acme/main/../../other/main/unified/user-directory/users".to_owned(),
        "/v1/acme/main/%2e%2e/other/unified/user-directory/users".to_owned(),
        "/unified/user-directory/users?integrated_account_id=acme/main&integrated%5Faccount_id=other/x"
            .to_owned(),
    ] {
        let answer = get(&world, &path).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "request.forbidden"), "{path}");
    }
    assert_eq!(serve.asked(), [""; 0]);
    let stranger = world.ask("GET", USERS, &[("authorization", "Bearer wrong")], "").await;
    assert_eq!(stranger.status, 401);
    // A login that is not known there, and an address that leads elsewhere: it is ours to mend.
    for status in [StatusCode::UNAUTHORIZED, StatusCode::FOUND] {
        *serve.status.lock().unwrap() = status;
        let answer = get(&world, USERS).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "request.reads_away"));
        assert!(answer.head.contains("retry-after: 5"), "{}", answer.head);
        assert_eq!(serve.asked().len(), 1);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_refused_is_led_to_a_page_at_the_same_address() {
    let world = World::open().await;
    for (method, path, code) in [
        ("GET", USERS, "request.read_elsewhere"),
        ("PUT", USERS, "door.not_json"),
        ("POST", "/nowhere-at-all", "door.not_there"),
        ("GET", "/raw", "door.method"),
    ] {
        let bearer = format!("Bearer {TOKEN}");
        let answer = world.ask(method, path, &[("authorization", bearer.as_str())], "").await;
        assert_eq!(answer.code(), code, "{method} {path}");
        let link = answer.json()["link"].as_str().unwrap().to_owned();
        assert_eq!(link, format!("/codes/{code}"));
        let page = world.ask("GET", &link, &[], "").await;
        assert!(page.status == 200 && page.body.starts_with(&format!("# `{code}`")), "{page:?}");
    }
    assert_eq!(world.ask("GET", "/codes/nothing", &[], "").await.status, 404);
    world.end().await;
}
