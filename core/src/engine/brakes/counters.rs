//! Who was changed at a target lately: counts by minute and by hour, kept with the shard's state.
//!
//! Charged in the commit that writes a call ahead, so they are exact over crashes and takeovers. A bucket
//! counts for as long as any part of it lies in the window: never more than the limit in any window.

use super::kind::LimitKind;
use super::limits::{Ceiling, Limit, Limits};
use crate::model::ids::{GroupName, RuleName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// One kind's counts. Keys: minutes and hours since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    minutes: BTreeMap<i64, u32>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    hours: BTreeMap<i64, u32>,
}

impl Ring {
    fn add(&mut self, at: Timestamp, now: Timestamp) {
        *self.minutes.entry(at.as_second().div_euclid(MINUTE)).or_default() += 1;
        *self.hours.entry(at.as_second().div_euclid(HOUR)).or_default() += 1;
        let now = now.as_second();
        self.minutes.retain(|minute, _| is_in(*minute, MINUTE, now, HOUR));
        self.hours.retain(|hour, _| is_in(*hour, HOUR, now, DAY));
    }

    fn take_back(&mut self, at: Timestamp) {
        let second = at.as_second();
        for (buckets, length) in [(&mut self.minutes, MINUTE), (&mut self.hours, HOUR)] {
            if let Some(count) = buckets.get_mut(&second.div_euclid(length)) {
                *count = count.saturating_sub(1);
            }
            buckets.retain(|_, count| *count > 0);
        }
    }

    /// What was counted then counts from now on.
    fn put_off(&mut self, then: Timestamp, now: Timestamp) {
        if self.minutes.contains_key(&then.as_second().div_euclid(MINUTE)) {
            self.take_back(then);
            self.add(now, now);
        }
    }

    /// How many within the last hour, with what a bucket's length may add.
    pub fn in_hour(&self, now: Timestamp) -> usize {
        count(&self.minutes, MINUTE, now, HOUR)
    }

    /// How many within the last day.
    pub fn in_day(&self, now: Timestamp) -> usize {
        count(&self.hours, HOUR, now, DAY)
    }
}

fn count(buckets: &BTreeMap<i64, u32>, length: i64, now: Timestamp, window: i64) -> usize {
    let counted = buckets.iter().filter(|(at, _)| is_in(**at, length, now.as_second(), window));
    counted.map(|(_, count)| usize::try_from(*count).unwrap_or(usize::MAX)).sum()
}

/// Whether any part of a bucket lies in the window that ends now.
fn is_in(bucket: i64, length: i64, now: i64, window: i64) -> bool {
    (bucket + 1) * length > now - window
}

/// When a person was last charged in a kind, and whether a call has left for it since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    pub at: Timestamp,
    /// Nothing of the kind has left for it: it is given back if nothing ever does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsent: bool,
    /// It was beyond the limit, and is counted in the reserve alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_reserve: bool,
    /// It is counted in the sensors' half, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensed: bool,
}

impl Charge {
    /// Two people are one. Both were counted; from here on the later counts for both. What was taken out
    /// of the reserve does not stand for what was not.
    #[must_use]
    pub fn united(self, other: Self) -> Self {
        let rank = |it: &Self| (!it.from_reserve, it.at);
        let kept = if rank(&other) > rank(&self) { other } else { self };
        Self { unsent: self.unsent && other.unsent, ..kept }
    }

    /// Whether it still counts in the window of an hour, and of a day. The reserve knows hours alone.
    fn counts(&self, now: Timestamp) -> (bool, bool) {
        let (second, now) = (self.at.as_second(), now.as_second());
        let in_hour = is_in(second.div_euclid(MINUTE), MINUTE, now, HOUR);
        let in_day = is_in(second.div_euclid(HOUR), HOUR, now, DAY);
        (in_hour, if self.from_reserve { in_hour } else { in_day })
    }
}

/// A person's charges, by kind.
pub type Charges = BTreeMap<LimitKind, Charge>;

/// Who lets a cut out of the reserve: the claim's source and rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sensor<'a> {
    pub source: &'a str,
    pub rule: &'a RuleName,
}

