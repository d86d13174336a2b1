//! One person at one target: three ways to see each facet, and what becomes of it.

use super::fate::{Fate, LeftOut, list};
use crate::engine::deeds::plan::{Groups, agrees};
use crate::engine::state::{Binding, Seat};
use crate::model::claim::Precedence;
use crate::model::ids::{PersonId, TargetName};
use crate::model::operation::Field;
use crate::model::wish::{Facet, Membership, Presence, Wanted};

/// One facet of an account that an undo changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub facet: Facet,
    /// What usher was asked to write; none: it was left alone.
    pub written: Option<Wanted>,
    /// What is wanted once it is undone; none: it is left as it is, for nothing is kept of before.
    pub back: Option<Wanted>,
    /// As it was last seen; none: nobody knows.
    pub now: Option<Wanted>,
}

impl Change {
    /// Whether somebody else has changed it: it is neither what usher wrote nor what it would be again.
    /// Who has given back by hand what was wrong stands in nobody's way.
    pub fn is_others(&self) -> bool {
        let is_usher_s = self.written.is_none() || self.is(self.written.as_ref());
        self.now.is_some() && self.back.is_some() && !is_usher_s && !self.is_so()
    }

    /// Whether it is already as it would be.
    pub fn is_so(&self) -> bool {
        self.is(self.back.as_ref())
    }

    fn is(&self, wanted: Option<&Wanted>) -> bool {
        match (&self.facet, &self.now, wanted) {
            (
                Facet::Attribute(name),
                Some(Wanted::Attribute(now)),
                Some(Wanted::Attribute(wanted)),
            ) => agrees(name, now.value(), wanted),
            (_, Some(now), Some(wanted)) => now == wanted,
            (_, None, _) | (_, _, None) => false,
        }
    }

    fn makes_an_account(&self) -> bool {
        self.back == Some(Wanted::Account(Presence::Present)) && self.is_gone()
    }

    /// usher has deleted the account.
    fn is_gone(&self) -> bool {
        let absent = Some(Wanted::Account(Presence::Absent));
        self.written == absent && self.now == absent
    }
}

/// What is undone for one person at one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRow {
    pub person: PersonId,
    pub target: TargetName,
    pub fate: Fate,
    pub changes: Vec<Change>,
    /// What it asked for that another claim asks for, too.
    pub stays: Vec<Facet>,
    /// Nobody knows what these were before: they will wait as rows.
    pub unknown: Vec<Facet>,
    /// The highest precedence of what is undone; none where an undo is.
    pub against: Option<Precedence>,
    /// An undo is undone: it goes back to what was undone.
    pub is_lifted: bool,
}

impl PlannedRow {
    pub fn is_undone(&self) -> bool {
        self.fate == Fate::Undone
    }

    /// The person's record has no room for what was to be undone.
    pub fn is_too_much(&mut self) {
        if self.is_undone() {
            self.fate = Fate::LeftOut(LeftOut::TooMuch);
        }
    }

    /// What comes of it in words, for the audit and for people: facets are named, values are not.
    pub fn words(&self) -> String {
        match &self.fate {
            Fate::Undone => self.effects(),
            Fate::LeftOut(why) => why.words(),
            Fate::Nothing(why) => why.words().to_owned(),
        }
    }

    fn effects(&self) -> String {
        let of = |fits: &dyn Fn(&Change) -> bool| -> Vec<&Facet> {
            self.changes.iter().filter(|it| fits(it)).map(|it| &it.facet).collect()
        };
        let is_left = |it: &Change| it.back.is_none() && it.facet != Facet::Account;
        let head = if self.is_lifted { "as claims want it again" } else { "goes back" };
        let told = [
            (head, of(&|it| it.back.is_some() && !it.is_so())),
            ("is so already", of(&Change::is_so)),
            (
                "left as it is, for nothing is kept of before",
                of(&|it| is_left(it) && !self.unknown.contains(&it.facet)),
            ),
            ("nobody knows what was before, so it will be held", self.unknown.iter().collect()),
            ("stays, for another claim asks for it", self.stays.iter().collect()),
        ];
        let told = told.iter().filter(|(_, facets)| !facets.is_empty());
        let mut parts: Vec<String> = told
            .map(|(head, facets)| format!("{head}: {}", list(facets.iter().copied())))
            .collect();
        if self.changes.iter().any(Change::makes_an_account) {
            parts.push(
                "the account was deleted: a new one is made, with the mail that the target sends for it"
                    .to_owned(),
            );
        } else if self.changes.iter().any(Change::is_gone) {
            parts.push("the account was deleted, and no claim asks for a new one".to_owned());
        }
        if parts.is_empty() {
            parts.push("nothing changes now; what was to come does not".to_owned());
        }
        parts.join("; ")
    }
}

/// A facet of the account as it was last seen.
pub(super) fn seen(facet: &Facet, seat: Option<&Seat>, groups: &impl Groups) -> Option<Wanted> {
    let seat = seat?;
    let known = || seat.known.as_ref();
    match facet {
        Facet::Account => match seat.binding {
            Binding::Unknown => None,
            Binding::NoAccount => Some(Wanted::Account(Presence::Absent)),
            Binding::Bound(_) => Some(Wanted::Account(Presence::Present)),
        },
        Facet::Active => known()?.active.map(Wanted::Active),
        Facet::Group(group) => {
            let is_in = groups.is_member(group, seat.account()?)?;
            Some(Wanted::Group(Membership::of(is_in)))
        }
        Facet::Attribute(name) => {
            let value = known()?.attributes.as_ref()?.get(name).cloned();
            Some(Wanted::Attribute(Field::from(value)))
        }
    }
}
