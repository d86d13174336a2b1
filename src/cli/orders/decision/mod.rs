//! What became of a command: its line in the audit, row by row.

use super::error::Error;
use crate::audit::line::{Line, LineKind, Place};
use crate::cli::questions::rows_of_holds::line as plain;
use crate::cli::questions::waiting::Waiting;
use crate::cli::{Error as CliError, print, questions};
use crate::kafka::look::{From, Until};
use crate::model::RawRecord;
use crate::model::ids::PersonId;
use crate::model::ordered::{Became, CommandRow};
use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

/// How long a decision is waited for.
const WAIT: Duration = Duration::from_secs(30);

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How many signs of a digest are shown.
const SHORT: usize = 12;

/// The record of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub partition: i32,
    pub offset: i64,
}

/// Up to where each partition of the audit is read.
pub(super) struct Ends(Vec<i64>);

impl Ends {
    /// What is there now is of before.
    pub(super) fn of_now(waiting: &Waiting) -> Result<Self, CliError> {
        let (look, topic) = (waiting.look(), waiting.kafka().topics.audit.as_str());
        let count = look.partitions(topic, "run `usher init`").map_err(questions::Error::from)?;
        let span = |partition| look.span(topic, partition, From::Earliest, Until::Now);
        let ends = (0..count).map(|partition| span(partition).map(|span| span.end));
        Ok(Self(ends.collect::<Result<_, _>>().map_err(questions::Error::from)?))
    }

    /// What has come since.
    fn read_on(&mut self, waiting: &Waiting) -> Result<Vec<Line>, questions::Error> {
        let (look, topic) = (waiting.look(), waiting.kafka().topics.audit.as_str());
        let mut lines = Vec::new();
        for (partition, end) in (0..).zip(&mut self.0) {
            let span = look.span(topic, partition, From::Earliest, Until::Now)?;
            let new = span.tail(span.end - *end);
            look.read(&[new], |record: RawRecord| {
                lines.extend(record.value.as_deref().and_then(Line::read));
                Ok::<_, questions::Error>(())
            })?;
            *end = span.end;
        }
        Ok(lines)
    }
}

/// Waits until every record has its decision, prints each, and ends as they say.
pub(super) fn wait(
    waiting: &Waiting,
    mut ends: Ends,
    mut sent: Vec<Sent>,
    known_as: &BTreeMap<PersonId, String>,
) -> Result<(), CliError> {
    let topic = waiting.kafka().topics.control.as_str();
    let began = Instant::now();
    let mut decisions = Vec::new();
    while !sent.is_empty() {
        if began.elapsed() >= WAIT {
            return Err(Error::Undecided { seconds: WAIT.as_secs() }.into());
        }
        thread::park_timeout(LOOK_EVERY);
        for line in ends.read_on(waiting)? {
            let decided = line.unmapped.kafka.as_ref().filter(|it| it.topic == topic);
            let place = decided.and_then(|it| place_of(&line, it));
            let Some(index) = place.and_then(|place| sent.iter().position(|it| *it == place))
            else {
                continue;
            };
            sent.swap_remove(index);
            print(&page(&line, known_as))?;
            decisions.push(line);
        }
    }
    Ok(judge(&decisions)?)
}

/// The record on which a line is the decision: one that nobody has signed has one of another kind.
fn place_of(line: &Line, place: &Place) -> Option<Sent> {
    match line.unmapped.kind {
        LineKind::Command | LineKind::Decision => {
            Some(Sent { partition: place.partition, offset: place.offset })
        }
        LineKind::Result | LineKind::Note | LineKind::Reading => None,
    }
}

fn rows(line: &Line) -> &[CommandRow] {
    line.unmapped.command.as_ref().map(|command| command.rows.as_slice()).unwrap_or_default()
}

/// How it ends: what was refused anywhere comes first.
fn judge(decisions: &[Line]) -> Result<(), Error> {
    let why = |line: &Line| {
        let why = line.unmapped.why.as_ref();
        why.map_or_else(|| line.message.clone(), |why| format!("{}: {}", why.code, why.text))
    };
    let is_refused =
        |line: &&Line| line.unmapped.kind == LineKind::Decision || line.unmapped.why.is_some();
    if let Some(refused) = decisions.iter().find(is_refused) {
        return Err(Error::Refused(why(refused)));
    }
    let all: Vec<Became> = decisions.iter().flat_map(rows).map(|row| row.became).collect();
    if all.contains(&Became::WaitsForAnother) {
        return Err(Error::Waits);
    }
    if !all.iter().any(|became| became.is_something()) {
        return Err(Error::Nothing);
    }
    Ok(())
}

fn page(line: &Line, known_as: &BTreeMap<PersonId, String>) -> String {
    let mut out = plain(&line.message);
    for row in rows(line) {
        out.push_str(&plain(&shown(row, known_as)));
    }
    let untold = line.unmapped.command.as_ref().map_or(0, |command| command.rows_untold);
    if untold > 0 {
        out.push_str(&plain(&format!("  and {untold} more rows, each told in lines of its own")));
    }
    out
}

fn shown(row: &CommandRow, known_as: &BTreeMap<PersonId, String>) -> String {
    let digest =
        row.hold.as_ref().map(|it| it.as_str().get(..SHORT).unwrap_or_default().to_owned());
    let name = row.person.as_ref().and_then(|person| known_as.get(person)).cloned();
    let person = row.person.as_ref().map(ToString::to_string);
    let target = row.target.as_ref().map(ToString::to_string);
    let parts: Vec<String> = [digest, name, person, target].into_iter().flatten().collect();
    let why = row.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("  {:18} {}{why}", row.became.word().replace('_', " "), parts.join("  "))
}

#[cfg(test)]
mod tests;
