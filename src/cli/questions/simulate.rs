//! `usher simulate`: what rules would have made of the events of some days.

use super::super::{Error as CliError, print};
use super::difference::{self, Format, Row, Whose};
use super::simulated::{Outcome, Range, Told, notes};
use super::time::Zone;
use super::{Error, Scope, Which};
use crate::clock::Clock;
use crate::decode::{self, SourceSettings};
use crate::engine::Record;
use crate::engine::compare::{Difference, Ground, Ruling, Side, compare, sides};
use crate::engine::rehearse::{Rehearsal, pair};
use crate::engine::state::{Baseline, Person};
use crate::kafka::look::{From, Look, Span, Until};
use crate::model::RawRecord;
use clap::{Args, ValueHint};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

const ADVICE: &str = "create it, allow this client to see it, or take it out of the configuration";

/// Records between two moves of the progress bar.
const SHOW_EVERY: u64 = 500;

pub(in super::super) const EXAMPLES: &str = "\
Reads the tenant's input topics between two times and runs the events through the engine, under
today's rules and under those that are given; its clock follows the records. Without --rules it says
what everybody ends with under today's rules. Nothing is written and no target is called, so it can be
run while usher works.

Example:
  usher simulate --from 2026-09-24T00:00:00Z --to now --rules new.yaml --config usher.yaml
  usher simulate --from earliest --to now --rules new.yaml --format csv --config usher.yaml
  usher simulate --from earliest --to now --config usher.yaml

Next:
  usher rules diff --rules new.yaml --config usher.yaml
                                           who would change if people were moved to these rules";

#[derive(Debug, Args)]
pub(in super::super) struct Simulate {
    /// The first instant: 2026-09-24T00:00:00Z, or `earliest`
    #[arg(long, value_name = "TIME")]
    from: String,
    /// The instant behind the last: 2026-10-01T00:00:00Z, or `now`
    #[arg(long, value_name = "TIME")]
    to: String,
    /// Rule files that stand in place of the configured ones, all of them
    #[arg(long, value_name = "FILE", num_args = 1.., value_hint = ValueHint::FilePath)]
    rules: Vec<PathBuf>,
    #[command(flatten)]
    which: Which,
    /// Show times in this zone, and read those without an offset in it [default: the tenant's, else UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// End with 1 if anybody would end differently
    #[arg(long, requires = "rules")]
    fail_on_difference: bool,
}

impl Simulate {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        let scope = self.which.scope()?;
        let zone = scope.zone(self.zone.as_deref())?;
        let range = self.range(&zone)?;
        let new = scope.other_rules(&self.rules)?;
        let (_, look) = scope.look()?;

        let sources = sources(&scope);
        let spans = spans(&look, &sources, &range)?;
        let mut outcome = Outcome {
            today: rehearsal(&scope, &scope.rules),
            new: new.as_ref().map(|rules| rehearsal(&scope, rules)),
            first: BTreeMap::new(),
        };
        rehearse(&look, &spans, &sources, &mut outcome)?;
        outcome.today.pass(range.to);
        outcome.new.iter_mut().for_each(|new| new.pass(range.to));

        let rows = rows(&scope, &outcome, range.to);
        let notes = notes(&spans, &range, &outcome, &zone);
        self.tell(
            &Told { scope: &scope, range: &range, outcome: &outcome, rows: &rows },
            &notes,
            &zone,
        )?;
        let people = difference::people(&rows);
        if self.fail_on_difference && people > 0 {
            return Err(Error::Differs { people }.into());
        }
        Ok(())
    }

    fn range(&self, zone: &Zone) -> Result<Range, Error> {
        let from = match self.from.as_str() {
            "earliest" => From::Earliest,
            text => From::At(zone.read("--from", text, ", or `earliest`")?),
        };
        let (until, to) = match self.to.as_str() {
            "now" => (Until::Now, Clock::of_this_process().now()),
            text => {
                let at = zone.read("--to", text, ", or `now`")?;
                (Until::At(at), at)
            }
        };
        if let From::At(start) = from
            && start >= to
        {
            return Err(Error::TurnedAround { from: self.from.clone(), to: self.to.clone() });
        }
        Ok(Range { from, until, to })
    }

    fn tell(&self, told: &Told<'_>, notes: &[String], zone: &Zone) -> Result<(), CliError> {
        match self.format {
            Format::Json => print(&format!("{:#}\n", told.json(notes))),
            Format::Table => print(&told.page(notes, zone)),
            Format::Csv => {
                let mut beside = std::io::stderr().lock();
                for note in notes {
                    writeln!(beside, "note: {note}")?;
                }
                print(&difference::csv(told.rows)?)
            }
        }
    }
}

