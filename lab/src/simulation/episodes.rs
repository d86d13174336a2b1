//! What happens to people: careers, corrections, renames, conversions, storms.

use super::author::{Author, Sentence};
use super::company::Content;
use super::fact::Deed;
use jiff::{SignedDuration, Timestamp};

impl Author {
    /// A few things that happen to one person in short order.
    pub(super) fn episode(&mut self, at: Timestamp) {
        let all = self.present;
        let some = self.favourites.min(all);
        let among = if self.chance.happens(600) { some } else { all };
        let person = self.chance.index(among);
        let mut time = at;
        let was_there = self.person(person).is_some_and(|person| person.before.is_some());
        if self.is_new(person) && self.chance.happens(150) {
            time = self.heard_of_in_parts(person, time);
        } else if !was_there && self.is_new(person) && self.chance.happens(700) {
            let deed = Deed::Hired { from: self.dated(time) };
            self.tell(person, time, deed);
            time += self.chance.millis(0, 3_000);
        }
        if self.is_breathless && self.chance.happens(500) {
            self.flicker(person, time);
            return;
        }
        match self.chance.below(24) {
            0 | 1 => self.correct_a_termination(person, time),
            2 | 3 => self.convert(person, time),
            4 => self.announce_and_cancel(person, time),
            5 | 6 => self.rename(person, time),
            7 => {
                let deed = Deed::Transferred { from: self.dated(time) };
                self.tell(person, time, deed);
            }
            8 => self.hold_and_release(person, time),
            9 => self.rehire(person, time),
            10 if self.chance.happens(250) => self.storm(person, time),
            11 if self.chance.happens(250) => self.storm_over_everybody(time),
            12 => self.link_thinly(person, time),
            13 => self.contradict_at_one_instant(person, time),
            _ => self.ordinary(person, time),
        }
        if self.chance.happens(60) {
            self.write_rubbish(person, time);
        }
    }

    fn is_new(&self, person: usize) -> bool {
        let mut items = self.company.arrivals.iter().flat_map(|arrival| &arrival.items);
        !items.any(|item| matches!(item, Content::Fact(fact) if fact.person == person))
    }

    fn ordinary(&mut self, person: usize, mut time: Timestamp) {
        for _ in 0..=self.chance.below(3) {
            let deed = self.deed(time);
            self.tell(person, time, deed);
            time = self.soon(time);
        }
    }

    fn deed(&mut self, time: Timestamp) -> Deed {
        match self.chance.below(20) {
            0 => Deed::Hired { from: self.dated(time) },
            1 | 2 => {
                let is_dated = self.chance.happens(300);
                Deed::Updated { from: is_dated.then(|| self.dated(time)) }
            }
            3..=6 => Deed::Terminated { from: self.dated(time) },
            7 | 8 => Deed::TerminationCancelled,
            9 | 10 => Deed::Rehired { at: self.dated(time) },
            11 => Deed::LeaveStarted { from: self.dated(time) },
            12 => Deed::LeaveEnded,
            13..=15 => self.raise(),
            16 => Deed::CredentialCompromised,
            17 if self.chance.happens(300) => Deed::AccessRevoked,
            _ => Deed::RiskCleared,
        }
    }

    fn raise(&mut self) -> Deed {
        let level = self.chance.pick(&["high", "critical", "high", "low"]).unwrap_or(&"high");
        Deed::RiskRaised { level }
    }

    /// An instant at which something known at `time` takes effect.
    pub(super) fn dated(&mut self, time: Timestamp) -> Timestamp {
        if let Some(midnight) = self.whims.midnight.filter(|_| self.whims.chance.happens(400)) {
            return midnight.at();
        }
        match self.chance.below(10) {
            0 => time - self.chance.millis(1_000, 600_000),
            1..=5 => time,
            6 | 7 => time + self.chance.millis(1, 5_000),
            _ => self.ahead(time),
        }
    }

