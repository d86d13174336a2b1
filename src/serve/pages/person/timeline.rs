//! What the audit tells of them: decisions, calls, results and notes, with what decided.

use super::super::sheet::{Cell, Sheet};
use super::event_text;
use crate::view::history::{Because, Call, DecidedBy, Line};
use crate::view::person::Person;
use maud::{Markup, html};

const COLUMNS: &[(&str, &str)] = &[
    ("at", "When"),
    ("kind", "Kind"),
    ("outcome", "What came of it"),
    ("target", "Target"),
    ("revision", "Revision"),
    ("event", "Event"),
    ("calls", "Calls"),
    ("verified", "Read back"),
    ("because", "Because"),
    ("code", "Why"),
    ("text", "In words"),
];

pub(super) fn head(told: &Person) -> Markup {
    html! {
        h2 { "Timeline" }
        @if told.audit.earlier > 0 {
            p.soft { (told.audit.earlier) " earlier line(s) are not shown." }
        }
        @if told.audit.cut_off {
            p.soft { "Something of before the audit was read from still counts; " code { "usher explain" } " goes further back." }
        }
    }
}

/// The newest first.
pub(super) fn sheet(told: &Person) -> Sheet {
    Sheet {
        name: "timeline".into(),
        caption: "Lines of the audit about this person, the newest first".to_owned(),
        columns: COLUMNS,
        rows: told.audit.lines.iter().rev().map(row).collect(),
        empty: "the audit says nothing, as far back as it was read".to_owned(),
        next: None,
    }
}

fn row(line: &Line) -> Vec<Cell> {
    let text = |text: Option<String>| text.map_or(Cell::Nothing, Cell::Text);
    let calls: Vec<String> = line.calls.iter().map(call).collect();
    let effects: Vec<String> = line
        .effects
        .iter()
        .map(|it| format!("{} {} by {}", it.decision, it.claim, it.rule))
        .collect();
    let because: Vec<String> = line.because.iter().map(because).chain(effects).collect();
    vec![
        Cell::At(line.at),
        Cell::text(line.kind.word()),
        Cell::text(&line.outcome),
        text(line.target.as_ref().map(ToString::to_string)),
        line.revision
            .map_or(Cell::Nothing, |it| Cell::Number(i64::try_from(it).unwrap_or(i64::MAX))),
        text(line.event.as_ref().map(event_text)),
        text((!calls.is_empty()).then(|| calls.join("; "))),
        text(line.verified.map(|it| if it { "yes" } else { "no" }.to_owned())),
        text((!because.is_empty()).then(|| because.join("; "))),
        Cell::code(line.why.as_ref().map(|why| &why.code)),
        text(line.why.as_ref().map(|why| why.text.clone())),
    ]
}

fn call(call: &Call) -> String {
    let status = call.status.map(|status| format!(" {status}")).unwrap_or_default();
    format!("{} {}{status} {}", call.action.word(), call.touched.join(" and "), call.outcome)
}

fn because(because: &Because) -> String {
    let by = match &because.by {
        DecidedBy::Claim { claim, rule, .. } => format!("claim {claim}, rule {rule}"),
        DecidedBy::Profile { event } => format!("the profile, {}", event_text(event)),
        DecidedBy::Override { operator, .. } => format!("operator {operator}"),
        DecidedBy::WayBack => "the way back".to_owned(),
    };
    format!("{}: {by}", because.fields.join(", "))
}
