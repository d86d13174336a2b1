//! What a run of fixtures showed, for people and for pipelines.

use super::{Coverage, Verdict};
use crate::rules::Branch;
use crate::story::Problem;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// Everything that a run showed.
#[derive(Debug, Default)]
pub struct Report {
    /// By file, in the order in which they were played.
    verdicts: Vec<(Arc<str>, Verdict)>,
    problems: Vec<Problem>,
    branches: BTreeMap<Spot, (Branch, bool)>,
}

/// Where a branch stands; the same rule file may be tried together with several others.
type Spot = (Arc<str>, u64, String, String);

impl Report {
    pub fn add_problems(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
    }

    pub fn add_verdicts(&mut self, file: &Arc<str>, verdicts: Vec<Verdict>) {
        self.verdicts.extend(verdicts.into_iter().map(|verdict| (Arc::clone(file), verdict)));
    }

    /// A branch counts as exercised if it was with any of the rules that it was tried with.
    pub fn add_coverage(&mut self, coverage: &Coverage) {
        for (branch, exercised) in coverage.branches() {
            let (file, line) = (Arc::clone(&branch.place.file), branch.place.line);
            let spot = (file, line, branch.rule.to_string(), branch.what.to_string());
            self.branches.entry(spot).or_insert_with(|| (branch.clone(), false)).1 |= exercised;
        }
    }

    /// Fixtures that did not come out as they must, and mistakes in files.
    pub fn failures(&self) -> usize {
        self.failed().count() + self.problems.len()
    }

    pub fn fixtures(&self) -> usize {
        self.verdicts.len()
    }

    pub fn branches(&self) -> usize {
        self.branches.len()
    }

    pub fn exercised(&self) -> usize {
        self.branches.values().filter(|(_, exercised)| *exercised).count()
    }

    /// Rounded down: 100 means all.
    pub fn percent(&self) -> usize {
        (self.exercised() * 100).checked_div(self.branches()).unwrap_or(100)
    }

    /// What no fixture has exercised.
    pub fn never(&self) -> impl Iterator<Item = &Branch> {
        self.branches.values().filter(|(_, exercised)| !exercised).map(|(branch, _)| branch)
    }

    fn failed(&self) -> impl Iterator<Item = &(Arc<str>, Verdict)> {
        self.verdicts.iter().filter(|(_, verdict)| !verdict.differences.is_empty())
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for problem in &self.problems {
            // Writing to a string cannot fail.
            let _infallible = writeln!(out, "{problem}");
        }
        for (file, verdict) in self.failed() {
            let _infallible = writeln!(out, "{file}:{}: FAILED {}", verdict.line, verdict.name);
            for difference in &verdict.differences {
                let step = difference.step.as_ref().map(|say| format!(" ({say})"));
                let _infallible = writeln!(
                    out,
                    "  {file}:{}: {}{}\n    expected: {}\n    actual:   {}",
                    difference.line,
                    difference.what,
                    step.unwrap_or_default(),
                    difference.expected,
                    difference.actual
                );
            }
        }
        self.write_never(&mut out);
        out.push_str(&self.summary());
        out
    }

    fn summary(&self) -> String {
        let problems = match self.problems.len() {
            0 => String::new(),
            1 => "1 problem; ".to_owned(),
            many => format!("{many} problems; "),
        };
        let (failed, total) = (self.failed().count(), self.fixtures());
        if total == 0 {
            return format!("{problems}no fixture was played\n");
        }
        let passed = total - failed;
        let (exercised, branches, percent) = (self.exercised(), self.branches(), self.percent());
        format!(
            "{problems}{passed} of {total} fixtures passed; {exercised} of {branches} branches \
             exercised, {percent} %\n"
        )
    }

    fn write_never(&self, out: &mut String) {
        let rows: Vec<_> = self
            .never()
            .map(|it| (it.place.to_string(), it.rule.to_string(), it.what.to_string()))
            .collect();
        if rows.is_empty() {
            return;
        }
        let place_width = rows.iter().map(|(place, ..)| place.chars().count()).max().unwrap_or(0);
        let rule_width = rows.iter().map(|(_, rule, _)| rule.chars().count()).max().unwrap_or(0);
        out.push_str("never exercised:\n");
        for (place, rule, what) in rows {
            let _infallible = writeln!(out, "  {place:place_width$}  {rule:rule_width$}  {what}");
        }
    }

    /// For pipelines.
    pub fn json(&self) -> Value {
        let problem = |it: &Problem| json!({ "file": &*it.file, "line": it.line, "text": it.text });
        let fixture = |(file, verdict): &(Arc<str>, Verdict)| {
            let differences = verdict.differences.iter().map(|it| {
                json!({
                    "line": it.line,
                    "step": it.step,
                    "what": it.what,
                    "expected": it.expected,
                    "actual": it.actual,
                })
            });
            json!({
                "file": &**file,
                "line": verdict.line,
                "name": verdict.name,
                "passed": verdict.differences.is_empty(),
                "differences": differences.collect::<Vec<_>>(),
            })
        };
        let never = |branch: &Branch| {
            json!({
                "file": &*branch.place.file,
                "line": branch.place.line,
                "rule": branch.rule.as_str(),
                "what": branch.what.to_string(),
            })
        };
        json!({
            "passed": self.fixtures() - self.failed().count(),
            "failed": self.failed().count(),
            "problems": self.problems.iter().map(problem).collect::<Vec<_>>(),
            "fixtures": self.verdicts.iter().map(fixture).collect::<Vec<_>>(),
            "coverage": {
                "branches": self.branches(),
                "exercised": self.exercised(),
                "percent": self.percent(),
                "never": self.never().map(never).collect::<Vec<_>>(),
            },
        })
    }
}
