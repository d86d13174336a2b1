//! Which type an event has, or was probably to have.
//!
//! A termination under a misspelt type would be passed over in silence, so what is near to a type of
//! ours is set aside; only what is plainly somebody else's is skipped.

use super::envelope::Envelope;
use crate::decode::refusal::Bearing;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use crate::model::text::{clean, words};

const PREFIX: &str = "io.usher.";

/// What usher itself writes, and nobody sends to it.
const OWN: &str = "io.usher.audit.v1";

/// What types begin with that name nobody in particular.
const VAGUE: [&str; 7] = ["io", "com", "org", "net", "event", "events", "cloudevents"];

/// What others call a worker, and what becomes of one; a guess for the reason, no more.
const WORKER: [&str; 3] = ["employee", "person", "staff"];
const TERMINATED: [&str; 8] =
    ["dismissed", "departed", "exited", "fired", "left", "offboarded", "separated", "resigned"];
const HIRED: [&str; 3] = ["joined", "onboarded", "recruited"];

/// What the type of an event tells.
pub(super) enum Told {
    Ours(EventKind),
    /// Set aside.
    Near(Why, Bearing),
    /// Somebody else's, unless its data are ours.
    Foreign(Why),
}

pub(super) fn read(envelope: &Envelope<'_>) -> Result<Told, Why> {
    let field = envelope.field("type");
    let wire = envelope.required("type")?;
    let (kind, version) = split(wire).unwrap_or((wire, ""));
    Ok(match EventKind::parse(kind) {
        Some(kind) if version == "1" => Told::Ours(kind),
        Some(kind) if is_number(version) => Told::Near(unsupported(&field), Bearing::Of(kind)),
        Some(_) | None => match meant(wire) {
            Some(kind) => Told::Near(misspelt(&field, kind), Bearing::Of(kind)),
            None if wire != OWN && is_of_usher(wire) => {
                Told::Near(of_no_such_name(&field), Bearing::OfAny)
            }
            None => Told::Foreign(unknown(&field)),
        },
    })
}

/// `io.usher.worker.hired.v1` is `worker.hired` and `1`.
pub(super) fn split(wire: &str) -> Option<(&str, &str)> {
    wire.strip_prefix(PREFIX)?.rsplit_once(".v")
}

fn is_number(version: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    !version.is_empty() && version.bytes().all(is_digit)
}

/// The type of ours that `wire` is, in whatever spelling.
pub(super) fn meant(wire: &str) -> Option<EventKind> {
    let plain = clean(wire).to_lowercase();
    meant_by(&words(wire)).or_else(|| meant_by(&words(&plain)))
}

fn meant_by(words: &[String]) -> Option<EventKind> {
    let own = without_version(without_prefix(words));
    let own = own.as_slice();
    let is_ours = words.iter().take(2).any(|word| is_name_of_usher(word));
    let kinds = || EventKind::ALL.iter().copied();
    kinds()
        .find(|kind| are_alike(own, kind.word(), str::eq))
        .or_else(|| kinds().find(|kind| are_alike(own, kind.word(), is_slip)))
        .or_else(|| synonym(own, is_ours))
}

/// Whether the type lies in our namespace, however that is written.
fn is_of_usher(wire: &str) -> bool {
    let plain = clean(wire).to_lowercase();
    words(&plain).iter().take(2).any(|word| is_name_of_usher(word))
}

fn is_name_of_usher(word: &str) -> bool {
    let is_other = word == "user";
    word == "iousher"
        || (!is_other && word.starts_with('u') && strsim::osa_distance(word, "usher") <= 1)
}

fn without_prefix(words: &[String]) -> &[String] {
    let is_prefix = |word: &String| VAGUE.contains(&word.as_str()) || is_name_of_usher(word);
    let rest = words.iter().position(|word| !is_prefix(word)).unwrap_or(words.len());
    words.get(rest..).unwrap_or_default()
}

