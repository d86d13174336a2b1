//! Who would end differently: rows, as a table, as CSV or as JSON.
//!
//! Columns and names are a promise (docs/what-if.md); new ones may come, at the end.

use super::document::DecidedBy;
use super::page::instance;
use super::text;
use super::time::Zone;
use crate::engine::compare::{Difference, Ruling, Side};
use crate::engine::state::Person;
use crate::model::AliasKind;
use clap::ValueEnum;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io;

/// How an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One row a line; what else is to be said goes to standard error
    Csv,
}

/// One field of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub(super) person: String,
    pub(super) known_as: String,
    pub(super) target: String,
    pub(super) field: String,
    /// The first instant at which it is so.
    pub(super) since: Timestamp,
    pub(super) today: View,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) new: Option<View>,
}

/// What one set of rules wants of the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct View {
    /// `null`: the field is left alone.
    pub(super) wanted: Option<String>,
    /// `claim`, `profile`, `way_back`, `nobody`
    pub(super) decided_by: DecidedBy,
    pub(super) claim: Option<String>,
    pub(super) instance: Option<String>,
    pub(super) rule: Option<String>,
}

/// The heads of the columns of CSV.
const COLUMNS: &[&str] = &[
    "person",
    "known_as",
    "target",
    "field",
    "since",
    "today_wanted",
    "today_decided_by",
    "today_claim",
    "today_instance",
    "today_rule",
    "new_wanted",
    "new_decided_by",
    "new_claim",
    "new_instance",
    "new_rule",
];

/// The account that a row is about.
pub(super) struct Whose<'a> {
    pub(super) person: &'a Person,
    pub(super) target: &'a str,
}

impl Row {
    pub(super) fn of(whose: &Whose<'_>, difference: Difference) -> Self {
        let Difference { facet, since, before, after } = difference;
        Self {
            person: whose.person.id.to_string(),
            known_as: known_as(whose.person),
            target: whose.target.to_owned(),
            field: facet.to_string(),
            since,
            today: before.into(),
            new: Some(after.into()),
        }
    }

    /// The rules that have the last word on either side.
    pub(super) fn rules(&self) -> impl Iterator<Item = &str> {
        let sides = std::iter::once(&self.today).chain(&self.new);
        sides.filter_map(|side| side.rule.as_deref())
    }
}

impl From<Side> for View {
    fn from(side: Side) -> Self {
        let wanted = side.wanted.map(|wanted| wanted.to_string());
        let of =
            |decided_by, claim, instance, rule| View { wanted, decided_by, claim, instance, rule };
        match side.ruling {
            Ruling::Claim { claim, by, rule } => {
                of(DecidedBy::Claim, Some(claim), Some(instance(&by)), Some(rule.to_string()))
            }
            Ruling::Profile { source } => {
                of(DecidedBy::Profile, None, Some(source), Some("profile".to_owned()))
            }
            Ruling::WayBack => of(DecidedBy::WayBack, None, None, None),
            Ruling::Nobody => of(DecidedBy::Nobody, None, None, None),
        }
    }
}

/// By what people will know her: user name, else employee number, else whatever there is.
fn known_as(person: &Person) -> String {
    let of = |kind| person.aliases.iter().find(|alias| alias.kind() == kind);
    let best = of(AliasKind::UserName).or_else(|| of(AliasKind::EmployeeNumber));
    best.or_else(|| person.aliases.first())
        .map(|alias| alias.value().to_owned())
        .unwrap_or_default()
}

/// How many people the rows are about.
pub(super) fn people(rows: &[Row]) -> usize {
    rows.iter().map(|row| &row.person).collect::<BTreeSet<_>>().len()
}

pub(super) fn csv(rows: &[Row]) -> io::Result<String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS)?;
    for row in rows {
        let since = row.since.to_string();
        let mut record = vec![&*row.person, &*row.known_as, &*row.target, &*row.field, &*since];
        for side in [Some(&row.today), row.new.as_ref()] {
            let told = |part: fn(&View) -> Option<&str>| side.and_then(part).unwrap_or_default();
            record.extend([
                told(|side| side.wanted.as_deref()),
                told(|side| Some(side.decided_by.word())),
                told(|side| side.claim.as_deref()),
                told(|side| side.instance.as_deref()),
                told(|side| side.rule.as_deref()),
            ]);
        }
        out.write_record(record.into_iter().map(|cell| text::cell(cell).into_owned()))?;
    }
    let bytes = out.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `at`: what differs from then on needs no date.
pub(super) fn table(rows: &[Row], at: Timestamp, zone: &Zone) -> String {
    let compares = rows.iter().any(|row| row.new.is_some());
    let mut cells = vec![heads(compares)];
    for row in rows {
        let since =
            if row.since == at { String::new() } else { format!("from {}", zone.show(row.since)) };
        let known_as = row.known_as.clone();
        let mut line = vec![known_as, row.person.clone(), row.target.clone(), row.field.clone()];
        line.push(shown(&row.today));
        line.extend(row.new.as_ref().map(shown));
        line.push(since);
        cells.push(line.iter().map(|cell| text::plain(cell).into_owned()).collect());
    }
    align(&cells)
}

fn heads(compares: bool) -> Vec<String> {
    let new = if compares { vec!["BY THE NEW RULES"] } else { Vec::new() };
    let all = ["WHO", "PERSON", "TARGET", "FIELD", "BY TODAY'S RULES"].into_iter().chain(new);
    all.chain([""]).map(str::to_owned).collect()
}

fn shown(side: &View) -> String {
    let wanted = side.wanted.as_deref().unwrap_or("left alone");
    match (&side.claim, &side.rule, side.decided_by) {
        (Some(claim), Some(rule), _) if claim == rule => format!("{wanted} (`{claim}`)"),
        (Some(claim), Some(rule), _) => format!("{wanted} (`{claim}` by rule `{rule}`)"),
        (_, _, DecidedBy::Profile) => format!("{wanted} (profile)"),
        (_, _, DecidedBy::WayBack) => format!("{wanted} (as it was before)"),
        (_, _, DecidedBy::Claim | DecidedBy::NoWayBack | DecidedBy::Nobody) => wanted.to_owned(),
    }
}

/// Columns as wide as what they hold.
fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| text::width(cell)).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for line in lines {
        let mut shown = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            let space = width.saturating_sub(text::width(cell)) + 2;
            shown.extend([cell.as_str(), &" ".repeat(space)]);
        }
        out.push_str(shown.trim_end());
        out.push('\n');
    }
    out
}
