//! Who writes the story of a company: what happens to whom, and which source says it when.
//!
//! Each source keeps its order within a partition; between sources anything goes. What the design
//! leaves to a later step (merging two people who turn out to be one) is not generated.

use super::chance::Chance;
use super::company::{Arrival, Company, Content, topics};
use super::fact::{Before, Deed, Fact, Person, Profile};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// A source as it goes: what it said last.
#[derive(Clone, Debug)]
struct Source {
    name: String,
    topic: String,
    partitions: i32,
    habit: Habit,
    lag: SignedDuration,
    said: u64,
    last_time: Timestamp,
}

/// Whether a source numbers its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    Numbers,
    NumbersNothing,
    /// Numbers some: two lanes of one source.
    NumbersSome,
}

/// Words about a termination that one source may add while an announced rehire is awaited.
const SAID_OF_AWAITED: u64 = 3;

/// Writes the story of one seed.
struct Author {
    chance: Chance,
    company: Company,
    /// Of each tenant: HR a, HR b, security a, security b.
    sources: Vec<Vec<Source>>,
    /// The next free moment of each partition, so that its order is its source's.
    latest: BTreeMap<(String, i32), Timestamp>,
    ids: u64,
    /// Of each person: until when an announced rehire is awaited, and what each source has said of
    /// their employment meanwhile.
    awaited: BTreeMap<usize, (Timestamp, BTreeMap<usize, u64>)>,
    /// Who gets most of what happens: trouble needs two events in one breath.
    favourites: usize,
}

impl Company {
    /// The company of a seed, active from `start` to `end`.
    pub fn draw(chance: &mut Chance, start: Timestamp, end: Timestamp) -> Self {
        let mut author = Author {
            chance: chance.fork(),
            company: Self::default(),
            sources: Vec::new(),
            latest: BTreeMap::new(),
            ids: 0,
            awaited: BTreeMap::new(),
            favourites: 1 + chance.index(3),
        };
        author.found(start);
        author.hire_people();
        let mut now = start + author.chance.millis(0, 5_000);
        while now < end {
            author.episode(now);
            let gap = match author.chance.below(4) {
                0 => author.chance.millis(0, 300),
                1 | 2 => author.chance.millis(300, 20_000),
                _ => author.chance.millis(20_000, 240_000),
            };
            now += gap;
        }
        author.deliver_again(end);
        let mut company = author.company;
        company.arrivals.sort_by_key(|arrival| arrival.at);
        company
    }
}

impl Author {
    fn found(&mut self, start: Timestamp) {
        for number in 0..=self.chance.below(2) {
            let tenant = format!("t{number}");
            let sources = topics(&tenant)
                .into_iter()
                .map(|(topic, partitions)| Source {
                    name: format!("urn:{topic}"),
                    topic,
                    partitions,
                    habit: *self
                        .chance
                        .pick(&[
                            Habit::Numbers,
                            Habit::Numbers,
                            Habit::NumbersNothing,
                            Habit::NumbersSome,
                        ])
                        .unwrap_or(&Habit::Numbers),
                    lag: SignedDuration::ZERO,
                    said: 0,
                    last_time: start,
                })
                .collect();
            self.sources.push(sources);
            self.company.tenants.push(tenant);
        }
    }

    fn hire_people(&mut self) {
        let tenants = self.company.tenants.len();
        for number in 0..self.chance.between(4, 12) {
            let tenant = self.chance.index(tenants);
            let before = self.chance.happens(400).then(|| Before {
                active: !self.chance.happens(100),
                in_vpn: self.chance.happens(700),
            });
            self.company.people.push(Person {
                tenant,
                employee_number: format!("{}", 1000 + number),
                user_name: format!("user{number}"),
                email: format!("user{number}@t{tenant}.example"),
                employment: self.chance.happens(500).then(|| format!("E{number}")),
                before,
            });
        }
    }

