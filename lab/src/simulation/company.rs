//! Generated companies: people, topics, and the records that reach them.

use super::fact::{Deed, Fact, Name, Person, Profile};
use super::wire::Wire;
use crate::model::RawRecord;
use crate::model::code::Code;
use jiff::Timestamp;

/// What one record holds, item by item.
#[derive(Clone, Debug)]
pub enum Content {
    Fact(Fact),
    /// By names that lead to several people, after all have been heard of; it must be parked.
    Ambiguous(Fact),
    /// A signal about an account that is nobody's; it must be skipped.
    Machine(Fact),
    /// An event on which a rule's condition fails; it must be parked.
    Unruly(Fact),
    /// What its source has spoilt; it must be parked, and nothing comes of it.
    Slip(Fact, Slip),
    /// Something that could not be decoded; it must be parked.
    Garbage,
    /// Something that rightly says nothing; it must be skipped.
    Nothing,
}

/// What a source has done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// The date stands under a name that is near to its own.
    NearName,
    /// The id is that of another event of the source.
    KnownId,
}

impl Slip {
    /// For what it must be parked.
    pub fn code(self) -> Code {
        match self {
            Self::NearName => Code::FieldMisspelt,
            Self::KnownId => Code::EventIdReused,
        }
    }
}

/// A record, and when it reaches the log.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub at: Timestamp,
    pub topic: String,
    pub partition: i32,
    pub items: Vec<Content>,
}

impl Company {
    /// Whether HR speaks of the person by a name without a number.
    pub fn knows_in_parts(&self, person: usize) -> bool {
        let items = self.arrivals.iter().flat_map(|arrival| &arrival.items);
        let mut facts = items.filter_map(|item| match item {
            Content::Fact(fact) | Content::Slip(fact, _) => Some(fact),
            Content::Ambiguous(_)
            | Content::Machine(_)
            | Content::Unruly(_)
            | Content::Garbage
            | Content::Nothing => None,
        });
        facts.any(|fact| {
            let is_numbered = fact.names.iter().any(|name| matches!(name, Name::Number(_)));
            fact.person == person && !fact.deed.is_security() && !is_numbered
        })
    }
}

impl Arrival {
    /// As it stands in the log.
    pub(super) fn raw(&self, offset: i64, value: Option<Vec<u8>>) -> RawRecord {
        RawRecord {
            topic: self.topic.clone(),
            partition: self.partition,
            offset,
            timestamp: self.at,
            key: None,
            value,
            headers: Vec::new(),
        }
    }
}

/// Everybody, and everything that will be written about them.
#[derive(Clone, Debug, Default)]
pub struct Company {
    pub tenants: Vec<String>,
    pub people: Vec<Person>,
    /// In the order of arrival.
    pub arrivals: Vec<Arrival>,
    /// How it is worded, if that is a matter of the real decoder.
    pub wire: Option<Wire>,
}

/// The topics of a tenant with their numbers of partitions.
pub fn topics(tenant: &str) -> [(String, i32); 5] {
    [
        (format!("{tenant}.hr-a"), 1),
        (format!("{tenant}.hr-b"), 2),
        (format!("{tenant}.xdr-a"), 2),
        (format!("{tenant}.xdr-b"), 3),
        // Where what comes last of all is written.
        (format!("{tenant}.late"), 1),
    ]
}

/// Whether what is written there comes when all else is decided.
pub fn is_late(topic: &str) -> bool {
    topic.rsplit('.').next() == Some("late")
}

impl Company {
    /// One more source of the person's company tells of another user name. Returns the index of its
    /// arrival; the caller lets it happen at `at`.
    pub fn rename(&mut self, person: usize, at: Timestamp) -> Option<usize> {
        // On the wire one event has room for one name from before.
        let most = if self.wire.is_some() { 1 } else { usize::MAX };
        let known = self.people.get_mut(person);
        let known = known.filter(|known| !known.is_contested && known.user_names.len() <= most)?;
        let user_name = format!("user{person}-{}", known.user_names.len() + known.emails.len());
        known.user_names.push(user_name.clone());
        let (names, profile) = (known.names(), known.profile());
        let index = self.emergency(person, at, Deed::Updated { from: None })?;
        let items = self.arrivals.get_mut(index).map(|arrival| &mut arrival.items);
        if let Some(Content::Fact(fact)) = items.and_then(|items| items.first_mut()) {
            fact.names = names;
            // Who sends a name on the wire tells it, too.
            fact.profile = if self.wire.is_some() { profile } else { Profile::default() };
            fact.profile.user_name = Some(user_name);
        }
        Some(index)
    }

    /// Something that one more source of the person's company says out of the blue. Returns the
    /// index of its arrival; the caller lets it happen at `at`.
    pub fn emergency(&mut self, person: usize, at: Timestamp, deed: Deed) -> Option<usize> {
        let known = self.people.get(person)?;
        let tenant = self.tenants.get(known.tenant)?;
        let number = known.numbers.first().cloned().map(Name::Number);
        let email = known.emails.first().cloned().map(Name::Email);
        let by_number = number.filter(|_| !deed.is_security());
        let fact = Fact {
            person,
            source: format!("urn:{tenant}.desk"),
            id: format!("desk-{}", self.arrivals.len()),
            time: at,
            sequence: None,
            deed,
            names: by_number.into_iter().chain(email).collect(),
            employment: known.employments.last().cloned().filter(|_| !deed.is_security()),
            detection: None,
            profile: Profile::default(),
        };
        self.arrivals.push(Arrival {
            at,
            topic: format!("{tenant}.hr-a"),
            partition: 0,
            items: vec![Content::Fact(fact)],
        });
        Some(self.arrivals.len() - 1)
    }
}
