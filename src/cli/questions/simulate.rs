//! `usher simulate`: what rules would have made of the events of some days.

use super::super::{Error as CliError, print};
use super::difference::{self, Format};
use super::time::Zone;
use super::{Error, Scope, Which};
use crate::clock::Clock;
use crate::decode::{self, SourceSettings};
use crate::engine::Record;
use crate::engine::rehearse::Tally;
use crate::kafka::look::{From, Look, Span, Until};
use crate::model::RawRecord;
use crate::model::code::WrittenCode;
use crate::view::simulated::{Note, Part, Range, Run, Simulated, Simulation};
use clap::{Args, ValueHint};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write as _;
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

/// What is looked at; `to` is where it ends.
#[derive(Clone, Copy)]
struct Asked {
    from: From,
    until: Until,
    to: Timestamp,
}

impl Simulate {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        let scope = self.which.scope()?;
        let zone = scope.zone(self.zone.as_deref())?;
        let asked = self.asked(&zone)?;
        let new = scope.other_rules(&self.rules)?;
        let (_, look) = scope.look()?;

        let sources = sources(&scope);
        let spans = spans(&look, &sources, asked)?;
        let topics: Vec<String> = sources.keys().cloned().collect();
        let timing = scope.loaded.settings.engine.timing();
        let mut simulation = Simulation::new(&scope.view, &topics, new.as_ref(), timing);
        rehearse(&look, &spans, &sources, &mut simulation)?;
        let simulated = simulation.end(&scope.view, &range(asked, &spans));

        let notes: Vec<_> = simulated.notes.iter().map(|it| note(it, &zone)).collect();
        self.tell(&simulated, &notes, &zone)?;
        let people = simulated.people;
        if self.fail_on_difference && people > 0 {
            return Err(Error::Differs { people }.into());
        }
        Ok(())
    }

    fn asked(&self, zone: &Zone) -> Result<Asked, Error> {
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
        Ok(Asked { from, until, to })
    }

    fn tell(&self, told: &Simulated, notes: &[String], zone: &Zone) -> Result<(), CliError> {
        match self.format {
            Format::Json => print(&format!("{:#}\n", difference::json(told, notes))),
            Format::Table => print(&page(told, notes, zone)),
            Format::Csv => {
                let mut beside = std::io::stderr().lock();
                for note in notes {
                    writeln!(beside, "note: {note}")?;
                }
                print(&difference::csv(&told.rows)?)
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
    asked: Asked,
) -> Result<Vec<Span>, Error> {
    let mut spans = Vec::new();
    for topic in sources.keys() {
        for partition in 0..look.partitions(topic, ADVICE)? {
            spans.push(look.span(topic, partition, asked.from, asked.until)?);
        }
    }
    Ok(spans)
}

fn range(asked: Asked, spans: &[Span]) -> Range {
    let from = match asked.from {
        From::Earliest => None,
        From::At(at) => Some(at),
    };
    let part = |span: &Span| Part {
        topic: span.topic.clone(),
        partition: span.partition,
        before: span.start,
        is_cut_off: span.begins_cut_off(),
    };
    Range { from, to: asked.to, parts: spans.iter().map(part).collect() }
}

fn rehearse(
    look: &Look,
    spans: &[Span],
    sources: &BTreeMap<String, SourceSettings>,
    simulation: &mut Simulation,
) -> Result<(), Error> {
    let bar = bar(spans.iter().map(Span::length).sum());
    let mut seen = 0_u64;
    look.read(spans, |raw: RawRecord| {
        seen += 1;
        if seen.is_multiple_of(SHOW_EVERY) {
            bar.set_position(seen);
        }
        let Some(source) = sources.get(&raw.topic) else { return Ok::<_, Error>(()) };
        let items = decode::decode(&raw, source);
        simulation.take(Record { raw: Arc::new(raw), items });
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

fn note(note: &Note, zone: &Zone) -> String {
    match note {
        Note::NothingRead => {
            "the range holds no record, so nothing was simulated; `--from earliest --to now` takes all \
             there is"
                .to_owned()
        }
        Note::CutOff { topic, partition, begins } => {
            let begins = begins.map_or("there is nothing left".to_owned(), |begins| {
                format!("what is left begins {}", zone.show(begins))
            });
            format!(
                "`{topic}`, partition {partition}: the retention of the topic has removed records of \
                 this range; {begins}"
            )
        }
        Note::RecordsBefore(before) => format!(
            "{before} records lie before the range; what they said, claims of before and names of \
             people included, is not known here"
        ),
        Note::AccountsUnknown => {
            "accounts are not known here: a field that nobody speaks about is left alone, also where \
             a claim would have ended and given it back"
                .to_owned()
        }
    }
}

fn page(told: &Simulated, notes: &[String], zone: &Zone) -> String {
    let mut out = String::new();
    let (people, to) = (told.people, zone.show(told.to));
    if !told.rows.is_empty() {
        out.push_str(&difference::table(&told.rows, told.to, zone));
        out.push('\n');
    }
    // Writing to a string cannot fail.
    let _infallible = match &told.new {
        Some(_) => writeln!(out, "{people} people would end differently, as of {to}"),
        None => writeln!(out, "what {people} people end with, as of {to}"),
    };
    let _infallible = writeln!(out, "{}", summary("today's rules", &told.today));
    if let Some(new) = &told.new {
        let _infallible = writeln!(out, "{}", summary("the new rules", new));
    }
    for note in notes {
        let _infallible = writeln!(out, "note: {note}");
    }
    out
}

fn summary(name: &str, run: &Run) -> String {
    let Tally { records, events, decisions } = &run.tally;
    let told = |(word, code): &(&str, Option<WrittenCode>), count: &u64| match code {
        Some(code) => format!("{count} {word} ({code})"),
        None => format!("{count} {word}"),
    };
    let told: Vec<_> = decisions.iter().map(|(decision, count)| told(decision, count)).collect();
    format!(
        "{name}: {} people, {events} events in {records} records: {}",
        run.people,
        if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
    )
}
