//! What operators said: who, by which key, and what came of it.

use super::sheet::{Cell, Sheet, Tone};
use super::{Page, Part, Section};
use crate::model::ordered::CommandOutcome;
use crate::serve::deployment::Tenant;
use crate::serve::web::Visit;
use crate::view::entry::Entry;
use maud::html;

const COLUMNS: &[(&str, &str)] = &[
    ("at", "Decided"),
    ("command", "Command"),
    ("outcome", "What came of it"),
    ("operators", "Operators"),
    ("signature", "Signature"),
    ("keys", "Keys"),
    ("reason", "Reason"),
    ("rows", "Rows"),
    ("code", "Why"),
    ("text", "In words"),
    ("id", "Id"),
];

const OPEN: &[(&str, &str)] = &[("place", "Place in the control topic"), ("sent", "Sent")];

pub(super) fn page(visit: &Visit, tenant: &Tenant) -> Page {
    let known = visit.site.memory.known();
    // What names no tenant is told to those who see all.
    let of_nobody = visit.login.tenants.is_none().then(|| known.lines.commands(None));
    let all = known.lines.commands(Some(&tenant.name)).chain(of_nobody.into_iter().flatten());
    let mut all: Vec<&Entry> = all.collect();
    all.sort_by_key(|entry| std::cmp::Reverse(entry.line.at));
    let commands = Sheet {
        name: "commands".into(),
        caption: "Commands that were decided, the newest first".to_owned(),
        columns: COLUMNS,
        rows: all.iter().map(|entry| row(entry)).collect(),
        empty: "nobody has said anything, as far back as the audit was read".to_owned(),
        next: None,
    };
    let open = known.orders.open().map(|(partition, offset, at)| {
        vec![Cell::Id(format!("{partition}@{offset}")), Cell::At(at)]
    });
    let open = Sheet {
        name: "open".into(),
        caption: "Records of the control topic without a decision".to_owned(),
        columns: OPEN,
        rows: open.collect(),
        empty: "none".to_owned(),
        next: None,
    };
    let groups = html! {
        h2 { "Operators" }
        ul {
            @for group in &visit.site.deployment.operators {
                @if group.tenants.as_ref().is_none_or(|it| it.iter().any(|it| it == tenant.name.as_str())) {
                    li { strong { (group.name) } " may " (group.may.join(", ")) }
                }
            }
        }
        @if visit.site.deployment.operators.is_empty() {
            p.none { "Nobody may send commands: what is held can be released by nobody." }
        }
    };
    let parts = vec![Part::Sheet(commands), Part::Sheet(open), Part::Markup(groups)];
    Page::of(Section::Commands, tenant, parts)
}

fn row(entry: &Entry) -> Vec<Cell> {
    let line = &entry.line;
    let said = entry.command.clone().unwrap_or_default();
    let operators: Vec<&str> = said.signers.iter().map(|it| it.operator.as_str()).collect();
    let keys: Vec<String> = said
        .signers
        .iter()
        .map(|it| format!("{}{}", it.key, if it.touched { " (touched)" } else { "" }))
        .collect();
    let is_refused = line.outcome == CommandOutcome::REFUSED;
    let text = |text: Option<String>| text.map_or(Cell::Nothing, Cell::Text);
    vec![
        Cell::At(line.at),
        text(said.word),
        if is_refused { Cell::Mark(Tone::Bad, "refused") } else { Cell::text(&line.outcome) },
        text((!operators.is_empty()).then(|| operators.join(", "))),
        // Of one that is refused nothing is believed, so nobody is named.
        if said.signers.is_empty() {
            Cell::Mark(Tone::Bad, "not believed")
        } else {
            Cell::Mark(Tone::Good, "right")
        },
        text((!keys.is_empty()).then(|| keys.join(", "))),
        text(said.reason),
        Cell::count(said.rows.len() + said.rows_untold),
        Cell::code(line.why.as_ref().map(|why| &why.code)),
        text(line.why.as_ref().map(|why| why.text.clone())),
        said.id.map_or(Cell::Nothing, Cell::Id),
    ]
}
