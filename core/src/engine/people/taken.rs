//! An event is taken in: it changes what is kept of a person, and what is known of names.

use super::People;
use super::names::Claim;
use crate::engine::people::fold::{self, Folded};
use crate::engine::people::forget;
use crate::engine::people::numbering::{self, Anew};
use crate::engine::people::overtaken::{self, Overtaken};
use crate::engine::people::remark;
use crate::engine::state::Person;
use crate::model::code::Code;
use crate::model::decision::{Decision, RuleEffect, Why};
use crate::model::event::{Event, EventClass};
use crate::model::ids::PersonId;
use crate::model::position::EventPosition;
use crate::model::{Alias, Statement};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// By what times an event is judged.
#[derive(Clone, Copy, Debug)]
pub struct Dates {
    /// What is over for longer may be forgotten.
    pub horizon: SignedDuration,
    /// The time of the people.
    pub today: Timestamp,
    /// The latest time that any clock says that is believed.
    pub believed: Timestamp,
}

/// What an event has changed.
#[derive(Debug)]
pub struct Taken {
    pub decision: Decision,
    pub effects: Vec<RuleEffect>,
    /// What somebody should know besides.
    pub remarks: Vec<Why>,
    /// The person is known by another name than before.
    pub has_new_name: bool,
    /// It was taken in, though it is set aside.
    pub is_kept: bool,
    pub names: Learned,
}

/// What came of the names in an event.
#[derive(Debug, Default)]
pub struct Learned {
    /// The person is found by another name from now on.
    pub is_new: bool,
    is_contested: bool,
    /// A name is nobody's any more.
    is_shared: bool,
    /// Others who claim one of them, or did.
    pub rivals: BTreeSet<PersonId>,
    /// Others whom sensors called so: that is over.
    pub corrected: BTreeSet<PersonId>,
}

impl Learned {
    /// `others` claimed the name before, and some do still if it is contested.
    fn note(&mut self, claim: Claim, others: Vec<PersonId>, is_contested: bool) {
        match claim {
            Claim::Known => return,
            Claim::New => {
                self.is_new = true;
                self.is_contested |= is_contested;
            }
            Claim::NowShared => self.is_shared = true,
        }
        self.rivals.extend(others);
    }
}

impl Taken {
    /// Nothing has changed.
    fn nothing(decision: Decision) -> Self {
        Self {
            decision,
            effects: Vec::new(),
            remarks: Vec::new(),
            has_new_name: false,
            is_kept: false,
            names: Learned::default(),
        }
    }
}

impl People {
    /// Lets the event change what is kept of a person, if there is room.
    pub fn take(
        &mut self,
        id: &PersonId,
        (event, position): (&Event, &EventPosition),
        statements: Vec<Statement>,
        dates: Dates,
    ) -> Taken {
        let Dates { horizon, today, believed } = dates;
        let Some(person) = self.by_id.get_mut(id) else {
            let why = Why::new(Code::PersonUnknown, None, "the person is not known");
            return Taken::nothing(Decision::Skipped(why));
        };
        forget::forget_old(person, horizon, today);
        let mut remarks = match numbering::judge(person, event) {
            None => Vec::new(),
            Some(Anew::Counts(why)) => vec![why],
            Some(Anew::Waits(why)) => return Taken::nothing(Decision::Parked(why)),
        };
        let before = person.clone();
        let foreseen = overtaken::foresee(&before, (event, position), &statements, believed);
        let Folded { mut decision, effects, is_blind } =
            fold::fold(person, event, position, statements);
        let overtaken = foreseen.and_then(|foreseen| foreseen.judge(person, &decision));
        // If what is over makes no room, the event is set aside.
        if !forget::make_room(person, event.kind.class(), today) {
            *person = before;
            return Taken::nothing(Decision::Parked(remark::too_much()));
        }
        self.remember(id, &before);
        let Some(person) = self.by_id.get(id) else { return Taken::nothing(decision) };
        remarks.extend(remark::of_employments(person, event, today));
        remarks.extend(remark::of_clearances(&before, person, event, today));
        remarks.extend(remark::of_accounts(person, event, today));
        remarks.extend(is_blind.then(remark::claim_forgotten));
        let is_kept = overtaken == Some(Overtaken::Lost);
        match overtaken {
            Some(Overtaken::Lost) => decision = Decision::Parked(remark::overtaken()),
            Some(Overtaken::Partly) => remarks.push(remark::partly_overtaken()),
            Some(Overtaken::NotGiven) => remarks.push(remark::not_given()),
            None => {}
        }
        let has_new_name = !person.aliases.is_subset(&before.aliases);
        let names = self.learn_names(id, event, &before);
        remarks.extend(names.is_contested.then(remark::contested));
        remarks.extend(names.is_shared.then(remark::shared_name));
        Taken { decision, effects, remarks, has_new_name, is_kept, names }
    }

    /// Says whether a name is new, and who else claims one of them.
    fn learn_names(&mut self, id: &PersonId, event: &Event, before: &Person) -> Learned {
        let mut learned = Learned::default();
        let Some(person) = self.by_id.get(id) else { return learned };
        let Some(roll) = self.rolls.get_mut(&person.tenant) else { return learned };
        roll.note_stranger(person);
        let is_known = person.is_known_to_hr();
        if is_known != before.is_known_to_hr() {
            // What sensors called somebody whom HR knows from now on.
            roll.names.forget(before);
            for name in &person.reported {
                roll.names.report(name, id);
            }
        }
        let taught: Vec<&Alias> = fold::names_taught(event).collect();
        if !is_known {
            let is_theirs = |name: &&&Alias| {
                person.aliases.contains(**name) || person.reported.contains(**name)
            };
            for name in taught.iter().filter(is_theirs) {
                roll.names.report(name, id);
                learned.is_new |= !before.aliases.contains(name);
            }
            return learned;
        }
        if event.kind.class() != EventClass::Hr {
            self.hear_of(id, &taught);
            return learned;
        }
        for name in taught.iter().filter(|name| person.aliases.contains(name)) {
            let others = roll.names.claimants(name).to_vec();
            let claim = roll.names.claim(name, id);
            learned.note(claim, others, roll.names.is_contested(name));
        }
        learned.rivals.extend(roll.names.note_former(person));
        let home = person.tenant.clone();
        for name in taught {
            learned.corrected.extend(self.give_name_to(id, &home, name));
        }
        learned.rivals.remove(id);
        learned
    }
}
