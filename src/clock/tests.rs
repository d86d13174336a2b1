use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::{Anchor, Clock, Reading};

fn started() -> (Anchor, Instant, Timestamp) {
    let at = Instant::now();
    let wall: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    (Anchor::new(at, wall), at, wall)
}

#[test]
fn time_follows_the_monotonic_clock() {
    let (mut anchor, at, wall) = started();
    let second = SignedDuration::from_secs(1);
    let slow_wall = wall + second - SignedDuration::from_millis(40);
    let reading = anchor.read(at + Duration::from_secs(1), slow_wall);
    assert_eq!(reading.now, wall + second);
}

#[test]
fn time_jumps_forward_after_a_suspension() {
    let (mut anchor, at, wall) = started();
    let hour = SignedDuration::from_hours(1);
    assert_eq!(anchor.read(at, wall + hour).now, wall + hour);
    let later = anchor.read(at + Duration::from_secs(2), wall + hour);
    assert_eq!(later.now, wall + hour + SignedDuration::from_secs(2));
}

#[test]
fn time_never_runs_backwards_and_says_so_once() {
    let (mut anchor, at, wall) = started();
    let set_back = wall - SignedDuration::from_mins(5);
    let first = anchor.read(at, set_back);
    assert_eq!(first, Reading { now: wall, newly_behind: Some(SignedDuration::from_mins(5)) });
    assert_eq!(anchor.read(at, set_back), Reading { now: wall, newly_behind: None });
}

#[test]
fn the_real_clock_does_not_fall() {
    let clock = Clock::start();
    let first = clock.now();
    assert!(clock.now() >= first);
}
