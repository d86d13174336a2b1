//! How badly names are written.

use super::chance::Chance;
use serde_json::Value;

/// What stands where there is no number.
pub(super) const PLACEHOLDERS: [&str; 8] =
    ["N/A", "-", "0", "unknown", "", "n.a.", "99999", "0000"];

/// Blanks that are seen nowhere, and some that are.
const BLANKS: [&str; 8] =
    [" ", "\t", "\u{a0}", "\u{200b}", "\u{feff}", "\u{2007}", "\u{202f}", "\u{2060}\u{a0}"];
/// Signs without a width, which get into the midst of words.
const WIDTHLESS: [char; 4] = ['\u{200b}', '\u{ad}', '\u{200d}', '\u{feff}'];

/// Changes what is a text; texts in objects, too.
pub(super) fn change(value: &mut Value, to: &mut dyn FnMut(&str) -> String) {
    match value {
        Value::String(text) => *text = to(text),
        Value::Object(members) => {
            for inner in members.values_mut() {
                change(inner, to);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
    }
}

/// A name with what nobody sees.
pub(super) fn smudged(text: &str, dice: &mut Chance) -> String {
    match dice.below(6) {
        0 => {
            let place = dice.index(text.chars().count());
            let sign = dice.pick(&WIDTHLESS).copied().unwrap_or(' ');
            let mut signs: Vec<char> = text.chars().collect();
            signs.insert(place, sign);
            signs.into_iter().collect()
        }
        1 => text.chars().map(wide).collect(),
        2 | 3 => padded(text, dice),
        _ => text.to_owned(),
    }
}

/// A text with blanks at its ends.
pub(super) fn padded(text: &str, dice: &mut Chance) -> String {
    let mut blank = || {
        let is_there = dice.happens(600);
        dice.pick(&BLANKS).copied().filter(|_| is_there).unwrap_or_default()
    };
    let (before, after) = (blank(), blank());
    format!("{before}{text}{after}")
}

/// As input methods for Chinese and Japanese write it.
fn wide(sign: char) -> char {
    let shifted = u32::from(sign).checked_add(0xfee0).filter(|_| sign.is_ascii_graphic());
    shifted.and_then(char::from_u32).unwrap_or(sign)
}
