//! What came of requests, as the audit says it. It is memory, for whoever waits or asks soon after; what must
//! last stands in the audit itself.

use crate::audit::line::{Line, LineKind};
use crate::model::decision::{Decision, HeldRow, NoteWord, ResultWord, Why};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// Requests that are kept; the oldest go first.
const KEPT_MOST: usize = 4096;

/// A request: the source of its events, and its id.
pub(super) type Key = (String, String);

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is in Kafka; not all of it has been decided and done.
    Taken,
    /// Done, and read back.
    Applied,
    /// There was nothing to do.
    AlreadySo,
    /// A limit, a brake or identity keeps some of it back, until somebody says what counts.
    Held,
    /// What the configuration protects.
    Protected,
    /// It takes longer than one would expect.
    Waiting,
    /// Planned and not written, for the target is only observed.
    Observed,
    /// No rule speaks about it, another word counts, or nobody could act on it.
    Refused,
    /// The target does not take it.
    Failed,
}

impl State {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Applied => "applied",
            Self::AlreadySo => "already_so",
            Self::Held => "held",
            Self::Protected => "protected",
            Self::Waiting => "waiting",
            Self::Observed => "observed",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// How far it is from done; of several people the furthest is told.
    fn distance(self) -> u8 {
        match self {
            Self::AlreadySo => 0,
            Self::Applied => 1,
            Self::Observed => 2,
            Self::Waiting => 3,
            Self::Taken => 4,
            Self::Held => 5,
            Self::Protected => 6,
            Self::Refused => 7,
            Self::Failed => 8,
        }
    }

    /// Whether there is something to tell whoever waits.
    pub(super) fn is_news(self) -> bool {
        match self {
            Self::Taken | Self::Waiting => false,
            Self::Applied
            | Self::AlreadySo
            | Self::Held
            | Self::Protected
            | Self::Observed
            | Self::Refused
            | Self::Failed => true,
        }
    }
}

/// What was decided of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Decided {
    /// Something is said by it.
    counts: bool,
    why: Option<Why>,
}

/// Where one of those stands whom a request is about.
#[derive(Clone, Debug, Default)]
struct Standing {
    account: Option<String>,
    came: Option<State>,
    why: Option<Why>,
    holds: Vec<HeldRow>,
}

/// What came of one request.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    target: String,
    /// How many events it is; 0 where another process took it in.
    events: usize,
    decided: BTreeMap<String, Decided>,
    /// Whom it is about: one, or the members of a group.
    people: BTreeMap<String, Standing>,
}

impl Outcome {
    pub(super) fn state(&self) -> State {
        if self.decided.is_empty() || self.decided.len() < self.events {
            return State::Taken;
        }
        if !self.decided.values().any(|decided| decided.counts) {
            return State::Refused;
        }
        let some_refused = self.decided.values().any(|decided| !decided.counts);
        match self.came() {
            State::Applied | State::AlreadySo if some_refused => State::Refused,
            came => came,
        }
    }

    /// Where it stands with whomever it is furthest from done.
    fn came(&self) -> State {
        let each = self.people.values().map(|it| it.came.unwrap_or(State::Taken));
        each.max_by_key(|state| state.distance()).unwrap_or(State::Taken)
    }

    /// The person, if it is about one.
    pub(super) fn person(&self) -> Option<&str> {
        let mut people = self.people.keys();
        people.next().filter(|_| people.next().is_none()).map(String::as_str)
    }

    /// The account of that person, once it is known.
    pub(super) fn account(&self) -> Option<&str> {
        let mut people = self.people.values();
        people.next().filter(|_| people.next().is_none())?.account.as_deref()
    }

    /// What waits for somebody's word.
    pub(super) fn holds(&self) -> impl Iterator<Item = &HeldRow> {
        self.people.values().filter(|it| it.came == Some(State::Held)).flat_map(|it| &it.holds)
    }

    /// Why it is so, as the audit says it.
    pub(super) fn why(&self) -> Option<&Why> {
        match self.state() {
            State::Refused => self.decided.values().find_map(|decided| decided.why.as_ref()),
            State::Taken | State::Applied | State::AlreadySo => None,
            state @ (State::Held
            | State::Protected
            | State::Waiting
            | State::Observed
            | State::Failed) => {
                let mut people = self.people.values().filter(|it| it.came == Some(state));
                people.find_map(|it| it.why.as_ref())
            }
        }
    }

    fn decide(&mut self, id: &str, line: &Line) {
        let word = line.unmapped.outcome.as_str();
        // The first of the two is the one that counts, whenever that was.
        if word == Decision::Duplicate.word() {
            return;
        }
        let counting = [Decision::Asserted, Decision::Extended, Decision::Withdrew];
        let counts = counting.iter().any(|decision| decision.word() == word);
        let why = line.unmapped.why.clone();
        self.decided.insert(id.to_owned(), Decided { counts, why });
        if let Some(person) = line.unmapped.person.clone() {
            self.people.entry(person).or_default();
        }
    }

