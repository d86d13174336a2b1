//! What a target really does, tried with the least that shows it.
//!
//! Nothing is written but to a group made for it, and to accounts only if two may be made; before
//! every write it is read that it is that (`made`). All of it is deleted again, whatever happens in
//! between. What is sent and what comes back is told without a name, value, id or token.

mod access;
mod accounts;
mod canary;
mod cleanup;
mod facts;
mod filters;
mod finding;
mod habits;
mod made;
mod members;
mod paging;
mod proposal;
mod quota;
mod removal;
mod scopes;
mod tenant;
mod updates;
mod weight;
mod wire;

pub use finding::{Exchanged, Finding, Mark};
pub use proposal::Proposal;
pub use scopes::{ScopeFinding, scopes};

use super::{Dialect, Error, ProviderSettings};
use crate::model::account::Account;
use crate::model::ids::ScimId;
use facts::Fact;
use made::Made;
use serde::Serialize;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;
use wire::Wire;

/// What may be done, and how fast.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Make two accounts, and delete them again. At some providers that sends an invitation.
    pub create_users: bool,
    pub calls_per_second: f64,
    /// How long a target may take to show what was changed.
    pub patience: Duration,
    /// How long it is waited for once, to see how late reads are.
    pub lag_patience: Duration,
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whether the target works with the dialect it has.
    pub ok: bool,
    pub findings: Vec<Finding>,
    pub proposal: Proposal,
}

/// A target under trial.
struct Probe {
    settings: ProviderSettings,
    options: Options,
    wire: Wire,
    /// As configured, with all that was found so far.
    dialect: Dialect,
    facts: Vec<Fact>,
    /// Begins the name of everything that is made; nobody else has it.
    name: String,
    /// Accounts that were there already.
    samples: Vec<Account>,
    /// What was asked for, whatever became of it.
    made: Vec<Made>,
    /// Who is let into the group and taken out.
    pair: Option<Pair>,
    /// How late something was seen to show, at most.
    lag: Duration,
    /// Something was waited for long, and in vain; nothing is waited for so long again.
    patience_is_spent: bool,
    misses: Misses,
    /// The list of groups was read.
    lists_groups: bool,
    /// A group cannot be read by its id, but accounts tell which groups they are in.
    group_reads_are_refused: bool,
}

/// How filters were answered that nobody fits.
#[derive(Clone, Copy, Debug, Default)]
struct Misses {
    are_404: bool,
    are_lists: bool,
}

impl Misses {
    fn note(&mut self, is_404: bool) {
        self.are_404 |= is_404;
        self.are_lists |= !is_404;
    }
}

/// The accounts that are members of the group in turn.
#[derive(Clone)]
struct Pair {
    leaver: ScimId,
    stayer: ScimId,
}

/// Tries everything. When `stop` comes, what was made is deleted and the report is cut short.
pub async fn check(
    settings: ProviderSettings,
    options: Options,
    stop: impl Future<Output = ()>,
) -> Result<Report, Error> {
    let dialect = Dialect::clone(&settings.dialect);
    let wire = Wire::new(&settings, &dialect, options.calls_per_second)?;
    let random = RandomState::new().build_hasher().finish();
    let mut probe = Probe {
        settings,
        options,
        wire,
        dialect,
        facts: Vec::new(),
        name: format!("usher-check-{random:016x}"),
        samples: Vec::new(),
        made: Vec::new(),
        pair: None,
        lag: Duration::ZERO,
        patience_is_spent: false,
        misses: Misses::default(),
        lists_groups: false,
        group_reads_are_refused: false,
    };
    let mut findings = Vec::new();
    let was_stopped = run_until(stop, &mut probe, &mut findings).await;
    if was_stopped {
        findings.push(Finding::stopped());
    }
    findings.extend(cleanup::clean_up(&mut probe).await);
    findings.push(quota::check(&probe));
    Ok(Report {
        ok: findings.iter().all(|finding| finding.mark != Mark::Change),
        proposal: proposal::propose(&probe.settings.dialect, &probe.facts),
        findings,
    })
}

