//! What a machine does not have, said in one line.

use super::cache;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
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

/// Says that `tests` are left out, now and when all is over, or fails if everything is required.
pub(crate) fn leave_out(tests: &str, why: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let required = std::env::var("USHER_TEST_REQUIRE").is_ok_and(|what| what == "all");
    assert!(!required, "{tests} are required, but {why}");
    if SAID.lock().unwrap().insert(tests.to_owned()) {
        let line = format!("left out: {tests}, because {why}\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    last_word(format!("{tests}, because {why}"));
}

/// The test harness cannot tell at run time that a test was ignored, and counts it as passed. So the
/// last line of the run, behind the harness's own, says how many were left out, and why.
fn last_word(reason: String) {
    static LEFT_OUT: Mutex<(BTreeSet<String>, BTreeSet<String>)> =
        Mutex::new((BTreeSet::new(), BTreeSet::new()));
    static SPEAKER: OnceLock<(Child, PathBuf)> = OnceLock::new();
    let mut left_out = LEFT_OUT.lock().unwrap();
    let (tests, reasons) = &mut *left_out;
    // The harness names its threads after the tests, but for a single one.
    let test = std::thread::current().name().filter(|name| *name != "main").map(str::to_owned);
    tests.insert(test.unwrap_or_else(|| format!("the {}th", tests.len() + 1)));
    reasons.insert(reason);
    let (_, file) = SPEAKER.get_or_init(|| {
        let file = cache::run_directory().join("left-out");
        // It reads until this process ends, and speaks then.
        let mut speaker = Command::new("sh");
        speaker.args(["-c", "cat > /dev/null; cat \"$0\" >&2"]).arg(&file).stdin(Stdio::piped());
        (speaker.spawn().unwrap(), file)
    });
    let reasons: Vec<_> = reasons.iter().map(|reason| format!("  {reason}\n")).collect();
    let text = format!(
        "\n{} of the tests that count as passed were LEFT OUT, for want of what they need:\n{}",
        tests.len(),
        reasons.concat()
    );
    std::fs::write(file, text).unwrap();
}
