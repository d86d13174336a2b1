//! One thing that happened to one person, decoded and typed.

use super::alias::Alias;
use super::decision::Why;
use super::event_kind::EventKind;
use super::ids::{ScimId, TargetName};
use super::zone::Zone;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Where an event comes from in kind; decides how its claims are known (`By`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventClass {
    Hr,
    Security,
    /// usher's own: what a comparison has found of an account, by its id.
    Account,
    /// What somebody asks of one account through the API. It ranks below what HR and security say.
    Request,
}

impl EventClass {
    /// Whether what it calls somebody is hearsay: whom HR knows it names, and teaches nothing.
    pub fn is_hearsay(self) -> bool {
        match self {
            Self::Security | Self::Request => true,
            Self::Hr | Self::Account => false,
        }
    }
}

/// W3C trace context, as it came with the record or the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceContext {
    pub traceparent: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracestate: Option<String>,
}

/// The order of events of one source: by sequence where there is one, else by time; of those that
/// are alike in both, as they came.
///
/// Events with and without a sequence are different lanes of their source: between them only time
/// decides, or the order would not be total.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderKey {
    /// Numbers are compared as numbers, whatever their length; other texts as texts, after them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<String>,
    pub time: Timestamp,
    /// The offset at which it came: sources that know only the day say several things at one
    /// instant, and the last of them is what counts. If each record of a person counted for itself,
    /// two that are made one could not tell whose word came first. 0 in what earlier versions wrote.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub came: i64,
    /// Which of several of one offset it is. Earlier versions counted here what was heard of the
    /// person before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tie: u32,
    pub id: String,
}

fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

impl OrderKey {
    /// Whether nothing that its source says of the two tells which is later.
    pub fn ties_with(&self, other: &Self) -> bool {
        self.time == other.time && self.compare_sequence(other).is_eq()
    }

    /// Whether both have a number, and this one the higher.
    pub fn has_higher_number(&self, other: &Self) -> bool {
        self.sequence.is_some() && other.sequence.is_some() && self.compare_sequence(other).is_gt()
    }

    fn compare_sequence(&self, other: &Self) -> Ordering {
        match (&self.sequence, &other.sequence) {
            (Some(mine), Some(theirs)) => compare_sequences(mine, theirs),
            (mine, theirs) => mine.cmp(theirs),
        }
    }
}

impl Ord for OrderKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let rest = |key: &'_ Self| (key.time, key.came, key.tie);
        self.compare_sequence(other)
            .then_with(|| rest(self).cmp(&rest(other)))
            .then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for OrderKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `9` comes before `10`; `010` and `10` differ all the same, or two events would be one.
fn compare_sequences(mine: &str, theirs: &str) -> Ordering {
    fn number(text: &str) -> Option<(usize, &str)> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let digits = text.trim_start_matches('0');
        is_number.then_some((digits.len(), digits))
    }
    match (number(mine), number(theirs)) {
        (Some(mine), Some(theirs)) => mine.cmp(&theirs),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
    .then_with(|| mine.cmp(theirs))
}

/// An event. `(source, id)` is its identity; its place in Kafka travels beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// `CloudEvents` `source`.
    pub source: String,
    /// `CloudEvents` `id`.
    pub id: String,
    pub kind: EventKind,
    /// When it happened at the source; the record's time if the source did not say.
    pub time: Timestamp,
    /// Whether the source said it; the record's time is another one when the event comes again.
    pub is_timed: bool,
    pub sequence: Option<String>,
    /// At least one, but for a request that names an account by its id.
    pub aliases: Vec<Alias>,
    pub employment_id: Option<String>,
    pub detection_id: Option<String>,
    /// When it takes effect, in whatever form the source said so.
    pub effective_at: Option<Timestamp>,
    pub calendar: Calendar,
    pub correlation_id: Option<String>,
    pub trace: Option<TraceContext>,
    /// `data` of the event, for conditions and attribute mappings.
    pub data: serde_json::Value,
    /// What somebody should know of how it was read.
    pub remarks: Vec<Why>,
}

/// The event's days, as those mean them who live by them; rules reckon local times from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Where those days begin and end.
    pub zone: Option<Zone>,
    /// The day that was said to be the one, if a day was said.
    pub effective_date: Option<Date>,
    pub last_day_of_work: Option<Date>,
}

