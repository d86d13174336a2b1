//! `usher rules test`

use super::Error;
use super::files::{self, Source};
use crate::cli::{self, print};
use crate::observe;
use crate::rules::{self, Place, RuleFile, RuleSet};
use crate::story::{Problem, Suite};
use crate::trial::{self, Coverage, Others, Report};
use clap::{Args, ValueHint};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, Args)]
pub(in crate::cli) struct Test {
    /// Files of fixtures, or directories that hold them
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    fixtures: Vec<PathBuf>,
    /// Try these rule files instead of those that the fixtures name
    #[arg(long, value_name = "FILE", value_delimiter = ',', value_hint = ValueHint::FilePath)]
    rules: Vec<PathBuf>,
    /// Try the rules of a tenant of this configuration
    #[arg(long, value_name = "FILE", conflicts_with = "rules", value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,
    /// The tenant, if the configuration has several
    #[arg(long, value_name = "NAME", requires = "config")]
    tenant: Option<String>,
    /// Fail if fewer of the rules' branches are exercised
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_coverage: Option<u8>,
    /// Print JSON, for pipelines
    #[arg(long)]
    json: bool,
}

/// Rules by the names of their files, with what is exercised of them; `None` if they cannot be used,
/// which is said once.
type Rules = BTreeMap<Vec<String>, Option<Coverage>>;

impl Test {
    pub(in crate::cli) fn run(&self) -> Result<(), cli::Error> {
        let report = self.report()?;
        if self.json {
            print(&format!("{:#}\n", report.json()))?;
        } else {
            print(&report.text())?;
        }
        if report.failures() > 0 {
            return Err(Error::FixturesFailed { failures: report.failures() }.into());
        }
        match self.min_coverage {
            Some(least) if report.percent() < usize::from(least) => {
                Err(Error::CoverageTooLow { percent: report.percent(), least }.into())
            }
            _ => Ok(()),
        }
    }

    fn report(&self) -> Result<Report, cli::Error> {
        let own = self.own_rules()?;
        let mut report = Report::default();
        let mut rules = Rules::new();
        let files = files::below(&self.fixtures)?;
        if files.is_empty() {
            return Err(Error::NoFixtures.into());
        }
        for file in files {
            let name = file.display().to_string();
            match Suite::parse(&name, &files::read(&file)?) {
                Ok(suite) => try_suite(suite, &file, own.as_ref(), &mut rules, &mut report)?,
                Err(problems) => report.add_problems(problems),
            }
        }
        for coverage in rules.values().flatten() {
            report.add_coverage(coverage);
        }
        Ok(report)
    }

    /// The rules of the command line, if it names any.
    fn own_rules(&self) -> Result<Option<Source>, cli::Error> {
        if !self.rules.is_empty() {
            let files = files::read_rules(&self.rules)?;
            return Ok(Some(Source { tenant: None, files }));
        }
        let Some(config) = &self.config else { return Ok(None) };
        let mut sources = files::configured(config, self.tenant.as_deref())?;
        if sources.len() > 1 {
            let names = sources.into_iter().filter_map(|source| Some(source.tenant?.name));
            return Err(Error::SeveralTenants { known: names.collect() }.into());
        }
        Ok(sources.pop())
    }
}

/// Adds to `report` how the fixtures went, or why they cannot be played.
fn try_suite(
    suite: Suite,
    file: &Path,
    own: Option<&Source>,
    rules: &mut Rules,
    report: &mut Report,
) -> Result<(), cli::Error> {
    if own.is_none() && suite.rules.is_empty() {
        return Err(Error::NoRules { file: file.to_owned() }.into());
    }
    let directory = file.parent().unwrap_or(Path::new(""));
    match rules_of(&suite, own, directory) {
        Ok((files, others)) => play(suite, own, (&files, &others), rules, report),
        Err(problems) => {
            report.add_problems(problems);
            Ok(())
        }
    }
}

fn play(
    mut suite: Suite,
    own: Option<&Source>,
    (files, others): (&[RuleFile], &Others),
    rules: &mut Rules,
    report: &mut Report,
) -> Result<(), cli::Error> {
    if let Some(groups) = own.and_then(Source::restricting_groups) {
        suite.restricting_groups = groups;
    }
    let key: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
    let coverage = rules.entry(key).or_insert_with(|| match load(files) {
        Ok(loaded) => Some(Coverage::of(&Arc::new(loaded))),
        Err(problems) => {
            report.add_problems(problems);
            None
        }
    });
    let Some(coverage) = coverage else { return Ok(()) };
    let mut known = vec![coverage.rules()];
    known.extend(others.values().map(|rules| &**rules));
    let problems = suite.check(&known);
    if problems.is_empty() {
        report.add_verdicts(&suite.file, trial::play(&suite, others, coverage)?);
    }
    report.add_problems(problems);
    Ok(())
}

/// The files that are tried, and the rules that steps change to.
fn rules_of(
    suite: &Suite,
    own: Option<&Source>,
    directory: &Path,
) -> Result<(Vec<RuleFile>, Others), Vec<Problem>> {
    let files = match own {
        Some(own) => own.files.clone(),
        None => read_named(suite, (&suite.rules, suite.rules_line), directory)?,
    };
    let mut others = Others::new();
    for (names, line) in suite.other_rules() {
        let files = read_named(suite, (names, line), directory)?;
        others.insert(names.clone(), Arc::new(load(&files)?));
    }
    Ok((files, others))
}

/// Rule files as a file of fixtures names them, at `line`.
fn read_named(
    suite: &Suite,
    (names, line): (&[String], u64),
    directory: &Path,
) -> Result<Vec<RuleFile>, Vec<Problem>> {
    let paths: Vec<PathBuf> = names.iter().map(|name| directory.join(name)).collect();
    files::read_rules(&paths).map_err(|error| {
        let text = format!("{}; name rule files as this file sees them", observe::chain(&error));
        vec![Problem { file: Arc::clone(&suite.file), line, text }]
    })
}

fn load(files: &[RuleFile]) -> Result<RuleSet, Vec<Problem>> {
    let problem = |error: rules::Error| {
        let Place { file, line } = error.place().clone();
        let text = format!("error[{}]: {}", error.code(), files::text(&error, error.place()));
        Problem { file, line, text }
    };
    RuleSet::load_or_all(files).map_err(|errors| errors.into_all().map(problem).collect())
}
