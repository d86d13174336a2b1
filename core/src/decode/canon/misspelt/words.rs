//! The words in a name, and what dates they speak of.

use crate::model::text::{self, clean};

/// What a word in the name of a date says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// `date`, `at`, `planned`: nothing by itself.
    Plain,
    Effective,
    /// The end of an employment.
    End,
    /// Of the last day: `last`, `final`.
    Last,
    /// An end that may be another's, of a contract or a notice; or when somebody wrote it down, as
    /// `terminated_at`.
    SomeEnd,
    /// Whose end or start it is, which changes nothing.
    Work,
    Start,
    Leave,
    Return,
    Change,
}

use Sense::{Change, Effective, End, Last, Leave, Plain, Return, SomeEnd, Start, Work};

const SENSES: &[(Sense, &[&str])] = &[
    (
        Plain,
        &[
            "actual",
            "as",
            "at",
            "attributes",
            "body",
            "data",
            "date",
            "dates",
            "datetime",
            "day",
            "detail",
            "details",
            "dt",
            "event",
            "events",
            "fields",
            "for",
            "iso",
            "info",
            "is",
            "local",
            "official",
            "of",
            "on",
            "payload",
            "planned",
            "record",
            "records",
            "scheduled",
            "the",
            "time",
            "timestamp",
            "ts",
            "utc",
            "value",
            "values",
        ],
    ),
    (Effective, &["eff", "effective", "effectivity"]),
    (
        End,
        &[
            "cessation",
            "departing",
            "departure",
            "dismissal",
            "end",
            "ending",
            "ends",
            "exit",
            "leaver",
            "leaves",
            "leaving",
            "offboard",
            "offboarding",
            "separation",
            "term",
            "terminate",
            "terminates",
            "terminating",
            "termination",
        ],
    ),
    (Last, &["final", "last"]),
    (
        SomeEnd,
        &[
            "assignment",
            "contract",
            "departed",
            "dismissed",
            "ended",
            "expiration",
            "expires",
            "expiry",
            "fixed",
            "left",
            "notice",
            "offboarded",
            "period",
            "resignation",
            "retirement",
            "retired",
            "separated",
            "terminated",
            "through",
            "thru",
            "to",
            "until",
        ],
    ),
    (
        Work,
        &[
            "access",
            "account",
            "company",
            "employed",
            "employee",
            "employment",
            "employments",
            "hr",
            "job",
            "jobs",
            "person",
            "service",
            "staff",
            "work",
            "worked",
            "worker",
            "working",
        ],
    ),
    (
        Start,
        &[
            "begin",
            "beginning",
            "begins",
            "commencement",
            "entry",
            "first",
            "from",
            "hire",
            "hired",
            "hiring",
            "join",
            "joined",
            "joining",
            "onboarding",
            "rehire",
            "rehired",
            "since",
            "start",
            "started",
            "starting",
            "starts",
            "valid",
        ],
    ),
    (Leave, &["absence", "leave", "loa", "sabbatical"]),
    (
        Return,
        &[
            "back",
            "reinstatement",
            "resume",
            "resumption",
            "return",
            "returned",
            "returning",
            "returns",
        ],
    ),
    (Change, &["change", "conversion", "convert", "move", "transfer", "transferred"]),
];

/// Things whose dates are their own.
const OTHERS: &[&str] = &[
    "address",
    "approval",
    "audit",
    "badge",
    "bank",
    "benefit",
    "benefits",
    "bonus",
    "certification",
    "certifications",
    "compensation",
    "dependents",
    "education",
    "history",
    "insurance",
    "licence",
    "license",
    "location",
    "manager",
    "passport",
    "pay",
    "payroll",
    "previous",
    "requester",
    "salary",
    "supervisor",
    "tax",
    "training",
    "visa",
    "workflow",
];

pub(super) fn sense(word: &str) -> Option<Sense> {
    SENSES.iter().find(|(_, words)| words.contains(&word)).map(|(sense, _)| *sense)
}

/// Whether `word` is of a thing whose dates are its own.
pub(super) fn is_others(word: &str) -> bool {
    OTHERS.contains(&word)
}

/// `lastDayOfWork`, `last-day-of-work` and `lastdayofwork` are last, day, of, work.
pub(super) fn words(name: &str) -> Vec<String> {
    text::words(name).into_iter().flat_map(apart).collect()
}

/// The known words that `word` is made of, if it is of nothing else.
fn apart(word: String) -> Vec<String> {
    const BYTES_MAX: usize = 40;
    if sense(&word).is_some() || is_others(&word) || word.len() > BYTES_MAX {
        return vec![word];
    }
    let mut parts = Vec::new();
    if divide(&word, &mut parts) { parts } else { vec![word] }
}

/// Longest words first, so that `endofwork` is not `end`, `of`, `wo…`.
fn divide(rest: &str, parts: &mut Vec<String>) -> bool {
    if rest.is_empty() {
        return !parts.is_empty();
    }
    for end in (2..=rest.len()).rev() {
        let Some((head, tail)) = rest.split_at_checked(end) else { continue };
        if sense(head).is_some() {
            parts.push(head.to_owned());
            if divide(tail, parts) {
                return true;
            }
            parts.pop();
        }
    }
    false
}

/// Letters and digits alone, in small letters: `Effective-At` is `effectiveat`.
pub(super) fn key(name: &str) -> String {
    let clean = clean(name);
    clean.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How near a name is to a known one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nearness {
    /// The same letters.
    Same,
    /// A slip of the pen.
    Slip,
}

/// How near `name` is to `known`, which it is not.
pub(super) fn nearness(name: &str, known: &str) -> Option<Nearness> {
    /// Somebody else, or another thing, by one letter.
    const OTHER: [&str; 1] = ["employerid"];
    let (name, known) = (key(name), key(known));
    if name == known {
        return Some(Nearness::Same);
    }
    let slips = match known.len() {
        0..=6 => 0,
        7..=11 => 1,
        _ => 2,
    };
    let is_near = name.len().abs_diff(known.len()) <= slips
        && name.bytes().next() == known.bytes().next()
        && !OTHER.contains(&name.as_str())
        && strsim::osa_distance(&name, &known) <= slips;
    is_near.then_some(Nearness::Slip)
}
