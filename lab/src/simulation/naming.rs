//! By which names a source knows somebody, and what it tells of them.
//!
//! Most know all names. Some know a number alone, or a name alone, or two of them; what they say is
//! kept apart until HR links it. A sensor says one name at a time: of what it names together HR alone
//! says whether it is one person's. What would make one person two accounts, or two people one, in
//! any order of arrival, is not said: a new name comes with those that it replaces, a new number with
//! the old one.

use super::author::{Author, Sentence};
use super::company::Content;
use super::fact::{Deed, Fact, Name, Person, Profile};
use super::oracle::identity;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// How much a source knows of somebody's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knows {
    Everything,
    Number,
    Worker,
    User,
    Email,
    /// No number, but the names that accounts have.
    UserAndEmail,
    NumberAndEmail,
}

impl Knows {
    fn knows(self, one: Self) -> bool {
        match self {
            Self::Everything => true,
            Self::UserAndEmail => matches!(one, Self::User | Self::Email),
            Self::NumberAndEmail => matches!(one, Self::Number | Self::Email),
            Self::Number | Self::Worker | Self::User | Self::Email => self == one,
        }
    }
}

impl Author {
    /// By which names the next event knows the person, and what it says of attributes.
    pub(super) fn wording(&mut self, person: usize, deed: Deed) -> (Vec<Name>, Profile) {
        let Some(known) = self.person(person).cloned() else {
            return (Vec::new(), Profile::default());
        };
        let knows =
            if deed.is_security() { self.sensor_knows(&known) } else { self.hr_knows(&known) };
        (names(&known, knows, deed.is_security()), self.profile(&known, knows))
    }

    fn hr_knows(&mut self, person: &Person) -> Knows {
        match self.chance.below(20) {
            0 | 1 => Knows::Number,
            2 if person.worker.is_some() => Knows::Worker,
            3 if !person.is_contested => Knows::User,
            4 => Knows::Email,
            5 if !person.is_contested => Knows::UserAndEmail,
            6 => Knows::NumberAndEmail,
            _ => Knows::Everything,
        }
    }

    fn sensor_knows(&mut self, person: &Person) -> Knows {
        match self.chance.below(10) {
            0 => Knows::Number,
            1 if !person.is_contested => Knows::User,
            _ => Knows::Email,
        }
    }

    fn profile(&mut self, person: &Person, knows: Knows) -> Profile {
        let word = self.chance.below(1_000);
        let last =
            |names: &[String], needs: Knows| names.last().filter(|_| knows.knows(needs)).cloned();
        Profile {
            user_name: last(&person.user_names, Knows::User).map(|name| person.spelled(&name)),
            email: last(&person.emails, Knows::Email),
            number: last(&person.numbers, Knows::Number),
            display_name: self
                .chance
                .happens(700)
                .then(|| person.called.clone().unwrap_or_else(|| format!("Name {word}"))),
            department: self.chance.happens(600).then(|| format!("Department {word}")),
        }
    }

    /// A newcomer gets the user name of somebody else. An account that was there before nobody could
    /// tell from the newcomer's, if they are heard of first.
    pub(super) fn give_a_name_away(&mut self) {
        let all = self.company.people.len();
        let (old, new) = (self.chance.index(all), self.chance.index(all));
        let Some(had) = self.company.people.get(old).cloned() else { return };
        let Some(gets) = self.company.people.get_mut(new) else { return };
        let was_there = had.before.is_some() || gets.before.is_some();
        if old == new || had.tenant != gets.tenant || was_there {
            return;
        }
        gets.user_names = had.user_names;
        gets.is_contested = true;
        if let Some(had) = self.company.people.get_mut(old) {
            had.is_contested = true;
        }
    }

    /// Another user name or address. Those before stay names of the person.
    pub(super) fn rename(&mut self, person: usize, time: Timestamp) {
        let Some(known) = self.company.people.get_mut(person) else { return };
        if known.is_contested {
            return;
        }
        let count = known.user_names.len() + known.emails.len();
        // On the wire one event has room for one name from before.
        if self.company.wire.is_some() && count > 2 {
            return;
        }
        if self.chance.happens(500) {
            known.user_names.push(format!("user{person}-{count}"));
        } else {
            known.emails.push(format!("user{person}-{count}@t{}.example", known.tenant));
        }
        let source = self.chance.index(2);
        self.link(person, Knows::Everything, source, time);
    }

    /// What links two records need not be all that either is known by.
    pub(super) fn link_thinly(&mut self, person: usize, time: Timestamp) {
        let source = self.chance.index(2);
        self.link(person, Knows::NumberAndEmail, source, time);
    }

