//! A configuration for a sandbox, written to a directory, and the worker that goes by it.
//!
//! What `usher run` would be told by its operator is generated here, as files that can be read and
//! copied. The environment is not looked at: it may mean a real deployment.

use super::{Error, keys, surroundings};
use crate::cli;
use crate::cli::process::Process;
use crate::clock::Clock;
use crate::config::kafka::Topics;
use crate::config::{self, Loaded};
use crate::kafka::topics::Layout;
use crate::observe::health::Health;
use crate::observe::metrics::Metrics;
use crate::rules::{RuleFile, RuleSet};
use crate::sandbox::Sandbox;
use crate::sandbox::kafka::{Kafka, Topic};
use crate::serve::Serving;
use crate::serve::tokens::{self, Login, Role, TokenDigest};
use crate::shutdown::Shutdown;
use crate::tenants;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use usher_lab::provider::manners::{ArrayRemoval, Manners};

const RULES: &str = include_str!("../../../config/rules/starter.yaml");

/// What becomes of accounts that nobody has.
const ORPHANS: &str = include_str!("../../../config/rules/orphans.yaml");

pub(in crate::cli) const TARGET: &str = "main";

pub(in crate::cli) const TENANT: &str = "sandbox";

/// Who signs commands, beside the configuration.
const SIGNERS: &str = "allowed_signers";

/// What they may say: all that is served.
const RIGHTS: [&str; 15] = [
    "approve", "reject", "pause", "resume", "override", "undo", "retry", "replay", "reassert",
    "link", "part", "bind", "unbind", "release", "refresh",
];

/// While it is there, nothing is written.
const PAUSE_FILE: &str = "stop";

/// More people than anybody plays with in an hour.
const AMPLE: usize = 10_000;

/// Who may see the pages, beside the configuration.
const LOGINS: &str = "logins.yaml";

/// How long the token of the pages is worth something; the sandbox is gone before.
const LOGIN_LASTS: SignedDuration = SignedDuration::from_hours(24 * 365);

/// The first line of a configuration that a sandbox may write over.
const MARK: &str = "# Made for a sandbox, and made anew by the next one. JSON is YAML, too.";

/// The one group of the rules that takes access from its members.
const RESTRICTING_GROUP: &str = "Quarantine_HighRisk";

pub(in crate::cli) const HR_TOPIC: &str = "hr.events";
pub(in crate::cli) const SECURITY_TOPIC: &str = "security.events";
pub(in crate::cli) const AUDIT_TOPIC: &str = "usher.audit";
pub(in crate::cli) const PARKED_TOPIC: &str = "usher.parked";
pub(in crate::cli) const CONTROL_TOPIC: &str = "usher.control";
pub(in crate::cli) const EVENTS_TOPIC: &str = "usher.events";
pub(in crate::cli) const INVENTORY_TOPIC: &str = "usher.inventory";

/// As `usher init` would make the topic of parked records.
const PARKED_BYTES: usize = 2 * 1024 * 1024;

/// The topics of a sandbox.
pub(in crate::cli) fn topics() -> Vec<Topic> {
    let topic = |name: &str, partitions| Topic { name: name.to_owned(), partitions };
    // Whatever usher writes to must be there: a commit waits for a topic that is not.
    let own = Topics::default();
    let own = own.named().map(|(_, name)| topic(name, 1));
    [topic(HR_TOPIC, 2), topic(SECURITY_TOPIC, 2)].into_iter().chain(own).collect()
}

/// The groups that the rules name.
pub(in crate::cli) fn groups() -> Result<Vec<String>, cli::Error> {
    let file = RuleFile { name: "starter.yaml".to_owned(), text: RULES.to_owned() };
    let rules = RuleSet::load(&[file])
        .map_err(|source| tenants::Error::Rules { tenant: TENANT.to_owned(), source })?;
    let names: BTreeSet<String> =
        rules.groups().into_iter().map(|(_, group)| group.as_str().to_owned()).collect();
    Ok(names.into_iter().collect())
}

/// A name that no other process has.
pub(in crate::cli) fn new_directory(command: &str) -> PathBuf {
    std::env::temp_dir().join(format!("usher-{command}-{}", std::process::id()))
}

/// What is to be said beside the sandbox itself.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Places {
    pub(in crate::cli) directory: PathBuf,
    pub(in crate::cli) http_port: u16,
    pub(in crate::cli) pages_port: u16,
    pub(in crate::cli) log_level: String,
    pub(in crate::cli) token: String,
    /// What the worker may ask of the provider in a second.
    pub(in crate::cli) calls_per_second: f64,
    pub(in crate::cli) signers: Signers,
    pub(in crate::cli) cuts_an_hour: usize,
    pub(in crate::cli) lists: Lists,
}

