//! Two people turn out to be one: HR links a number to a name that was known by signals alone.
//!
//! What was said of either counts for both, as if it had been said of one from the start; so it does
//! not matter when the link is told. One record stays, the others go in the same commit.

use super::doubts;
use super::forget;
use super::profile;
use super::seen::Seen;
use super::shard::Shard;
use super::state::{Baseline, Before, Binding, MERGED_KEPT, Person, RECENT_EVENTS, Seat};
use super::tell;
use crate::engine::schedule::queue::Work;
use crate::model::call::Request;
use crate::model::decision::ResultWord;
use crate::model::event::EventClass;
use crate::model::ids::{GroupName, PersonId, TargetName};
use crate::model::wish::{Facet, Wish};
use std::collections::{BTreeMap, BTreeSet};

impl Shard {
    /// Makes `others` part of `home`. Refuses if they are too much for one record: then nothing has
    /// changed.
    pub(super) fn merge(
        &mut self,
        home: &PersonId,
        others: &BTreeSet<PersonId>,
        class: EventClass,
    ) -> bool {
        let Some(mut person) = self.people.get(home).cloned() else { return false };
        let was = person.clone();
        for other in others.iter().filter_map(|id| self.people.get(id)) {
            unite(&mut person, other);
        }
        if !forget::make_room(&mut person, class, self.today()) {
            return false;
        }
        if let Some(tenant) = self.tenants.get_mut(&person.tenant) {
            tenant.names.forget(&was);
        }
        self.people.insert(home.clone(), person);
        self.remember(home, &was);
        self.merged.extend(others.iter().cloned());
        for other in others {
            self.dissolve(home, other);
        }
        if let Some(person) = self.people.get(home)
            && let Some(tenant) = self.tenants.get_mut(&person.tenant)
        {
            tenant.names.index(person);
            tenant.note_stranger(person);
        }
        self.ledger.touch(home);
        true
    }

    /// The record `other` goes; its accounts, and calls that may still land, are `home`'s.
    fn dissolve(&mut self, home: &PersonId, other: &PersonId) {
        let Some(gone) = self.people.remove(other) else { return };
        self.ledger.remove(gone.key());
        self.wakes.set(other, None);
        let Some(tenant) = self.tenants.get_mut(&gone.tenant) else { return };
        tenant.names.forget(&gone);
        tenant.strangers.remove(other);
        let kept = self.people.get(home).map(|person| person.recent.clone());
        tenant.seen.replace(&gone.recent, &kept.unwrap_or_default());
        for (target, seat) in gone.seats {
            self.hand_over((home, other), &target, seat);
        }
    }

    fn hand_over(
        &mut self,
        (home, other): (&PersonId, &PersonId),
        target: &TargetName,
        mut seat: Seat,
    ) {
        self.moment += 1;
        let (now, moment, late_window) = (self.now, self.moment, self.timing.late_window);
        let Some(person) = self.people.get_mut(home) else { return };
        let tenant_name = person.tenant.clone();
        if seat.revision > 0 && seat.is_open() {
            let place = (&tenant_name, target, other);
            self.ledger.tell(tell::result(place, &seat, ResultWord::Superseded, None, now));
        }
        let tenant = self.tenants.get_mut(&tenant_name);
        // At a target that is not configured, nothing is under way; what is known of it stays.
        if let Some(known) = tenant.and_then(|tenant| tenant.targets.get_mut(target)) {
            let kept = self
                .reserved
                .extract_if(.., |waiting| waiting.person == *other && waiting.target == *target);
            kept.for_each(|waiting| known.gate.release(waiting.keeps));
            known.joining.forget(other);
            known.queue.remove(&Work::Person(other.clone()));
            if let Some((_, Request::Write(operation))) = seat.drive.open.take() {
                doubts::doubt(&mut seat, &mut known.groups, operation, now, late_window);
            }
            if let Binding::Bound(account) = &seat.binding {
                known.owners.insert(account.clone(), home.clone());
            }
        }
        let own = person.seats.entry(target.clone()).or_insert_with(|| Seat::new(now));
        take_over_account(own, seat);
        own.need_all(moment);
        // Whatever is asked of both together is a new revision.
        own.wish = Wish::default();
    }
}

