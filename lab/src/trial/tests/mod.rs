mod brakes;
mod change;
mod coverage;
mod mistakes;
mod observing;
mod playing;
mod scenarios;
mod stage;

use super::{Coverage, Others, Report};
use crate::rules::{RuleFile, RuleSet};
use crate::story::Suite;
use std::sync::Arc;

const STARTER: &str = include_str!("../../../../config/rules/starter.yaml");

fn rules(text: &str) -> Arc<RuleSet> {
    let file = RuleFile { name: "rules.yaml".to_owned(), text: text.to_owned() };
    Arc::new(RuleSet::load(&[file]).unwrap())
}

/// Plays fixtures under the rules that ship, and whatever other rules a step names under those that
/// only ever cut.
fn report(fixtures: &str) -> Report {
    let mut report = Report::default();
    let text = format!("restricting_groups: [Quarantine_HighRisk]\npeople: [kim, lee]\n{fixtures}");
    let mut coverage = Coverage::of(&rules(STARTER));
    let suite = match Suite::parse("f.yaml", &text) {
        Ok(suite) => suite,
        Err(problems) => {
            report.add_problems(problems);
            return report;
        }
    };
    let other = rules(
        "rules: [{ name: out, on: [worker.terminated], assert: { claim: out, precedence: leaver, \
         want: { active: false } } }]",
    );
    let others: Others =
        suite.other_rules().into_keys().map(|names| (names.clone(), Arc::clone(&other))).collect();
    let problems = suite.check(&[coverage.rules()]);
    if problems.is_empty() {
        report.add_verdicts(&suite.file, super::play(&suite, &others, &mut coverage).unwrap());
    }
    report.add_problems(problems);
    report.add_coverage(&coverage);
    report
}

/// What a run says, but for what was never exercised and the sum.
fn told(fixtures: &str) -> String {
    let text = report(fixtures).text();
    let is_of_coverage =
        |line: &&str| line.starts_with("  rules.yaml") || line.contains("never exercised");
    // The last line sums up.
    let (told, _sum) = text.trim_end().rsplit_once('\n').unwrap_or_default();
    told.lines().filter(|line| !is_of_coverage(line)).collect::<Vec<_>>().join("\n")
}

/// A fixture of these steps.
fn steps(steps: &str) -> String {
    format!(
        "fixtures:\n  - name: it\n    given: {{ accounts: {{ kim: {{ active: true, groups: \
         [VPN_Allowed] }} }} }}\n    when:\n{steps}"
    )
}
