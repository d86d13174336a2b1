//! Refusals: one shape, a code with a page, and nothing of what was sent.

use super::super::world::{OF_GLOBEX, UNMASK, VIEWER, World};
use super::{MANY, OWN, json, world};
use crate::model::code::Code;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_have_a_status_a_code_and_a_page() {
    let (world, _) = world().await;
    let trutos = "/unified/user-directory";
    for (path, status, code) in [
        (format!("{OWN}/users/nobody"), 404, "api.not_found"),
        (format!("{OWN}/roles"), 404, "api.not_offered"),
        (format!("{trutos}/me?integrated_account_id=acme/main"), 404, "api.not_offered"),
        ("/v1/acme/other/unified/user-directory/users".to_owned(), 404, "api.not_found"),
        ("/v1/globex/main/unified/user-directory/users".to_owned(), 404, "api.not_found"),
        ("/v1/acme/main/elsewhere".to_owned(), 404, "api.not_found"),
        ("/unified/crm/contacts".to_owned(), 404, "api.not_found"),
        ("/integrated-account/globex/main/capabilities".to_owned(), 404, "api.not_found"),
        (format!("{trutos}/users"), 400, "api.parameter"),
        (format!("{trutos}/users?integrated_account_id=acme"), 400, "api.parameter"),
        (format!("{OWN}/users?limit=0"), 400, "api.parameter"),
        (format!("{OWN}/users?limit=-1"), 400, "api.parameter"),
        (format!("{OWN}/users?limit=many"), 400, "api.parameter"),
        (format!("{OWN}/users?usernme=x"), 400, "api.parameter"),
        (format!("{OWN}/users?status[like_this]=x"), 400, "api.parameter"),
        (format!("{OWN}/users?created_at[gt]=yesterday"), 400, "api.parameter"),
        (format!("{OWN}/users?created_at[contains]=2026"), 400, "api.parameter"),
        (format!("{OWN}/users?groups[gt]=a"), 400, "api.parameter"),
        (format!("{OWN}/users?id=a&id=b"), 400, "api.parameter"),
        (format!("{OWN}/users?id[in]="), 400, "api.parameter"),
        (format!("{OWN}/users?a[b][c]=d"), 400, "api.parameter"),
        (format!("{OWN}/users?sort_by=groups"), 400, "api.parameter"),
        (format!("{OWN}/users?sort_by[id]=up"), 400, "api.parameter"),
        (format!("{OWN}/users?unmask=perhaps"), 400, "api.parameter"),
        (format!("{OWN}/users?remote_query[x]=y"), 400, "api.parameter"),
        (format!("{OWN}/users/u-01?status=active"), 400, "api.parameter"),
        (format!("{OWN}/users?search={}", "x".repeat(3_000)), 400, "api.parameter"),
        (format!("{OWN}/users?{}", "id[in]=x&".repeat(65)), 400, "api.parameter"),
        (format!("{OWN}/users?next_cursor=x"), 400, "cursor.expired"),
    ] {
        let answer = world.get(&path, VIEWER).await;
        let told = json(&answer);
        let shown = path.get(..100).unwrap_or(&path);
        assert_eq!(
            (answer.status, told["code"].as_str().unwrap()),
            (status, code),
            "{shown}: {told}"
        );
        assert_eq!(told["statusCode"], status);
        assert!(Code::parse(code).is_some());
        assert_eq!(told["link"], format!("/codes/{code}"));
        assert!(told["error"].is_string() && told["message"].as_str().unwrap().len() > 20);
        assert!(answer.header("ratelimit-remaining").is_some(), "{}", answer.head);
    }
    let page = world.get("/codes/cursor.expired", VIEWER).await;
    assert!(page.body.contains("more than an hour old"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_comes_in_without_a_token_and_nobody_sees_another_tenants() {
    let (world, _) = world().await;
    let body = format!("token={VIEWER}&next=%2F");
    let login = world.ask("POST", "/login", &[], &body).await;
    let cookie = login.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let path = format!("{OWN}/users");
    for headers in [
        vec![],
        vec![("cookie", cookie.as_str())],
        vec![("authorization", "Basic dmVyYTp4")],
        vec![("authorization", "Bearer wrong")],
    ] {
        for path in [path.as_str(), "/v1/nowhere", "/integrated-account"] {
            let answer = world.ask("GET", path, &headers, "").await;
            assert_eq!((answer.status, &json(&answer)["code"]), (401, &"api.unauthorized".into()));
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
    let theirs = world.get(&path, OF_GLOBEX).await;
    assert_eq!(theirs.status, 404);
    assert!(!theirs.body.contains("acme"));
    let with_token = format!("{path}?token={VIEWER}");
    assert_eq!(world.ask("GET", &with_token, &[], "").await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_here() {
    let (world, _) = world().await;
    let bearer = format!("Bearer {UNMASK}");
    for path in [
        format!("{OWN}/users"),
        format!("{OWN}/users/u-01"),
        "/v1/acme/main/capabilities".to_owned(),
        "/unified/user-directory/users?integrated_account_id=acme/main".to_owned(),
        "/unified/user-directory/users/u-01?integrated_account_id=acme/main".to_owned(),
        "/integrated-account".to_owned(),
    ] {
        for method in ["POST", "PATCH", "PUT", "DELETE", "OPTIONS"] {
            let answer = world.ask(method, &path, &[("authorization", &bearer)], "{}").await;
            assert_eq!((answer.status, &json(&answer)["code"]), (405, &"api.read_only".into()));
            assert_eq!(answer.header("allow"), Some("GET"), "{method} {path}");
        }
    }
    let head = world.ask("HEAD", &format!("{OWN}/users"), &[("authorization", &bearer)], "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_has_so_many_requests_a_minute() {
    let world = World::empty(", requests_per_minute: 3").await;
    let path = "/v1/acme/main/capabilities";
    for left in ["2", "1", "0"] {
        let answer = world.get(path, VIEWER).await;
        assert_eq!((answer.status, answer.header("ratelimit-remaining")), (200, Some(left)));
        assert_eq!(answer.header("ratelimit-limit"), Some("3"));
    }
    let refused = world.get(path, VIEWER).await;
    assert_eq!((refused.status, &json(&refused)["code"]), (429, &"api.too_many".into()));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(world.get(path, UNMASK).await.status, 200, "others have their own");
    assert_eq!(world.get("/t/acme/people", VIEWER).await.status, 200, "pages are not counted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_never_read_is_not_an_empty_list() {
    let world = World::empty(MANY).await;
    let path = format!("{OWN}/users");
    let answer = world.until_it_shows(&path, VIEWER, "inventory.unfit").await;
    assert_eq!(answer.status, 503);
    assert!(json(&answer)["message"].as_str().unwrap().contains("never read as a whole"));
}
