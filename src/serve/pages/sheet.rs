//! A table, and how it is written: as HTML, CSV and JSON, with the same cells.

use super::times;
use crate::model::Zone;
use crate::model::code::WrittenCode;
use crate::serve::web::Eyes;
use crate::view::words::{self, plain};
use jiff::Timestamp;
use maud::{Markup, html};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A table.
#[derive(Debug)]
pub struct Sheet {
    /// As it is asked for, and its file is called.
    pub name: Cow<'static, str>,
    /// What it shows; read out before it.
    pub caption: String,
    /// The key in CSV and JSON, and the heading.
    pub columns: &'static [(&'static str, &'static str)],
    pub rows: Vec<Vec<Cell>>,
    /// What is said if there are no rows.
    pub empty: String,
    /// Behind which row the next page begins, if there is one.
    pub next: Option<String>,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    /// A name or a value of somebody.
    Personal(String),
    /// An id, or something else that is copied.
    Id(String),
    Code(WrittenCode),
    At(Timestamp),
    Number(i64),
    /// Text that leads to an address of ours.
    Link {
        to: String,
        text: String,
    },
    Count {
        to: String,
        number: i64,
    },
    /// A state, by shape, colour and word.
    Mark(Tone, &'static str),
    Nothing,
}

/// A text of more bytes gets more room.
const LONG: usize = 32;

/// How a state is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Busy,
    Waits,
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Waits => "waits",
            Self::Bad => "bad",
        }
    }

    fn shape(self) -> &'static str {
        match self {
            Self::Good => "●",
            Self::Busy => "◌",
            Self::Waits => "▲",
            Self::Bad => "■",
        }
    }
}

/// A state, by shape, colour and word.
pub fn mark(tone: Tone, word: &str) -> Markup {
    html! {
        span.mark.(tone.class()) { span aria-hidden="true" { (tone.shape()) " " } (word) }
    }
}

/// Where cells are written.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    pub zone: &'a Zone,
    pub now: Timestamp,
    pub eyes: Eyes,
    /// The path below which everything lies.
    pub base: &'a str,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn at(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Nothing, Self::At)
    }

    pub fn code(code: Option<&WrittenCode>) -> Self {
        code.map_or(Self::Nothing, |code| Self::Code(code.clone()))
    }

    pub fn count(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Count { .. })
    }

    /// Sentences need more room than words.
    fn class(&self) -> Option<&'static str> {
        match self {
            Self::Number(_) | Self::Count { .. } => Some("number"),
            Self::Text(text) => (text.len() > LONG).then_some("long"),
            Self::Link { .. } => Some("link"),
            Self::At(_) => Some("when"),
            // How long what is hidden is, is hidden, too.
            Self::Personal(_) | Self::Id(_) | Self::Code(_) | Self::Mark(..) | Self::Nothing => {
                None
            }
        }
    }

    /// As a page shows it.
    pub fn html(&self, ground: Ground<'_>) -> Markup {
        match self {
            Self::Text(text) => html! { (plain(text)) },
            Self::Personal(text) => match ground.eyes {
                Eyes::Open => html! { (plain(text)) },
                Eyes::Masked => html! { span.hidden-text { "hidden" } },
            },
            Self::Id(text) => html! { code { (plain(text)) } },
            Self::Code(code) => {
                let to =
                    format!("{}/codes/{}", ground.base, crate::serve::web::segment(code.as_str()));
                if code.known().is_some() {
                    html! { a href=(to) { (code.as_str()) } }
                } else {
                    // Another version's; there is no page for it.
                    html! { (plain(code.as_str())) }
                }
            }
            Self::At(at) => times::time(*at, ground.zone, ground.now),
            Self::Number(number) => html! { (number) },
            Self::Link { to, text } => html! { a href=(to) { (plain(text)) } },
            Self::Count { to, number } => html! { a href=(to) { (number) } },
            Self::Mark(tone, word) => mark(*tone, word),
            Self::Nothing => html! { span.none { "–" } },
        }
    }

    fn csv(&self, eyes: Eyes) -> String {
        match self {
            Self::Text(text) | Self::Id(text) | Self::Link { text, .. } => text.clone(),
            Self::Personal(text) => personal(text, eyes),
            Self::Code(code) => code.as_str().to_owned(),
            Self::At(at) => at.to_string(),
            Self::Number(number) | Self::Count { number, .. } => number.to_string(),
            Self::Mark(_, word) => (*word).to_owned(),
            Self::Nothing => String::new(),
        }
    }

    fn json(&self, eyes: Eyes) -> Value {
        match self {
            Self::Number(number) | Self::Count { number, .. } => json!(number),
            Self::Nothing => Value::Null,
            Self::Text(_)
            | Self::Personal(_)
            | Self::Id(_)
            | Self::Code(_)
            | Self::At(_)
            | Self::Link { .. }
            | Self::Mark(..) => Value::String(self.csv(eyes)),
        }
    }
}

fn personal(text: &str, eyes: Eyes) -> String {
    match eyes {
        Eyes::Open => text.to_owned(),
        Eyes::Masked => "(hidden)".to_owned(),
    }
}

impl Sheet {
    /// As a page shows it. On narrow screens rows become blocks, so the roles are said, too.
    pub fn html(&self, ground: Ground<'_>) -> Markup {
        if self.rows.is_empty() {
            return html! { p.none { (self.caption) ": " (self.empty) } };
        }
        let is_number =
            |at: usize| self.rows.iter().filter_map(|row| row.get(at)).all(Cell::is_number);
        html! {
            div.scroll tabindex="0" role="region" aria-label=(self.caption) {
                table role="table" id=(self.name) {
                    caption { (self.caption) }
                    thead role="rowgroup" {
                        tr role="row" {
                            @for (at, (_, head)) in self.columns.iter().enumerate() {
                                th scope="col" role="columnheader" class=[is_number(at).then_some("number")] {
                                    (head)
                                }
                            }
                        }
                    }
                    tbody role="rowgroup" {
                        @for row in &self.rows {
                            tr role="row" {
                                @for (cell, (_, head)) in row.iter().zip(self.columns) {
                                    td role="cell" data-head=(head) class=[cell.class()] {
                                        (cell.html(ground))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// As a spreadsheet takes it; no cell is a formula.
    pub fn csv(&self, eyes: Eyes) -> std::io::Result<String> {
        let columns: Vec<&str> = self.columns.iter().map(|(key, _)| *key).collect();
        let text = |row: &Vec<Cell>| row.iter().map(|cell| cell.csv(eyes)).collect();
        words::csv(&columns, self.rows.iter().map(text))
    }

    /// As programs take it.
    pub fn json(&self, eyes: Eyes, now: Timestamp) -> Value {
        let row = |row: &Vec<Cell>| {
            let members = self.columns.iter().zip(row);
            let members = members.map(|((key, _), cell)| ((*key).to_owned(), cell.json(eyes)));
            Value::Object(members.collect::<Map<_, _>>())
        };
        let rows: Vec<Value> = self.rows.iter().map(row).collect();
        json!({ "result": rows, "result_count": rows.len(), "next_cursor": self.next, "as_of": now })
    }
}
