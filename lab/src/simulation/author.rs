//! Who writes the story of a company: which sources there are, and how what they say reaches the log.
//!
//! Each source keeps its order within a partition; between sources anything goes. What happens to
//! whom is `episodes`' matter, by which names a source knows them is `naming`'s.

use super::chance::Chance;
use super::company::{Arrival, Company, Content, topics};
use super::fact::{Before, Deed, Fact, Name, Person, Profile};
use super::manners::{Manner, Manners};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// A source as it goes: what it said last.
#[derive(Clone, Debug)]
pub(super) struct Source {
    name: String,
    topic: String,
    partitions: i32,
    habit: Habit,
    lag: SignedDuration,
    said: u64,
    pub(super) last_time: Timestamp,
}

/// Whether a source numbers its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    Numbers,
    NumbersNothing,
    /// Numbers some: two lanes of one source.
    NumbersSome,
}

/// What a source says of somebody.
#[derive(Clone, Debug)]
pub(super) struct Sentence {
    pub person: usize,
    pub deed: Deed,
    pub employment: Option<String>,
    pub detection: Option<String>,
    pub names: Vec<Name>,
    pub profile: Profile,
}

/// Words about a termination that one source may add while an announced rehire is awaited.
const SAID_OF_AWAITED: u64 = 3;
/// Words about terminations of which an engine surely forgets none.
const WORDS_KEPT: u64 = 12;
/// When all that was said is long decided, and faults are over.
const LATE: SignedDuration = SignedDuration::from_secs(170);

/// Writes the story of one seed.
pub(super) struct Author {
    pub(super) chance: Chance,
    pub(super) company: Company,
    /// Of each tenant: HR a, HR b, security a, security b, and what comes last.
    pub(super) sources: Vec<Vec<Source>>,
    /// The next free moment of each partition, so that its order is its source's.
    latest: BTreeMap<(String, i32), Timestamp>,
    ids: u64,
    /// Of each person: until when an announced rehire is awaited, and what each source has said of
    /// their employment meanwhile.
    awaited: BTreeMap<usize, (Timestamp, BTreeMap<usize, u64>)>,
    /// What each source has said of somebody's terminations so far.
    words: BTreeMap<usize, BTreeMap<usize, u64>>,
    /// Who gets most of what happens: trouble needs two events in one breath.
    pub(super) favourites: usize,
    /// Sources say two things at one instant.
    ties: bool,
    /// Much happens within one breath.
    pub(super) is_breathless: bool,
    /// What else companies do, by chance of its own.
    pub(super) whims: Manners,
    /// So many are there; those behind them have left long ago.
    pub(super) present: usize,
}

impl Company {
    /// The company of a seed, active from `start` to `end`.
    pub fn draw(chance: &mut Chance, manners: &Manners, start: Timestamp, end: Timestamp) -> Self {
        let mut author = Author {
            chance: chance.fork(),
            company: Self::default(),
            sources: Vec::new(),
            latest: BTreeMap::new(),
            ids: 0,
            awaited: BTreeMap::new(),
            words: BTreeMap::new(),
            favourites: 1 + chance.index(3),
            ties: manners.has(Manner::Ties),
            is_breathless: manners.has(Manner::Breathless),
            whims: manners.apart(),
            present: 0,
        };
        author.found(start);
        author.hire_people();
        author.take_up_whims(start);
        let mut now = start + author.chance.millis(0, 5_000);
        while now < end {
            author.episode(now);
            let gap = match author.chance.below(4) {
                0 => author.chance.millis(0, 300),
                1 | 2 => author.chance.millis(300, 20_000),
                _ => author.chance.millis(20_000, 240_000),
            };
            now += gap * manners.pace;
        }
        author.use_ids_again();
        author.link_most(end);
        author.tell_of_everybody(end);
        author.deliver_again(end);
        author.ask_by_contested_names(end + LATE);
        let mut company = author.company;
        company.arrivals.sort_by_key(|arrival| arrival.at);
        company
    }
}