/// HR's lists, and how often they are compared with what the target has.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Lists {
    /// Whether one is there from the start.
    pub(in crate::cli) is_there: bool,
    /// From one comparison to the next.
    pub(in crate::cli) every: &'static str,
    /// Between two lists that count as two.
    pub(in crate::cli) apart: &'static str,
    /// From one reading of the target to the next.
    pub(in crate::cli) read_every: &'static str,
}

/// Who may let go what is held.
#[derive(Clone, Debug)]
pub(in crate::cli) enum Signers {
    /// Those of this file of signers.
    Named(String),
    /// Two whose keys are made, and lie beside the configuration.
    Made,
}

/// Where a worker of a sandbox finds what it goes by.
#[derive(Debug)]
pub(in crate::cli) struct Workplace {
    directory: PathBuf,
    loaded: Loaded,
    is_guarded: bool,
    login: String,
}

/// Pages that are served, and the token that opens them.
#[derive(Debug)]
pub(in crate::cli) struct Pages {
    pub(in crate::cli) address: SocketAddr,
    pub(in crate::cli) token: String,
}

impl Workplace {
    /// Writes the files and reads them as `usher run` would.
    pub(in crate::cli) fn set_up(
        sandbox: &Sandbox,
        manners: &Manners,
        places: Places,
    ) -> Result<Self, cli::Error> {
        let configuration = places.directory.join("usher.yaml");
        check_directory(&places.directory, &configuration)?;
        let signers = match &places.signers {
            Signers::Named(signers) => Some(signers.clone()),
            Signers::Made => keys::make(&places.directory)?,
        };
        let is_guarded = signers.is_some();
        let now = Clock::of_this_process().now();
        let here = |name: &str| places.directory.join(name);
        write(&configuration, &usher_yaml(sandbox, (&places, manners), is_guarded))?;
        write(&here("dialect.yaml"), &dialect_yaml(manners))?;
        write(&here("rules/starter.yaml"), RULES)?;
        write(&here("rules/orphans.yaml"), ORPHANS)?;
        write(&here("token"), &places.token)?;
        write(&here(surroundings::POLICIES), &surroundings::policies(RESTRICTING_GROUP))?;
        write(&here(surroundings::EXCEPTIONS), &surroundings::exceptions(TARGET, now))?;
        if places.lists.is_there {
            write(&here(surroundings::ROSTER), &surroundings::people_of_the_guide())?;
        }
        if let Some(signers) = signers {
            write(&places.directory.join(SIGNERS), &signers)?;
        }
        let login = tokens::fresh()?;
        write(&places.directory.join(LOGINS), &logins_yaml(&login))?;
        let loaded = config::load_with(&configuration, [])?;
        Ok(Self { directory: places.directory, loaded, is_guarded, login })
    }

    /// Whether there are a limit, and operators who let go what it holds.
    pub(in crate::cli) fn is_guarded(&self) -> bool {
        self.is_guarded
    }

    pub(in crate::cli) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(in crate::cli) fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Readies a worker, whose metrics and probes are served from now on.
    pub(in crate::cli) async fn worker(&self, shutdown: &Shutdown) -> Result<Process, cli::Error> {
        let layout = Layout { shards: 1, deployment: None, parked_limit_bytes: PARKED_BYTES };
        Process::ready(&self.loaded, Some(layout), shutdown).await
    }

    /// Serves the pages from now on.
    pub(in crate::cli) async fn pages(&self, shutdown: &Shutdown) -> Result<Pages, cli::Error> {
        let (metrics, health) = (Arc::new(Metrics::new()), Arc::new(Health::new()));
        let serving = Serving::start(&self.loaded, metrics, health, shutdown).await?;
        Ok(Pages { address: serving.address(), token: self.login.clone() })
    }
}

/// One who may see everything.
fn logins_yaml(token: &str) -> String {
    let now = Clock::of_this_process().now();
    let login = Login {
        name: "sandbox".to_owned(),
        sha256: TokenDigest::of(token),
        role: Role::Unmask,
        tenants: None,
        until: now.checked_add(LOGIN_LASTS).unwrap_or(Timestamp::MAX),
    };
    format!("- {}\n", json!(login))
}

