//! What a hundred thousand people with an account each take: memory, and time for a page. In full, and on
//! a quiet machine: `USHER_TEST_LONG=1 cargo test --release --lib serve::tests::size -- --nocapture`.

mod bytes;
mod data;

use super::world::{HOSTILE, UNMASK, World};
use crate::model::StateWrite;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A partition of this Kafka keeps 5 MB, so there are many.
const PARTITIONS: i32 = 96;

/// All that `usher serve` takes, with the program itself.
const MEGABYTES_MOST: usize = 300;

/// A page is there within this.
const PAGE_WITHIN: Duration = Duration::from_millis(50);

/// Where the Kafka of the process that asks is.
const BROKERS: &str = "USHER_TEST_SERVES";

/// What the process that serves says first.
const SERVES: &str = "serves at ";

const OWN: &str = "/v1/acme/main/unified/user-directory";

#[expect(clippy::disallowed_methods, reason = "a switch of the tests alone")]
fn said(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn is_long() -> bool {
    said("USHER_TEST_LONG").is_some_and(|long| long == "1")
}

fn people() -> usize {
    if is_long() { 100_000 } else { 2_000 }
}

/// Pages in a process of their own, for nothing else is to be in its memory.
struct Served {
    process: Child,
    /// Open as long as the process may still say something.
    _said: BufReader<ChildStdout>,
    world: World,
}

impl Served {
    fn start(brokers: &str) -> Self {
        let this = std::env::current_exe().unwrap();
        let mut process = Command::new(this)
            .args(["--exact", "serve::tests::size::serves_for_another_process", "--nocapture"])
            .env(BROKERS, brokers)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let address = said.by_ref().lines().find_map(|line| {
            let line = line.unwrap();
            line.split_once(SERVES).map(|(_, address)| address.parse().unwrap())
        });
        let directory = std::env::temp_dir().join(format!("usher-size-{}", process.id()));
        let shutdown = crate::shutdown::Shutdown::new();
        let world = World::at(address.expect("it says where it serves"), directory, shutdown);
        Self { process, _said: said, world }
    }

    fn resident_mb(&self, what: &str) -> usize {
        let status = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find(|line| line.starts_with(what)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

/// Serves until nobody asks any more; nothing, unless another process has started this one for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serves_for_another_process() {
    let Some(brokers) = said(BROKERS) else { return };
    let world = World::started(&brokers, ", requests_per_minute: 1000000").await;
    println!("{SERVES}{}", world.address);
    let ends = || std::io::stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(ends).await.unwrap().unwrap();
}

fn write(world: &World) {
    let queue = |topic: &str, number: usize, write: &StateWrite| {
        let partition = i32::try_from(number).unwrap() % PARTITIONS;
        world.queue(topic, partition, &write.key, write.value.as_deref());
    };
    for number in 0..people() {
        queue("usher.people", number, &data::record_of(number));
    }
    for (number, record) in data::records_of_accounts(people()).iter().enumerate() {
        queue("usher.inventory", number, record);
    }
    world.flush();
}

fn paths() -> Vec<String> {
    let list = format!("{OWN}/users?unmask=true");
    let last = format!("{:032x}", people() - 1);
    let pages = [
        "",
        "/people",
        "/people?unmask",
        "/people?q=person.1711@example.com",
        "/people?state=stuck",
        "/people?state=held",
        "/people.csv",
        "/accounts",
        "/accounts?unmask",
        "/accounts?q=person.1711@example.com",
        "/accounts?held=no",
        "/accounts?held=no&active=no",
        "/groups",
        "/groups/main/Staff",
        "/targets",
        "/holds",
        "/tomorrow",
        "/people/p-000000000000000000000267",
        "/people/p-000000000000000000000267?unmask",
    ];
    let pages = pages.map(|page| format!("/t/acme{page}"));
    let of_programs = [
        list.clone(),
        format!("{list}&limit=500"),
        format!("{list}&limit=500&sort_by=-username"),
        format!("{list}&sort_by=-created_at"),
        format!("{list}&sort_by=department"),
        format!("{list}&username=person.1711@example.com"),
        format!("{list}&search=person.1711"),
        format!("{list}&search=nobody+has+this"),
        format!("{list}&groups=Staff&status=inactive"),
        format!("{list}&department[contains]=sear&last_name[gt]=number+5"),
        format!("{OWN}/users?search=person.1711@example.com"),
        format!("{OWN}/users/{last}"),
        format!("{OWN}/groups"),
    ];
    pages.into_iter().chain(of_programs).collect()
}

/// The time that half of some tries take at most.
async fn time_of(world: &World, path: &str) -> Duration {
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..if is_long() { 20 } else { 2 } {
        let began = Instant::now();
        let answer = world.get(path, UNMASK).await;
        times.push(began.elapsed());
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert!(!answer.body.contains(HOSTILE));
    }
    times.sort();
    let (half, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{path}: median {half:?}, slowest {slowest:?}");
    half
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_people_with_accounts_fit_and_are_found() {
    let kafka = World::of(PARTITIONS, "").await;
    write(&kafka);
    let began = Instant::now();
    let served = Served::start(&kafka.brokers());
    let empty = served.resident_mb("VmRSS:");
    let (world, most) = (&served.world, Duration::from_mins(5));
    let whole = format!("{} records were read, to its end", people());
    world.until_it_shows_within(most, "/about", UNMASK, &whole).await;
    let list = format!("{OWN}/users?unmask=true");
    world.until_it_shows_within(most, &list, UNMASK, "\"result_count\":50").await;
    println!("read in {:?}", began.elapsed());
    let mut slow = Vec::new();
    for path in paths() {
        let time = time_of(world, &path).await;
        if time > PAGE_WITHIN {
            slow.push((path, time));
        }
    }
    let page = world.get(&format!("{OWN}/users?search=person.1711@example.com"), UNMASK).await.body;
    assert!(page.contains("\"person\":\"p-0000000000000000000006af\""), "{page}");
    let (now, peak) = (served.resident_mb("VmRSS:"), served.resident_mb("VmHWM:"));
    println!("{empty} MB without anybody, {now} MB with {}, {peak} MB at most", people());
    if is_long() {
        assert!(peak <= MEGABYTES_MOST, "{peak} MB for {} people", people());
        assert!(slow.is_empty(), "{slow:?}");
    }
}
