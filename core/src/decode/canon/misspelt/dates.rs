//! Dates under names that usher does not read, or in places where it does not look.
//!
//! The types differ in what could change their moment: an end on a termination, a start on a hire. What
//! is plainly another's date (a birthday, when a record was written) changes nothing.

use super::reading::{self, Reading};
use super::stranger::{Stranger, misspelt, says_something};
use super::words::Sense::{self, Change, Effective, End, Last, Leave, Return, SomeEnd, Start};
use super::words::{Nearness, is_others, key, nearness, sense, words};
use crate::decode::canon::effective;
use crate::model::Zone;
use crate::model::decision::Why;
use crate::model::event_kind::EventKind;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde_json::{Map, Value};

/// Members by which an event is dated.
pub(super) const MOMENT: [&str; 5] =
    ["effective_at", "effective_date", "time_zone", "effective_edge", "last_day_of_work"];

/// How sure a name is to be that of the event's own date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// It is, so it counts whatever it says.
    Sure,
    /// It may be; it matters if it is later than the event, which would take effect at once.
    Perhaps,
}

/// What the event says of its moment where usher reads it.
pub(super) struct Known<'a> {
    pub(super) kind: EventKind,
    pub(super) members: &'a Map<String, Value>,
    pub(super) effective: &'a effective::Effective,
    /// When the event happened.
    pub(super) time: Timestamp,
}