    /// A few things that happen to one person in short order.
    fn episode(&mut self, at: Timestamp) {
        let all = self.company.people.len();
        let some = self.favourites.min(all);
        let among = if self.chance.happens(600) { some } else { all };
        let person = self.chance.index(among);
        let Some(known) = self.company.people.get(person).cloned() else {
            return;
        };
        let first = !self.company.arrivals.iter().any(|arrival| {
            arrival
                .items
                .iter()
                .any(|item| matches!(item, Content::Fact(fact) if fact.person == person))
        });
        let mut time = at;
        if first && known.before.is_none() && self.chance.happens(800) {
            let deed = Deed::Hired { from: self.dated(time) };
            self.tell(person, time, deed);
            time += self.chance.millis(0, 3_000);
        }
        for _ in 0..=self.chance.below(3) {
            let deed = self.deed(time);
            self.tell(person, time, deed);
            time += match self.chance.below(3) {
                0 => self.chance.millis(0, 100),
                1 => self.chance.millis(100, 3_000),
                _ => self.chance.millis(3_000, 30_000),
            };
        }
        if self.chance.happens(60) {
            self.write_rubbish(known.tenant, time);
        }
    }

    fn deed(&mut self, time: Timestamp) -> Deed {
        match self.chance.below(20) {
            0 => Deed::Hired { from: self.dated(time) },
            1 | 2 => Deed::Updated,
            3..=6 => Deed::Terminated { from: self.dated(time) },
            7 | 8 => Deed::TerminationCancelled,
            9 | 10 => Deed::Rehired { at: self.dated(time) },
            11 => Deed::LeaveStarted { from: self.dated(time) },
            12 => Deed::LeaveEnded,
            13..=15 => Deed::RiskRaised {
                level: self.chance.pick(&["high", "critical", "high", "low"]).unwrap_or(&"high"),
            },
            16 => Deed::CredentialCompromised,
            _ => Deed::RiskCleared,
        }
    }

    /// An instant at which something known at `time` takes effect.
    fn dated(&mut self, time: Timestamp) -> Timestamp {
        match self.chance.below(10) {
            0 => time - self.chance.millis(1_000, 600_000),
            1..=5 => time,
            6 | 7 => time + self.chance.millis(1, 5_000),
            _ => time + self.chance.millis(5_000, 1_800_000),
        }
    }

    /// One source, or both of a kind, writes what happened.
    fn tell(&mut self, person: usize, time: Timestamp, deed: Deed) {
        let security = deed.is_security();
        let first = if security { 2 } else { 0 };
        let which = self.chance.index(2);
        let detection =
            (security && self.chance.happens(600)).then(|| format!("d{}", self.chance.below(3)));
        let wide = self.chance.happens(50);
        let profile = self.profile(person);
        self.word(person, first + which, time, deed, detection.clone(), wide, &profile);
        if !security && self.chance.happens(150) {
            let later = time + self.chance.millis(1, 2_000);
            self.word(person, first + 1 - which, later, deed, detection, wide, &profile);
        }
    }

    fn profile(&mut self, person: usize) -> Profile {
        let word = self.chance.below(1_000);
        Profile {
            user_name: self
                .company
                .people
                .get(person)
                .map(|person| person.user_name.clone())
                .unwrap_or_default(),
            display_name: self.chance.happens(700).then(|| format!("Name {word}")),
            department: self.chance.happens(600).then(|| format!("Department {word}")),
        }
    }

