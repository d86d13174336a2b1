//! Pages, cursors and orders.

use super::super::target::account;
use super::super::world::{UNMASK, VIEWER, World};
use super::{ACCOUNTS, OWN, json, texts, until_there_are, world, write};
use serde_json::Value;

/// All pages from a cursor on, by one kind of cursor.
async fn walk(world: &World, path: &str, token: &str, from: &str, cursor: &str) -> Vec<Value> {
    let (mut pages, mut next) = (Vec::new(), from.to_owned());
    loop {
        let page = json(&world.get(&format!("{path}&next_cursor={next}"), token).await);
        let rows = page["result"].as_array().unwrap().len();
        assert_eq!(page["result_count"], rows);
        assert!(rows > 0 || (page["next_cursor"].is_null() && page["prev_cursor"].is_null()));
        let further = page[cursor].as_str().map(ToOwned::to_owned);
        pages.push(page);
        match further {
            Some(further) => next = further,
            None => return pages,
        }
    }
}

fn all(pages: &[Value], member: &str) -> Vec<String> {
    pages.iter().flat_map(|page| texts(page, member)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_account_is_on_one_page_in_order_and_the_way_back_is_the_same() {
    let (world, _) = world().await;
    for (order, member) in [("username", "username"), ("-username", "username"), ("id", "id")] {
        let path = format!("{OWN}/users?unmask=true&limit=5&sort_by={order}");
        let pages = walk(&world, &path, UNMASK, "", "next_cursor").await;
        assert_eq!(pages.len(), ACCOUNTS.div_ceil(5));
        let mut found = all(&pages, member);
        if order.starts_with('-') {
            found.reverse();
        }
        let mut sorted = found.clone();
        sorted.sort_by_key(|name| name.to_lowercase());
        assert_eq!(found, sorted);
        assert_eq!(found.len(), ACCOUNTS);
        assert!(pages[0]["prev_cursor"].is_null());

        let last = pages.last().unwrap()["prev_cursor"].as_str().unwrap().to_owned();
        let back = walk(&world, &path, UNMASK, &last, "prev_cursor").await;
        let turned: Vec<_> = back.iter().rev().map(|page| texts(page, "id")).collect();
        let there: Vec<_> = pages.iter().take(turned.len()).map(|page| texts(page, "id")).collect();
        assert_eq!(turned.concat(), there.concat());
        assert_eq!(turned.len(), pages.len() - 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_goes_on_behind_new_accounts_and_new_readings() {
    let (world, mut target) = world().await;
    let path = format!("{OWN}/users?unmask=true&limit=10&sort_by=username");
    let first = json(&world.get(&path, UNMASK).await);
    let names = texts(&first, "username");
    for name in ["A-first@example.com", "zz-last@example.com"] {
        target.accounts.push(account(name, true, &[("userName", name)]));
    }
    write(&world, &mut target);
    until_there_are(&world, ACCOUNTS + 2).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let next = json(&world.get(&format!("{path}&next_cursor={cursor}"), UNMASK).await);
    let more = texts(&next, "username");
    assert!(!more.contains(&"A-first@example.com".to_owned()) && !names.contains(&more[0]));
    assert_eq!(next["is_partial_response"], true, "the list is another one than a page ago");
    let rest = walk(&world, &path, UNMASK, cursor, "next_cursor").await;
    assert_eq!(names.len() + all(&rest, "id").len(), ACCOUNTS + 1, "one came before, one behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_of_another_list_is_refused_and_shows_no_name() {
    let (world, _) = world().await;
    let list = format!("{OWN}/users?unmask=true&limit=5");
    let page = json(&world.get(&list, UNMASK).await);
    let cursor = page["next_cursor"].as_str().unwrap();
    assert!(cursor.len() > 60 && !cursor.contains("erson"), "{cursor}");
    let other = world.again().await;
    let turned =
        format!("{}{}", if cursor.starts_with('A') { 'B' } else { 'A' }, cursor.get(1..).unwrap());
    for (world, path) in [
        (&world, format!("{list}&status=active&next_cursor={cursor}")),
        (&world, format!("{list}&sort_by=id&next_cursor={cursor}")),
        (&world, format!("{OWN}/groups?next_cursor={cursor}")),
        (&world, format!("/v1/globex/main/unified/user-directory/users?next_cursor={cursor}")),
        (&world, format!("{list}&next_cursor={turned}")),
        (&world, format!("{list}&next_cursor=none")),
        (&other, format!("{list}&next_cursor={cursor}")),
    ] {
        let mut answer = world.get(&path, UNMASK).await;
        if answer.status == 503 && !path.contains("globex") {
            answer = world.until_it_shows(&path, UNMASK, "statusCode\":400").await;
        }
        if path.contains("globex") {
            assert_eq!(json(&answer)["code"], "inventory.unfit", "{}", answer.body);
            continue;
        }
        assert_eq!((answer.status, &json(&answer)["code"]), (400, &"cursor.expired".into()));
    }
    let both = format!("{list}&next_cursor={cursor}&prev_cursor={cursor}");
    assert_eq!(json(&world.get(&both, UNMASK).await)["code"], "api.parameter");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sees_no_names_is_listed_by_ids() {
    let (world, _) = world().await;
    let pages = walk(&world, &format!("{OWN}/users?limit=4"), VIEWER, "", "next_cursor").await;
    let ids = all(&pages, "id");
    assert!(ids.is_sorted() && ids.len() == ACCOUNTS, "{ids:?}");
    assert!(pages.iter().all(|page| page["is_partial_response"] == true), "values are hidden");
}