    /// HR knows a number and a sensor an address, until HR links the two; then the sensor speaks again.
    /// Returns when all is said.
    pub(super) fn heard_of_in_parts(&mut self, person: usize, time: Timestamp) -> Timestamp {
        if self.person(person).is_none_or(|person| person.is_contested) {
            return time;
        }
        let hired = Deed::Hired { from: self.dated(time) };
        let signal = Deed::CredentialCompromised;
        let later = time + self.chance.millis(0, 20_000);
        let linked = later + self.chance.millis(0, 20_000);
        let last = linked + self.chance.millis(2_000, 60_000);
        let (hr, sensor) = (self.chance.index(2), 2 + self.chance.index(2));
        self.say_knowing(Knows::Number, hr, time, (person, hired));
        self.say_knowing(Knows::Email, sensor, later, (person, signal));
        self.link(person, Knows::NumberAndEmail, hr, linked);
        self.say_knowing(Knows::Email, sensor, last, (person, signal));
        last
    }

    fn say_knowing(
        &mut self,
        knows: Knows,
        source: usize,
        time: Timestamp,
        (person, deed): (usize, Deed),
    ) {
        let Some(known) = self.person(person).cloned() else { return };
        let names = names(&known, knows, deed.is_security());
        let profile = self.profile(&known, knows);
        let (employment, detection) = (None, None);
        self.say(source, time, Sentence { person, deed, employment, detection, names, profile });
    }

    /// Says of one or all of a person's names that they belong together.
    pub(super) fn link(&mut self, person: usize, knows: Knows, source: usize, time: Timestamp) {
        self.say_knowing(knows, source, time, (person, Deed::Updated { from: None }));
    }

    /// In the end most sources have told which names belong together.
    pub(super) fn link_most(&mut self, end: Timestamp) {
        for person in 0..self.company.people.len() {
            let facts: Vec<&Fact> = self
                .company
                .arrivals
                .iter()
                .flat_map(|arrival| &arrival.items)
                .filter_map(|content| match content {
                    Content::Fact(fact) if fact.person == person => Some(fact),
                    _ => None,
                })
                .collect();
            let is_apart = identity::parts(&facts, &[]).len() > 1;
            if is_apart && self.chance.happens(850) {
                let source = self.chance.index(2);
                let before = SignedDuration::from_secs(1) + self.chance.millis(0, 10_000);
                let is_thin = self.chance.happens(500);
                let knows = if is_thin { Knows::NumberAndEmail } else { Knows::Everything };
                self.link(person, knows, source, end - before);
            }
        }
    }
}

fn names(person: &Person, knows: Knows, is_sensor: bool) -> Vec<Name> {
    let number = person.numbers.iter().cloned().map(Name::Number);
    let worker = person.worker.iter().cloned().map(Name::Worker);
    let user = person.user_names.iter().cloned().map(Name::User);
    let email = person.emails.iter().cloned().map(Name::Email);
    // A sensor knows what is written on the device.
    let most = if is_sensor { 1 } else { usize::MAX };
    let mut names = Vec::new();
    if knows.knows(Knows::Number) {
        names.extend(number.rev().take(most));
    }
    if knows.knows(Knows::Worker) {
        names.extend(worker);
    }
    if knows.knows(Knows::User) {
        names.extend(user.rev().take(most));
    }
    if knows.knows(Knows::Email) {
        names.extend(email.rev().take(most));
    }
    names
}

impl Author {
    /// How many people HR has called by a name.
    fn claimants(&self, name: &Name) -> usize {
        let items = self.company.arrivals.iter().flat_map(|arrival| &arrival.items);
        let people = items.filter_map(|item| match item {
            Content::Fact(fact) if fact.names.contains(name) => Some(fact.person),
            _ => None,
        });
        people.collect::<BTreeSet<usize>>().len()
    }

    /// When everything else is decided, somebody is spoken of by a name that leads to two people.
    pub(super) fn ask_by_contested_names(&mut self, at: Timestamp) {
        for person in 0..self.company.people.len() {
            let Some(known) = self.person(person).filter(|person| person.is_contested) else {
                continue;
            };
            let Some(name) = known.user_names.first().cloned().map(Name::User) else { continue };
            if self.claimants(&name) < 2 {
                continue;
            }
            let names = vec![name];
            let is_signal = self.chance.happens(500);
            let deed =
                if is_signal { Deed::CredentialCompromised } else { Deed::Updated { from: None } };
            let (employment, detection, profile) = (None, None, Profile::default());
            let sentence = Sentence { person, deed, employment, detection, names, profile };
            if let Some((fact, topic, partition, _)) = self.fact(4, at, sentence) {
                self.arrive(topic, partition, at, vec![Content::Ambiguous(fact)]);
            }
        }
    }
}
