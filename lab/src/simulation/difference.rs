//! What is wrong with an account, held against what its person should have.

use super::oracle::Expected;
use super::provider::Provider;
use super::rules::{QUARANTINE, VPN};
use crate::model::call_record::Action;
use crate::model::wish::Facet;
use crate::model::{Account, AttributeName, GroupName, Value};
use std::collections::BTreeSet;

/// What may be different, and only to less access.
#[expect(clippy::struct_excessive_bools, reason = "each allows something of its own")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Leeway<'a> {
    pub is_held: bool,
    pub is_contested: bool,
    /// Somebody else has deleted the account.
    pub is_disturbed: bool,
    /// An attribute that was refused, and is said to be left out until tomorrow.
    pub left_out: Option<&'a AttributeName>,
    /// The row that may name such attributes.
    pub named: Option<&'a str>,
    /// The VPN's group was deleted, and with it who was in it only because they were before; the others
    /// are in it again after the next refresh.
    pub may_lack_vpn: bool,
    /// Whoever is to leave a group waits for somebody to look, for others were gone after a removal.
    pub removals_stopped: bool,
    /// The row that says what the target has said yes to, and has not shown; it is asked for again within
    /// the day.
    pub unshown: Option<&'a str>,
    /// A group that could not be told from another, or read, as the row says; it is asked for again with
    /// the next refresh.
    pub unread: Option<&'static str>,
}

/// What is wrong with the account of one person, if anything.
///
/// Whoever is held may have less than the oracle says, never more: what no claim speaks of, and nobody
/// saw before the cut, is left as it is.
pub(super) fn difference(
    (provider, account): (&Provider, &Account),
    expected: &Expected,
    kept: &BTreeSet<Facet>,
    leeway: Leeway<'_>,
) -> Option<String> {
    let is_active = account.active == Some(true);
    let in_vpn = provider.is_member(&account.id, VPN);
    let in_quarantine = provider.is_member(&account.id, QUARANTINE);
    let group = |name| Facet::Group(GroupName::new(name));
    let changes = (Action::Activate, Action::Deactivate);
    let moves = (Action::AddMember, Action::RemoveMember);
    let facets = [
        ("active", is_active, expected.active, true, Facet::Active, changes),
        ("in the VPN", in_vpn, expected.in_vpn, true, group(VPN), moves),
        ("in quarantine", in_quarantine, expected.in_quarantine, false, group(QUARANTINE), moves),
    ];
    for (word, is, should, gives_access, facet, (begins, ends)) in facets {
        let asked_for = if should { begins } else { ends };
        let asked_for = format!("said yes to `{}` and did not show it", asked_for.word());
        let is_unshown = leeway.unshown.is_some_and(|row| row.contains(&asked_for));
        if kept.contains(&facet) || is_unshown {
            continue;
        }
        let has_less = is != gives_access;
        let is_vpn = word == "in the VPN";
        let is_unread = leeway.unread == Some(VPN) || leeway.removals_stopped;
        let is_told = is_vpn && (is_unread || leeway.may_lack_vpn && has_less);
        if is != should && !is_told && !(leeway.is_held && has_less) {
            let is = if is { "is" } else { "is not" };
            return Some(format!("account {} {is} {word}", account.id));
        }
    }
    // While what takes access waits none is given, and attributes go with it.
    let is_to_open = leeway.is_held && !is_active && expected.active && !kept.is_empty();
    if leeway.is_contested || is_to_open {
        // Nothing but cuts is called.
        return None;
    }
    let is_left_out = |name: &str| {
        leeway.left_out.is_some_and(|it| it.as_str() == name)
            || leeway.named.is_some_and(|row| row.contains(name))
            || kept.iter().any(|it| matches!(it, Facet::Attribute(own) if own.as_str() == name))
    };
    let mut wanted = expected.attributes.iter().filter(|(name, _)| !is_left_out(name));
    wanted.find_map(|(name, value)| {
        let own =
            account.attributes.iter().find(|(own, _)| own.as_str() == *name).map(|(_, own)| own);
        let is = own.map_or("nothing".to_owned(), Value::to_text);
        (is != *value).then(|| format!("account {} has {is} for {name}, not {value}", account.id))
    })
}