fn sources(scope: &Scope) -> BTreeMap<String, SourceSettings> {
    let sources = scope.tenant().into_iter().flat_map(super::Tenant::sources_in_their_zones);
    sources.map(|source| (source.topic.clone(), source)).collect()
}

fn spans(
    look: &Look,
    sources: &BTreeMap<String, SourceSettings>,
    range: &Range,
) -> Result<Vec<Span>, Error> {
    let mut spans = Vec::new();
    for topic in sources.keys() {
        for partition in 0..look.partitions(topic, ADVICE)? {
            spans.push(look.span(topic, partition, range.from, range.until)?);
        }
    }
    Ok(spans)
}

fn rehearsal(scope: &Scope, rules: &Arc<crate::rules::RuleSet>) -> Rehearsal {
    let timing = scope.loaded.settings.engine.timing();
    let topics = sources(scope).into_keys().collect();
    Rehearsal::new(scope.name.clone(), topics, Arc::clone(rules), timing)
}

/// Every record goes through both runs at once, so that none need be kept.
fn rehearse(
    look: &Look,
    spans: &[Span],
    sources: &BTreeMap<String, SourceSettings>,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let bar = bar(spans.iter().map(Span::length).sum());
    let mut seen = 0_u64;
    look.read(spans, |raw: RawRecord| {
        seen += 1;
        if seen.is_multiple_of(SHOW_EVERY) {
            bar.set_position(seen);
        }
        let Some(source) = sources.get(&raw.topic) else { return Ok::<_, Error>(()) };
        let place = (raw.topic.clone(), raw.partition);
        outcome.first.entry(place).or_insert(raw.timestamp);
        let items = decode::decode(&raw, source);
        let record = Record { raw: Arc::new(raw), items };
        if let Some(new) = &mut outcome.new {
            new.take(record.clone());
        }
        outcome.today.take(record);
        Ok(())
    })?;
    bar.finish_and_clear();
    Ok(())
}

/// Shown only where standard error is a terminal.
fn bar(records: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(records), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:40} {pos} of {len} records, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// With two runs, where they differ at `to` or later; with one, what it ends with at `to`.
fn rows(scope: &Scope, outcome: &Outcome, to: Timestamp) -> Vec<Row> {
    let nothing = Baseline::default();
    let new = outcome.new.as_ref();
    let pairs = match new {
        Some(new) => pair(outcome.today.people(), new.people()),
        None => outcome.today.people().map(|person| (Some(person), None)).collect(),
    };
    let mut rows = Vec::new();
    for (before, after) in pairs {
        let Some(known) = before.or(after) else { continue };
        for target in &scope.targets {
            let restricting = &target.restricting;
            let ground = Ground { target: &target.name, restricting, baseline: &nothing, now: to };
            let whose = Whose { person: known, target: target.name.as_str() };
            if new.is_some() {
                let nobody = Person::new(known.id.clone(), known.tenant.clone());
                let found = compare(before.unwrap_or(&nobody), after.unwrap_or(&nobody), ground);
                rows.extend(found.into_iter().map(|difference| Row::of(&whose, difference)));
            } else {
                rows.extend(
                    ends(known, ground).map(|end| Row { new: None, ..Row::of(&whose, end) }),
                );
            }
        }
    }
    rows.sort_by(|a, b| {
        (&a.known_as, &a.person, &a.target).cmp(&(&b.known_as, &b.person, &b.target))
    });
    rows
}

fn ends(person: &Person, ground: Ground<'_>) -> impl Iterator<Item = Difference> {
    let wanted = sides(person, ground, ground.now).into_iter();
    wanted.filter(|(_, side)| side.wanted.is_some()).map(move |(facet, before)| Difference {
        facet,
        since: ground.now,
        before,
        after: Side { wanted: None, ruling: Ruling::Nobody },
    })
}
