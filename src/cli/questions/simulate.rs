//! `usher simulate`: what rules would have made of the events of some days.

use super::super::{Error as CliError, print};
use super::difference::{self, Format, Row, Whose};
use super::time::Zone;
use super::{Error, Scope, Which};
use crate::clock::Clock;
use crate::decode::{self, SourceSettings};
use crate::engine::Record;
use crate::engine::compare::{Difference, Ground, Ruling, Side, compare, sides};
use crate::engine::rehearse::{Rehearsal, Tally, pair};
use crate::engine::state::{Baseline, Person};
use crate::model::RawRecord;
use crate::receive::look::{From, Look, Span, Until};
use clap::{Args, ValueHint};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Write as _;
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
    /// Show times in this zone, and read those without an offset in it [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// End with 1 if anybody would end differently
    #[arg(long, requires = "rules")]
    fail_on_difference: bool,
}

/// What is read.
struct Range {
    from: From,
    until: Until,
    /// The instant at which everything is judged.
    to: Timestamp,
}

/// The runs, and what was found on the way.
struct Outcome {
    today: Rehearsal,
    new: Option<Rehearsal>,
    /// By topic and partition, when the first record was written.
    first: BTreeMap<(String, i32), Timestamp>,
}

impl Simulate {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        let zone = Zone::named(self.zone.as_deref()).map_err(Error::from)?;
        let range = self.range(&zone)?;
        let scope = self.which.scope()?;
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
    let sources = scope.tenant().into_iter().flat_map(|tenant| &tenant.sources);
    sources.map(|source| (source.topic.clone(), source.clone())).collect()
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
    wanted.filter(|(_, side)| side.wanted.is_some()).map(move |(field, before)| Difference {
        field,
        since: ground.now,
        before,
        after: Side { wanted: None, ruling: Ruling::Nobody },
    })
}

/// What the reader must know to trust the answer.
fn notes(spans: &[Span], range: &Range, outcome: &Outcome, zone: &Zone) -> Vec<String> {
    let mut notes = Vec::new();
    if outcome.today.tally.records == 0 {
        notes.push(
            "the range holds no record, so nothing was simulated; `--from earliest --to now` takes all \
             there is"
                .to_owned(),
        );
    }
    if let From::At(from) = range.from {
        for span in spans.iter().filter(|span| span.begins_cut_off()) {
            let first = outcome.first.get(&(span.topic.clone(), span.partition));
            if first.is_none_or(|first| *first > from) {
                let begins = first.map_or("there is nothing left".to_owned(), |first| {
                    format!("what is left begins {}", zone.show(*first))
                });
                notes.push(format!(
                    "`{}`, partition {}: the retention of the topic has removed records of this range; {begins}",
                    span.topic, span.partition
                ));
            }
        }
    }
    let before: i64 = spans.iter().map(|span| span.start).sum();
    if before > 0 {
        notes.push(format!(
            "{before} records lie before the range; what they said, claims of before and names of people \
             included, is not known here"
        ));
    }
    notes.push(
        "accounts are not known here: a field that nobody speaks about is left alone, also where a claim \
         would have ended and given it back"
            .to_owned(),
    );
    notes
}

/// Everything that is told.
struct Told<'a> {
    scope: &'a Scope,
    range: &'a Range,
    outcome: &'a Outcome,
    rows: &'a [Row],
}

impl Told<'_> {
    fn json(&self, notes: &[String]) -> Json {
        let from = match self.range.from {
            From::Earliest => json!("earliest"),
            From::At(at) => json!(at),
        };
        let mut document = json!({
            "tenant": self.scope.name,
            "from": from,
            "to": self.range.to,
            "notes": notes,
            "people": difference::people(self.rows),
            "today": run(&self.outcome.today),
            "rows": self.rows,
        });
        if let (Some(new), Some(document)) = (&self.outcome.new, document.as_object_mut()) {
            document.insert("new".to_owned(), run(new));
        }
        document
    }

    fn page(&self, notes: &[String], zone: &Zone) -> String {
        let mut out = String::new();
        let to = self.range.to;
        let people = difference::people(self.rows);
        if !self.rows.is_empty() {
            out.push_str(&difference::table(self.rows, to, zone));
            out.push('\n');
        }
        // Writing to a string cannot fail.
        let _infallible = match &self.outcome.new {
            Some(_) => {
                writeln!(out, "{people} people would end differently, as of {}", zone.show(to))
            }
            None => writeln!(out, "what {people} people end with, as of {}", zone.show(to)),
        };
        let _infallible = writeln!(out, "{}", summary("today's rules", &self.outcome.today));
        if let Some(new) = &self.outcome.new {
            let _infallible = writeln!(out, "{}", summary("the new rules", new));
        }
        for note in notes {
            let _infallible = writeln!(out, "note: {note}");
        }
        out
    }
}

fn run(run: &Rehearsal) -> Json {
    let Tally { records, events, decisions } = &run.tally;
    let mut words: BTreeMap<&str, u64> = BTreeMap::new();
    let mut codes: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for ((word, code), count) in decisions {
        *words.entry(word).or_default() += count;
        if let Some(code) = code {
            *codes.entry(word).or_default().entry(code).or_default() += count;
        }
    }
    json!({
        "people": run.people().count(),
        "records": records,
        "events": events,
        "decisions": words,
        "skipped": codes.remove("skipped").unwrap_or_default(),
        "parked": codes.remove("parked").unwrap_or_default(),
    })
}

fn summary(name: &str, run: &Rehearsal) -> String {
    let Tally { records, events, decisions } = &run.tally;
    let told = |(word, code): &(&str, Option<String>), count: &u64| match code {
        Some(code) => format!("{count} {word} ({code})"),
        None => format!("{count} {word}"),
    };
    let told: Vec<_> = decisions.iter().map(|(decision, count)| told(decision, count)).collect();
    format!(
        "{name}: {} people, {events} events in {records} records: {}",
        run.people().count(),
        if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
    )
}
