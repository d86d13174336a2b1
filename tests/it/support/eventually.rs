//! Waiting for a condition; the only place that lets time pass.

use std::io::Write;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(20);

/// Asks until `condition` has a value. Fails, naming `what`, when `deadline` has passed.
pub(crate) async fn eventually<T>(
    what: &str,
    deadline: Duration,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(start.elapsed() < deadline, "not within {deadline:?}: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Fails as soon as `condition` has a value within `span`; it says what went wrong.
pub(crate) async fn never_within(
    span: Duration,
    mut condition: impl AsyncFnMut() -> Option<String>,
) {
    let start = Instant::now();
    while start.elapsed() < span {
        if let Some(wrong) = condition().await {
            panic!("after {:?}: {wrong}", start.elapsed());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Tells a measured figure past the test harness, which would swallow it.
pub(crate) fn measured(what: &str, span: Duration) {
    let line = format!("measured: {what}: {} ms\n", span.as_millis());
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
