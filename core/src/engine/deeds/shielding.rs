//! Whether somebody is protected, as far as their account and the groups of the target show it.

use crate::engine::brakes::protect::{Pattern, Protected, Shield, Stays, Ward};
use crate::engine::deeds::plan::Groups;
use crate::engine::deeds::step::{Around, Look, Step, bearing};
use crate::engine::state::Seat;
use crate::model::Alias;
use crate::model::account::{AttributeName, Value};
use crate::model::code::Code;
use crate::model::ids::GroupName;
use std::collections::BTreeSet;

impl Around<'_> {
    /// What of a seat is protected.
    pub(super) fn shield<'b>(&'b self, seat: &Seat) -> Shield<'b> {
        let protected = &self.settings.protected;
        Shield {
            person: self.ward(seat),
            groups: Some(&protected.groups).filter(|groups| !groups.is_empty()),
            stays: Some(&self.stays).filter(|stays| !stays.is_empty()),
            administrator: (is_administrator(seat, &protected.administrators)
                || is_listed(seat, self.administrators))
            .then(|| bearing(seat, self.settings, self.now)),
        }
    }

    fn ward(&self, seat: &Seat) -> Ward<'_> {
        ward(&self.settings.protected, self.aliases, seat, self.groups)
    }

    /// The groups that must be read before it is known whether something is protected.
    fn unread_shields(&self, seat: &Seat) -> BTreeSet<GroupName> {
        let wards = self.settings.protected.members_of.iter();
        let wards =
            wards.filter(|group| matches!(ward_by(group, seat, self.groups), Ward::Unread(_)));
        let kept = self.stays.iter().filter(|(_, why)| **why == Stays::Unread);
        wards.chain(kept.map(|(group, _)| group)).cloned().collect()
    }
}

/// Whether a person is protected. Of whom that is not known nothing is changed.
pub fn ward<'b>(
    protected: &'b Protected,
    aliases: &BTreeSet<Alias>,
    seat: &Seat,
    groups: &impl Groups,
) -> Ward<'b> {
    let is_named = aliases.iter().any(|alias| protected.people.contains(alias))
        || protected.patterns.iter().any(|pattern| is_shown_as(seat, pattern));
    let wards = protected.members_of.iter().map(|group| ward_by(group, seat, groups));
    let first = |ward: &Ward<'_>| match ward {
        Ward::Yes => 0,
        Ward::Unknown(_) => 1,
        Ward::Unread(_) => 2,
        Ward::No => 3,
    };
    if is_named { Ward::Yes } else { wards.min_by_key(first).unwrap_or_default() }
}

fn ward_by<'b>(group: &'b GroupName, seat: &Seat, groups: &impl Groups) -> Ward<'b> {
    let Some(account) = seat.account() else { return Ward::No };
    match groups.is_member(group, account) {
        Some(true) => Ward::Yes,
        Some(false) => Ward::No,
        None if groups.is_missing(group) || groups.is_unreadable(group) => Ward::Unknown(group),
        None => Ward::Unread(group),
    }
}

/// What waits only for the first reading of a group is no row: the group is read.
pub(super) fn after_reading(look: Look, seat: &Seat, around: &Around<'_>) -> Look {
    let Look { step, mut withheld, besides } = look;
    let all = withheld.len();
    withheld.retain(|it| it.why.code != Code::ProtectedUnread);
    let groups = if withheld.len() < all { around.unread_shields(seat) } else { BTreeSet::new() };
    let step = match step {
        Step::End(_) if !groups.is_empty() => Step::AwaitGroups(groups),
        Step::End(_)
        | Step::Ask(_)
        | Step::Write(_)
        | Step::AwaitGroups(_)
        | Step::AwaitAnswer
        | Step::Wait(_) => step,
    };
    Look { step, withheld, besides }
}

/// Whether the account shows a user name or an address that fits.
fn is_shown_as(seat: &Seat, pattern: &Pattern) -> bool {
    names_shown(seat).any(|name| pattern.fits(&name))
}

/// The user names and addresses by which the target has shown the account.
fn names_shown(seat: &Seat) -> impl Iterator<Item = String> {
    let shown = [AttributeName::USER_NAME, AttributeName::WORK_EMAIL].into_iter();
    let shown = shown.filter_map(|name| shown_value(seat, &name));
    let facts = seat.facts.as_ref().filter(|facts| seat.account() == Some(&facts.id));
    let told = facts.into_iter().flat_map(|facts| [&facts.user_name, &facts.email]).flatten();
    told.cloned().chain(shown)
}

/// Whether the target lists the account among those of its console.
fn is_listed(seat: &Seat, administrators: &BTreeSet<String>) -> bool {
    !administrators.is_empty()
        && names_shown(seat).any(|name| administrators.contains(&name.trim().to_lowercase()))
}

fn is_administrator(seat: &Seat, types: &BTreeSet<String>) -> bool {
    !types.is_empty()
        && shown_value(seat, &AttributeName::USER_TYPE)
            .is_some_and(|shown| types.contains(&shown.trim().to_lowercase()))
}

/// What the account showed when it was last read.
fn shown_value(seat: &Seat, name: &AttributeName) -> Option<String> {
    let known = seat.known.as_ref()?.attributes.as_ref()?;
    known.get(name).map(Value::to_text)
}
