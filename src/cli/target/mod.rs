//! `usher target check`: tries a target, prints what was found, and proposes its dialect.

mod scopes;

use super::failure::{FAILED, Failure, USAGE};
use super::runtime::{runtime, until_a_signal};
use super::{File, print};
use crate::config::{self, Loaded, Target, Tenant};
use crate::model::code::Code;
use crate::scim::probe::{self, Finding, Mark, Options, Proposal, Report};
use crate::tenants;
use clap::Args;
use serde_json::json;
use std::fmt::Write;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Columns that the names of checks fill.
const NAME_WIDTH: usize = 18;

/// How long a target may take to show what was changed.
const PATIENCE: Duration = Duration::from_secs(4);

/// How long one change is waited for, to see how late the target's reads are.
const LAG_PATIENCE: Duration = Duration::from_mins(1);

/// Why a target cannot be checked, or is not fit.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("there is no target `{name}`; there are: {}", known.join(", "))]
    Unknown { name: String, known: Vec<String> },
    #[error("several tenants have a target `{name}`: {}; say which one with --tenant", tenants.join(", "))]
    Several { name: String, tenants: Vec<String> },
    #[error(
        "the target `{target}` cannot be used as it is configured; what to change stands above"
    )]
    Unfit { target: String },
    #[error("could not write the dialect file {}", file.display())]
    Write {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::Unknown { .. } => Code::TargetUnknown,
            Self::Several { .. } => Code::TargetSeveral,
            Self::Unfit { .. } => Code::TargetUnfit,
            Self::Write { .. } => Code::InternalOutput,
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Unknown { .. } | Self::Several { .. } => USAGE,
            Self::Unfit { .. } | Self::Write { .. } => FAILED,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The target, as the configuration names it
    name: String,
    #[command(flatten)]
    file: File,
    /// Its tenant, if several have a target of that name
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Make two accounts to try changes with, and delete them again
    ///
    /// Without it, two accounts that are there join the group of the trial, and none is changed. At
    /// Netskope creating an account sends an invitation, to an address at example.com.
    #[arg(long)]
    create_users: bool,
    /// Ask what the token may read besides accounts and groups, and nothing else; nothing is written
    #[arg(long, conflicts_with_all = ["create_users", "write"])]
    inventory: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Write the proposed dialect file, if there is one to write
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

impl Check {
    pub(super) fn run(&self) -> Result<(), super::Error> {
        let loaded = config::load(&self.file.path())?;
        let (tenant, target) = self.find(&loaded)?;
        let settings = tenants::provider_settings(&loaded, tenant, target)?;
        if self.inventory {
            return scopes::run((tenant, target), &settings, self.json);
        }
        let options = Options {
            create_users: self.create_users,
            calls_per_second: target.calls_per_second,
            patience: PATIENCE,
            lag_patience: LAG_PATIENCE,
        };
        let report = runtime()?.block_on(async {
            let shutdown = until_a_signal()?;
            let checked = probe::check(settings, options, shutdown.begun()).await;
            checked.map_err(|source| super::Error::from(tenants::refused(tenant, target, source)))
        })?;
        let written = self.write(&report.proposal)?;
        print(&if self.json {
            as_json(tenant, target, &report)
        } else {
            as_text(tenant, target, &report) + &written
        })?;
        if report.ok { Ok(()) } else { Err(Error::Unfit { target: target.name.clone() }.into()) }
    }

    fn find<'a>(&self, loaded: &'a Loaded) -> Result<(&'a Tenant, &'a Target), Error> {
        let of_tenant =
            |tenant: &&Tenant| self.tenant.as_ref().is_none_or(|name| *name == tenant.name);
        let tenants = || loaded.settings.tenants.iter().filter(of_tenant);
        let all = || tenants().flat_map(|tenant| tenant.targets.iter().map(move |it| (tenant, it)));
        let named: Vec<_> = all().filter(|(_, target)| target.name == self.name).collect();
        match named.as_slice() {
            [one] => Ok(*one),
            [] => Err(Error::Unknown {
                name: self.name.clone(),
                known: all().map(|(tenant, it)| format!("{}/{}", tenant.name, it.name)).collect(),
            }),
            several => Err(Error::Several {
                name: self.name.clone(),
                tenants: several.iter().map(|(tenant, _)| tenant.name.clone()).collect(),
            }),
        }
    }

    /// Writes the file that was asked for, and says so.
    fn write(&self, proposal: &Proposal) -> Result<String, Error> {
        let Some(file) = &self.write else { return Ok(String::new()) };
        let Proposal::File(text) = proposal else {
            return Ok(format!("Nothing was written to {}: no file is needed.\n", file.display()));
        };
        std::fs::write(file, text).map_err(|source| Error::Write { file: file.clone(), source })?;
        Ok(format!("It was written to {}.\n", file.display()))
    }
}

fn as_json(tenant: &Tenant, target: &Target, report: &Report) -> String {
    let document = json!({
        "tenant": tenant.name,
        "target": target.name,
        "dialect": target.dialect,
        "ok": report.ok,
        "findings": report.findings,
        "proposal": report.proposal,
    });
    format!("{document:#}\n")
}

fn as_text(tenant: &Tenant, target: &Target, report: &Report) -> String {
    let mut text = format!(
        "target `{}` of tenant `{}`, with the dialect `{}`\n\n",
        target.name, tenant.name, target.dialect
    );
    for finding in &report.findings {
        add_finding(&mut text, finding);
    }
    let word = if report.ok {
        "The target works with the dialect that it has."
    } else {
        "Something must be changed; see above."
    };
    // Writing to a string cannot fail.
    let _infallible = match &report.proposal {
        Proposal::Keep => writeln!(text, "\n{word}"),
        Proposal::BuiltIn(name) => writeln!(
            text,
            "\n{word}\nThe dialect `{name}` agrees with all that was found: set `dialect: {name}`."
        ),
        Proposal::File(file) => writeln!(
            text,
            "\n{word}\nA dialect file that agrees with all that was found, to be named in the target's \
             `dialect`:\n\n{}\n",
            file.trim_end()
        ),
    };
    text
}

fn add_finding(text: &mut String, finding: &Finding) {
    let mark = match finding.mark {
        Mark::Good => "ok",
        Mark::Note => "note",
        Mark::Change => "CHANGE",
        Mark::Untried => "untried",
    };
    let name = finding.check;
    // Writing to a string cannot fail.
    let _infallible = writeln!(text, "{mark:8} {name:NAME_WIDTH$} {}", finding.conclusion);
    let indent = " ".repeat(9);
    for exchange in &finding.exchanges {
        let _infallible = writeln!(text, "{indent}  {}  →  {}", exchange.sent, exchange.came_back);
    }
    if let Some(advice) = &finding.advice {
        let _infallible = writeln!(text, "{indent}  what to do: {advice}");
    }
}
