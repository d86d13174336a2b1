//! `usher-sim`: runs seeds of the simulation and says which promises they broke.
//!
//! A failing seed is run once more to tell its history; `--seeds N..N` replays it alone.

use clap::Parser;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use usher_lab::simulation::fingerprint;
use usher_lab::simulation::manners::Choice;
use usher_lab::simulation::{Keep, Kind, Outcome, Protection, Tally, run};

/// Runs the engine in simulated worlds full of faults, and checks what it promises.
#[derive(Debug, Parser)]
#[command(name = "usher-sim", version)]
struct Arguments {
    /// Which seeds to run: first and last, `1..500`.
    #[arg(long, value_name = "A..B")]
    seeds: Seeds,
    /// How many at a time; as many as there are processors if not said.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Tell the history of every seed, not only of those that fail.
    #[arg(long)]
    verbose: bool,
    /// Take a protection away: `write-ahead`, `lease`, `fencing`, `doubt`, `group-doubt`,
    /// `patience`, `time`, `counts`, `window`, `charge-first`, `every-path`, `used-once`, `rows`,
    /// `rejects`, `pauses`, `override-end`, `effects` or `drift`. Then it must fail.
    #[arg(long, value_name = "PROTECTION", value_parser = protection)]
    without: Option<Protection>,
    /// Say what all seeds did in one number: two builds that say the same behave the same, to the byte
    /// of state and audit.
    #[arg(long)]
    fingerprint: bool,
    /// In which ways worlds are worse than the plain one: `mixed` (some that are known to be borne,
    /// by the seed), `all` (some of all), `none`, or these in every world: `lies,vanishing`.
    #[arg(long, value_name = "MANNERS", default_value = "mixed")]
    manners: Choice,
}

impl Arguments {
    fn kind(&self) -> Kind {
        Kind { without: self.without, manners: self.manners.clone() }
    }
}

/// The first and the last seed.
#[derive(Clone, Copy, Debug)]
struct Seeds {
    first: u64,
    last: u64,
}

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let say = || format!("`{text}` is no range of seeds; say first and last, like 1..500");
        let (first, last) = text.split_once("..").ok_or_else(say)?;
        let number = |text: &str| text.parse::<u64>().ok();
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self { first, last }),
            _ => Err(say()),
        }
    }
}

fn protection(text: &str) -> Result<Protection, String> {
    match text {
        "write-ahead" => Ok(Protection::WriteAhead),
        "lease" => Ok(Protection::Lease),
        "fencing" => Ok(Protection::Fencing),
        "doubt" => Ok(Protection::Doubt),
        "group-doubt" => Ok(Protection::GroupDoubt),
        "patience" => Ok(Protection::Patience),
        "time" => Ok(Protection::Time),
        "counts" => Ok(Protection::Counts),
        "window" => Ok(Protection::Window),
        "charge-first" => Ok(Protection::ChargeFirst),
        "every-path" => Ok(Protection::EveryPath),
        "used-once" => Ok(Protection::UsedOnce),
        "rows" => Ok(Protection::Rows),
        "rejects" => Ok(Protection::Rejects),
        "pauses" => Ok(Protection::Pauses),
        "override-end" => Ok(Protection::OverrideEnd),
        "effects" => Ok(Protection::Effects),
        "drift" => Ok(Protection::Drift),
        other => Err(format!(
            "`{other}` is no protection; these are: write-ahead, lease, fencing, doubt, \
             group-doubt, patience, time, counts, window, charge-first, every-path, used-once, rows, \
             rejects, pauses, override-end, effects, drift"
        )),
    }
}

/// What all seeds came to.
#[derive(Debug, Default)]
struct Sum {
    tally: Tally,
    seeds: u64,
    failed: u64,
    /// Of all histories, in whatever order they end.
    fingerprint: u64,
}

/// Histories of more failing seeds than this help nobody.
const TOLD: u64 = 3;

fn main() -> io::Result<ExitCode> {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let next = AtomicU64::new(arguments.seeds.first);
    let sum = Mutex::new(Sum::default());
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = arguments.jobs.unwrap_or(processors).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..jobs).map(|_| scope.spawn(|| work(&arguments, &next, &sum))).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
        })
    })?;
    let sum = sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let tally = sum.tally;
    writeln!(
        io::stdout(),
        "{} seeds, {} steps, {} events, {} commits, {} calls, {} results, {} takeovers, {} crashes, \
         {} freezes, {} held, {} approved, {} overridden, {} undone, {} replayed, {} linked, {} parted, {} unbound, {} outgrown, {} violations, {:.1} s",
        sum.seeds,
        tally.steps,
        tally.events,
        tally.commits,
        tally.calls,
        tally.results,
        tally.takeovers,
        tally.crashes,
        tally.freezes,
        tally.held,
        tally.approved,
        tally.overridden,
        tally.undone,
        tally.replayed,
        tally.linked,
        tally.parted,
        tally.unbound,
        tally.outgrown,
        sum.failed,
        began.elapsed().as_secs_f64()
    )?;
    if arguments.fingerprint {
        writeln!(io::stdout(), "fingerprint {:016x}", sum.fingerprint)?;
    }
    let failed = sum.failed > 0;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Runs seed after seed until none is left.
fn work(arguments: &Arguments, next: &AtomicU64, sum: &Mutex<Sum>) -> io::Result<()> {
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed > arguments.seeds.last {
            return Ok(());
        }
        let is_told = arguments.verbose || arguments.fingerprint;
        let keep = if is_told { Keep::History } else { Keep::Nothing };
        let outcome = try_seed(seed, &arguments.kind(), keep);
        let failed = outcome.as_ref().map_or(true, |outcome| outcome.violation.is_some());
        let mut sum = sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        sum.seeds += 1;
        sum.failed += u64::from(failed);
        if let Ok(outcome) = &outcome {
            sum.tally += outcome.tally;
            sum.fingerprint ^= fingerprint::of_history(seed, &outcome.history);
        }
        if failed && sum.failed > TOLD && !arguments.verbose {
            writeln!(io::stdout(), "seed {seed}: {}", headline(&outcome))?;
        } else if failed || arguments.verbose {
            tell(seed, arguments, &outcome)?;
        }
    }
}

/// Runs one seed; a panic of the engine is a failure like any other.
fn try_seed(seed: u64, kind: &Kind, keep: Keep) -> Result<Outcome, String> {
    match catch_unwind(AssertUnwindSafe(|| run(seed, kind, keep))) {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(error)) => Err(format!("the simulation's rules are refused: {error}")),
        Err(_) => Err("panicked".to_owned()),
    }
}

fn headline(outcome: &Result<Outcome, String>) -> String {
    match outcome {
        Ok(Outcome { violation: Some(violation), .. }) => {
            format!("{}: {}", violation.invariant.name(), violation.what)
        }
        Ok(_) => "no violation".to_owned(),
        Err(why) => why.clone(),
    }
}

/// Tells what happened in a seed, from the beginning.
fn tell(seed: u64, arguments: &Arguments, outcome: &Result<Outcome, String>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "seed {seed}: {}", headline(outcome))?;
    match outcome {
        Ok(outcome) if arguments.verbose => writeln!(out, "{}", outcome.history),
        Ok(_) => match try_seed(seed, &arguments.kind(), Keep::History) {
            Ok(again) => writeln!(out, "{}seed {seed}: {}\n", again.history, headline(outcome)),
            Err(why) => writeln!(out, "and the second time it {why}"),
        },
        Err(_) => Ok(()),
    }
}
