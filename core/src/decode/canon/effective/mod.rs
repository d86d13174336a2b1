//! When an event takes effect, from whatever its source says of it.
//!
//! A day or a local time without a zone means another instant for everybody who reads it, so such
//! an event is parked; nothing here falls back on UTC or on the zone of the machine.

mod form;
mod number;

use crate::decode::settings::{Edge, SourceSettings};
use crate::model::Zone;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::Calendar;
use crate::model::event_kind::EventKind;
pub(super) use form::Moment;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
pub(in crate::decode) use number::counted as instant_of_number;
use serde_json::{Map, Value};

#[derive(Default)]
pub(super) struct Effective {
    pub(super) at: Option<Timestamp>,
    pub(super) calendar: Calendar,
}

/// What the members say, each read on its own.
struct Said {
    at: Option<Moment>,
    date: Option<Date>,
    last_day_of_work: Option<Date>,
    edge: Option<Edge>,
    zone: Option<Zone>,
}

/// What counts of it: the instant, and the day that was meant if one was said.
#[derive(Default)]
struct Resolved {
    at: Option<Timestamp>,
    day: Option<Date>,
    zone: Option<Zone>,
}

/// Reads `data` of an event of the type `kind`.
pub(super) fn read(
    kind: EventKind,
    members: &Map<String, Value>,
    source: &SourceSettings,
) -> Result<Effective, Why> {
    if kind == EventKind::AccessRevoked {
        return Ok(Effective::default());
    }
    let said = Said::read(members)?;
    let Resolved { at, day, zone } = resolve(kind, &said, source)?;
    let last_day_of_work = said.last_day_of_work;
    Ok(Effective { at, calendar: Calendar { zone, effective_date: day, last_day_of_work } })
}

impl Said {
    fn read(members: &Map<String, Value>) -> Result<Self, Why> {
        Ok(Self {
            at: members.get("effective_at").map_or(Ok(None), moment)?,
            date: date(members, "effective_date")?,
            last_day_of_work: date(members, "last_day_of_work")?,
            edge: edge(members)?,
            zone: zone(members)?,
        })
    }
}

fn resolve(kind: EventKind, said: &Said, source: &SourceSettings) -> Result<Resolved, Why> {
    let zone = said.zone.clone().or_else(|| source.time_zone.clone());
    let edge = said.edge.unwrap_or_else(|| source.edge(kind));
    match (said.at, said.date) {
        (Some(Moment::Exact { at, offset }), date) => {
            let zone = match (zone, offset) {
                (Some(zone), Some(offset))
                    if said.zone.is_none() && zone.offset_at(at) != offset =>
                {
                    // The worker is somewhere else than most of this source.
                    Some(Zone::fixed(offset))
                }
                (zone, offset) => zone.or_else(|| offset.map(Zone::fixed)),
            };
            let is_day = |day: &Date| {
                let of = |zone: &Zone| zone.start_of(*day) <= at && at <= zone.end_of(*day);
                zone.as_ref().is_some_and(of)
            };
            Ok(Resolved { at: Some(at), day: date.filter(is_day), zone })
        }
        (Some(Moment::Local(local)), date) => {
            let zone = zone.ok_or_else(|| no_zone("effective_at", "a local time"))?;
            local_time(local, date, edge, zone)
        }
        (Some(Moment::Day(day)), Some(date)) if day != date => Err(contradiction()),
        (Some(Moment::Day(day)), _) => whole_day(day, edge, zone, "effective_at"),
        (None, Some(day)) => whole_day(day, edge, zone, "effective_date"),
        (None, None) => match said.last_day_of_work.filter(|_| ends_work(kind)) {
            Some(day) => whole_day(day, Edge::EndOfDay, zone, "last_day_of_work"),
            None => Ok(Resolved { zone, ..Resolved::default() }),
        },
    }
}

