//! Which members of `data` each type of event carries, for whoever looks at rules before any event
//! comes.
//!
//! A source may send more than stands here, under names of its own; nobody can know those.

use super::event::{DATA_MEMBERS, EventClass, Form};
use super::event_kind::EventKind;

/// Whether events of a type have a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// An event without it is wrong.
    Always,
    Sometimes,
    Never,
}

/// Who carries a member.
enum Carriers {
    All,
    Class(EventClass),
    Classes(&'static [EventClass]),
    Only(&'static [EventKind]),
}

const TERMINATIONS: &[EventKind] =
    &[EventKind::Terminated, EventKind::AccessRevoked, EventKind::TerminationCancelled];

/// Members of `data`, and the types that may carry each.
const CARRIERS: &[(&str, Carriers)] = &[
    ("worker", Carriers::All),
    ("account", Carriers::Classes(&[EventClass::Account, EventClass::Request])),
    ("request", Carriers::Class(EventClass::Request)),
    ("finding", Carriers::Class(EventClass::Account)),
    ("reason", Carriers::All),
    ("supersedes", Carriers::All),
    ("cancels", Carriers::All),
    ("raw_ref", Carriers::All),
    ("employment", Carriers::Class(EventClass::Hr)),
    ("profile", Carriers::Classes(&[EventClass::Hr, EventClass::Request])),
    ("effective_at", Carriers::Class(EventClass::Hr)),
    ("effective_date", Carriers::Class(EventClass::Hr)),
    ("time_zone", Carriers::Class(EventClass::Hr)),
    ("effective_edge", Carriers::Class(EventClass::Hr)),
    ("last_day_of_work", Carriers::Class(EventClass::Hr)),
    ("voluntary", Carriers::Only(TERMINATIONS)),
    (
        "legal_hold",
        Carriers::Only(&[
            EventKind::Terminated,
            EventKind::AccessRevoked,
            EventKind::TerminationCancelled,
            EventKind::LegalHoldChanged,
        ]),
    ),
    (
        "previous",
        Carriers::Only(&[
            EventKind::Transferred,
            EventKind::Converted,
            EventKind::Updated,
            EventKind::IdentifierChanged,
        ]),
    ),
    ("risk", Carriers::Class(EventClass::Security)),
    ("device", Carriers::Class(EventClass::Security)),
    ("detection_id", Carriers::Class(EventClass::Security)),
    (
        "credential",
        Carriers::Only(&[EventKind::CredentialChanged, EventKind::CredentialCompromised]),
    ),
    ("assurance", Carriers::Only(&[EventKind::AssuranceChanged])),
    ("initiating_entity", Carriers::Class(EventClass::Security)),
];

/// Fields without which an event of the type is wrong.
const ALWAYS: &[(EventKind, &[&str])] = &[
    (EventKind::RiskRaised, &["risk", "level"]),
    (EventKind::LegalHoldChanged, &["legal_hold"]),
    (EventKind::MembershipRequested, &["request", "group"]),
    (EventKind::MembershipWithdrawn, &["request", "group"]),
];

/// What the members that are objects hold by name.
const INSIDE: &[(&str, &[&str])] = &[
    ("worker", &["employee_id", "worker_id", "user_name", "work_email", "external_ids"]),
    ("employment", &["type", "id", "status"]),
    (
        "profile",
        &[
            "given_name",
            "family_name",
            "display_name",
            "title",
            "department",
            "division",
            "organization",
            "cost_center",
            "location",
            "manager_employee_id",
        ],
    ),
    (
        "risk",
        &[
            "level",
            "previous_level",
            "original_level",
            "category",
            "score",
            "scale",
            "reason",
            "detection_id",
        ],
    ),
    ("device", &["id", "hostname", "status", "previous_status"]),
    ("credential", &["type", "change"]),
    ("assurance", &["namespace", "level", "previous_level", "direction"]),
    ("account", &["target", "id", "active"]),
    ("finding", &["misses", "first_seen", "because"]),
    ("request", &["group"]),
];

/// Every level that a risk may have.
pub const RISK_LEVELS: [&str; 5] = ["none", "low", "medium", "high", "critical"];

/// Whether events of the type `kind` have the field at `path`, from `data` on. Of a member that has
/// no name here nothing is known: it comes sometimes.
pub fn carried(kind: EventKind, path: &[String]) -> Carried {
    let Some(member) = path.first() else { return Carried::Always };
    let is_always = |(of, field): &&(EventKind, &[&str])| *of == kind && *field == path;
    let is_always_there = match kind.class() {
        EventClass::Hr | EventClass::Security => member == "worker",
        EventClass::Account | EventClass::Request => member == "account",
    };
    if (is_always_there && path.len() == 1) || ALWAYS.iter().any(|it| is_always(&it)) {
        return Carried::Always;
    }
    let carriers = CARRIERS.iter().find(|(known, _)| known == member);
    let may = carriers.is_none_or(|(_, carriers)| match carriers {
        Carriers::All => true,
        Carriers::Class(class) => kind.class() == *class,
        Carriers::Classes(classes) => classes.contains(&kind.class()),
        Carriers::Only(kinds) => kinds.contains(&kind),
    });
    if may { Carried::Sometimes } else { Carried::Never }
}

/// Fields inside of members that hold text, or the event is parked.
const TEXTS: &[&[&str]] = &[
    &["worker", "employee_id"],
    &["worker", "worker_id"],
    &["worker", "user_name"],
    &["worker", "work_email"],
    &["employment", "id"],
    &["account", "target"],
    &["account", "id"],
    &["request", "group"],
    &["risk", "level"],
    &["risk", "previous_level"],
    &["risk", "original_level"],
    &["risk", "category"],
    &["risk", "detection_id"],
];

/// The form in which the field at `path` comes, if it has but one.
pub fn form(path: &[String]) -> Option<Form> {
    if let [member] = path {
        return DATA_MEMBERS.iter().find(|(known, _)| known == member).map(|(_, form)| *form);
    }
    TEXTS.iter().any(|text| *text == path).then_some(Form::Text)
}

/// The types that carry the member, in words.
pub fn carriers(member: &str) -> String {
    match CARRIERS.iter().find(|(known, _)| *known == member) {
        Some((_, Carriers::Class(EventClass::Hr))) => "events of HR".to_owned(),
        Some((_, Carriers::Class(EventClass::Security))) => "events of security".to_owned(),
        Some((_, Carriers::Class(EventClass::Account))) => "events of accounts".to_owned(),
        Some((_, Carriers::Class(EventClass::Request))) => "requests".to_owned(),
        Some((_, Carriers::Classes(classes))) if classes.contains(&EventClass::Hr) => {
            "events of HR and requests".to_owned()
        }
        Some((_, Carriers::Classes(_))) => "events of accounts and requests".to_owned(),
        Some((_, Carriers::Only(kinds))) => {
            kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(", ")
        }
        Some((_, Carriers::All)) | None => "all events".to_owned(),
    }
}

/// The names that the object `member` holds, if it is one of those that are known.
pub fn inside(member: &str) -> Option<&'static [&'static str]> {
    INSIDE.iter().find(|(known, _)| *known == member).map(|(_, names)| *names)
}