/// What was said of `other` was said of `person`.
fn unite(person: &mut Person, other: &Person) {
    person.unite_names(other);
    person.merged.extend(other.merged.iter().chain([&other.id]).cloned());
    while person.merged.len() > MERGED_KEPT {
        person.merged.pop_first();
    }
    for (kept, more) in
        [(&mut person.claims, &other.claims), (&mut person.employments, &other.employments)]
    {
        for instance in more {
            let same =
                kept.iter_mut().find(|own| own.name == instance.name && own.by == instance.by);
            match same {
                Some(own) => own.unite(instance.clone()),
                None => kept.push(instance.clone()),
            }
        }
    }
    for (name, heard) in &other.forgotten {
        let mark = person.forgotten.entry(name.clone()).or_insert(*heard);
        *mark = (*heard).max(*mark);
    }
    for last in &other.last_words {
        person.keep_last_word(last.clone());
    }
    for (name, marks) in &other.profile {
        profile::unite(person, name.clone(), marks.clone());
    }
    for said in &other.legal_holds {
        profile::note_hold(&mut person.legal_holds, said.clone());
    }
    let own: Vec<Seen> = person.recent.iter().copied().collect();
    let more = other.recent.iter().copied().filter(|seen| !own.contains(seen));
    person.recent = more.chain(own.iter().copied()).collect();
    let surplus = person.recent.len().saturating_sub(RECENT_EVENTS);
    person.recent.drain(..surplus);
}

/// The account of `gone` becomes that of `own`, unless that has another one.
pub(super) fn take_over_account(own: &mut Seat, gone: Seat) {
    own.strays.extend(gone.strays);
    for call in gone.unanswered {
        if !own.unanswered.iter().any(|kept| kept.operation == call.operation) {
            own.unanswered.push(call);
        }
    }
    own.shut = own.shut.take().or(gone.shut);
    own.awaited = own.awaited.take().or(gone.awaited);
    let Binding::Bound(account) = gone.binding else {
        if own.account().is_none() {
            // The way back goes with the account, which both look for.
            let before = std::mem::take(&mut own.baseline);
            own.baseline = united_baseline(gone.baseline, before);
            own.facts = own.facts.take().or(gone.facts);
        } else {
            let bound = std::mem::take(&mut own.baseline);
            own.baseline = doubted_baseline(bound, gone.baseline);
        }
        return;
    };
    match &own.binding {
        Binding::Bound(mine) if *mine == account => {}
        Binding::Bound(_) => {
            own.strays.insert(account);
        }
        Binding::Unknown | Binding::NoAccount => {
            own.binding = Binding::Bound(account);
            own.known = gone.known;
            own.facts = gone.facts;
            own.drive.refused = None;
            let lost = std::mem::take(&mut own.baseline);
            own.baseline = doubted_baseline(gone.baseline, lost);
        }
    }
}

/// The one has lost its account, which may be the other's under a new id, and what that one saw before
/// its own first claim may then be what the first had done. Where the two do not say the same nobody
/// knows what was before.
fn doubted_baseline(bound: Baseline, lost: Baseline) -> Baseline {
    let is_of_attribute = |facet: &Facet| matches!(facet, Facet::Attribute(_));
    let (attributes, access): (BTreeMap<_, _>, BTreeMap<_, _>) =
        lost.before.into_iter().partition(|(facet, _)| is_of_attribute(facet));
    let mut united = united_baseline(bound, Baseline { before: attributes, ..lost });
    for (facet, before) in access {
        if united.before.get(&facet) != Some(&before) {
            united.before.insert(facet, Before::Unknown);
        }
    }
    united
}

pub(super) fn united_baseline(first: Baseline, second: Baseline) -> Baseline {
    let is_free = |group: &GroupName| first.group(group).is_none();
    let unlisted = second.unlisted.into_iter().filter(is_free);
    Baseline {
        unlisted: unlisted.chain(first.unlisted.iter().cloned()).collect(),
        before: second.before.into_iter().chain(first.before).collect(),
        given: second.given.into_iter().chain(first.given).collect(),
    }
}
