//! Testers, not ours, that ask a SCIM provider whether it conforms; run as the commands they are.

use super::servers::TOKEN;
use super::{cache, missing};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Which tester.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tester {
    /// `scim2 test`, of scim2-cli: reads the schemas and tries each attribute.
    Scim2Cli,
    /// `scim-sanity probe`: lives through a user and a group. It takes no 204 for a PATCH, which
    /// RFC 7644 §3.5.2 allows.
    ScimSanity,
}

/// What a tester found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) passed: usize,
    pub(crate) failed: Vec<Failure>,
}

#[derive(Debug)]
pub(crate) struct Failure {
    /// The check's name, the same in every run.
    pub(crate) check: String,
    /// The tester's words; they may hold ids.
    pub(crate) why: String,
}

impl Tester {
    /// Tries the provider at `url` out; it makes, changes and deletes what it likes there. `None`
    /// after saying what is left out.
    pub(crate) fn examine(self, url: &str) -> Option<Findings> {
        static ENVIRONMENT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        ENVIRONMENT.get_or_init(|| cache::python("conformance", "conformance/requirements.txt"));
        let environment = missing::or_say(&ENVIRONMENT, "the conformance testers for SCIM")?;
        // The commands themselves name the directory in which they were made, and it was renamed.
        let mut command = Command::new(environment.join("bin/python"));
        command.args(["-c", self.program()]);
        match self {
            Self::Scim2Cli => command
                .env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {TOKEN}"))
                .args(["--url", url, "test"]),
            Self::ScimSanity => command.args(["probe", url, "--token", TOKEN]).args([
                "--i-accept-side-effects",
                "--json-output",
                "--timeout",
                "10",
            ]),
        };
        let output = command.output().unwrap();
        let findings = match self {
            Self::Scim2Cli => scim2_cli(&String::from_utf8_lossy(&output.stdout)),
            Self::ScimSanity => scim_sanity(&output.stdout),
        };
        assert!(findings.passed + findings.failed.len() > 0, "{self:?} said {}", said(&output));
        Some(findings)
    }

    fn program(self) -> &'static str {
        match self {
            Self::Scim2Cli => "from scim2_cli import cli; cli()",
            Self::ScimSanity => "from scim_sanity.cli import main; main()",
        }
    }
}

impl Findings {
    /// The checks that failed, each once.
    pub(crate) fn failed(&self) -> BTreeSet<&str> {
        self.failed.iter().map(|failure| &*failure.check).collect()
    }
}

/// `STATUS check`, and indented below it what there is to say.
fn scim2_cli(text: &str) -> Findings {
    let mut findings = Findings::default();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        match line.split_once(' ') {
            Some(("SUCCESS" | "COMPLIANT" | "ACCEPTABLE", _)) => findings.passed += 1,
            Some(("DEVIATION" | "ERROR" | "CRITICAL", check)) => {
                let why = lines.peek().filter(|next| next.starts_with(' '));
                let why = why.map(|why| why.trim().to_owned()).unwrap_or_default();
                findings.failed.push(Failure { check: check.to_owned(), why });
            }
            _ => {}
        }
    }
    findings
}

fn scim_sanity(json: &[u8]) -> Findings {
    let mut findings = Findings::default();
    let report: Value = serde_json::from_slice(json).unwrap_or_default();
    for result in report["results"].as_array().into_iter().flatten() {
        match result["status"].as_str() {
            Some("pass") => findings.passed += 1,
            Some("fail" | "error" | "warn") => findings.failed.push(Failure {
                check: result["name"].as_str().unwrap().to_owned(),
                why: result["message"].as_str().unwrap_or_default().to_owned(),
            }),
            _ => {}
        }
    }
    findings
}

fn said(output: &Output) -> String {
    let all = [&*output.stdout, &*output.stderr].concat();
    String::from_utf8_lossy(&all).into_owned()
}