/// The form in which a member of `data` must come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Object,
    Text,
    TextOrNumber,
    Flag,
    Any,
}

/// What `data` may hold by name. Other members may come too; nobody here looks at them.
pub const DATA_MEMBERS: &[(&str, Form)] = &[
    ("worker", Form::Object),
    ("employment", Form::Object),
    ("profile", Form::Object),
    ("previous", Form::Object),
    ("risk", Form::Object),
    ("device", Form::Object),
    ("credential", Form::Object),
    ("assurance", Form::Object),
    ("initiating_entity", Form::Text),
    ("account", Form::Object),
    ("request", Form::Object),
    ("finding", Form::Object),
    ("reason", Form::Text),
    ("voluntary", Form::Flag),
    ("legal_hold", Form::Flag),
    ("effective_at", Form::TextOrNumber),
    ("effective_date", Form::Text),
    ("time_zone", Form::Text),
    ("effective_edge", Form::Text),
    ("last_day_of_work", Form::Text),
    ("detection_id", Form::Text),
    ("supersedes", Form::Text),
    ("cancels", Form::Text),
    ("raw_ref", Form::Any),
];

/// Members of `data` that say how an event was delivered, not what happened.
pub const TELLS_OF_DELIVERY: &[&str] = &["raw_ref"];

/// An instant in RFC 3339 and in no other form.
///
/// The offset must be there: a time without one is a guess about somebody's last day.
pub fn parse_instant(text: &str) -> Option<Timestamp> {
    is_rfc3339(text).then(|| text.parse().ok()).flatten()
}

/// Whether `text` has the shape `2026-10-01T09:00:00[.123](Z|+02:00)`; ISO 8601 allows much more.
fn is_rfc3339(text: &str) -> bool {
    let Some((head, rest)) = text.split_at_checked("2026-10-01T09:00:00".len()) else {
        return false;
    };
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => {
            let offset = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if offset.len() == fraction.len() {
                return false;
            }
            offset
        }
        None => rest,
    };
    has_shape(head, "0000-00-00T00:00:00")
        && (offset.eq_ignore_ascii_case("z")
            || has_shape(offset, "+00:00")
            || has_shape(offset, "-00:00"))
}

/// Compares sign by sign; a `0` of the shape stands for any digit.
pub fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| {
            if wanted == b'0' { byte.is_ascii_digit() } else { byte.eq_ignore_ascii_case(&wanted) }
        })
}

/// An account as events name it: by its target and its id there, never by what it is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountRef {
    pub target: TargetName,
    pub id: ScimId,
}

impl AccountRef {
    /// What `account` in the data of an event says; `None`: it is no account's.
    pub fn of(data: &serde_json::Value) -> Option<Self> {
        let text = |name: &str| {
            let said = data.get("account")?.get(name)?.as_str()?;
            (!said.is_empty()).then_some(said)
        };
        Some(Self { target: TargetName::new(text("target")?), id: ScimId::new(text("id")?) })
    }

    /// The name that leads to whoever is known by this account alone.
    pub fn alias(&self) -> Option<Alias> {
        Alias::of_account(&self.target, &self.id)
    }
}

impl Event {
    /// The account that it is about, of those that are about one.
    pub fn account(&self) -> Option<AccountRef> {
        match self.kind.class() {
            EventClass::Account => AccountRef::of(&self.data),
            EventClass::Hr | EventClass::Security | EventClass::Request => None,
        }
    }

    /// The target at which somebody asks for something, and for nothing elsewhere.
    pub fn asked_at(&self) -> Option<TargetName> {
        let target = self.data.get("account")?.get("target")?.as_str();
        target.filter(|_| self.kind.class() == EventClass::Request).map(TargetName::new)
    }

    /// The account of which somebody asks for something, if they name it by its id.
    pub fn asked_of(&self) -> Option<AccountRef> {
        AccountRef::of(&self.data).filter(|_| self.kind.class() == EventClass::Request)
    }

    /// The event's place among those of its source, if no other is of the same sequence and time.
    pub fn order_key(&self) -> OrderKey {
        let (sequence, id) = (self.sequence.clone(), self.id.clone());
        OrderKey { sequence, time: self.time, came: 0, tie: 0, id }
    }
}
