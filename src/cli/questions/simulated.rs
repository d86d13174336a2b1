//! What a simulation came to, as a page or a JSON document, and what it cannot know.

use super::Scope;
use super::difference::{self, Row};
use super::time::Zone;
use crate::engine::rehearse::{Rehearsal, Tally};
use crate::kafka::look::{From, Span, Until};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What is read.
pub(super) struct Range {
    pub(super) from: From,
    pub(super) until: Until,
    /// The instant at which everything is judged.
    pub(super) to: Timestamp,
}

/// The runs, and what was found on the way.
pub(super) struct Outcome {
    pub(super) today: Rehearsal,
    pub(super) new: Option<Rehearsal>,
    /// By topic and partition, when the first record was written.
    pub(super) first: BTreeMap<(String, i32), Timestamp>,
}

/// What the reader must know to trust the answer.
pub(super) fn notes(spans: &[Span], range: &Range, outcome: &Outcome, zone: &Zone) -> Vec<String> {
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
pub(super) struct Told<'a> {
    pub(super) scope: &'a Scope,
    pub(super) range: &'a Range,
    pub(super) outcome: &'a Outcome,
    pub(super) rows: &'a [Row],
}

impl Told<'_> {
    pub(super) fn json(&self, notes: &[String]) -> Json {
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

    pub(super) fn page(&self, notes: &[String], zone: &Zone) -> String {
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
