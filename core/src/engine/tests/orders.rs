//! Every order of arrival that keeps each source's own, and every re-delivery, gives the same people.

use super::bench::Bench;
use crate::engine::said::claims::Instance;
use crate::engine::settings::Mode;
use crate::engine::state::Person;
use crate::model::event::{Event, EventClass};
use crate::model::{Alias, AliasKind, By};
use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

/// HR with everything, HR with numbers alone, and a sensor that knows addresses.
const SOURCES: usize = 3;

const HR: [&str; 7] = [
    "worker.hired",
    "worker.terminated",
    "worker.termination.cancelled",
    "worker.updated",
    "worker.transferred",
    "worker.leave.started",
    "worker.hire.cancelled",
];
const SIGNALS: [&str; 2] = ["risk.raised", "risk.cleared"];

#[derive(Clone, Debug)]
struct Said {
    source: usize,
    person: usize,
    kind: usize,
    employment: Option<usize>,
    /// Minutes from the event's time to when it takes effect.
    ahead: Option<i64>,
    /// The source's clock is fast.
    is_fast: bool,
}

fn said() -> impl Strategy<Value = Said> {
    let employment = prop::option::of(0..2_usize);
    let ahead = prop::option::of(-90..400_i64);
    let is_fast = prop::bool::weighted(0.2);
    (0..SOURCES, 0..2_usize, 0..64_usize, employment, ahead, is_fast).prop_map(
        |(source, person, kind, employment, ahead, is_fast)| Said {
            source,
            person,
            kind,
            employment,
            ahead,
            is_fast,
        },
    )
}

/// The event that is said `minute` minutes after the first.
fn event(bench: &Bench, minute: usize, said: &Said) -> Event {
    let Said { source, person, kind, employment, ahead, is_fast } = said;
    let is_signal = *source == 2;
    let kinds: &[&str] = if is_signal { &SIGNALS } else { &HR };
    let kind = kinds[kind % kinds.len()];
    let number = Alias::parse(AliasKind::EmployeeNumber, &format!("{person}"));
    let name = Alias::parse(AliasKind::UserName, &format!("user{person}"));
    let email = Alias::parse(AliasKind::Email, &format!("user{person}@example.com"));
    let names = match source {
        0 => vec![number, name, email],
        1 => vec![number],
        _ => vec![email],
    };
    // Later than it is, and not so late that nothing is heard of it.
    let begin = if *is_fast { 30 } else { -6 * 60 };
    let time = bench.now + SignedDuration::from_mins(begin + i64::try_from(minute).unwrap());
    let data = json!({
        "worker": { "user_name": format!("user{person}") },
        "profile": { "title": format!("title {minute}") },
        "legal_hold": minute.is_multiple_of(3),
    });
    let mut event = bench.event_about("nobody", kind, data);
    event.source = format!("source-{source}");
    event.id = format!("e{minute}");
    event.time = time;
    event.sequence = (*source == 0).then(|| minute.to_string());
    event.aliases = names.into_iter().flatten().collect();
    event.employment_id = employment.filter(|_| !is_signal).map(|number| {
        let letter = if minute.is_multiple_of(2) { 'E' } else { 'e' };
        format!("{letter}-{number}")
    });
    event.effective_at = ahead
        .filter(|_| event.kind.class() == EventClass::Hr)
        .map(|ahead| time + SignedDuration::from_mins(ahead));
    event
}

/// What is kept of everybody, without what they are called and when they were heard of.
fn people(bench: &Bench) -> Vec<Value> {
    let in_order = |instances: &[Instance]| {
        let mut sorted = instances.to_vec();
        // The first to be heard says how it is written.
        for one in &mut sorted {
            if let By::Employment(id) = &mut one.by {
                id.make_ascii_lowercase();
            }
        }
        // Each order has other offsets, and no source says two things at one instant here.
        for mark in sorted.iter_mut().flat_map(|one| &mut one.marks) {
            mark.key.came = 0;
            mark.at = None;
        }
        sorted.sort_by(|a, b| (&a.name, &a.by).cmp(&(&b.name, &b.by)));
        serde_json::to_value(sorted).unwrap()
    };
    let told = |person: &Person| {
        let mut holds = person.legal_holds.clone();
        holds.sort_by(|a, b| a.source.cmp(&b.source));
        for hold in &mut holds {
            hold.key.came = 0;
        }
        let mut profile = person.profile.clone();
        for mark in profile.values_mut().flatten() {
            mark.key.came = 0;
        }
        json!({
            "aliases": person.aliases,
            "claims": in_order(&person.claims),
            "employments": in_order(&person.employments),
            "holds": serde_json::to_value(holds).unwrap(),
            "profile": profile.iter().map(|(name, marks)| {
                (name.as_str().to_owned(), serde_json::to_value(marks).unwrap())
            }).collect::<serde_json::Map<_, _>>(),
        })
    };
    let mut people: Vec<Value> = bench.shard.people().map(told).collect();
    people.sort_by_key(ToString::to_string);
    people
}

/// The story as it is told if sources take turns as `turns` says.
fn interleaved(story: &[Said], turns: &[Index]) -> Vec<usize> {
    let mut queues: Vec<Vec<usize>> = (0..SOURCES)
        .map(|source| {
            (0..story.len()).rev().filter(|index| story[*index].source == source).collect()
        })
        .collect();
    let mut order = Vec::new();
    for turn in turns.iter().cycle() {
        queues.retain(|queue| !queue.is_empty());
        if queues.is_empty() {
            break;
        }
        let queue = turn.index(queues.len());
        order.extend(queues[queue].pop());
    }
    order
}

fn told(story: &[Said], order: &[usize]) -> Vec<Value> {
    let mut bench = Bench::with_mode(Mode::Observe, &[]);
    for index in order {
        let event = event(&bench, *index, &story[*index]);
        bench.tell(event);
        bench.commit_all();
    }
    people(&bench)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn people_do_not_depend_on_the_order_of_arrival(
        story in vec(said(), 1..24),
        turns in vec(any::<Index>(), 24),
        again in vec((any::<Index>(), any::<Index>()), 0..6),
    ) {
        let in_time: Vec<usize> = (0..story.len()).collect();
        let mut order = interleaved(&story, &turns);
        for (which, later) in again {
            let first = which.index(order.len());
            let place = first + 1 + later.index(order.len() - first);
            order.insert(place, order[first]);
        }
        prop_assert_eq!(told(&story, &in_time), told(&story, &order));
    }
}