/// `v1`, `1` and `v1.0` at the end, and in `hiredv1`.
fn without_version(words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    while let Some(last) = words.pop() {
        let letters = last.trim_end_matches(|sign: char| sign.is_ascii_digit());
        let rest =
            if letters == last { letters } else { letters.strip_suffix('v').unwrap_or(letters) };
        if !rest.is_empty() && rest != "v" {
            words.push(rest.to_owned());
            break;
        }
    }
    words
}

/// Word by word, or all of them in one, as `WORKERTERMINATED` is.
fn are_alike(words: &[String], kind: &str, same: fn(&str, &str) -> bool) -> bool {
    let are = |word: &str, known: &str| same(word, known) || same(&stem(word), &stem(known));
    let known = || kind.split(['.', '_']);
    let each = words.len() == known().count()
        && words.iter().zip(known()).all(|(word, known)| are(word, known));
    let in_one = || match words {
        [word] => are(word, &kind.replace(['.', '_'], "")),
        _ => false,
    };
    each || in_one()
}

/// One sign too many, too few or other; but not the first, for `fired` is not `hired`.
fn is_slip(word: &str, known: &str) -> bool {
    word == known
        || (known.len() >= 4
            && word.chars().next() == known.chars().next()
            && strsim::osa_distance(word, known) <= 1)
}

/// `terminate`, `terminated` and `termination` have one.
fn stem(word: &str) -> String {
    const ENDINGS: [&str; 6] = ["ion", "ing", "ed", "es", "e", "s"];
    let cut = |word: &str, endings: &[&str]| {
        let ending = endings.iter().find_map(|ending| word.strip_suffix(ending));
        ending.filter(|rest| rest.len() >= 3).unwrap_or(word).to_owned()
    };
    let mut stem = cut(&cut(word, &ENDINGS), &["at"]);
    let mut ends = stem.chars().rev();
    if ends.next().is_some_and(|last| ends.next() == Some(last)) {
        stem.pop();
    }
    stem
}

/// `employee.terminated`; and, if it is called ours, `worker.fired`.
fn synonym(words: &[String], is_ours: bool) -> Option<EventKind> {
    let (subject, rest) = words.split_first()?;
    let is_worker = WORKER.contains(&subject.as_str());
    let mut as_worker = vec!["worker".to_owned()];
    as_worker.extend_from_slice(rest);
    let kinds = || EventKind::ALL.iter().copied();
    let same = || kinds().find(|kind| is_worker && are_alike(&as_worker, kind.word(), str::eq));
    match rest {
        [word] if is_ours && (is_worker || subject == "worker") => {
            let of = |words: &[&str], kind| words.contains(&word.as_str()).then_some(kind);
            of(&TERMINATED, EventKind::Terminated).or_else(|| of(&HIRED, EventKind::Hired))
        }
        _ => None,
    }
    .or_else(same)
}

fn misspelt(field: &str, kind: EventKind) -> Why {
    Why::new(
        Code::TypeMisspelt,
        Some(field),
        format!(
            "this is no type of usher's, and near to one; probably `{PREFIX}{kind}.v1` is meant, so \
             write it so and send the event again"
        ),
    )
}

fn of_no_such_name(field: &str) -> Why {
    Why::new(
        Code::TypeMisspelt,
        Some(field),
        "the type is called as usher's are, and there is none of that name; write one of those that \
         there are, or take a newer usher, and send the event again",
    )
}

/// The data are ours, whatever the type says.
pub(super) fn with_data_of_ours(field: &str) -> Why {
    Why::new(
        Code::TypeMisspelt,
        Some(field),
        "this is no type of usher's, but `data.worker` names somebody as events for usher do; write \
         the type as `io.usher.<name>.v1` and send the event again",
    )
}

fn unsupported(field: &str) -> Why {
    Why::new(
        Code::TypeVersionUnsupported,
        Some(field),
        "usher reads version 1 of this type; send `….v1`, or take a newer usher",
    )
}

fn unknown(field: &str) -> Why {
    Why::new(
        Code::TypeUnknown,
        Some(field),
        "usher knows no event of this type; those it knows are called `io.usher.<name>.v1`",
    )
}
