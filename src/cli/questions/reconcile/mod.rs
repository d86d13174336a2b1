//! `usher reconcile`, `usher orphans`, `usher seats`: lists of people, accounts and what usher knows,
//! compared once, and what is found. Nothing is written anywhere.

mod gather;
mod page;
mod seats;

use super::super::{Error as CliError, File, print};
use super::Error;
use super::time::Zone;
use super::waiting::Waiting;
use crate::model::ids::TargetName;
use crate::reconcile::{Finding, Findings, Kind, Proposed, Unconcluded, compare};
use clap::Args;
use gather::Gathered;
use std::io::Write as _;
use std::path::PathBuf;

pub(in super::super) const EXAMPLES: &str = "\
Compares the lists `roster` and `idp` of a tenant, what usher knows, and what the worker has read of the
targets. Reads only: no target is called, and nothing is written. One list alone makes nobody a leaver: with
--before, two lists that miss somebody do. Names are shown, so mind who sees the terminal.

Exit codes: 0 nothing to do, 3 something was found, 1 about something nothing is concluded.

Example:
  usher reconcile --config usher.yaml
  usher reconcile --before people-of-monday.csv --csv --config usher.yaml

Next:
  usher orphans --config usher.yaml        the accounts that nobody has
  usher seats --config usher.yaml          what accounts take of what was bought
  usher inventory --config usher.yaml      how fresh it is what is compared";

pub(in super::super) const ORPHANS: &str = "\
Nobody's account is one whose names are nobody's, in any list and in what usher knows. Accounts of machines
and administrators, and exceptions, are none. Reads only. Names are shown, so mind who sees the terminal.

Exit codes: 0 there is none, 3 there are some, 1 about something nothing is concluded.

Example:
  usher orphans --config usher.yaml
  usher orphans --before people-of-monday.csv --csv --config usher.yaml

Next:
  usher reconcile --config usher.yaml      everything that is found, with leavers who are still active
  usher seats --config usher.yaml          what they cost";

pub(in super::super) const SEATS: &str = "\
What each target's accounts take of what was bought, counted in each way in which contracts count, and what
orphans and inactive accounts cost. Whether anything is saved only the contract can say. Reads only.

Exit codes: 0 counted, 1 about something nothing is concluded.

Example:
  usher seats --config usher.yaml
  usher seats --json --config usher.yaml

Next:
  usher orphans --config usher.yaml        the accounts that nobody has";

/// What is compared, and how it is shown.
#[derive(Debug, Args)]
struct Compare {
    #[command(flatten)]
    file: File,
    /// The tenant, if the configuration has several
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Only this target [default: all]
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// An earlier roster, of another export: whom both miss has left
    #[arg(long, value_name = "FILE")]
    before: Option<PathBuf>,
    /// The identity provider's list of that time, if the tenant has one
    #[arg(long, value_name = "FILE", requires = "before")]
    before_idp: Option<PathBuf>,
    /// Show times in this zone [default: the tenant's, else UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Print one JSON document
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print one row a line; what else is to be said goes to standard error
    #[arg(long)]
    csv: bool,
}

#[derive(Debug, Args)]
pub(in super::super) struct ReconcileCommand {
    #[command(flatten)]
    compare: Compare,
}

#[derive(Debug, Args)]
pub(in super::super) struct OrphansCommand {
    #[command(flatten)]
    compare: Compare,
}

#[derive(Debug, Args)]
pub(in super::super) struct SeatsCommand {
    #[command(flatten)]
    compare: Compare,
}

impl ReconcileCommand {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        self.compare.rows(|_| true)
    }
}

impl OrphansCommand {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        self.compare.rows(|finding| finding.kind == Kind::Orphaned && !finding.is_excepted())
    }
}

impl SeatsCommand {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        self.compare.seats()
    }
}

impl Compare {
    fn gather(&self) -> Result<(Gathered, Zone), CliError> {
        let waiting = Waiting::open(&self.file.path())?;
        let tenant = waiting.tenant(self.tenant.as_deref())?;
        let target = self.target.as_ref().map(TargetName::new);
        waiting.knows_target(std::slice::from_ref(&tenant), target.as_ref())?;
        let zone = waiting.zone(&tenant, self.zone.as_deref())?;
        let earlier = (self.before.as_deref(), self.before_idp.as_deref());
        Ok((Gathered::of(&waiting, &tenant, target.as_ref(), earlier)?, zone))
    }

    fn rows(&self, is_meant: impl Fn(&Finding) -> bool) -> Result<(), CliError> {
        let (gathered, zone) = self.gather()?;
        let (lists, history) = (gathered.lists(), gathered.history());
        let findings = compare(&gathered.question(&lists, &history));
        let meant: Vec<&Finding> = findings.all.iter().filter(|it| is_meant(it)).collect();
        let rows: Vec<_> = meant.iter().map(|finding| findings.row(finding)).collect();
        let why = &findings.unconcluded;
        print(&match (self.json, self.csv) {
            (true, _) => format!("{:#}\n", page::document(&gathered, &rows, why)),
            (_, true) => page::csv(&gathered.tenant, &rows)?,
            _ => page::table(&gathered, &rows, why, &zone),
        })?;
        self.end(why, meant.iter().filter(|it| it.proposed != Proposed::Nothing).count())
    }

    fn seats(&self) -> Result<(), CliError> {
        let (gathered, _) = self.gather()?;
        let (lists, history) = (gathered.lists(), gathered.history());
        let Findings { seats, unconcluded, .. } = compare(&gathered.question(&lists, &history));
        print(&match (self.json, self.csv) {
            (true, _) => format!("{:#}\n", seats::document(&gathered.tenant, &seats, &unconcluded)),
            (_, true) => seats::csv(&gathered.tenant, &seats)?,
            _ => seats::table(&gathered.tenant, &seats, &unconcluded),
        })?;
        self.end(&unconcluded, 0)
    }

    /// What is not concluded counts more than what is found: a script must not take the rest for all.
    fn end(&self, unconcluded: &[Unconcluded], found: usize) -> Result<(), CliError> {
        if self.csv {
            write!(std::io::stderr().lock(), "{}", page::reasons(unconcluded))?;
        }
        match (unconcluded.len(), found) {
            (0, 0) => Ok(()),
            (0, found) => Err(Error::Found { found }.into()),
            (reasons, _) => Err(Error::Unconcluded { reasons }.into()),
        }
    }
}