/// `local`, if it does not contradict `date`.
fn local_time(
    local: DateTime,
    date: Option<Date>,
    edge: Edge,
    zone: Zone,
) -> Result<Resolved, Why> {
    let at = zone.instant(local);
    let day = date.unwrap_or_else(|| local.date());
    if day != local.date() && edge.of(&zone, day) != at {
        return Err(contradiction());
    }
    Ok(Resolved { at: Some(at), day: Some(day), zone: Some(zone) })
}

fn whole_day(day: Date, edge: Edge, zone: Option<Zone>, member: &str) -> Result<Resolved, Why> {
    let zone = zone.ok_or_else(|| no_zone(member, "a day"))?;
    Ok(Resolved { at: Some(edge.of(&zone, day)), day: Some(day), zone: Some(zone) })
}

/// Of such events the last day of work, where it is all they say, is the date: without one they
/// would take access today from somebody who still works.
fn ends_work(kind: EventKind) -> bool {
    matches!(kind, EventKind::Terminated | EventKind::LeaveStarted)
}

/// The moment that `text` is in one of the forms that are read.
pub(super) fn written_moment(text: &str) -> Option<Moment> {
    form::moment(text).ok()
}

/// The instant that `value` is; a local time in `zone` if there is one. A day is none.
pub(in crate::decode) fn instant(value: &Value, zone: Option<&Zone>) -> Option<Timestamp> {
    match moment(value).ok()?? {
        Moment::Exact { at, .. } => Some(at),
        Moment::Local(local) => zone.map(|zone| zone.instant(local)),
        Moment::Day(_) => None,
    }
}

fn moment(value: &Value) -> Result<Option<Moment>, Why> {
    match value {
        Value::Null => Ok(None),
        Value::Number(number) => number::instant(number).map(|at| Some(Moment::counted(at))),
        Value::String(text) => form::moment(text).map(Some),
        // The form was checked with the other members.
        _ => Err(form::no_moment()),
    }
}

fn date(members: &Map<String, Value>, name: &str) -> Result<Option<Date>, Why> {
    let Some(Value::String(text)) = members.get(name) else {
        return Ok(None);
    };
    let field = format!("data.{name}");
    let date = form::date(text.trim()).ok_or_else(|| {
        Why::new(
            Code::DateInvalid,
            Some(&field),
            format!("`{field}` is no day of the calendar; write it like 2026-10-01"),
        )
    })?;
    form::check_day(date, &field)?;
    Ok(Some(date))
}

fn edge(members: &Map<String, Value>) -> Result<Option<Edge>, Why> {
    let unknown = || {
        Why::new(
            Code::FieldUnknownValue,
            Some("data.effective_edge"),
            "`data.effective_edge` must be one of: start_of_day, end_of_day",
        )
    };
    match said(members, "effective_edge") {
        None => Ok(None),
        Some(word) => Edge::named(word).map(Some).ok_or_else(unknown),
    }
}

fn zone(members: &Map<String, Value>) -> Result<Option<Zone>, Why> {
    let unknown = |_| {
        Why::new(
            Code::TimeZoneUnknown,
            Some("data.time_zone"),
            "`data.time_zone` names no time zone; send its IANA name, such as Europe/Berlin, not \
             an abbreviation, an offset or a name from Windows",
        )
    };
    said(members, "time_zone").map(Zone::named).transpose().map_err(unknown)
}

/// The text `name`, if there is more than blanks in it.
fn said<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

fn no_zone(member: &str, what: &str) -> Why {
    Why::new(
        Code::EffectiveAtNoZone,
        Some(&format!("data.{member}")),
        format!(
            "`data.{member}` is {what}, and nothing says in which time zone; send `time_zone` \
             with the event, or set `time_zone` of its source or tenant"
        ),
    )
}

fn contradiction() -> Why {
    Why::new(
        Code::EffectiveAtContradiction,
        Some("data.effective_at"),
        "`data.effective_at` and `data.effective_date` are different days, and `effective_at` has \
         no offset by which it would count; send one of them, or the offset",
    )
}