impl Author {
    fn found(&mut self, start: Timestamp) {
        for number in 0..=self.chance.below(2) {
            let tenant = format!("t{number}");
            let habits =
                [Habit::Numbers, Habit::Numbers, Habit::NumbersNothing, Habit::NumbersSome];
            let sources = topics(&tenant)
                .into_iter()
                .map(|(topic, partitions)| Source {
                    name: format!("urn:{topic}"),
                    topic,
                    partitions,
                    habit: *self.chance.pick(&habits).unwrap_or(&Habit::Numbers),
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
            let has_worker_id = self.chance.happens(400);
            let employment = self.chance.happens(500).then(|| format!("E{number}"));
            self.company.people.push(Person {
                tenant,
                numbers: vec![format!("{}", 1000 + number)],
                worker: has_worker_id.then(|| format!("w-{number}")),
                user_names: vec![format!("user{number}")],
                emails: vec![format!("user{number}@t{tenant}.example")],
                employments: employment.into_iter().collect(),
                before,
                is_contested: false,
                called: None,
                in_capitals: false,
            });
        }
        if self.chance.happens(150) {
            self.give_a_name_away();
        }
    }

    pub(super) fn person(&self, person: usize) -> Option<&Person> {
        self.company.people.get(person)
    }

    /// While an announced rehire is awaited, a source says only so much more about the employment, and
    /// of whom much was said none is announced: what an engine keeps of one source is capped, and
    /// beyond the cap nothing is promised of days to come.
    fn bounded(&mut self, person: usize, source: usize, time: Timestamp, deed: Deed) -> Deed {
        if !matches!(
            deed,
            Deed::Terminated { .. }
                | Deed::AccessRevoked
                | Deed::TerminationCancelled
                | Deed::Rehired { .. }
                | Deed::RehireCancelled
        ) {
            return deed;
        }
        let words = self.words.entry(person).or_default();
        *words.entry(source).or_default() += 1;
        let is_much = words.values().any(|words| *words > WORDS_KEPT - SAID_OF_AWAITED);
        let deed = match deed {
            Deed::Rehired { at } if is_much => Deed::Rehired { at: at.min(time) },
            deed => deed,
        };
        let awaited = self.awaited.get_mut(&person).filter(|(until, _)| time < *until);
        if let Some((until, said)) = awaited {
            let said = said.entry(source).or_default();
            *said += 1;
            if *said > SAID_OF_AWAITED {
                return Deed::Updated { from: None };
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

    /// One source says it; when it reaches the log depends on how far behind the source is.
    pub(super) fn say(&mut self, source: usize, mut time: Timestamp, sentence: Sentence) {
        if self.slips(&sentence) {
            let Some(again) = self.say_badly(source, time, sentence.clone()) else { return };
            time = again;
        }
        let deed = self.bounded(sentence.person, source, time, sentence.deed);
        let is_unruly = matches!(deed, Deed::RiskRaised { .. }) && self.chance.happens(50);
        let Some((fact, topic, partition, at)) =
            self.fact(source, time, Sentence { deed, ..sentence })
        else {
            return;
        };
        let content = if is_unruly { Content::Unruly(fact) } else { Content::Fact(fact) };
        let mut items = vec![content];
        if self.chance.happens(30) {
            items.push(Content::Garbage);
        }
        self.arrive(topic, partition, at, items);
    }

    pub(super) fn fact(
        &mut self,
        source: usize,
        time: Timestamp,
        sentence: Sentence,
    ) -> Option<(Fact, String, i32, Timestamp)> {
        self.ids += 1;
        let id = format!("e{}", self.ids);
        let tenant = self.person(sentence.person)?.tenant;
        let source = self.sources.get_mut(tenant)?.get_mut(source)?;
        // Mostly a source's clock does not stand still; two events of one source at one instant are
        // ordered by their ids, which says nothing about the world.
        let stands_still = self.ties && self.chance.happens(300);
        let ticks = SignedDuration::from_millis(i64::from(!stands_still));
        let time = time.max(source.last_time + ticks);
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
        let Sentence { person, deed, employment, detection, names, profile } = sentence;
        let sequence = numbered.then_some(source.said);
        let (name, topic) = (source.name.clone(), source.topic.clone());
        let partition = i32::try_from(person).unwrap_or(0) % source.partitions;
        let at = time + source.lag;
        let fact = Fact {
            person,
            source: name,
            id,
            time,
            sequence,
            deed,
            names,
            employment,
            detection,
            profile,
        };
        Some((fact, topic, partition, at))
    }

    pub(super) fn write_rubbish(&mut self, person: usize, time: Timestamp) {
        if self.chance.happens(300) {
            let names = Vec::new();
            let deed = Deed::CredentialCompromised;
            let (employment, detection, profile) = (None, None, Profile::default());
            let sentence = Sentence { person, deed, employment, detection, names, profile };
            let source = 2 + self.chance.index(2);
            if let Some((fact, topic, partition, at)) = self.fact(source, time, sentence) {
                self.arrive(topic, partition, at, vec![Content::Machine(fact)]);
            }
            return;
        }
        let tenant = self.person(person).map_or(0, |person| person.tenant);
        let which = self.chance.index(4);
        let source = self.sources.get(tenant).and_then(|all| all.get(which));
        let Some(topic) = source.map(|source| source.topic.clone()) else {
            return;
        };
        let content = if self.chance.happens(500) { Content::Garbage } else { Content::Nothing };
        self.arrive(topic, 0, time, vec![content]);
    }

    pub(super) fn arrive(
        &mut self,
        topic: String,
        partition: i32,
        at: Timestamp,
        items: Vec<Content>,
    ) {
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
