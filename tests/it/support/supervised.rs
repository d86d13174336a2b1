//! A process that does not outlive the tests, whatever way they end.

use super::cache;
use super::eventually::eventually;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A command under `supervise.sh`. Dropped, it is killed.
pub(crate) struct Supervised {
    supervisor: Child,
    life_line: Option<ChildStdin>,
    process: u32,
    log: PathBuf,
}

impl Supervised {
    /// Starts `command`; its output goes to `log`. `remove` is a directory that ends with it.
    pub(crate) fn start(command: &Command, log: &Path, remove: Option<&Path>) -> Self {
        let mut supervise = Command::new("sh");
        supervise.arg(cache::scripts().join("supervise.sh")).arg(log);
        supervise.arg(command.get_program()).args(command.get_args());
        if let Some(directory) = remove {
            supervise.env("REMOVE", directory);
        }
        for (name, value) in command.get_envs() {
            supervise.env(name, value.unwrap_or_default());
        }
        let mut supervisor =
            supervise.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sh starts");
        let life_line = supervisor.stdin.take();
        let mut first_line = String::new();
        BufReader::new(supervisor.stdout.take().unwrap()).read_line(&mut first_line).unwrap();
        let process = first_line.trim().parse().expect("the supervisor tells the process id");
        Self { supervisor, life_line, process, log: log.to_owned() }
    }

    pub(crate) fn process(&self) -> u32 {
        self.process
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.supervisor.try_wait().unwrap()
    }

    /// Waits for its end and says how long that took.
    pub(crate) async fn end(&mut self, deadline: Duration) -> (ExitStatus, Duration) {
        let start = Instant::now();
        let status = eventually("the process ends", deadline, async || self.ended()).await;
        (status, start.elapsed())
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        drop(self.life_line.take());
        drop(self.supervisor.wait());
    }
}

/// Sends `signal` (`KILL`, `TERM`, `STOP`, `CONT`) to a process. One that is gone feels nothing.
pub(crate) fn signal(process: u32, signal: &str) {
    let arguments = ["-c", &format!("kill -{signal} {process}")];
    let mut kill = Command::new("sh");
    let _gone_or_not = kill.args(arguments).stderr(Stdio::null()).status().expect("sh starts");
}

/// Stops a process, and returns when none of its threads runs any more: a signal is only sent when
/// `kill` returns, and a thread that is in a call may come back from it a little later.
pub(crate) fn freeze(process: u32) {
    signal(process, "STOP");
    let tasks = Path::new("/proc").join(process.to_string()).join("task");
    let is_still = |stat: String| {
        // `1234 (name) T …`; the name may hold anything.
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with(['T', 'Z', 'X']))
    };
    let all_still = || {
        let Ok(tasks) = std::fs::read_dir(&tasks) else { return true };
        tasks
            .filter_map(Result::ok)
            .all(|task| std::fs::read_to_string(task.path().join("stat")).map_or(true, is_still))
    };
    let start = Instant::now();
    while !all_still() {
        assert!(start.elapsed() < Duration::from_secs(10), "the process does not stand still");
        std::thread::yield_now();
    }
}
