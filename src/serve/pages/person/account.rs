//! The account at one target: how far usher is with it, and what decides each of its fields.

use super::super::sheet::{Cell, Ground, Sheet, Tone, mark};
use super::{event, event_text};
use crate::engine::state::Before;
use crate::view::person::{Account, At, Decided, Judged, Loses, Said, Seat, Stage, Standing};
use crate::view::words::{self, plain};
use maud::{Markup, html};

const COLUMNS: &[(&str, &str)] = &[
    ("field", "Field"),
    ("wanted", "Wanted"),
    ("decided_by", "Decided by"),
    ("claim", "Claim"),
    ("instance", "Of"),
    ("precedence", "Precedence"),
    ("rule", "Rule"),
    ("since", "Since"),
    ("until", "Until"),
    ("event", "Said by"),
    ("before", "Before all claims"),
];

pub(super) fn head(at: &At, ground: Ground<'_>) -> Markup {
    html! {
        h2 { "Account at " (at.target) }
        @if !at.configured {
            p { (mark(Tone::Bad, "The target is not in the configuration any more: nothing is done there.")) }
        }
        @match &at.seat {
            None => p.none { "Nothing was ever wanted here." },
            Some(seat) => (standing(seat, ground)),
        }
    }
}

fn standing(seat: &Seat, ground: Ground<'_>) -> Markup {
    html! {
        dl.pairs {
            dt { "Account" }
            dd {
                @match &seat.account {
                    Account::Bound(id) => code { (plain(id.as_str())) },
                    Account::None => "none",
                    Account::Unknown => "not looked up yet",
                }
            }
            dt { "Revision " (seat.revision) }
            dd { (stage(&seat.stage, ground)) " · began " (Cell::At(seat.began_at).html(ground)) }
            @if let Some(cause) = &seat.cause {
                dt { "Begun by" }
                dd { (event(cause, ground)) }
            }
            @if seat.pending > 0 || seat.unanswered > 0 {
                dt { "Calls" }
                dd { (seat.pending) " may be under way, " (seat.unanswered) " had no answer and may still land" }
            }
            @if let Some(failure) = &seat.last_failure {
                dt { "Last failure" }
                dd { (Cell::At(failure.at).html(ground)) ": " (plain(&failure.what)) }
            }
            @for one in &seat.contested {
                dt { "Contested" }
                dd {
                    (plain(&one.field.to_string())) " since " (Cell::At(one.since).html(ground))
                    ": another writer changed it back " (one.times) " time(s), last " (Cell::At(one.last).html(ground))
                }
            }
        }
    }
}

fn stage(stage: &Stage, ground: Ground<'_>) -> Markup {
    let reason = |reason: &Option<String>| {
        html! {
            @if let Some(reason) = reason { ": " (plain(reason)) }
        }
    };
    html! {
        @match stage {
            Stage::AtRest { result } => { (mark(Tone::Good, "at rest")) " (" (result.word()) ")" },
            Stage::Working => (mark(Tone::Busy, "being worked on")),
            Stage::Held { code, reason: why } => {
                (mark(Tone::Waits, "held")) " " (Cell::code(code.as_ref()).html(ground)) (reason(why))
            },
            Stage::Stuck { code, reason: why, again_at } => {
                (mark(Tone::Bad, "stuck")) " " (Cell::Code(code.clone()).html(ground)) (reason(why))
                "; tried again " (Cell::At(*again_at).html(ground))
            },
            Stage::Unverified { again_at } => {
                (mark(Tone::Busy, "no account was found to cut")) "; looked up again " (Cell::At(*again_at).html(ground))
            },
        }
    }
}

/// Field by field, who decided it.
pub(super) fn sheet(at: &At) -> Sheet {
    Sheet {
        name: format!("fields-{}", at.target).into(),
        caption: format!("What is wanted of the account at {}, and who decided it", at.target),
        columns: COLUMNS,
        rows: at.fields.iter().map(row).collect(),
        empty: "nobody has said anything about it".to_owned(),
        next: None,
    }
}

fn row(judged: &Judged) -> Vec<Cell> {
    let wanted = judged.wanted.as_ref().map(ToString::to_string);
    let before = judged.before.as_ref().map(|before| match before {
        Before::Unknown => Cell::text("unknown"),
        Before::Was(was) => Cell::text(was.to_string()),
    });
    let mut cells = vec![
        Cell::text(judged.field.to_string()),
        wanted.map_or(Cell::text("left alone"), Cell::Text),
    ];
    cells.extend(match &judged.decided {
        Decided::Claim { winner } => said(winner),
        Decided::Profile => {
            let event = judged.profile.first().map(|word| event_text(&word.event));
            other("the profile", event)
        }
        Decided::Override { order } => {
            other("an operator", Some(format!("{}: {}", order.by, order.reason)))
        }
        Decided::WayBack => other("the way back", None),
        Decided::NoWayBack => other("nobody; what was before is not known", None),
        Decided::Nobody => other("nobody", None),
    });
    cells.push(before.unwrap_or(Cell::Nothing));
    cells
}

fn other(by: &str, event: Option<String>) -> Vec<Cell> {
    let mut cells = vec![Cell::text(by)];
    cells.extend(std::iter::repeat_n(Cell::Nothing, 6));
    cells.push(event.map_or(Cell::Nothing, Cell::Text));
    cells
}

fn said(said: &Said) -> Vec<Cell> {
    vec![
        Cell::text("a claim"),
        Cell::text(said.claim.as_str()),
        Cell::text(words::instance(&said.by)),
        Cell::text(words::precedence(said.precedence)),
        Cell::text(said.rule.name.as_str()),
        Cell::At(said.since),
        Cell::at(said.until),
        said.event.as_ref().map_or(Cell::Nothing, |event| Cell::Text(event_text(event))),
    ]
}

/// Who spoke besides, and why their word does not count.
pub(super) fn evidence(at: &At, ground: Ground<'_>) -> Markup {
    let others = || at.fields.iter().filter(|judged| !judged.others.is_empty());
    html! {
        @if others().next().is_some() {
            details id=(format!("others-{}", at.target)) {
                summary { "Who spoke besides, and why it does not count" }
                ul {
                    @for judged in others() {
                        @for one in &judged.others {
                            li {
                                (plain(&judged.field.to_string())) ": " code { (one.said.claim.as_str()) }
                                " wants " (plain(&one.said.wants.to_string())) "; " (loses(one.loses))
                                @if let Some(muted) = &one.muted {
                                    " by " (plain(&muted.by)) ", because: " (plain(&muted.reason))
                                }
                                @if let Some(by) = &one.said.event { "; said by " (event(by, ground)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn loses(loses: Loses) -> &'static str {
    match loses {
        Loses::LowerPrecedence => "it has the lower precedence",
        Loses::GivesAccess => "it gives access where the winner takes it",
        Loses::Older => "it is older",
        Loses::ByName => "the winner's rule comes first by its name, and all else is equal",
        Loses::Same => "it says the same",
        Loses::Overridden => "an operator keeps the person out",
        Loses::NotInForce(Standing::NotYet) => "it has not begun",
        Loses::NotInForce(Standing::Over) => "it is over",
        Loses::NotInForce(Standing::Forestalled) => "the claim ends before",
        Loses::NotInForce(Standing::SetAside) => "another employment goes on",
        Loses::NotInForce(Standing::Observed) => "its rule is only observed",
        Loses::NotInForce(Standing::InForce) => "it is in force",
        Loses::NotInForce(Standing::Muted) => "an operator has said that it does not count",
    }
}
