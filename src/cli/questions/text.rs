//! Names and values of events as text that does nothing where it is shown.
//!
//! Sensors and HR systems say what they like, and so does whoever fills in their forms; neither a
//! terminal nor a spreadsheet may take it for a command.

use std::borrow::Cow;
use unicode_width::UnicodeWidthStr;

/// What moves the cursor, breaks the line or turns the reading direction is spelt out.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let spell = |letter: char| {
        if acts(letter) { letter.escape_default().to_string() } else { letter.to_string() }
    };
    Cow::Owned(text.chars().map(spell).collect())
}

fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A line of a page; line breaks that it begins with are the page's own.
pub(super) fn line(text: &str) -> String {
    let told = text.trim_start_matches('\n');
    let breaks = text.len() - told.len();
    format!("{}{}\n", "\n".repeat(breaks), plain(told))
}

/// A cell of CSV: a spreadsheet takes what begins so for a formula, unless an apostrophe comes first.
pub(super) fn cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The columns that a terminal needs for it.
pub(super) fn width(text: &str) -> usize {
    text.width()
}
