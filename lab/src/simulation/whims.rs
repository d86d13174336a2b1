//! What companies do besides: shared ids, ids that come again, names like others' names, old lists.
//!
//! All of it draws from a stream of its own, so that a company without any is the plain company.

use super::author::{Author, Sentence};
use super::company::{Arrival, Content, Slip, topics};
use super::fact::{Before, Deed, Fact, Name, Person, Profile};
use super::manners::Manner;
use super::naming::Knows;
use super::wire::Wire;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// As many have an id before it counts as nobody's; what `engine.name_bearers_most` is unless said.
const FEW: usize = 5;
/// Of whom more is said the oldest is forgotten, and so would be its id.
const SURELY_REMEMBERED: usize = 45;
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Author {
    /// Who is there is known, and nothing is said yet.
    pub(super) fn take_up_whims(&mut self, start: Timestamp) {
        self.present = self.company.people.len();
        self.pair_up_twins();
        let by_wire = [
            Manner::SharedIds,
            Manner::Blanks,
            Manner::Twins,
            Manner::NearMissFields,
            Manner::Zones,
            Manner::Replays,
        ];
        if by_wire.into_iter().any(|manner| self.whims.has(manner)) {
            self.company.wire = Some(Wire {
                blanks: self.whims.has(Manner::Blanks),
                placeholders: self.whims.has(Manner::SharedIds),
                sharing: self.sharing(),
                near_names: self.whims.has(Manner::NearMissFields),
                in_capitals: self.in_capitals(),
                midnight: self.whims.midnight,
            });
        }
        if self.whims.has(Manner::OldBacklog) {
            self.tell_of_old_leavers(start);
        }
    }

    fn in_capitals(&self) -> BTreeSet<usize> {
        let all = self.company.people.iter().enumerate();
        all.filter(|(_, person)| person.in_capitals).map(|(number, _)| number).collect()
    }

    /// Tenants with enough people for an id of everybody's to be known as nobody's.
    fn sharing(&self) -> BTreeSet<String> {
        if !self.whims.has(Manner::SharedIds) {
            return BTreeSet::new();
        }
        let size = |tenant: usize| {
            let here = self.company.people.iter().filter(|person| person.tenant == tenant);
            here.count()
        };
        let tenants = self.company.tenants.iter().enumerate();
        tenants.filter(|(tenant, _)| size(*tenant) > FEW).map(|(_, name)| name.clone()).collect()
    }

    /// Sooner or later HR speaks of everybody.
    pub(super) fn tell_of_everybody(&mut self, end: Timestamp) {
        if !self.whims.has(Manner::SharedIds) {
            return;
        }
        for person in 0..self.company.people.len() {
            let before = SignedDuration::from_secs(1) + self.whims.chance.millis(0, 10_000);
            self.link(person, Knows::Everything, 0, end - before);
        }
    }

    /// Whether the date of what is said gets under a name near to its own.
    pub(super) fn slips(&mut self, sentence: &Sentence) -> bool {
        let is_dated = sentence.deed.effective_at().is_some();
        // Who has records read again needs some that were parked.
        let slip = [Manner::NearMissFields, Manner::Replays].iter().any(|it| self.whims.has(*it));
        is_dated && slip && self.whims.chance.happens(250)
    }

    /// The date gets under another name. Returns when the source says it again as it should, if it does.
    pub(super) fn say_badly(
        &mut self,
        source: usize,
        time: Timestamp,
        sentence: Sentence,
    ) -> Option<Timestamp> {
        let (fact, topic, partition, at) = self.fact(source, time, sentence)?;
        self.arrive(topic, partition, at, vec![Content::Slip(fact, Slip::NearName)]);
        let delay = self.whims.chance.millis(0, 20_000);
        self.whims.chance.happens(800).then(|| time + delay)
    }

    /// Some get names that are nearly others'; where only the case differs, it is one name of both.
    fn pair_up_twins(&mut self) {
        if !self.whims.has(Manner::Twins) {
            return;
        }
        for _ in 0..self.whims.chance.between(1, 3) {
            let all = self.company.people.len();
            let (one, other) = (self.whims.chance.index(all), self.whims.chance.index(all));
            let kind = self.whims.chance.below(3);
            let is_free = |person: &&mut Person| !person.is_contested && person.called.is_none();
            let Ok([one_of, other_of]) = self.company.people.get_disjoint_mut([one, other]) else {
                continue;
            };
            if one_of.tenant != other_of.tenant || !is_free(&one_of) || !is_free(&other_of) {
                continue;
            }
            let was_there = one_of.before.is_some() || other_of.before.is_some();
            match kind {
                0 => other_of.go_by(&format!("user{one}-1")),
                1 if !was_there => {
                    other_of.user_names.clone_from(&one_of.user_names);
                    (one_of.is_contested, other_of.is_contested) = (true, true);
                    other_of.in_capitals = true;
                }
                _ => {
                    one_of.go_by(&format!("josé{one}"));
                    other_of.go_by(&format!("jose{one}"));
                }
            }
            for twin in [one_of, other_of] {
                twin.called = Some("Kim Lee".to_owned());
            }
        }
    }

    /// A source counts its events from one again: what it says of somebody has an id that is known from
    /// an event about another person.
    pub(super) fn use_ids_again(&mut self) {
        if !self.whims.has(Manner::ReusedEventIds) {
            return;
        }
        for tenant in self.company.tenants.clone() {
            // Of one partition, so that the one comes first in any order.
            let Some((topic, _)) = topics(&tenant).into_iter().next() else { continue };
            for _ in 0..self.whims.chance.between(1, 4) {
                self.use_an_id_again(&topic);
            }
        }
    }

    fn use_an_id_again(&mut self, topic: &str) {
        let (mut heard, mut said) = (BTreeSet::new(), BTreeMap::new());
        let (mut firsts, mut others) = (Vec::new(), Vec::new());
        for (place, arrival) in self.company.arrivals.iter().enumerate() {
            for content in &arrival.items {
                let Content::Fact(fact) = content else { continue };
                *said.entry(fact.person).or_insert(0_usize) += 1;
                let is_first = heard.insert(fact.person);
                if arrival.topic == topic {
                    if is_first { firsts.push(place) } else { others.push(place) }
                }
            }
        }
        let among = if self.whims.chance.happens(700) { &firsts } else { &others };
        let Some(place) = self.whims.chance.pick(among).copied() else { return };
        let Some(arrival) = self.company.arrivals.get(place).cloned() else { return };
        let Some(Content::Fact(fact)) = arrival.items.first().cloned() else { return };
        let earlier = self.company.arrivals.iter().filter(|it| it.topic == topic);
        let earlier = earlier.filter(|it| it.at < arrival.at).flat_map(|it| &it.items);
        let known = earlier.filter_map(|content| match content {
            Content::Fact(known) if known.source == fact.source => Some(known),
            _ => None,
        });
        let is_kept = |known: &&Fact| {
            let words = said.get(&known.person).copied().unwrap_or(0);
            known.person != fact.person && words <= SURELY_REMEMBERED
        };
        let ids: Vec<String> = known.filter(is_kept).map(|known| known.id.clone()).collect();
        let Some(id) = self.whims.chance.pick(&ids).cloned() else { return };
        let tells_names = matches!(fact.deed, Deed::Updated { .. });
        let is_used = |content: &Content| {
            matches!(content, Content::Slip(other, Slip::KnownId)
                if other.id == fact.id && other.source == fact.source)
        };
        let mut all = self.company.arrivals.iter().flat_map(|arrival| &arrival.items);
        let is_known_from = all.any(is_used);
        let slip = Content::Slip(Fact { id, ..fact }, Slip::KnownId);
        if !tells_names && !is_known_from && self.whims.chance.happens(250) {
            // Nobody sends it again.
            let first = self.company.arrivals.get_mut(place).and_then(|it| it.items.first_mut());
            if let Some(item) = first {
                *item = slip;
            }
            return;
        }
        let at = arrival.at - SignedDuration::from_micros(50);
        self.company.arrivals.push(Arrival { at, items: vec![slip], ..arrival });
    }

    /// HR begins with all who ever left, and then somebody leaves today.
    fn tell_of_old_leavers(&mut self, start: Timestamp) {
        let many = self.whims.chance.between(20, 60);
        let mut time = start - DAY * 3_000;
        for number in 0..many {
            let tenant = self.whims.chance.index(self.company.tenants.len());
            let person = self.company.people.len();
            let is_there = self.whims.chance.happens(600);
            self.company.people.push(Person {
                tenant,
                numbers: vec![format!("{}", 500_000 + number)],
                worker: None,
                user_names: vec![format!("old{number}")],
                emails: vec![format!("old{number}@t{tenant}.example")],
                employments: Vec::new(),
                before: is_there.then(|| Before {
                    active: self.whims.chance.happens(300),
                    in_vpn: self.whims.chance.happens(200),
                }),
                is_contested: false,
                called: None,
                in_capitals: false,
            });
            time += self.whims.chance.millis(0, 40 * 86_400_000);
            self.tell_of_a_leaver(person, (time, start), time);
        }
        let there: Vec<usize> = (0..self.present)
            .filter(|it| self.person(*it).is_some_and(|it| it.before.is_some() && !it.is_contested))
            .collect();
        for sources in &mut self.sources {
            for source in sources.iter_mut() {
                source.last_time = start;
            }
        }
        if let Some(person) = self.whims.chance.pick(&there).copied() {
            let now = start + self.whims.chance.millis(0, 500);
            self.tell_of_a_leaver(person, (now, now), now);
        }
    }

    fn tell_of_a_leaver(
        &mut self,
        person: usize,
        (time, arrives): (Timestamp, Timestamp),
        from: Timestamp,
    ) {
        let Some(known) = self.person(person).cloned() else { return };
        if let Some(source) =
            self.sources.get_mut(known.tenant).and_then(|sources| sources.first_mut())
        {
            source.last_time = source.last_time.min(time);
        }
        let names: Vec<Name> = known.names();
        let sentence = Sentence {
            person,
            deed: Deed::Terminated { from },
            employment: None,
            detection: None,
            names,
            profile: Profile::default(),
        };
        if let Some((fact, topic, partition, _)) = self.fact(0, time, sentence) {
            self.arrive(topic, partition, arrives, vec![Content::Fact(fact)]);
        }
    }
}

impl Person {
    /// Gets another name, before anybody has heard of any.
    fn go_by(&mut self, name: &str) {
        self.user_names = vec![name.to_owned()];
        self.emails = vec![format!("{name}@t{}.example", self.tenant)];
    }
}