    fn come(&mut self, line: &Line) {
        let own = &line.unmapped;
        let Some((state, person)) = came(line).zip(own.person.as_ref()) else { return };
        let Some(standing) = self.people.get_mut(person) else { return };
        standing.came = Some(state);
        standing.why.clone_from(&own.why);
        standing.holds.clone_from(&own.holds);
        let entity = line.entity.as_ref().map(|it| &it.uid);
        let uid = entity.or(line.user.as_ref().map(|it| &it.uid));
        let account = uid.filter(|uid| *uid != person).cloned();
        standing.account = account.or(standing.account.take());
    }
}

/// What a result or a note says of a request.
fn came(line: &Line) -> Option<State> {
    let word = line.unmapped.outcome.as_str();
    let results = [
        (ResultWord::Applied, State::Applied),
        (ResultWord::AlreadySo, State::AlreadySo),
        (ResultWord::Failed, State::Failed),
        (ResultWord::Observed, State::Observed),
    ];
    let notes = [
        (NoteWord::Held, State::Held),
        (NoteWord::Protected, State::Protected),
        (NoteWord::Waiting, State::Waiting),
        (NoteWord::Unverified, State::Waiting),
        (NoteWord::Accepted, State::Waiting),
        (NoteWord::Contested, State::Waiting),
    ];
    match line.unmapped.kind {
        LineKind::Result => results.iter().find(|(it, _)| it.word() == word).map(|(_, it)| *it),
        LineKind::Note => notes.iter().find(|(it, _)| it.word() == word).map(|(_, it)| *it),
        LineKind::Decision | LineKind::Reading | LineKind::Command => None,
    }
}

/// What is known of all requests.
#[derive(Debug, Default)]
struct Known {
    by_key: HashMap<Key, Outcome>,
    oldest: VecDeque<Key>,
    /// Requests about one person at one target.
    of_person: HashMap<(String, String), BTreeSet<Key>>,
}

/// The same, for all who ask.
#[derive(Debug)]
pub(super) struct Outcomes {
    known: Mutex<Known>,
    /// Sources of clients, and the target of each.
    targets: HashMap<String, String>,
    changed: watch::Sender<u64>,
}

impl Outcomes {
    pub(super) fn new(targets: HashMap<String, String>) -> Self {
        Self { known: Mutex::default(), targets, changed: watch::Sender::new(0) }
    }

    /// A request of so many events is about to be written.
    pub(super) fn expect(&self, key: &Key, events: usize) {
        self.with(key, |outcome| outcome.events = events);
    }

    /// What is known of a request.
    pub(super) fn of(&self, key: &Key) -> Option<Outcome> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.by_key.get(key).cloned()
    }

    /// Tells when something has become known, of whatever request.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn with(&self, key: &Key, change: impl FnOnce(&mut Outcome)) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let target = self.targets.get(&key.0).cloned().unwrap_or_default();
        if !known.by_key.contains_key(key) {
            known.make_room();
            known.oldest.push_back(key.clone());
            known.by_key.insert(key.clone(), Outcome { target, ..Outcome::default() });
        }
        known.change(key, change);
        drop(known);
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Takes in a line of the audit.
    pub(super) fn hear(&self, line: &Line) {
        let own = &line.unmapped;
        match own.kind {
            LineKind::Decision => {
                let Some((key, id)) = self.key_of(line) else { return };
                self.with(&key, |outcome| outcome.decide(&id, line));
            }
            LineKind::Result | LineKind::Note => {
                let place = own.person.clone().zip(own.target.clone());
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                let of_person = place.and_then(|place| known.of_person.get(&place)).cloned();
                for key in of_person.unwrap_or_default() {
                    known.change(&key, |outcome| outcome.come(line));
                }
                drop(known);
                self.changed.send_modify(|count| *count = count.wrapping_add(1));
            }
            LineKind::Reading | LineKind::Command => {}
        }
    }

    /// The request behind a line, and which of its events.
    fn key_of(&self, line: &Line) -> Option<(Key, String)> {
        let source = &line.unmapped.event.as_ref()?.source;
        let id = line.metadata.original_event_uid.as_ref()?;
        self.targets.get(source)?;
        let (request, _) = id.rsplit_once('.')?;
        Some(((source.clone(), request.to_owned()), id.clone()))
    }
}

impl Known {
    fn change(&mut self, key: &Key, change: impl FnOnce(&mut Outcome)) {
        let Some(outcome) = self.by_key.get_mut(key) else { return };
        change(outcome);
        for person in outcome.people.keys() {
            let place = (person.clone(), outcome.target.clone());
            self.of_person.entry(place).or_default().insert(key.clone());
        }
    }

    fn make_room(&mut self) {
        if self.oldest.len() < KEPT_MOST {
            return;
        }
        let Some(key) = self.oldest.pop_front() else { return };
        let Some(Outcome { target, people, .. }) = self.by_key.remove(&key) else { return };
        for person in people.into_keys() {
            let place = (person, target.clone());
            if let Some(keys) = self.of_person.get_mut(&place) {
                keys.remove(&key);
                if keys.is_empty() {
                    self.of_person.remove(&place);
                }
            }
        }
    }
}