    fn ahead(&mut self, time: Timestamp) -> Timestamp {
        time + self.chance.millis(5_000, 1_800_000)
    }

    fn soon(&mut self, time: Timestamp) -> Timestamp {
        time + match self.chance.below(3) {
            0 => self.chance.millis(0, 100),
            1 => self.chance.millis(100, 3_000),
            _ => self.chance.millis(3_000, 30_000),
        }
    }

    /// One source, or both of a kind, writes what happened.
    pub(super) fn tell(&mut self, person: usize, time: Timestamp, deed: Deed) {
        let employment = self.employment(person, deed);
        self.tell_of(person, time, deed, employment);
    }

    fn tell_of(&mut self, person: usize, time: Timestamp, deed: Deed, employment: Option<String>) {
        let security = deed.is_security();
        let first = if security { 2 } else { 0 };
        let which = self.chance.index(2);
        let detection =
            (security && self.chance.happens(600)).then(|| format!("d{}", self.chance.below(3)));
        let (names, profile) = self.wording(person, deed);
        let sentence = Sentence { person, deed, employment, detection, names, profile };
        self.say(first + which, time, sentence.clone());
        if !security && self.chance.happens(150) {
            let later = time + self.chance.millis(1, 2_000);
            let other = 1 - which;
            if self.chance.happens(500) {
                let (names, profile) = self.wording(person, deed);
                self.say(other, later, Sentence { names, profile, ..sentence });
            } else {
                self.say(other, later, sentence);
            }
        }
    }

    /// Of which employment the deed is said: mostly the last, sometimes an earlier one, or none.
    fn employment(&mut self, person: usize, deed: Deed) -> Option<String> {
        let all = self.person(person)?.employments.clone();
        let wide = self.chance.happens(50);
        let earlier = self.chance.happens(100);
        if deed.is_security() || wide {
            return None;
        }
        let found = if earlier { self.chance.pick(&all) } else { all.last() };
        found.cloned()
    }

    /// An employment begins that was not there before.
    fn new_employment(&mut self, person: usize) -> Option<String> {
        let known = self.company.people.get_mut(person)?;
        if known.employments.is_empty() {
            return None;
        }
        let id = format!("E{person}-{}", known.employments.len());
        known.employments.push(id.clone());
        Some(id)
    }

    /// A last day that is moved, taken back, and set again.
    fn correct_a_termination(&mut self, person: usize, mut time: Timestamp) {
        let employment = self.employment(person, Deed::AccessRevoked);
        let first = Deed::Terminated { from: self.ahead(time) };
        self.tell_of(person, time, first, employment.clone());
        for _ in 0..=self.chance.below(2) {
            time = self.soon(time);
            let deed = match self.chance.below(5) {
                0 | 1 => Deed::TerminationCancelled,
                2 => Deed::Terminated { from: self.dated(time) },
                _ => Deed::Terminated { from: self.ahead(time) },
            };
            self.tell_of(person, time, deed, employment.clone());
        }
    }

    /// Two sources disagree, and neither is later.
    fn contradict_at_one_instant(&mut self, person: usize, time: Timestamp) {
        let employment = self.employment(person, Deed::AccessRevoked);
        let mut pair = if self.chance.happens(600) {
            [Deed::Terminated { from: time }, Deed::TerminationCancelled]
        } else {
            [Deed::LeaveStarted { from: time }, Deed::LeaveEnded]
        };
        if self.chance.happens(500) {
            pair.reverse();
        }
        for (source, deed) in pair.into_iter().enumerate() {
            let (names, profile) = self.wording(person, deed);
            let (employment, detection) = (employment.clone(), None);
            let sentence = Sentence { person, deed, employment, detection, names, profile };
            self.say(source, time, sentence);
        }
    }