    /// While an announced rehire is awaited, a source says only so much more about the employment:
    /// what an engine keeps of one source is capped, and beyond the cap nothing is promised.
    fn bounded(&mut self, person: usize, source: usize, time: Timestamp, deed: Deed) -> Deed {
        if !matches!(
            deed,
            Deed::Terminated { .. } | Deed::TerminationCancelled | Deed::Rehired { .. }
        ) {
            return deed;
        }
        let awaited = self.awaited.get_mut(&person).filter(|(until, _)| time < *until);
        if let Some((until, said)) = awaited {
            let said = said.entry(source).or_default();
            *said += 1;
            if *said > SAID_OF_AWAITED {
                return Deed::Updated;
            }
            if let Deed::Rehired { at } = deed {
                *until = at.max(*until);
            }
        } else if let Deed::Rehired { at } = deed
            && time < at
        {
            self.awaited.insert(person, (at, BTreeMap::new()));
        }
        deed
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one sentence; a struct would only repeat `Fact`"
    )]
    fn word(
        &mut self,
        person: usize,
        source: usize,
        time: Timestamp,
        deed: Deed,
        detection: Option<String>,
        wide: bool,
        profile: &Profile,
    ) {
        let deed = self.bounded(person, source, time, deed);
        self.ids += 1;
        let id = format!("e{}", self.ids);
        let Some(known) = self.company.people.get(person).cloned() else {
            return;
        };
        let Some(source) =
            self.sources.get_mut(known.tenant).and_then(|sources| sources.get_mut(source))
        else {
            return;
        };
        // A source's clock does not stand still: two events of one source at one instant would be
        // ordered by their ids, which says nothing about the world.
        let time = time.max(source.last_time + SignedDuration::from_millis(1));
        source.last_time = time;
        source.said += 1;
        let numbered = match source.habit {
            Habit::Numbers => true,
            Habit::NumbersNothing => false,
            Habit::NumbersSome => self.chance.happens(500),
        };
        if self.chance.happens(100) {
            source.lag = match self.chance.below(3) {
                0 => SignedDuration::ZERO,
                1 => self.chance.millis(0, 2_000),
                _ => self.chance.millis(0, 120_000),
            };
        }
        let fact = Fact {
            person,
            source: source.name.clone(),
            id,
            time,
            sequence: numbered.then_some(source.said),
            deed,
            employment: known.employment.filter(|_| !deed.is_security() && !wide),
            detection,
            profile: profile.clone(),
        };
        let partition = i32::try_from(person).unwrap_or(0) % source.partitions;
        let (topic, at) = (source.topic.clone(), time + source.lag);
        let content = if matches!(fact.deed, Deed::RiskRaised { .. }) && self.chance.happens(50) {
            Content::Unruly(fact)
        } else {
            Content::Fact(fact)
        };
        let mut items = vec![content];
        if self.chance.happens(30) {
            items.push(Content::Garbage);
        }
        self.arrive(topic, partition, at, items);
    }

    fn write_rubbish(&mut self, tenant: usize, time: Timestamp) {
        let Some(source) = self.sources.get(tenant).and_then(|all| self.chance.pick(all)) else {
            return;
        };
        let topic = source.topic.clone();
        let content = if self.chance.happens(500) { Content::Garbage } else { Content::Nothing };
        self.arrive(topic, 0, time, vec![content]);
    }

    fn arrive(&mut self, topic: String, partition: i32, at: Timestamp, items: Vec<Content>) {
        let latest = self.latest.entry((topic.clone(), partition)).or_insert(at);
        let at = at.max(*latest + SignedDuration::from_micros(100));
        *latest = at;
        self.company.arrivals.push(Arrival { at, topic, partition, items });
    }

    /// Some records are written once more, at other offsets: a producer that was not sure.
    fn deliver_again(&mut self, end: Timestamp) {
        if !self.chance.happens(600) {
            return;
        }
        for arrival in self.company.arrivals.clone() {
            if self.chance.happens(80) {
                let soon = self.chance.happens(600);
                let delay = self.chance.millis(1, if soon { 2_000 } else { 600_000 });
                // Never before the first time, or it would overtake what the source said meanwhile.
                let at = (arrival.at + delay).min(end).max(arrival.at);
                self.company.arrivals.push(Arrival { at, ..arrival });
            }
        }
    }
}
