//! `usher undo`: what would be undone, row by row, as the engine plans it.

use super::error::Error;
use super::plans::{Place, Plan};
use super::saying::{Saying, tell};
use crate::cli::Error as CliError;
use crate::cli::questions::{self, rows_of_holds::line};
use crate::command::instruction::{Command, CommandKind, Many, PersonRef, Row, Undone};
use crate::engine::undo::{Change, Fate};
use crate::model::ids::{RuleName, TargetName};
use crate::model::position::Position;
use crate::model::wish::{Facet, Wanted};
use crate::view::undoing::{Asked, Undoing, undoing};
use clap::Args;

/// How a position is written.
const POSITION: &str = "TOPIC/PARTITION@OFFSET#INDEX, as the audit writes it";

#[derive(Debug, Args)]
pub(in super::super) struct Undo {
    /// What this event has asserted
    #[arg(long, num_args = 2, value_names = ["SOURCE", "ID"])]
    event: Option<Vec<String>>,
    /// What the decision on the event at this place has asserted: TOPIC/PARTITION@OFFSET#INDEX
    #[arg(long, value_name = "POSITION", conflicts_with = "event")]
    decision: Option<String>,
    /// What this rule has asserted since a time
    #[arg(long, value_name = "NAME", requires = "since", conflicts_with_all = ["event", "decision"])]
    rule: Option<String>,
    /// From then on, by the times of events and by when they took effect
    #[arg(long, value_name = "WHEN", requires = "rule")]
    since: Option<String>,
    /// What this command has done: an override, or another undo
    #[arg(long, value_name = "ID", conflicts_with_all = ["event", "decision", "rule"])]
    command: Option<String>,
    /// Only this account, whatever else would leave it out; once for each
    #[arg(long, value_name = "PERSON@TARGET")]
    only: Vec<String>,
    /// Not this account; once for each
    #[arg(long, value_name = "PERSON@TARGET")]
    leave_out: Vec<String>,
    #[command(flatten)]
    saying: Saying,
}

impl Undo {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        self.saying.say(CommandKind::Undo, |place| self.plan(place))
    }

    fn plan(&self, place: &Place<'_>) -> Result<Plan, CliError> {
        let tenant = place.waiting.tenant(place.tenant)?;
        let what = self.what(place)?;
        let (rows, leave_out) =
            (named("--only", &self.only)?, named("--leave-out", &self.leave_out)?);
        let asked = Asked {
            what: &what,
            rows: rows.as_ref(),
            leave_out: leave_out.as_ref(),
            now: place.now,
        };
        let (targets, protected) =
            (place.waiting.targets(&tenant), place.waiting.protected(&tenant));
        let found = place
            .waiting
            .each_person(&tenant, |kept| undoing(kept, &targets, &protected, &asked))?;
        let shown = shown(&what, &found);
        if !found.iter().any(|it| it.row.is_undone()) {
            tell(&shown)?;
            return Err(Error::NothingToUndo.into());
        }
        let known_as =
            found.iter().map(|it| (it.row.person.clone(), it.known_as.clone())).collect();
        let command = Command::Undo { what, rows, leave_out };
        Ok(Plan { tenant: Some(tenant), command, shown, known_as, brought: Vec::new() })
    }

    fn what(&self, place: &Place<'_>) -> Result<Undone, CliError> {
        let text = |name: &str, words: &str| {
            let wants = |wants| Error::Incomplete(format!("{name} must be {wants}"));
            words.to_owned().try_into().map_err(wants)
        };
        if let Some([source, id]) = self.event.as_deref() {
            return Ok(Undone::Event {
                source: text("the source", source)?,
                id: text("the id", id)?,
            });
        }
        if let Some(position) = &self.decision {
            let read = position_of(position).ok_or_else(|| {
                Error::Incomplete(format!("--decision `{position}` must be {POSITION}"))
            });
            let (record, index) = read?;
            return Ok(Undone::Decision { record, index });
        }
        if let (Some(rule), Some(since)) = (&self.rule, &self.since) {
            let since = place.zone.read("--since", since, "").map_err(questions::Error::from)?;
            return Ok(Undone::Rule { rule: RuleName::new(rule), since });
        }
        if let Some(id) = &self.command {
            let wants = |wants| Error::Incomplete(format!("--command must be {wants}"));
            return Ok(Undone::Command { id: id.clone().try_into().map_err(wants)? });
        }
        let text = "say what to undo: --event, --decision, --rule with --since, or --command";
        Err(Error::Incomplete(text.to_owned()).into())
    }
}