/// All counts of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    kinds: BTreeMap<LimitKind, Ring>,
    /// Members taken out, by group.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    groups: BTreeMap<GroupName, Ring>,
    /// Cuts within the limit that sensors asked for.
    #[serde(default, skip_serializing_if = "is_unused")]
    sensed: Ring,
    /// Cuts out of the reserve: all, by source, by rule.
    #[serde(default, skip_serializing_if = "is_unused")]
    reserve: Ring,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sources: BTreeMap<String, Ring>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    rules: BTreeMap<RuleName, Ring>,
}

fn is_unused(ring: &Ring) -> bool {
    *ring == Ring::default()
}

/// A limit that is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    pub window: Window,
    pub done: usize,
    pub most: usize,
    /// The sensors' part of it is, and there is room for others.
    pub by_sensors: bool,
}

/// In which time people are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    Hour,
    Day,
}

/// Which window of a limit is full, for somebody who is not counted in it yet.
fn reached_in(
    ring: &Ring,
    (limit, most_of): (&Limit, impl Fn(Ceiling) -> Option<usize>),
    (charge, now): (Option<&Charge>, Timestamp),
) -> Option<Reached> {
    let (in_hour, in_day) = charge.map_or((false, false), |charge| charge.counts(now));
    let windows = [
        (Window::Hour, limit.hour, ring.in_hour(now), in_hour),
        (Window::Day, limit.day, ring.in_day(now), in_day),
    ];
    windows.into_iter().find_map(|(window, ceiling, done, is_counted)| {
        let most = most_of(ceiling)?;
        let is_full = !is_counted && done >= most;
        is_full.then_some(Reached { window, done, most, by_sensors: true })
    })
}

impl Window {
    /// Its word in figures and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

impl Counters {
    /// Which limit keeps one more person from a kind; `None`: none does. Who is counted already is not
    /// counted again within the window.
    pub fn reached(
        &self,
        (kind, charge): (LimitKind, Option<&Charge>),
        (limits, accounts): (&Limits, usize),
        now: Timestamp,
    ) -> Option<Reached> {
        let nothing = Ring::default();
        let ring = self.kinds.get(&kind).unwrap_or(&nothing);
        let most_of = |ceiling: Ceiling| ceiling.of(kind, accounts);
        let reached = reached_in(ring, (limits.kinds.get(&kind)?, most_of), (charge, now))?;
        Some(Reached { by_sensors: false, ..reached })
    }

    /// The same for a cut that a sensor asks for: half of the limit is for the others alone, so that no
    /// sensor that is noisy uses up what leavers need.
    pub fn reached_by_sensors(
        &self,
        charge: Option<&Charge>,
        (limits, accounts): (&Limits, usize),
        now: Timestamp,
    ) -> Option<Reached> {
        let kind = LimitKind::Cut;
        let half_of = |ceiling: Ceiling| Some(ceiling.of(kind, accounts)?.div_ceil(2));
        reached_in(&self.sensed, (limits.kinds.get(&kind)?, half_of), (charge, now))
    }

    /// Whether as many members were taken out of a group within an hour as it may lose. `members`: it has
    /// so many now.
    pub fn reached_of_group(
        &self,
        (group, members): (&GroupName, usize),
        limits: &Limits,
        now: Timestamp,
    ) -> Option<Reached> {
        let percent = usize::from(limits.group_percent?);
        let done = self.groups.get(group).map_or(0, |ring| ring.in_hour(now));
        let members = members + done;
        let most = members * percent / 100;
        let is_reached = members >= limits.group_least && done >= most;
        is_reached.then_some(Reached { window: Window::Hour, done, most, by_sensors: false })
    }

    /// Whether the reserve has room for a cut that a sensor asks for.
    pub fn has_reserve(&self, sensor: Sensor<'_>, limits: &Limits, now: Timestamp) -> bool {
        let used = |ring: Option<&Ring>| ring.map_or(0, |ring| ring.in_hour(now));
        let fits = |used: usize, most: u32| used < usize::try_from(most).unwrap_or(usize::MAX);
        fits(self.reserve.in_hour(now), limits.reserve.an_hour)
            && fits(used(self.sources.get(sensor.source)), limits.reserve.per_source)
            && fits(used(self.rules.get(sensor.rule)), limits.reserve.per_rule)
    }

