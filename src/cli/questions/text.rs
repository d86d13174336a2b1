//! Names and values of events as text that does nothing where it is shown.
//!
//! Sensors and HR systems say what they like, and so does whoever fills in their forms; neither a
//! terminal nor a spreadsheet may take it for a command.

pub(super) use crate::view::words::{csv, plain};
use unicode_width::UnicodeWidthStr;

/// A line of a page; line breaks that it begins with are the page's own.
pub(super) fn line(text: &str) -> String {
    let told = text.trim_start_matches('\n');
    let breaks = text.len() - told.len();
    format!("{}{}\n", "\n".repeat(breaks), plain(told))
}

/// The columns that a terminal needs for it.
pub(super) fn width(text: &str) -> usize {
    text.width()
}
