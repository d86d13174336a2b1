//! No field is written of which no claim speaks: it goes back to what it was, or is left alone.

use super::calls::show;
use super::checks::{Invariant, Violation};
use super::manners::Manner;
use super::oracle::unheard::Unheard;
use super::oracle::{self, Expected};
use super::owner::{Owner, OwnerNumber};
use super::rules::QUARANTINE;
use super::world::World;
use crate::model::{
    AttributeName, Call, EventPosition, GroupRef, Operation, Request, ScimId, Value,
};

impl World {
    /// Whatever a call writes somebody has asked for, or it is what was there before.
    pub(super) fn check_unspoken(
        &self,
        number: OwnerNumber,
        call: &Call,
        people: &[usize],
    ) -> Result<(), Violation> {
        let Some(owner) = self.owners.get(&number) else { return Ok(()) };
        if !matches!(call.request, Request::Write(_) | Request::AddMembers { .. }) {
            return Ok(());
        }
        for person in people.iter().copied() {
            let views = self.views((number, owner), call, person);
            if views.is_empty() {
                continue;
            }
            if let Some(what) = self.unspoken(call, person, &views) {
                let known = &views.first().map(|view| view.claims.join(", ")).unwrap_or_default();
                let what = format!(
                    "{number} starts {}, and nothing asks for {what} of person {person} ({known})",
                    show(&call.request)
                );
                return Err(Invariant::Rest.broken(Some(person), what));
            }
        }
        Ok(())
    }

    /// What a person should have by what an owner may know as it calls. What was asked for when the call was
    /// written ahead may be asked for no more.
    pub(super) fn views(
        &self,
        (number, owner): (OwnerNumber, &Owner),
        call: &Call,
        person: usize,
    ) -> Vec<Expected> {
        let knows = |place: &EventPosition| owner.knows.contains(place);
        let has_read = |place: &EventPosition| owner.has_read(place);
        let now = self.people_time(number);
        let lately = now - self.settings.timing.lease;
        let views = [
            self.expected_of(call, person, now, &knows),
            self.expected_of(call, person, lately, &knows),
            self.expected_of(call, person, now, &has_read),
        ];
        views.into_iter().flatten().collect()
    }

    fn expected_of(
        &self,
        call: &Call,
        person: usize,
        now: jiff::Timestamp,
        counts: &dyn Fn(&EventPosition) -> bool,
    ) -> Vec<Expected> {
        let facts = self.audit.facts_as(person, call.person.as_ref(), counts);
        let Some(known) = self.company.people.get(person).filter(|_| !facts.is_empty()) else {
            return Vec::new();
        };
        let views = self.unheard_lately((person, &call.target), &facts, now).into_iter();
        let expected = |unheard: Unheard| {
            oracle::expect(known, &facts, &unheard, (now, self.settings.deletes))
        };
        views.map(expected).collect()
    }

    /// What of the call nothing asks for.
    fn unspoken(&self, call: &Call, person: usize, views: &[Expected]) -> Option<String> {
        // What it was before somebody deleted it nobody knows.
        let is_disturbed = self.disturbed.contains(&person);
        let known = self.company.people.get(person).filter(|_| !is_disturbed);
        let before = known.and_then(|person| person.before);
        let any = |asked: fn(&Expected) -> bool| views.iter().any(asked);
        // What usher gave for a claim ends with it, if nobody knows what was before: whoever is not held
        // for that at rest has to have it.
        let place = (call.tenant.clone(), call.target.clone());
        let is_taken_back = |account: &ScimId, group: Option<&GroupRef>| {
            let group = group.map(|group| &group.name);
            group.is_none_or(|name| name.as_str() != QUARANTINE)
                && self.whose.is_given_by_usher(&place, account, group)
                && any(|it| !it.claims.contains(&"employed"))
        };
        let joins = |group: &GroupRef| {
            if group.name.as_str() == QUARANTINE {
                any(|it| it.in_quarantine)
            } else {
                any(|it| it.in_vpn)
            }
        };
        let leaves = |group: &GroupRef| {
            if group.name.as_str() == QUARANTINE {
                any(|it| !it.in_quarantine)
            } else {
                // An account that usher has made anew was outside before, whatever the deleted one was;
                // so was everybody of a group that somebody had deleted.
                let was_out = is_disturbed || self.makings.has_lost_vpn();
                let is_back = was_out && any(|it| !it.claims.contains(&"employed"));
                any(|it| it.vpn_is_barred) || any(|it| !it.in_vpn) || is_back
            }
        };
        match &call.request {
            Request::AddMembers { group, .. } => membership(joins(group), group),
            Request::Write(Operation::AddMember { account, group }) => membership(
                joins(group) || self.is_back_of_a_namesake(&place, account, group),
                group,
            ),
            Request::Write(Operation::RemoveMember { account, group }) => {
                membership(leaves(group) || is_taken_back(account, Some(group)), group)
            }
            Request::Write(Operation::Create { attributes, .. }) => {
                let wanted = any(|it| it.existence == oracle::Existence::Must);
                if !wanted {
                    return Some("an account".to_owned());
                }
                let mut all = attributes.iter();
                all.find_map(|(name, value)| unasked(name, Some(value), views))
            }
            Request::Write(Operation::Change { account, active, attributes }) => {
                // Beside an account that was hidden before usher came it may have made another.
                let hides = self.manners.has(Manner::HiddenInactive);
                let was = hides || before.is_none_or(|before| before.active);
                // Who deletes an account tells nobody: until it is read it has the way back that it had.
                let was_inactive = self.company.people.get(person).and_then(|it| it.before);
                let was_inactive =
                    was_inactive.is_some_and(|before| is_disturbed && !before.active);
                let is_asked = match active {
                    Some(false) => {
                        let is_over = !was || was_inactive || is_taken_back(account, None);
                        any(|it| it.is_barred) || is_over
                    }
                    Some(true) => was && any(|it| !it.is_barred),
                    None => true,
                };
                if !is_asked {
                    return Some("another `active`".to_owned());
                }
                attributes.iter().find_map(|(name, field)| unasked(name, field.value(), views))
            }
            _ => None,
        }
    }
}

/// The attribute, if no view has this value for it. What is cleared no claim speaks of any more.
fn unasked(name: &AttributeName, value: Option<&Value>, views: &[Expected]) -> Option<String> {
    let mut wanted = views.iter().map(|view| view.attributes.get(name.as_str()));
    let is_asked = match value {
        Some(value) => wanted.any(|wanted| wanted.is_some_and(|it| *it == value.to_text())),
        None => wanted.any(|wanted| wanted.is_none()),
    };
    (!is_asked).then(|| format!("this {name}"))
}

/// A membership that nothing asks for.
fn membership(is_right: bool, group: &GroupRef) -> Option<String> {
    (!is_right).then(|| format!("the membership in {}", group.name))
}