    /// Counts a person, once: who is counted already counts from now on.
    pub fn charge(&mut self, kind: LimitKind, charges: &mut Charges, now: Timestamp) {
        let before = charges.get(&kind).copied().filter(|before| before.counts(now).1);
        // What was sent before is done, whatever becomes of this.
        let unsent = before.is_none_or(|before| before.unsent);
        if let Some(before) = before.filter(|before| before.from_reserve) {
            self.reserve.put_off(before.at, now);
            charges.insert(kind, Charge { at: now, unsent, from_reserve: true, sensed: false });
            return;
        }
        let ring = self.kinds.entry(kind).or_default();
        if let Some(before) = before {
            ring.take_back(before.at);
        }
        ring.add(now, now);
        charges.insert(kind, Charge { at: now, unsent, from_reserve: false, sensed: false });
    }

    /// Counts a person for a cut that a sensor asks for, within the limit: in the sensors' half, too, unless
    /// somebody else's word has counted them within the hour. Who is counted in the reserve already counts
    /// there from now on.
    pub fn charge_sensors(&mut self, sensor: Sensor<'_>, charges: &mut Charges, now: Timestamp) {
        let kind = LimitKind::Cut;
        let before = charges.get(&kind).copied().filter(|before| before.counts(now).1);
        self.charge(kind, charges, now);
        match before {
            Some(before) if before.from_reserve => {
                let rings = [self.sources.get_mut(sensor.source), self.rules.get_mut(sensor.rule)];
                rings.into_iter().flatten().for_each(|ring| ring.put_off(before.at, now));
                return;
            }
            Some(before) if before.sensed => self.sensed.take_back(before.at),
            Some(before) if before.counts(now).0 => return,
            Some(_) | None => {}
        }
        self.sensed.add(now, now);
        if let Some(charge) = charges.get_mut(&kind) {
            charge.sensed = true;
        }
    }

    /// Counts a group that is made: it is nobody's.
    pub fn charge_thing(&mut self, kind: LimitKind, now: Timestamp) {
        self.kinds.entry(kind).or_default().add(now, now);
    }

    pub fn charge_group(&mut self, group: &GroupName, now: Timestamp) {
        self.groups.entry(group.clone()).or_default().add(now, now);
        self.groups.retain(|_, ring| ring.in_hour(now) > 0);
    }

    /// Counts a person whom a sensor has cut beyond the limit.
    pub fn charge_reserve(&mut self, sensor: Sensor<'_>, charges: &mut Charges, now: Timestamp) {
        charges.insert(
            LimitKind::Cut,
            Charge { at: now, unsent: true, from_reserve: true, sensed: false },
        );
        self.reserve.add(now, now);
        self.sources.entry(sensor.source.to_owned()).or_default().add(now, now);
        self.rules.entry(sensor.rule.clone()).or_default().add(now, now);
        self.sources.retain(|_, ring| ring.in_hour(now) > 0);
        self.rules.retain(|_, ring| ring.in_hour(now) > 0);
    }

    /// Nothing was sent, and nothing will be: gives back what was charged for it. Says whether anything was.
    pub fn give_back(&mut self, charges: &mut Charges) -> bool {
        let unsent: Vec<LimitKind> =
            charges.iter().filter(|(_, charge)| charge.unsent).map(|(kind, _)| *kind).collect();
        for kind in &unsent {
            // What was taken out of the reserve stays out, for it cannot be told whose it was.
            let charge = charges.remove(kind).filter(|charge| !charge.from_reserve);
            if let (Some(charge), Some(ring)) = (charge, self.kinds.get_mut(kind)) {
                ring.take_back(charge.at);
                if charge.sensed {
                    self.sensed.take_back(charge.at);
                }
            }
        }
        !unsent.is_empty()
    }

    /// Counts of one kind, for figures.
    pub fn done(&self, kind: LimitKind, now: Timestamp) -> (usize, usize) {
        self.kinds.get(&kind).map_or((0, 0), |ring| (ring.in_hour(now), ring.in_day(now)))
    }
}
