//! One to one through to a target.

use super::super::world::{PROXY_TOKEN, UNMASK, VIEWER, World};
use super::provider::Provider;
use super::{json, texts};
use serde_json::Value;

const OWN: &str = "/v1/acme/main/proxy";

async fn world(calls_per_minute: u32) -> (World, Provider) {
    let provider = Provider::start().await;
    let address = provider.address;
    let world = World::before(&format!(
        "url: 'http://{address}/v2', calls_per_second: 1000, \
         proxy: {{ token_file: proxy-token, calls_per_minute: {calls_per_minute} }}"
    ))
    .await;
    (world, provider)
}

async fn open(world: &World, path: &str) -> Value {
    let mark = if path.contains('?') { '&' } else { '?' };
    json(&world.get(&format!("{path}{mark}unmask=true"), UNMASK).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_paged_by_cursors_on_both_paths() {
    let (world, provider) = world(600).await;
    let account = "integrated_account_id=acme/main";
    for path in [format!("{OWN}/Users?"), format!("/proxy/Users?{account}&")] {
        let (mut next, mut ids, mut previous) = (String::new(), Vec::new(), Vec::new());
        loop {
            let page = open(&world, &format!("{path}limit=2&next_cursor={next}")).await;
            assert_eq!(page["is_partial_response"], false);
            ids.extend(texts(&page, "id"));
            previous.push(page["prev_cursor"].as_str().map(ToOwned::to_owned));
            match page["next_cursor"].as_str() {
                Some(cursor) => cursor.clone_into(&mut next),
                None => break,
            }
        }
        assert_eq!(ids, ["u-1", "u-2", "u-3", "u-4", "u-5"]);
        assert!(previous[0].is_none());
        let back = previous[1].as_ref().unwrap();
        let back = open(&world, &format!("{path}limit=2&prev_cursor={back}")).await;
        assert_eq!(texts(&back, "id"), ["u-1", "u-2"]);
        let other = open(&world, &format!("{path}limit=3&next_cursor={next}")).await;
        assert_eq!(other["code"], "cursor.expired");
    }
    let asked = provider.asked();
    assert!(asked.iter().all(|head| head.starts_with("GET /v2/Users?")), "{asked:?}");
    let bearer = format!("authorization: Bearer {PROXY_TOKEN}\r\n");
    assert!(asked.iter().all(|head| head.contains(&bearer)), "its own token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_target_says_comes_as_it_is() {
    let (world, _) = world(600).await;
    let get = async |path: &str, accept: &str| {
        let bearer = format!("Bearer {UNMASK}");
        world.ask("GET", path, &[("authorization", &bearer), ("accept", accept)], "").await
    };
    let one = format!("{OWN}/Users/one?unmask");
    for (path, accept) in [
        (format!("{one}&truto_response_format=raw"), "application/json"),
        (one.clone(), "application/scim+json"),
    ] {
        let answer = get(&path, accept).await;
        assert_eq!(answer.body, "{\"schemas\":[],  \"id\":\"one\"}");
        assert_eq!(answer.header("content-type"), Some("application/scim+json"));
    }
    let gone = get(&format!("{OWN}/Users/gone?unmask&truto_response_format=raw"), "*/*").await;
    assert_eq!((gone.status, &*gone.body), (404, "{ \"status\": \"404\",  \"detail\": \"gone\" }"));
    let envelope = open(&world, &format!("{OWN}/Users/one")).await;
    assert_eq!((&envelope["result"]["id"], &envelope["result_count"]), (&"one".into(), &1.into()));
    let bare = open(&world, "/proxy/Users/one?integrated_account_id=acme/main").await;
    assert_eq!(bare["id"], "one");
    let told = open(&world, "/v1/acme/main/capabilities").await;
    assert_eq!(told["result"]["proxy"][1]["resource"], "Groups");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_may_be_asked_reaches_the_target() {
    let (world, provider) = world(600).await;
    let filter = "userName%20eq%20%22a%26b%3Dc%2B%22";
    open(&world, &format!("{OWN}/Users?filter={filter}&attributes=id&sortBy=id&startIndex=2"))
        .await;
    let asked = provider.asked().remove(0);
    let line = asked.lines().next().unwrap();
    assert_eq!(
        line,
        "GET /v2/Users?filter=userName%20eq%20%22a%26b%3Dc%2B%22&attributes=id&sortBy=id&startIndex=2 HTTP/1.1"
    );
    for (id, written) in [
        ("..%2F..%2FGroups", "..%2F..%2FGroups"),
        ("a%3Fcount=1%23", "a%3Fcount=1%23"),
        ("a%00b%C3%A9", "a%00b%C3%A9"),
    ] {
        open(&world, &format!("{OWN}/Users/{id}")).await;
        let asked = provider.asked().remove(0);
        assert!(asked.starts_with(&format!("GET /v2/Users/{written} HTTP/1.1\r\n")), "{asked}");
    }
    for (path, token, code) in [
        (format!("{OWN}/Users?unmask=true&cursor=x"), UNMASK, "api.parameter"),
        (format!("{OWN}/Users?unmask=true&filter=a&filter=b"), UNMASK, "api.parameter"),
        (format!("{OWN}/Users?unmask=true&filter[a]=b"), UNMASK, "api.parameter"),
        (format!("{OWN}/Users?unmask=true&count=-1"), UNMASK, "api.parameter"),
        (format!("{OWN}/users?unmask=true"), UNMASK, "api.not_offered"),
        (format!("{OWN}/Me?unmask=true"), UNMASK, "api.not_offered"),
        (format!("{OWN}/Users/%2E%2E?unmask=true"), UNMASK, "api.not_found"),
        (format!("{OWN}/Users/a%0d%0ab?unmask=true"), UNMASK, "api.not_found"),
        (format!("{OWN}/Users"), UNMASK, "api.forbidden"),
        (format!("{OWN}/Users"), VIEWER, "api.forbidden"),
        (format!("{OWN}/Users?unmask"), VIEWER, "api.forbidden"),
    ] {
        assert_eq!(json(&world.get(&path, token).await)["code"], code, "{path}");
    }
    let bearer = format!("Bearer {UNMASK}");
    for method in ["POST", "PATCH", "PUT", "DELETE"] {
        let path = format!("{OWN}/Users/one?unmask");
        let answer = world.ask(method, &path, &[("authorization", &bearer)], "{}").await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
    }
    assert!(provider.asked().is_empty(), "the target heard of none of these");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_refuses_says_so_and_is_left_alone_when_it_asks_for_that() {
    let (world, provider) = world(600).await;
    let gone = open(&world, &format!("{OWN}/Users/gone")).await;
    assert_eq!((&gone["code"], &gone["statusCode"]), (&"proxy.remote".into(), &404.into()));
    assert_eq!(gone["truto_is_remote_error"], true);
    assert_eq!(gone["raw_response"]["detail"], "gone");
    let away = open(&world, &format!("{OWN}/Users/away")).await;
    assert_eq!((&away["code"], &away["statusCode"]), (&"proxy.unreachable".into(), &502.into()));
    assert_eq!(provider.asked().len(), 2, "nobody followed");

    let busy = world.get(&format!("{OWN}/Users/busy?unmask"), UNMASK).await;
    assert_eq!((busy.status, busy.header("retry-after")), (429, Some("30")));
    assert_eq!(json(&busy)["truto_is_remote_error"], true);
    provider.asked();
    let paused = world.get(&format!("{OWN}/Users/one?unmask"), UNMASK).await;
    assert_eq!((paused.status, &json(&paused)["code"]), (429, &"proxy.paused".into()));
    let wait: u64 = paused.header("retry-after").unwrap().parse().unwrap();
    assert!((25..=30).contains(&wait), "{wait}");
    assert!(provider.asked().is_empty(), "it is left alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_has_its_calls_a_minute_and_is_off_unless_said() {
    let (world, provider) = world(3).await;
    for code in [Value::Null, Value::Null, Value::Null, "proxy.paused".into()] {
        assert_eq!(open(&world, &format!("{OWN}/Groups?count=1")).await["code"], code);
    }
    assert_eq!(provider.asked().len(), 3);
    let text = world.get(&format!("{OWN}/Users/text?unmask"), UNMASK).await;
    assert_eq!(text.status, 429, "the minute is not over");
    let off = World::before("url: 'https://example.com/v2'").await;
    assert_eq!(open(&off, &format!("{OWN}/Users")).await["code"], "proxy.off");
}