/// Whether `stop` came first. The answer to a creation is waited for even then, for without it nobody
/// knows what is to be deleted.
async fn run_until(
    stop: impl Future<Output = ()>,
    probe: &mut Probe,
    findings: &mut Vec<Finding>,
) -> bool {
    let mut creating = probe.wire.creating();
    let mut run = std::pin::pin!(run(probe, findings));
    tokio::select! {
        () = &mut run => return false,
        () = stop => {}
    }
    tokio::select! {
        () = &mut run => {}
        // An error would say that nobody creates any more.
        _ = creating.wait_for(|is_creating| !is_creating) => {}
    }
    true
}

async fn run(probe: &mut Probe, findings: &mut Vec<Finding>) {
    let reach = access::reach(probe).await;
    let is_reached = reach.mark != Mark::Change;
    findings.push(reach);
    if !is_reached {
        return;
    }
    let (token, is_let_in) = access::token(probe).await;
    findings.push(token);
    if !is_let_in {
        return;
    }
    findings.push(access::scopes(probe).await);
    if probe.options.create_users {
        // First, so that look-ups and pages have somebody to find.
        findings.extend(accounts::check(probe).await);
    }
    findings.push(paging::check(probe).await);
    findings.extend(filters::check_all(probe).await);
    findings.extend(filters::check_misses(probe).await);
    if probe.options.create_users {
        findings.push(updates::check(probe).await);
        findings.extend(habits::check_lag(probe));
        findings.push(habits::check_clearing(probe).await);
        findings.push(habits::check_answer(probe).await);
        findings.push(updates::check_manager(probe).await);
        findings.push(tenant::check(probe).await);
    } else {
        findings.push(updates::check_without_accounts(probe).await);
        findings.push(tenant::untried(probe));
    }
    findings.extend(canary::check(probe).await);
    probe.pair = members::pair(probe);
    let pair = probe.pair.clone();
    findings.push(members::check(probe, pair.as_ref()).await);
    // Before removals are tried, for one of them may empty the group.
    findings.extend(members::check_own_groups(probe).await);
    findings.push(removal::check(probe, pair.as_ref()).await);
    // Last, for where groups cannot be read, accounts must show theirs.
    findings.extend(weight::check(probe).await);
}

impl Probe {
    /// Notes what was found, and goes on with it.
    fn learn(&mut self, fact: Fact) {
        fact.apply(&mut self.dialect);
        self.facts.push(fact);
    }

    /// The pauses between reads of what was just changed.
    fn pauses(&self) -> [Duration; 5] {
        let patience = self.options.patience;
        [Duration::ZERO, patience / 16, patience / 8, patience / 4, patience / 2]
    }

    /// The same, and long ones as long as nothing was waited for in vain.
    fn patient_pauses(&self) -> Vec<Duration> {
        let mut pauses = self.pauses_with_lag();
        let pause = (self.options.patience / 2).max(Duration::from_millis(1));
        let mut waited = self.options.patience;
        while waited < self.options.lag_patience && !self.patience_is_spent {
            pauses.push(pause);
            waited += pause;
        }
        pauses
    }

    /// The same, and one as long as reads are known to be late.
    fn pauses_with_lag(&self) -> Vec<Duration> {
        let mut pauses = self.pauses().to_vec();
        if !self.lag.is_zero() {
            pauses.push(self.lag + self.options.patience / 4);
        }
        pauses
    }

    /// Ends a check: the exchanges since the last one belong to it.
    fn found(&mut self, check: &'static str, mark: Mark, conclusion: impl Into<String>) -> Finding {
        let exchanges = self.wire.take_log();
        Finding { check, mark, conclusion: conclusion.into(), advice: None, exchanges }
    }
}
