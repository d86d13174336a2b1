//! `usher rules check`

use super::Error;
use super::files::{self, Source};
use crate::cli::{self, print};
use crate::model::code::Code;
use crate::model::event::EventClass;
use crate::model::event_kind::EventKind;
use crate::rules::{self, Finding, Place, RuleSet, Severity, Surroundings};
use crate::tenants;
use clap::{Args, ValueEnum, ValueHint};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    /// Rule files; together they are one tenant's rules
    #[arg(
        required_unless_present = "config",
        conflicts_with = "config",
        value_name = "FILE",
        value_hint = ValueHint::FilePath
    )]
    files: Vec<PathBuf>,
    /// Check the rules of this configuration's tenants, and whether their sources may send what the
    /// rules wait for
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,
    /// Only this tenant's
    #[arg(long, value_name = "NAME", requires = "config")]
    tenant: Option<String>,
    /// Fail at less than an error
    #[arg(long, value_name = "WHAT", value_enum)]
    deny: Option<Deny>,
    /// Print JSON, for pipelines
    #[arg(long)]
    json: bool,
}

/// What fails besides errors.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Deny {
    /// Warnings
    Warnings,
    /// Warnings and hints
    Hints,
}

/// One thing that was found.
struct Remark {
    /// `error`, or a finding's severity.
    severity: &'static str,
    code: Code,
    file: String,
    line: u64,
    text: String,
}

impl Check {
    pub(in crate::cli) fn run(&self) -> Result<(), cli::Error> {
        let sources = match &self.config {
            Some(config) => files::configured(config, self.tenant.as_deref())?,
            None => vec![Source { tenant: None, files: files::read_rules(&self.files)? }],
        };
        let mut remarks = Vec::new();
        for source in &sources {
            match RuleSet::load_or_all(&source.files) {
                Ok(rules) => {
                    let tenant = source.tenant.iter();
                    let unknown =
                        tenant.flat_map(|tenant| tenants::unknown_targets(tenant, &rules));
                    remarks.extend(unknown.filter_map(|error| Remark::of_target(&error)));
                    let found = rules.lint(&surroundings(source));
                    remarks.extend(found.iter().map(Remark::of_finding));
                }
                Err(errors) => {
                    remarks.extend(errors.into_all().map(|error| Remark::of_error(&error)));
                }
            }
        }
        print(&if self.json { as_json(&remarks) } else { as_text(&remarks) })?;
        Ok(self.judge(&remarks)?)
    }

    fn judge(&self, remarks: &[Remark]) -> Result<(), Error> {
        let fails = |severity: &str| match self.deny {
            None => severity == "error",
            Some(Deny::Warnings) => severity != Severity::Hint.word(),
            Some(Deny::Hints) => true,
        };
        match remarks.iter().filter(|it| fails(it.severity)).count() {
            0 => Ok(()),
            findings => Err(Error::Unfit { findings }),
        }
    }
}

fn surroundings(source: &Source) -> Surroundings {
    let Some(tenant) = &source.tenant else { return Surroundings::default() };
    // What is found of accounts usher tells itself, if it has a list to compare them with.
    let is_sent = |kind: EventKind| {
        kind.class() == EventClass::Account
            || tenant.sources.iter().any(|source| source.may_send(kind))
    };
    let kinds = EventKind::ALL.iter().copied();
    Surroundings {
        sent: Some(kinds.filter(|kind| is_sent(*kind)).collect()),
        restricting_groups: source.restricting_groups().unwrap_or_default(),
        complete: true,
    }
}

impl Remark {
    fn of_finding(finding: &Finding) -> Self {
        Self {
            severity: finding.severity.word(),
            code: finding.lint.code(),
            file: finding.place.file.to_string(),
            line: finding.place.line,
            text: finding.text.clone(),
        }
    }

    fn of_error(error: &rules::Error) -> Self {
        Self::refused(error, error.code(), error.place())
    }

    fn of_target(error: &tenants::Error) -> Option<Self> {
        let tenants::Error::UnknownTarget { place, .. } = error else { return None };
        Some(Self::refused(error, error.code(), place))
    }

    fn refused(error: &dyn std::error::Error, code: Code, place: &Place) -> Self {
        let (file, line) = (place.file.to_string(), place.line);
        Self { severity: "error", code, file, line, text: files::text(error, place) }
    }
}

fn as_text(remarks: &[Remark]) -> String {
    let mut out = String::new();
    for Remark { severity, code, file, line, text } in remarks {
        // Writing to a string cannot fail.
        let _infallible = writeln!(out, "{file}:{line}: {severity}[{code}]: {text}");
    }
    let count = |severity: &str| remarks.iter().filter(|it| it.severity == severity).count();
    let counts = ["error", "warning", "hint"].map(|severity| match count(severity) {
        1 => format!("1 {severity}"),
        count => format!("{count} {severity}s"),
    });
    let _infallible = writeln!(out, "{}", counts.join(", "));
    out
}

fn as_json(remarks: &[Remark]) -> String {
    let remark = |it: &Remark| {
        json!({
            "severity": it.severity,
            "code": it.code,
            "file": it.file,
            "line": it.line,
            "text": it.text,
        })
    };
    let findings: Vec<Value> = remarks.iter().map(remark).collect();
    format!("{:#}\n", json!({ "findings": findings }))
}
