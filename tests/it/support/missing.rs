//! What a machine does not have, said in one line.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Mutex, OnceLock};

/// `Some` of what a peer needs, or one line that says what is left out because of it.
///
/// The line is written once a run and peer, past the test harness, which would swallow it.
pub(crate) fn or_say<T>(
    peer: &'static OnceLock<Result<T, String>>,
    tests: &str,
) -> Option<&'static T>
where
    T: Send + Sync,
{
    match peer.get()? {
        Ok(peer) => Some(peer),
        Err(why) => {
            leave_out(tests, why);
            None
        }
    }
}

/// Says that `tests` are left out, or fails if everything is required.
pub(crate) fn leave_out(tests: &str, why: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let required = std::env::var("USHER_TEST_REQUIRE").is_ok_and(|what| what == "all");
    assert!(!required, "{tests} are required, but {why}");
    if SAID.lock().unwrap().insert(tests.to_owned()) {
        let line = format!("left out: {tests}, because {why}\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
}