/// What is in a directory and not a sandbox's is somebody's.
fn check_directory(directory: &Path, configuration: &Path) -> Result<(), Error> {
    let is_ours = || {
        std::fs::read_to_string(configuration).is_ok_and(|text| text.lines().next() == Some(MARK))
    };
    let holds_something =
        std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    if holds_something && !is_ours() {
        return Err(Error::Foreign { directory: directory.to_owned() });
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<(), Error> {
    let written = file
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(file, text));
    written.map_err(|source| Error::Write { file: file.to_owned(), source })
}

/// Nobody could let go what is held if nobody signs, so without operators there are no limits.
fn usher_yaml(
    sandbox: &Sandbox,
    (places, manners): (&Places, &Manners),
    is_guarded: bool,
) -> String {
    let properties = BTreeMap::from(Kafka::client_properties());
    let analysts = json!({ "name": "analysts", "signers": SIGNERS, "may": RIGHTS });
    let operators = if is_guarded { vec![analysts] } else { Vec::new() };
    let settings = json!({
        "operators": operators,
        "pause_file": PAUSE_FILE,
        "kafka": {
            "brokers": sandbox.kafka().address().to_string(),
            "instance_id": "sandbox",
            "properties": properties,
        },
        "http": { "listen": format!("127.0.0.1:{}", places.http_port) },
        "serve": {
            "listen": format!("127.0.0.1:{}", places.pages_port),
            "tokens_file": LOGINS,
            "lag_every": "2s",
        },
        "log": { "level": places.log_level, "format": "text" },
        "engine": { "late_window": "30s", "retry_max": "5s" },
        "tenants": [tenant(sandbox, (places, manners), is_guarded)],
    });
    format!("{MARK}\n{settings:#}\n")
}

fn tenant(sandbox: &Sandbox, (places, manners): (&Places, &Manners), is_guarded: bool) -> Json {
    let source = |topic: &str, types: &[&str]| json!({ "topic": topic, "format": "cloudevents", "types": types });
    let limits = if is_guarded { limits(places.cuts_an_hour) } else { json!("none") };
    let has_console = surroundings::has_console(manners);
    let reads: &[&str] = if has_console { &["policies", "tokens"] } else { &[] };
    json!({
        "name": TENANT,
        "rules": ["rules/starter.yaml", "rules/orphans.yaml"],
        "sources": [
            source(HR_TOPIC, &["worker.*"]),
            source(
                SECURITY_TOPIC,
                &["risk.*", "credential.compromised", "device.*", "session.revoked"],
            ),
        ],
        // A small company loses a tenth of its people by a few who leave.
        "roster": {
            "file": surroundings::ROSTER,
            "expect": { "rows_least": 4, "shrink_most": 25 },
        },
        "exceptions": surroundings::EXCEPTIONS,
        "reconcile": { "every": places.lists.every, "misses_apart": places.lists.apart },
        "targets": [{
            "name": TARGET,
            "url": sandbox.scim_url(),
            "token_file": "token",
            "dialect": "dialect.yaml",
            "mode": "enforce",
            "restricting_groups": [RESTRICTING_GROUP],
            "limits": limits,
            "calls_per_second": places.calls_per_second,
            "request_timeout": "5s",
            "inventory": { "every": places.lists.read_every, "reads": reads },
            "policies": { "file": surroundings::POLICIES },
            "seats": surroundings::seats(),
        }],
    })
}

/// Few may be cut, so that a hold is easily seen; of all else there is enough.
fn limits(cuts_an_hour: usize) -> Json {
    let up_to = |people| json!({ "hour": { "count": people, "percent": "none" }, "day": "none" });
    let ample = up_to(AMPLE);
    json!({
        "cut": up_to(cuts_an_hour),
        "delete": ample,
        "create": ample,
        "leave": ample,
        "grant": ample,
        "change": ample,
        "group": "none",
    })
}

/// What a client must know of these manners: a dialect that usher has, but for what was switched.
fn dialect_yaml(manners: &Manners) -> String {
    let base = if manners.takes_api_token_header { "netskope" } else { "rfc7644" };
    let takes_values_out = manners.array_removal == ArrayRemoval::TakesThemOut;
    let removal = if takes_values_out && !manners.filter_removal_works {
        "value-array"
    } else {
        "value-filter"
    };
    let dialect = json!({
        "base": base,
        "groups": { "remove_member": removal },
        "paging": { "page_size": manners.page_size_max.clamp(1, 100) },
    });
    format!("{dialect:#}\n")
}