impl Known<'_> {
    /// What is wrong with the member, if anything.
    pub(super) fn judge(&self, stranger: &Stranger<'_>) -> Option<Why> {
        if !says_something(&stranger.value) {
            return None;
        }
        if let Some(meant) = meant(stranger) {
            return self.is_amiss(meant, &stranger.value).then(|| misspelt(&stranger.path, meant));
        }
        let Some(reading) = Reading::of(&stranger.value) else {
            return self.judge_unreadable(stranger);
        };
        let (meant, weight) = self.weigh(stranger)?;
        let is_amiss = match (weight, self.effective.at) {
            (Weight::Sure, None) => true,
            (Weight::Sure, Some(_)) => !self.days().any(|day| reading.may_be(day)),
            (Weight::Perhaps, None) => reading.is_after(self.time),
            (Weight::Perhaps, Some(_)) => false,
        };
        is_amiss.then(|| misspelt(&stranger.path, meant))
    }

    /// A date that nobody can read, where there is no other: it would be today in silence.
    fn judge_unreadable(&self, stranger: &Stranger<'_>) -> Option<Why> {
        let is_termination = self.kind == EventKind::Terminated;
        if !is_termination || self.effective.at.is_some() || !is_named_date(stranger) {
            return None;
        }
        let is_sure = |(_, weight): &(&str, Weight)| *weight == Weight::Sure;
        let (meant, _) = self.weigh(stranger).filter(is_sure)?;
        (!reading::says_no_date(&stranger.value)).then(|| misspelt(&stranger.path, meant))
    }

    /// Of a member that can only be `meant`: whether that is missing, or says something else.
    fn is_amiss(&self, meant: &str, value: &Value) -> bool {
        let has = |name: &str| self.members.get(name).is_some_and(says_something);
        let calendar = &self.effective.calendar;
        match meant {
            "time_zone" => {
                let zone = value.as_str().and_then(|text| Zone::named(text.trim()).ok());
                calendar.effective_date.is_some()
                    && !has(meant)
                    && (zone.is_none() || zone != calendar.zone)
            }
            "effective_edge" => calendar.effective_date.is_some() && !has(meant),
            "last_day_of_work" => match calendar.last_day_of_work {
                Some(day) => Reading::of(value).is_none_or(|it| it != Reading::Days(vec![day])),
                None => true,
            },
            _ => match (self.effective.at, Reading::of(value)) {
                (None, _) | (_, None) => true,
                (Some(at), Some(Reading::Instant(other))) => at != other,
                (Some(_), Some(reading)) => !self.days().any(|day| reading.may_be(day)),
            },
        }
    }

    /// The days on which the event takes effect, as it says itself.
    fn days(&self) -> impl Iterator<Item = Date> {
        let calendar = &self.effective.calendar;
        let of_instant = self.effective.at.map(|at| Offset::UTC.to_datetime(at).date());
        [calendar.effective_date, of_instant, calendar.last_day_of_work].into_iter().flatten()
    }

    /// What a date under such a name says of an event of this type.
    fn weigh(&self, stranger: &Stranger<'_>) -> Option<(&'static str, Weight)> {
        let all: Vec<String> = stranger.places.iter().flat_map(|place| words(place)).collect();
        let senses: Vec<Sense> = all.iter().map(|word| sense(word)).collect::<Option<_>>()?;
        let has = |wanted: &[Sense]| senses.iter().any(|sense| wanted.contains(sense));
        let only = |allowed: &[Sense]| {
            let is_allowed = |sense: &Sense| {
                matches!(sense, Sense::Plain | Sense::Work) || allowed.contains(sense)
            };
            senses.iter().all(is_allowed)
        };
        let is_effective = |of: &[Sense]| {
            has(&[Effective]) && only(&[&[Effective, Start][..], of].concat()) && !has(&[Last])
        };
        let sure = |is: bool, meant| is.then_some((meant, Weight::Sure));
        let perhaps = |is: bool, meant| is.then_some((meant, Weight::Perhaps));
        let at = "effective_at";
        match self.kind {
            EventKind::Terminated => sure(is_effective(&[End]), at)
                .or_else(|| sure(has(&[Last]) && only(&[Last]), "last_day_of_work"))
                .or_else(|| sure(has(&[End]) && only(&[End, Last, Effective]), at))
                .or_else(|| {
                    perhaps(has(&[End, SomeEnd]) && only(&[End, SomeEnd, Last, Effective]), at)
                })
                .or_else(|| perhaps(has(&[Leave]) && only(&[Leave]), at)),
            EventKind::LeaveStarted => sure(is_effective(&[Leave]), at)
                .or_else(|| sure(has(&[Last]) && only(&[Last]), "last_day_of_work"))
                .or_else(|| sure(has(&[Leave]) && has(&[Start]) && only(&[Leave, Start]), at))
                .or_else(|| perhaps(has(&[Start, Leave]) && only(&[Start, Leave]), at)),
            EventKind::LeaveEnded => sure(is_effective(&[Return]), at)
                .or_else(|| perhaps(has(&[Return]) && only(&[Return, Leave]), at))
                .or_else(|| perhaps(has(&[Leave]) && has(&[End]) && only(&[Leave, End]), at)),
            EventKind::Hired | EventKind::Rehired => {
                sure(is_effective(&[]), at).or_else(|| perhaps(has(&[Start]) && only(&[Start]), at))
            }
            EventKind::Transferred | EventKind::Converted => sure(is_effective(&[Change]), at)
                .or_else(|| perhaps(has(&[Start, Change]) && only(&[Start, Change]), at)),
            EventKind::Updated => sure(is_effective(&[Change]), at),
            EventKind::HireCancelled
            | EventKind::RehireCancelled
            | EventKind::TerminationCancelled
            | EventKind::AccessRevoked
            | EventKind::LegalHoldChanged
            | EventKind::RiskRaised
            | EventKind::RiskCleared
            | EventKind::CredentialCompromised
            | EventKind::CredentialChanged
            | EventKind::AssuranceChanged
            | EventKind::SessionRevoked
            | EventKind::DeviceCompromised
            | EventKind::DeviceComplianceChanged
            | EventKind::AccountDisabled
            | EventKind::AccountEnabled
            | EventKind::AccountPurged
            | EventKind::IdentifierChanged
            | EventKind::AccountOrphaned
            | EventKind::AccountLeftActive
            | EventKind::AccountCleared
            | EventKind::AccountMissing
            | EventKind::AccountDrifted
            | EventKind::AccessRequested
            | EventKind::AccessChanged
            | EventKind::AccessWithdrawn
            | EventKind::DeletionRequested
            | EventKind::MembershipRequested
            | EventKind::MembershipWithdrawn => None,
        }
    }
}

/// `termination_date`, but not `end` or `last`, which may be words.
fn is_named_date(stranger: &Stranger<'_>) -> bool {
    let name = stranger.places.last().map(|name| words(name)).unwrap_or_default();
    name.iter().any(|word| ["date", "datetime", "day", "dt"].contains(&word.as_str()))
}

/// The member of a moment that the stranger is by its letters, unless it is another thing's.
fn meant(stranger: &Stranger<'_>) -> Option<&'static str> {
    let (name, around) = stranger.places.split_last()?;
    let near = MOMENT.into_iter().filter_map(|known| Some((nearness(name, known)?, known)));
    let (nearness, known) = near.min()?;
    // Zones of other things, and ends of days, are told by their very name.
    let is_zone = matches!(known, "time_zone" | "effective_edge");
    if is_zone && nearness != Nearness::Same {
        return None;
    }
    let is_another = || {
        around
            .iter()
            .any(|place| is_others(&key(place)) || words(place).iter().any(|word| is_others(word)))
    };
    (!is_another()).then_some(known)
}
