use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Health, STILL_AFTER};

#[test]
fn a_standby_is_ready_once_it_has_joined_and_until_it_drains() {
    let health = Health::new();
    assert!(health.not_ready().is_some());
    health.joined();
    assert_eq!(health.not_ready(), None);
    health.draining();
    assert_eq!(health.not_ready(), Some("draining"));
}

#[test]
fn a_loop_that_stands_still_is_named_until_it_ends() {
    let health = Arc::new(Health::new());
    let pulse = health.pulse("shard 3");
    let now = Instant::now();
    assert!(health.still(now).is_empty());
    let later = now + STILL_AFTER + Duration::from_secs(1);
    assert_eq!(health.still(later), ["shard 3"]);
    drop(pulse);
    assert!(health.still(later).is_empty());
}
