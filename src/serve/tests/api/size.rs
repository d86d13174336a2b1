//! What a hundred thousand accounts take, beside as many people: memory, and time for a page. In full, and
//! on a quiet machine: `USHER_TEST_LONG=1 cargo test --release --lib tests::api::size -- --nocapture`.

use super::super::size::{
    PARTITIONS, is_long, people, resident_mb, until_all_are_read, write_people,
};
use super::super::target::{Target, account, group};
use super::super::world::{UNMASK, World};
use super::OWN;
use std::time::{Duration, Instant};

/// A page is there within this, on a quiet machine and with all optimizations.
const PAGE_WITHIN: Duration = Duration::from_millis(50);

/// As the people of `size` have them: eight values, three groups.
fn target() -> Target {
    let mut target = Target::new("acme", "main");
    let ids: Vec<String> = (0..people()).map(|number| format!("{number:032x}")).collect();
    for (number, id) in ids.iter().enumerate() {
        let name = format!("person.{number}@example.com");
        let values = [
            ("userName", name.as_str()),
            ("displayName", &format!("Person {number}")),
            ("title", "Engineer"),
            ("name.givenName", "Person"),
            ("name.familyName", &format!("Number {number}")),
            ("emails.work", name.as_str()),
            ("enterprise.department", "Research"),
            ("enterprise.division", "Berlin"),
        ];
        target.accounts.push(account(id, !number.is_multiple_of(9), &values));
    }
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    target.groups = ["VPN_Allowed", "Staff", "Berlin"].map(|name| group(name, name, &all)).into();
    target
}

/// One partition keeps no more than 5 MB here, so parts go to all of them, and the head when they are read.
async fn write(world: &World, serving: &World) {
    let mut records = target().read();
    let head = records.pop().unwrap();
    let count = records.len();
    let mut bytes = 0;
    for (number, record) in records.into_iter().enumerate() {
        bytes += record.value.as_ref().map_or(0, Vec::len);
        let partition = i32::try_from(number).unwrap() % PARTITIONS;
        world.queue("usher.inventory", partition, &record.key, record.value.as_deref());
    }
    world.flush();
    println!("{count} records of {} bytes", bytes / count);
    let read = format!("Topic of inventory</dt><dd>{count} records were read");
    serving.until_it_shows_within(Duration::from_mins(10), "/about", UNMASK, &read).await;
    world.send("usher.inventory", &head.key, head.value.as_deref(), &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_accounts_fit_and_are_found() {
    let world = World::of(PARTITIONS, "").await;
    write_people(&world);
    let written = resident_mb();
    let serving = world.again().await;
    until_all_are_read(&serving).await;
    println!("{} MB for people", resident_mb().saturating_sub(written));
    write(&world, &serving).await;
    let list = format!("{OWN}/users?unmask=true");
    serving.until_it_shows(&list, UNMASK, "\"result_count\":50").await;
    let page = serving.get(&list, UNMASK).await;
    let page: serde_json::Value = serde_json::from_str(&page.body).unwrap();
    let cursor = page["next_cursor"].as_str().unwrap();
    let id = format!("{:032x}", people() - 1);
    let mut slowest = Duration::ZERO;
    for path in [
        list.clone(),
        format!("{list}&limit=500"),
        format!("{list}&next_cursor={cursor}"),
        format!("{list}&sort_by=-created_at"),
        format!("{list}&username=person.4711@example.com"),
        format!("{list}&search=person.4711"),
        format!("{list}&search=nobody+has+this"),
        format!("{list}&groups=Staff&status=inactive"),
        format!("{list}&department[contains]=sear&last_name[gt]=number+5"),
        format!("{OWN}/users?search=person.4711@example.com"),
        format!("{OWN}/users/{id}"),
        format!("{OWN}/groups"),
    ] {
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..20 {
            let began = Instant::now();
            let answer = serving.get(&path, UNMASK).await;
            times.push(began.elapsed());
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        }
        times.sort();
        println!("{path}: median {:?}, slowest {:?}", times[10], times[19]);
        slowest = slowest.max(times[10]);
    }
    let more = resident_mb().saturating_sub(written);
    println!("{more} MB more than before, with people");
    if is_long() {
        assert!(more <= 300, "{more} MB for {} people and as many accounts", people());
        assert!(slowest <= PAGE_WITHIN, "a page took {slowest:?}");
    }
}
