//! How long a leaver waits: from the event in Kafka to the request at the provider, beside the floor.
//!
//! The load is open: events come when they are due, whether or not the last one is through. Before
//! and after usher the bare loop is measured the same way: consume, one transaction, call. It decides
//! nothing, and is what Kafka costs.
//!
//! Among the other tests it only shows that nothing stalls. To measure, on a quiet machine:
//!
//! ```text
//! USHER_MEASURE='people=1200 rate=10 partitions=24' cargo test --release --test it latency -- --nocapture
//! ```

mod bare;
mod figures;
mod load;
mod replica;
mod stub;

use crate::support::broker::broker;
use crate::support::world;
use figures::{Figures, Row};
use load::{Load, Person};
use std::fmt::Write;
use std::time::Duration;
use stub::Stub;

/// What is measured.
#[derive(Clone, Debug)]
struct Options {
    /// People who are terminated, one after the other.
    people: usize,
    /// Terminations a second.
    rate: f64,
    /// Of the input topic.
    partitions: i32,
    /// How long the provider takes for an answer.
    answer_ms: u64,
}

impl Options {
    /// Few people on many partitions: a stall of the reader would show.
    const SHORT: Self = Self { people: 60, rate: 10.0, partitions: 24, answer_ms: 0 };

    /// `people=200 rate=5 partitions=6 answer_ms=0`, where not said otherwise.
    fn parse(text: &str) -> Self {
        let mut options = Self { people: 200, rate: 5.0, partitions: 6, answer_ms: 0 };
        for part in text.split_whitespace() {
            let (name, value) = part.split_once('=').expect("NAME=VALUE");
            match name {
                "people" => options.people = value.parse().unwrap(),
                "rate" => options.rate = value.parse().unwrap(),
                "partitions" => options.partitions = value.parse().unwrap(),
                "answer_ms" => options.answer_ms = value.parse().unwrap(),
                _ => panic!("there is no `{name}`: people, rate, partitions, answer_ms"),
            }
        }
        options
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cuts_are_as_quick_as_kafka_allows_and_nothing_stalls() {
    let measured = std::env::var("USHER_MEASURE").ok();
    let options = measured.as_deref().map_or(Options::SHORT, Options::parse);
    let Some(broker) = tokio::task::block_in_place(broker) else { return };
    let _alone = world::alone().await;
    let stub = Stub::start(Duration::from_millis(options.answer_ms)).await;
    let load = Load::new(broker, &options);
    let people: Vec<Person> = (0..options.people).map(Person::numbered).collect();

    let before = floor("bare loop, before", &load, &stub, &people).await;
    let usher = usher(&load, &stub, &people).await;
    let after = floor("bare loop, after", &load, &stub, &people).await;
    let worst = usher.figures.at(1.0);
    say(&options, &[before, usher, after]);
    // A stall took two seconds; a machine that is busy with builds may take some of that.
    assert!(measured.is_some() || worst < 1_500.0, "a cut waited {worst:.0} ms");
}

/// Told past the test harness, which would swallow it.
fn say(options: &Options, rows: &[Row]) {
    let Options { people, rate, partitions, answer_ms } = options;
    let mut text = String::new();
    write!(
        text,
        "measured: {people} terminations, {rate} a second, {partitions} partitions, the provider \
         takes {answer_ms} ms\n{}",
        figures::table(rows)
    )
    .unwrap();
    std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()).unwrap();
}

async fn floor(name: &'static str, load: &Load, stub: &Stub, people: &[Person]) -> Row {
    let topic = load.topic("bare").await;
    let bare = bare::Bare::start(load.broker(), &topic, stub.url()).await;
    let sent = load.terminate(&topic, people).await;
    let figures = Figures::of(&sent, &stub.cuts_of(people).await);
    bare.stop();
    Row { name, figures, process: None }
}

async fn usher(load: &Load, stub: &Stub, people: &[Person]) -> Row {
    let topic = load.topic("usher").await;
    let replica = replica::Replica::start(load.broker(), &topic, stub.url()).await;
    load.hire(&topic, people).await;
    stub.all_there(people).await;
    replica.at_rest().await;
    let before = replica.usage();
    let sent = load.terminate(&topic, people).await;
    let figures = Figures::of(&sent, &stub.cuts_of(people).await);
    let process = Some(replica.usage().since(&before));
    Row { name: "usher", figures, process }
}
