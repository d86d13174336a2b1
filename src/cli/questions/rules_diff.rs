//! `usher rules diff`: who would change if people were moved to other rules.

use super::super::{Error as CliError, print};
use super::difference::{self, Format, Row, Whose};
use super::{Error, Which, people};
use crate::clock::Clock;
use crate::engine::compare::{Ground, compare};
use crate::engine::record::Kept;
use crate::engine::restate::{Tally, restate};
use crate::engine::state::Baseline;
use crate::model::ids::RuleName;
use clap::{Args, ValueHint};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::Write as _;
use std::path::PathBuf;

pub(in super::super) const EXAMPLES: &str = "\
People hold what rules asserted by value, so editing a rule changes nobody by itself. This reads what
they hold and tells it anew by the rule of the same name in the new files: what it wants, its stages,
its precedence and its length; the start stays. What a rule asserted that is gone counts as withdrawn.
Nothing is written.

Example:
  usher rules diff --rules new.yaml --config usher.yaml
  usher rules diff --rules new.yaml --format csv --config usher.yaml

Next:
  usher simulate --from earliest --to now --rules new.yaml --config usher.yaml
                                           what they would have made of past events";

#[derive(Debug, Args)]
pub(in super::super) struct Diff {
    /// Rule files that stand in place of the configured ones, all of them
    #[arg(long, required = true, value_name = "FILE", num_args = 1.., value_hint = ValueHint::FilePath)]
    rules: Vec<PathBuf>,
    #[command(flatten)]
    which: Which,
    /// Show times in this zone [default: the tenant's, else UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// End with 1 if anybody would change
    #[arg(long)]
    fail_on_difference: bool,
}

/// What became of the assertions of one rule, and of how many people an account.
#[derive(Default)]
struct ByRule {
    tally: Tally,
    people: BTreeSet<String>,
}

impl Diff {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        let scope = self.which.scope()?;
        let zone = scope.zone(self.zone.as_deref())?;
        let Some(rules) = scope.other_rules(&self.rules)? else { return Ok(()) };
        let (kafka, look) = scope.look()?;
        let now = Clock::of_this_process().now();

        let everybody = people::all(&look, &kafka, &scope)?;
        let nothing = Baseline::default();
        let mut rows: Vec<Row> = Vec::new();
        let mut by_rule: BTreeMap<RuleName, ByRule> = BTreeMap::new();
        for Kept { person, seats } in everybody.values() {
            let moved = restate(person, &rules, now);
            for (rule, tally) in moved.by_rule {
                by_rule.entry(rule).or_default().tally.add(tally);
            }
            for target in &scope.targets {
                let seat = seats.get(&target.name);
                let baseline = seat.map_or(&nothing, |seat| &seat.baseline);
                let restricting = &target.restricting;
                let ground = Ground { target: &target.name, restricting, baseline, now };
                let whose = Whose { person, target: target.name.as_str() };
                let found = compare(person, &moved.person, ground);
                rows.extend(found.into_iter().map(|difference| Row::of(&whose, difference)));
            }
        }
        rows.sort_by(|a, b| {
            (&a.known_as, &a.person, &a.target).cmp(&(&b.known_as, &b.person, &b.target))
        });
        for row in &rows {
            for rule in row.rules() {
                let rule = by_rule.entry(RuleName::new(rule)).or_default();
                rule.people.insert(row.person.clone());
            }
        }
        let answer = Answer { people: everybody.len(), rows: &rows, by_rule: &by_rule };
        match self.format {
            Format::Json => {
                let document = json!({
                    "tenant": scope.name,
                    "judged_at": now,
                    "people": answer.people,
                    "would_change": difference::people(&rows),
                    "notes": answer.notes(),
                    "rules": answer.rules(),
                    "rows": rows,
                });
                print(&format!("{document:#}\n"))?;
            }
            Format::Table => print(&answer.page(&difference::table(&rows, now, &zone)))?,
            Format::Csv => {
                let mut beside = std::io::stderr().lock();
                for note in answer.notes() {
                    writeln!(beside, "note: {note}")?;
                }
                print(&difference::csv(&rows)?)?;
            }
        }
        let people = difference::people(&rows);
        if self.fail_on_difference && people > 0 {
            return Err(Error::Differs { people }.into());
        }
        Ok(())
    }
}

struct Answer<'a> {
    people: usize,
    rows: &'a [Row],
    by_rule: &'a BTreeMap<RuleName, ByRule>,
}

impl Answer<'_> {
    fn page(&self, table: &str) -> String {
        let mut out = String::new();
        if !self.rows.is_empty() {
            out.push_str(table);
            out.push('\n');
        }
        let changed = difference::people(self.rows);
        // Writing to a string cannot fail.
        let _infallible = writeln!(out, "{changed} of {} people would change", self.people);
        for (rule, found) in self.by_rule {
            let Tally { assertions, restated, withdrawn, .. } = found.tally;
            let _infallible = writeln!(
                out,
                "  rule `{rule}`: {assertions} assertions held, {restated} told anew, {withdrawn} \
                 withdrawn; {} people change",
                found.people.len()
            );
        }
        for note in self.notes() {
            let _infallible = writeln!(out, "note: {note}");
        }
        out
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let keeps_end: usize = self.by_rule.values().map(|found| found.tally.keeps_end).sum();
        if keeps_end > 0 {
            notes.push(format!(
                "{keeps_end} assertions keep their old end: their rule ends them at an instant of the \
                 event, which is not kept"
            ));
        }
        notes.push(
            "values of the profile stay as they are; the new mapping counts from the next event on"
                .to_owned(),
        );
        notes
    }

    fn rules(&self) -> BTreeMap<&str, Json> {
        let view = |found: &ByRule| {
            json!({
                "assertions": found.tally.assertions,
                "restated": found.tally.restated,
                "withdrawn": found.tally.withdrawn,
                "keeps_end": found.tally.keeps_end,
                "people": found.people.len(),
            })
        };
        self.by_rule.iter().map(|(rule, found)| (rule.as_str(), view(found))).collect()
    }
}
