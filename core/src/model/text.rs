//! Signs that nobody sees, and names without them.
//!
//! Spreadsheets, web pages and input methods leave no-break and zero-width spaces, byte order marks
//! and wide letters in names. They look like the name without them, so they are that name.

use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// Whether there is nothing to see in `text`: no sign, or only blanks of any kind.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_blank_sign)
}

/// `text` without the blanks of any kind at its ends; what is between them stays.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(is_blank_sign)
}

/// A name as it is meant: no blanks at its ends, one space where there are blanks inside, nothing
/// invisible, and wide letters as the usual ones (the width mapping of RFC 8265 §3.3).
pub fn clean(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Cow::Borrowed(name);
    }
    let mut clean = String::with_capacity(name.len());
    for sign in name.chars().flat_map(of_usual_width) {
        if sign.is_whitespace() || sign == BRAILLE_BLANK {
            if !clean.ends_with(' ') {
                clean.push(' ');
            }
        } else if !is_invisible(sign) {
            clean.push(sign);
        }
    }
    Cow::Owned(clean.trim().to_owned())
}

/// What names are compared by: `clean`, in Unicode's NFC and in lower case.
pub fn canonical(name: &str) -> String {
    let name = clean(name);
    // The same for ASCII, and names are compared at every step.
    if name.is_ascii() {
        name.to_ascii_lowercase()
    } else {
        name.nfc().collect::<String>().to_lowercase().nfc().collect()
    }
}

/// Whether the two are one name.
pub fn is_same_name(one: &str, other: &str) -> bool {
    let is_plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain(one) && is_plain(other) {
        one.eq_ignore_ascii_case(other)
    } else {
        one == other || canonical(one) == canonical(other)
    }
}

/// The words that a name is put together of, in small letters: `lastDayOfWork` and `last-day-of-work`
/// are last, day, of, work.
pub fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for sign in clean(name).chars() {
        let begins = !sign.is_alphanumeric() || (was_small && sign.is_uppercase());
        if begins {
            words.push(String::new());
        }
        was_small = sign.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| sign.is_alphanumeric()) {
            word.extend(sign.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A cell of braille without a dot.
const BRAILLE_BLANK: char = '\u{2800}';

/// A blank at the end of a text. Variation selectors and tags are none: emoji end with them.
fn is_blank_sign(sign: char) -> bool {
    let shapes_emoji = matches!(sign, '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}');
    sign.is_whitespace() || sign == BRAILLE_BLANK || (is_invisible(sign) && !shapes_emoji)
}

/// Controls, and what Unicode calls `Default_Ignorable_Code_Point`.
fn is_invisible(sign: char) -> bool {
    sign.is_control()
        || matches!(
            sign,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Fullwidth and halfwidth forms as the signs that they stand for; every other sign as it is.
fn of_usual_width(sign: char) -> impl Iterator<Item = char> {
    let is_of_other_width = matches!(sign, '\u{ff01}'..='\u{ff9f}' | '\u{ffa1}'..='\u{ffee}');
    let usual = is_of_other_width.then(|| std::iter::once(sign).nfkc());
    let itself = (!is_of_other_width).then_some(sign);
    usual.into_iter().flatten().chain(itself)
}
