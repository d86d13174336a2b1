//! Claims and all their times, and what comes.

use super::super::sheet::{Cell, Ground, Sheet, Tone};
use super::event_text;
use crate::view::person::{Claim, Person, Standing, Time};
use crate::view::words::{self, plain};
use maud::{Markup, html};

const COLUMNS: &[(&str, &str)] = &[
    ("claim", "Claim"),
    ("instance", "Of"),
    ("standing", "Standing"),
    ("from", "From"),
    ("until", "Until"),
    ("precedence", "Precedence"),
    ("rule", "Rule"),
    ("event", "Said by"),
    ("ended_by", "Ended by"),
];

pub(super) fn sheet(told: &Person) -> Sheet {
    Sheet {
        name: "claims".into(),
        caption: "What was claimed of this person, and when it counts".to_owned(),
        columns: COLUMNS,
        rows: told.claims.iter().flat_map(rows).collect(),
        empty: "no event has claimed anything".to_owned(),
        next: None,
    }
}

fn rows(claim: &Claim) -> Vec<Vec<Cell>> {
    if claim.times.is_empty() {
        let ended =
            claim.withdrawn_by.as_ref().map_or(Cell::Nothing, |it| Cell::Text(event_text(it)));
        let mut cells = head(claim);
        cells.push(Cell::Mark(Tone::Good, "withdrawn before it began"));
        cells.extend(std::iter::repeat_n(Cell::Nothing, 5));
        cells.push(ended);
        return vec![cells];
    }
    claim.times.iter().map(|time| row(claim, time)).collect()
}

fn head(claim: &Claim) -> Vec<Cell> {
    vec![Cell::text(claim.name.as_str()), Cell::text(words::instance(&claim.by))]
}

fn row(claim: &Claim, time: &Time) -> Vec<Cell> {
    let mut cells = head(claim);
    let event =
        |event: &Option<_>| event.as_ref().map_or(Cell::Nothing, |it| Cell::Text(event_text(it)));
    cells.extend([
        standing(time.standing),
        Cell::At(time.from),
        Cell::at(time.until),
        Cell::text(words::precedence(time.precedence)),
        Cell::text(time.rule.name.as_str()),
        event(&time.event),
        event(&time.ended_by),
    ]);
    cells
}

fn standing(standing: Standing) -> Cell {
    match standing {
        Standing::InForce => Cell::Mark(Tone::Good, "in force"),
        Standing::NotYet => Cell::Mark(Tone::Busy, "not yet"),
        Standing::Over => Cell::text("over"),
        Standing::Forestalled => Cell::text("ends before it begins"),
        Standing::SetAside => Cell::Mark(Tone::Busy, "set aside"),
        Standing::Muted => Cell::Mark(Tone::Waits, "muted"),
        Standing::Observed => Cell::Mark(Tone::Busy, "only observed"),
    }
}

/// What comes by itself.
pub(super) fn next(told: &Person, ground: Ground<'_>) -> Markup {
    html! {
        h2 { "Next" }
        @if told.next.is_empty() && told.next_besides.is_none() {
            p.none { "Nothing changes by itself; the next event decides." }
        } @else {
            ul {
                @if let Some(at) = told.next_besides {
                    li { (Cell::At(at).html(ground)) ": an employment begins or ends, or an announced attribute holds" }
                }
                @for next in &told.next {
                    li {
                        (Cell::At(next.at).html(ground)) ": " code { (next.claim.as_str()) } " ("
                        (plain(&words::instance(&next.by))) ") " (words::turn(next.turn))
                    }
                }
            }
        }
    }
}
