//! One scale for the risks of all vendors: `none`, `low`, `medium`, `high`, `critical`.
//!
//! A word that nobody knows is never guessed at; one that says that the level is unknown leaves it out,
//! so that a rule that reads it sets the event aside instead of taking it for none.

use super::signal::unknown_value;
use crate::decode::refusal::Refusal;
use serde_json::Value;

/// A level, or that its vendor does not know it.
pub(in crate::decode::formats) type Level = Option<&'static str>;

/// The level that a vendor's word means; `None`: nobody knows the word.
fn of_word(word: &str) -> Option<Level> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "none" | "informational" | "information" | "info" => Some("none"),
        "low" => Some("low"),
        "med" | "medium" | "moderate" => Some("medium"),
        "high" => Some("high"),
        "critical" | "severe" | "fatal" => Some("critical"),
        "" | "unknown" | "hidden" | "unknownfuturevalue" | "n/a" | "-" | "other" => None,
        _ => return None,
    })
}

/// The level by the first of these pointers that holds a word, with the word.
pub(in crate::decode::formats) fn by_word(
    value: &Value,
    pointers: &[&str],
) -> Result<(Level, Option<String>), Refusal> {
    let found = pointers.iter().find_map(|it| Some((*it, super::text(value, &[it])?)));
    let Some((pointer, word)) = found else { return Ok((None, None)) };
    match of_word(word) {
        Some(level) => Ok((level, Some(word.to_owned()))),
        None => Err(unknown_value(pointer)),
    }
}

/// The level of a score, by the lowest score of each level, the highest first.
pub(in crate::decode::formats) fn by_score(
    score: f64,
    levels: &[(f64, &'static str)],
) -> Option<&'static str> {
    levels.iter().find(|(least, _)| score >= *least).map(|(_, level)| *level)
}
