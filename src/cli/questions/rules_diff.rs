//! `usher rules diff`: who would change if people were moved to other rules.

use super::super::{Error as CliError, print};
use super::difference::{self, Format};
use super::{Error, Which, people};
use crate::clock::Clock;
use crate::view::moved::{Moved, moved};
use clap::{Args, ValueHint};
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

impl Diff {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        let scope = self.which.scope()?;
        let zone = scope.zone(self.zone.as_deref())?;
        let Some(rules) = scope.other_rules(&self.rules)? else { return Ok(()) };
        let (kafka, look) = scope.look()?;
        let now = Clock::of_this_process().now();

        let everybody = people::all(&look, &kafka, &scope)?;
        let moved = moved(&scope.view, everybody.values(), &rules, now);
        let notes: Vec<String> = moved.notes.iter().map(ToString::to_string).collect();
        match self.format {
            Format::Json => print(&format!("{:#}\n", difference::json(&moved, &notes)))?,
            Format::Table => {
                let table = difference::table(&moved.rows, now, &zone);
                print(&page(&moved, &table, &notes))?;
            }
            Format::Csv => {
                let mut beside = std::io::stderr().lock();
                for note in notes {
                    writeln!(beside, "note: {note}")?;
                }
                print(&difference::csv(&moved.rows)?)?;
            }
        }
        let people = moved.would_change;
        if self.fail_on_difference && people > 0 {
            return Err(Error::Differs { people }.into());
        }
        Ok(())
    }
}

fn page(moved: &Moved, table: &str, notes: &[String]) -> String {
    let mut out = String::new();
    if !moved.rows.is_empty() {
        out.push_str(table);
        out.push('\n');
    }
    // Writing to a string cannot fail.
    let _infallible =
        writeln!(out, "{} of {} people would change", moved.would_change, moved.people);
    for (name, rule) in &moved.rules {
        let _infallible = writeln!(
            out,
            "  rule `{name}`: {} assertions held, {} told anew, {} withdrawn; {} people change",
            rule.assertions, rule.restated, rule.withdrawn, rule.people
        );
    }
    for note in notes {
        let _infallible = writeln!(out, "note: {note}");
    }
    out
}
