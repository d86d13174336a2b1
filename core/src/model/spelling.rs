//! Which known word somebody meant who wrote an unknown one.

use super::event_kind::EventKind;

/// The known word of which `word` is probably a slip; a word that is known is none.
pub fn nearest<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str, IntoIter: Clone>,
) -> Option<&'a str> {
    let known = known.into_iter();
    if known.clone().any(|known| known == word) {
        return None;
    }
    let distance = |known: &'a str| (known, strsim::osa_distance(word, known));
    let (nearest, distance) = known.map(distance).min_by_key(|(_, it)| *it)?;
    (distance <= 1 + word.len() / 6).then_some(nearest)
}

/// What is said of a word that is not known.
pub fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(meant) => format!("there is no {what} `{word}`; if `{meant}` is meant, write it so"),
        None if known.is_empty() => format!("there is no {what} `{word}`; there is none at all"),
        None => format!("there is no {what} `{word}`; there are: {}", known.join(", ")),
    }
}

/// What is said of a type of events that does not exist.
pub fn unknown_type(kind: &str) -> String {
    let known: Vec<_> = EventKind::ALL.iter().map(|kind| kind.word()).collect();
    // As events carry it.
    let bare = kind.strip_prefix("io.usher.").and_then(|kind| kind.strip_suffix(".v1"));
    match bare.filter(|bare| known.contains(bare)) {
        Some(bare) => format!("the event type `{kind}` is called `{bare}` here; write it so"),
        None => unknown("event type", kind, &known),
    }
}
