//! Values in the words of people.

use crate::command::instruction::{Destructive, Scope};
use crate::engine::will::explain::Turn;
use crate::model::claim::{By, Precedence};
use crate::model::ids::TenantName;
use serde::Serializer;
use std::borrow::Cow;
use std::fmt::Display;
use std::io;

/// What moves the cursor, breaks the line or turns the reading direction is spelt out: texts of events and
/// providers do nothing where they are shown.
pub fn plain(text: &str) -> Cow<'_, str> {
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

/// Rows as CSV, below the names of their columns; no cell is a formula.
///
/// # Errors
///
/// A row has more or fewer cells than there are columns.
pub fn csv(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(columns)?;
    for row in rows {
        out.write_record(row.iter().map(|text| cell(text).as_ref().to_owned()))?;
    }
    let bytes = out.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A cell of CSV: a spreadsheet takes what begins so for a formula, unless an apostrophe comes first.
pub fn cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A word of a command line, for a shell.
pub fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "-_./:@#".contains(sign);
    if !word.is_empty() && word.chars().all(is_plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', "'\\''")))
    }
}

/// A scope in words.
pub fn scope(scope: &Scope, tenant: Option<&TenantName>) -> String {
    let of = tenant.map(|tenant| format!(" of tenant {tenant}")).unwrap_or_default();
    match scope {
        Scope::Everything => "everything".to_owned(),
        Scope::Tenant => {
            tenant.map_or("the tenant".to_owned(), |tenant| format!("tenant {tenant}"))
        }
        Scope::Target(name) => format!("target {name}{of}"),
        Scope::Source(source) => format!("source {}{of}", source.as_str()),
        Scope::Rule(rule) => format!("rule {rule}{of}"),
        Scope::Destructive(Destructive::Tenant) => format!("whatever takes access{of}"),
        Scope::Destructive(Destructive::Target(name)) => {
            format!("whatever takes access at target {name}{of}")
        }
    }
}

/// A scope as `usher pause` and `usher resume` take it.
pub fn scope_typed(scope: &Scope) -> String {
    match scope {
        Scope::Everything => "everything".to_owned(),
        Scope::Tenant => "tenant".to_owned(),
        Scope::Target(name) => format!("target {}", quoted(name.as_str())),
        Scope::Source(source) => format!("source {}", quoted(source.as_str())),
        Scope::Rule(rule) => format!("rule {}", quoted(rule.as_str())),
        Scope::Destructive(Destructive::Tenant) => "destructive".to_owned(),
        Scope::Destructive(Destructive::Target(name)) => {
            format!("destructive {}", quoted(name.as_str()))
        }
    }
}

/// `security`
pub fn precedence(precedence: Precedence) -> &'static str {
    match precedence {
        Precedence::Profile => "profile",
        Precedence::Leave => "leave",
        Precedence::Leaver => "leaver",
        Precedence::Security => "security",
    }
}

/// Which instance of a claim: `employment E-1`.
pub fn instance(by: &By) -> String {
    match by {
        By::Person => "the person".to_owned(),
        By::Employment(id) => format!("employment {id}"),
        By::Source(source) => format!("source {source}"),
        By::Detection { source, id } => format!("detection {id} of {source}"),
    }
}

/// `begins`, `ends`, `reaches stage 2`, `counts again`
pub fn turn(turn: Turn) -> String {
    match turn {
        Turn::Begins => "begins".to_owned(),
        Turn::Ends => "ends".to_owned(),
        Turn::CountsAgain => "counts again".to_owned(),
        Turn::ReachesStage(stage) => format!("reaches stage {stage}"),
    }
}

/// Serialises a value as its text.
pub(super) fn as_text<S: Serializer>(value: &impl Display, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(value)
}

/// The same, or null.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the member")]
pub(super) fn as_text_or_null<S: Serializer>(
    value: &Option<impl Display>,
    out: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => out.collect_str(value),
        None => out.serialize_none(),
    }
}
