//! What usher has read, remembered and told by itself: readings of the target, comparisons, findings.

use super::calls::Call;
use super::company::Person;
use super::event::{Body, Input, Topic};
use super::facts::{Facts, Observation, What};
use crate::inventory::{Head, Keeper};
use crate::model::EventKind;
use crate::model::ids::TenantName;
use crate::reconcile::{Memory, SOURCE};
use crate::sandbox::kafka::Record;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use usher_lab::provider::state::State;

/// The name of HR's list in what is remembered.
const LIST: &str = "roster";

/// What lies in `usher.inventory`, and what was asked.
#[derive(Debug, Default)]
pub(super) struct Found {
    keeper: Keeper,
    /// The digest of HR's last list.
    list: Option<String>,
    /// When it was asked last to read all that the target has.
    asked: Option<Timestamp>,
    /// Lines of the audit about events of usher's own that are not read here yet.
    early: Vec<Record>,
    /// Calls about accounts of which nothing is read here yet.
    called: Vec<Call>,
}

impl Found {
    /// HR has exported a list.
    pub(super) fn listed(&mut self, bytes: &[u8]) {
        self.list = Some(format!("{:x}", Sha256::digest(bytes)));
    }

    pub(super) fn asked_to_read(&mut self, at: Timestamp) {
        self.asked = Some(at);
    }

    /// What usher does may be seen before what it says.
    pub(super) fn was_called(&mut self, call: Call) {
        self.called.push(call);
    }

    /// A record of `usher.inventory`.
    pub(super) fn remembered(&mut self, record: &Record) {
        let value = match &record.value {
            Json::Null => None,
            Json::String(text) => Some(text.clone()),
            value => Some(value.to_string()),
        };
        if let Some(key) = &record.key {
            self.keeper.take(key, value.as_deref().map(str::as_bytes));
        }
    }

    /// The last reading of the one target that is.
    fn head(&self) -> Option<Head> {
        self.keeper.heads().ok()?.into_iter().map(|(_, _, head)| head).next()
    }

    /// Whether what usher has read, since it was asked to, is what the provider has.
    pub(super) fn has_read(&self, state: &State) -> bool {
        let taken = self.head().and_then(|head| head.complete);
        let active = state.users.iter().filter(|user| user.is_active() == Some(true)).count();
        taken.is_some_and(|taken| {
            Some(taken.began) >= self.asked
                && taken.accounts.rows == state.users.len() as u64
                && taken.active == active as u64
        })
    }

    /// How many accounts were read, and how many of them are active.
    pub(super) fn read(&self) -> (u64, u64) {
        let taken = self.head().and_then(|head| head.complete);
        taken.map_or((0, 0), |taken| (taken.accounts.rows, taken.active))
    }

    /// Whether HR's last list was compared with what the target has.
    pub(super) fn has_compared(&self, tenant: &str) -> bool {
        let memory = Memory::of(&self.keeper, &TenantName::new(tenant)).unwrap_or_default();
        let census = memory.census.get(LIST);
        self.list.is_some() && census.map(|census| &census.stamp.sha256) == self.list.as_ref()
    }
}

impl Facts {
    /// A record of `usher.events`: usher has found something, and says so as anybody would.
    pub(super) fn was_told(&mut self, record: &Record, whose: &[Arc<Person>]) -> Vec<Observation> {
        let text = |pointer: &str| record.value.pointer(pointer).and_then(Json::as_str);
        let (id, name) = (text("/id"), text("/data/worker/user_name").unwrap_or_default());
        let kind = text("/type").and_then(|kind| {
            EventKind::parse(kind.strip_prefix("io.usher.")?.strip_suffix(".v1")?)
        });
        let person = whose.iter().find(|person| person.user_name == name);
        let (Some(id), Some(kind), Some(person)) = (id, kind, person) else {
            self.strangers += 1;
            return Vec::new();
        };
        let says = "nobody's by two lists".to_owned();
        let input = Input {
            id: id.to_owned(),
            topic: Topic::Own,
            kind: kind.word(),
            person: Arc::clone(person),
            says,
            is_of_crowd: false,
            cut: None,
            body: Body::Raw(record.value.to_string()),
        };
        let told = self.sent(Arc::new(input), record.value.to_string().as_bytes(), record.at);
        let mut seen = vec![told.clone()];
        let is_theirs = |call: &mut Call| call.people.contains(person);
        for call in self.found.called.extract_if(.., is_theirs) {
            let (at, what) = (call.at, What::Called(call));
            let after = at.duration_since(told.at).max(SignedDuration::ZERO);
            seen.push(Observation { at, after, what, ..told.clone() });
        }
        let early = std::mem::take(&mut self.found.early);
        seen.extend(early.iter().filter_map(|line| self.audited(line)));
        seen
    }

    /// A line about an event that this reader may not have seen yet: it is written in another topic.
    pub(super) fn comes_early(&mut self, source: Option<&str>, record: &Record) -> bool {
        let is_own = source == Some(SOURCE);
        if is_own {
            self.found.early.push(record.clone());
        }
        is_own
    }

    /// How many accounts usher has said to be nobody's.
    pub(super) fn orphans_told(&self) -> usize {
        self.told(EventKind::AccountOrphaned.word())
    }
}