/// `hr/3@120#0`, or, of a topic that was made anew, `hr/3@120 (generation 2)#0`.
fn position_of(text: &str) -> Option<(Position, u32)> {
    let (record, index) = text.split_once('#').unwrap_or((text, "0"));
    let (record, generation) = match record.split_once(" (generation ") {
        Some((record, rest)) => (record, rest.strip_suffix(')')?.parse().ok()?),
        None => (record, 0),
    };
    let (place, offset) = record.rsplit_once('@')?;
    let (topic, partition) = place.rsplit_once('/')?;
    let position = Position {
        topic: topic.to_owned(),
        generation,
        partition: partition.parse().ok()?,
        offset: offset.parse().ok()?,
    };
    Some((position, index.parse().ok()?))
}

/// Accounts as they are typed; none: none is named.
fn named(option: &str, words: &[String]) -> Result<Option<Many<Row>>, Error> {
    if words.is_empty() {
        return Ok(None);
    }
    let row = |text: &String| {
        let read = text.rsplit_once('@').and_then(|(person, target)| {
            let person = PersonRef::try_from(person.to_owned()).ok()?;
            Some(Row { person, target: TargetName::new(target) })
        });
        read.ok_or_else(|| {
            Error::Incomplete(format!(
                "{option} `{text}` must be PERSON@TARGET, with the id that `usher explain` shows"
            ))
        })
    };
    let rows = words.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let wants = |wants| Error::Incomplete(format!("{option} takes {wants}"));
    Many::try_from(rows).map(Some).map_err(wants)
}

fn shown(what: &Undone, found: &[Undoing]) -> String {
    let undone = found.iter().filter(|it| it.row.is_undone()).count();
    let of = match what {
        Undone::Decision { .. } => "the decision".to_owned(),
        Undone::Event { id, .. } => format!("event `{}`", id.as_str()),
        Undone::Rule { rule, since } => format!("what rule `{rule}` did since {since}"),
        Undone::Command { id } => format!("command {id}"),
    };
    let mut out = line(&format!("undo: {of}: {undone} of {} row(s)", found.len()));
    for Undoing { known_as, row } in found {
        let word = match row.fate {
            Fate::Undone => "undone",
            Fate::LeftOut(_) => "left out",
            Fate::Nothing(_) => "nothing",
        };
        out.push_str(&line(&format!("  {word:9} {known_as}  {}  {}", row.person, row.target)));
        for change in row.changes.iter().filter(|_| row.is_undone()) {
            out.push_str(&line(&format!("      {}", told(change))));
        }
        out.push_str(&line(&format!("      {}", row.words())));
    }
    out
}

/// Written, and what comes of it; of an attribute no value, for it may be anything.
fn told(change: &Change) -> String {
    let said = |wanted: Option<&Wanted>| match (&change.facet, wanted) {
        (_, None) => "left alone".to_owned(),
        (Facet::Attribute(_), Some(_)) => "a value".to_owned(),
        (Facet::Account | Facet::Active | Facet::Group(_), Some(wanted)) => wanted.to_string(),
    };
    let now = change.now.as_ref().map(|now| format!(", now {}", said(Some(now))));
    format!(
        "{}: {} -> {}{}",
        change.facet,
        said(change.written.as_ref()),
        said(change.back.as_ref()),
        now.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::{named, position_of};

    #[test]
    fn a_place_is_read_as_the_audit_writes_it() {
        let read =
            |text: &str| position_of(text).map(|(position, index)| format!("{position}#{index}"));
        for text in ["hr/3@120#0", "hr.people/0@7#2", "hr/3@120 (generation 2)#0"] {
            assert_eq!(read(text).as_deref(), Some(text));
        }
        assert_eq!(read("hr/3@120").as_deref(), Some("hr/3@120#0"));
        for text in ["", "hr", "hr/3", "hr@120", "hr/x@120", "hr/3@120#x"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn accounts_are_typed_as_person_and_target() {
        let id = format!("p-{}", "0".repeat(24));
        assert!(named("--only", &[]).unwrap().is_none());
        assert!(named("--only", &[format!("{id}@main")]).unwrap().is_some());
        for text in [id, "kim@example.com".to_owned(), "p-1@main".to_owned()] {
            assert!(named("--only", std::slice::from_ref(&text)).is_err(), "{text}");
        }
    }
}