    /// One employment ends and another begins, with a gap or an overlap, told in either order.
    fn convert(&mut self, person: usize, time: Timestamp) {
        let before = self.person(person).and_then(|person| person.employments.last().cloned());
        let after = self.new_employment(person);
        let ends = self.dated(time);
        let begins = ends + self.chance.millis(-120_000, 120_000);
        let most = if self.company.wire.is_some() { 1 } else { usize::MAX };
        if self.chance.happens(300)
            && let Some(known) = self.company.people.get_mut(person)
            && known.numbers.len() <= most
        {
            known.numbers.push(format!("{}-{}", 2_000 + person, known.numbers.len()));
        }
        let is_hire = self.chance.happens(300);
        let begun =
            if is_hire { Deed::Hired { from: begins } } else { Deed::Converted { from: begins } };
        let later = self.soon(time);
        let ended = Deed::Terminated { from: ends };
        if self.chance.happens(500) {
            self.tell_of(person, time, ended, before);
            self.tell_of(person, later, begun, after);
        } else {
            self.tell_of(person, time, begun, after);
            self.tell_of(person, later, ended, before);
        }
    }

    /// Somebody is to come, and does not.
    fn announce_and_cancel(&mut self, person: usize, time: Timestamp) {
        let later = self.soon(time);
        let date = self.ahead(time);
        let is_return = self.chance.happens(400);
        let employment = self.employment(person, Deed::AccessRevoked);
        let (comes, does_not) = if is_return {
            (Deed::Rehired { at: date }, Deed::RehireCancelled)
        } else {
            (Deed::Hired { from: date }, Deed::HireCancelled)
        };
        self.tell_of(person, time, comes, employment.clone());
        self.tell_of(person, later, does_not, employment);
    }

    fn hold_and_release(&mut self, person: usize, time: Timestamp) {
        self.tell(person, time, Deed::HoldChanged { on: true });
        if self.chance.happens(600) {
            let later = self.soon(time);
            self.tell(person, later, Deed::HoldChanged { on: false });
        }
    }

    /// Out and in again, under the same employment or another.
    fn rehire(&mut self, person: usize, time: Timestamp) {
        let ended = Deed::Terminated { from: self.dated(time) };
        self.tell(person, time, ended);
        let later = self.soon(time);
        let new = if self.chance.happens(500) { self.new_employment(person) } else { None };
        let back = Deed::Rehired { at: self.dated(later) };
        let employment = new.or_else(|| self.employment(person, back));
        self.tell_of(person, later, back, employment);
    }

    /// Said, taken back and said again before anybody can have written down the first.
    fn flicker(&mut self, person: usize, mut time: Timestamp) {
        let employment = self.employment(person, Deed::AccessRevoked);
        let kind = self.chance.below(3);
        for turn in 0..self.chance.between(3, 6) {
            let forbids = turn % 2 == 0;
            let deed = match (kind, forbids) {
                (0, true) => Deed::Terminated { from: time },
                (0, false) => Deed::TerminationCancelled,
                (1, true) => Deed::LeaveStarted { from: time },
                (1, false) => Deed::LeaveEnded,
                (_, true) => self.raise(),
                (_, false) => Deed::RiskCleared,
            };
            self.tell_of(person, time, deed, employment.clone());
            time += self.chance.millis(0, 40);
        }
    }

    /// A sensor that cannot calm down about one person.
    fn storm(&mut self, person: usize, time: Timestamp) {
        for _ in 0..self.chance.between(15, 40) {
            let at = time + self.chance.millis(0, 60_000);
            let deed = if self.chance.happens(600) { self.raise() } else { Deed::RiskCleared };
            self.tell(person, at, deed);
        }
    }

    /// A signature that fits everybody, and is taken back one by one.
    fn storm_over_everybody(&mut self, time: Timestamp) {
        for person in 0..self.present {
            let at = time + self.chance.millis(0, 30_000);
            self.tell(person, at, Deed::CredentialCompromised);
            if self.chance.happens(800) {
                let later = at + SignedDuration::from_secs(5) + self.chance.millis(0, 60_000);
                self.tell(person, later, Deed::RiskCleared);
            }
        }
    }
}
