//! The most dangerous quirk: which form removes one member, and which one empties the group.
//!
//! Both forms are tried, on the group that was made and on no other, and what is left is read back.

use super::facts::Fact;
use super::{Finding, Mark, Pair, Probe, members};
use crate::model::ids::ScimId;
use crate::scim::body::member_removed;
use crate::scim::dialect::RemoveMember;

/// What a form does to a group of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    RemovesOne,
    EmptiesAll,
    /// The target says yes, and everybody is still in.
    Nothing,
    Refused,
    /// It could not be seen.
    Unknown,
}

const FORMS: [RemoveMember; 2] = [RemoveMember::ValueFilter, RemoveMember::ValueArray];

pub(super) async fn check(probe: &mut Probe, pair: Option<&Pair>) -> Finding {
    let Some(pair) = pair.filter(|_| probe.group().is_some()) else {
        let why =
            "which form removes one member could not be tried without two accounts and a group";
        return Finding { mark: Mark::Change, ..Finding::untried("remove_member", why) }.advise(
            "do not enforce before it has been tried: on another kind of server the wrong form \
                     empties whole groups. With --create-users two accounts are made for it",
        );
    };
    let configured = probe.dialect.groups.remove_member;
    let mut effects = Vec::new();
    for form in FORMS {
        let effect = effect(probe, form, pair).await;
        effects.push((form, effect));
    }
    let told: Vec<String> = effects.iter().map(|(form, effect)| told(*form, *effect)).collect();
    let conclusion = told.join("; ");
    let good = effects.iter().filter(|(_, effect)| *effect == Effect::RemovesOne);
    let good: Vec<RemoveMember> = good.map(|(form, _)| *form).collect();
    if good.is_empty() {
        return probe.found("remove_member", Mark::Change, conclusion).advise(
            "no form removes one member; do not let rules remove anybody from groups here, and ask the \
             provider",
        );
    }
    let is_right = good.contains(&configured);
    probe.learn(Fact::RemoveMember(good));
    if is_right {
        return probe.found("remove_member", Mark::Good, conclusion);
    }
    probe.found("remove_member", Mark::Change, conclusion).advise(
        "the dialect has the wrong form; take the one proposed below before anything is enforced",
    )
}

async fn effect(probe: &mut Probe, form: RemoveMember, pair: &Pair) -> Effect {
    let both =
        |members: &[ScimId]| members.contains(&pair.leaver) && members.contains(&pair.stayer);
    let before = members::read_until(probe, |_| true).await.unwrap_or_default();
    let missing = [&pair.leaver, &pair.stayer].into_iter().filter(|id| !before.contains(id));
    let missing: Vec<&ScimId> = missing.collect();
    if !missing.is_empty() {
        members::add(probe, &missing).await;
        let now = members::read_until(probe, both).await;
        // Nothing to judge by if they cannot be put back.
        if !now.as_deref().is_some_and(both) {
            return Effect::Unknown;
        }
    }
    let body = member_removed(&pair.leaver, form, &probe.dialect);
    let path = probe.dialect.groups.members_path.clone();
    let shown = match form {
        RemoveMember::ValueFilter => format!(" remove `{path}[value eq \"{{id}}\"]`"),
        RemoveMember::ValueArray => format!(" remove `{path}` with [{{value: id}}]"),
    };
    let heard = members::patch(probe, body, &shown).await;
    if heard.status().is_none() {
        return Effect::Unknown;
    }
    let has_changed = |members: &[ScimId]| !both(members);
    let said_yes = heard.succeeded(&probe.dialect);
    let after = if said_yes {
        members::read_until(probe, has_changed).await
    } else {
        members::read_until(probe, |_| true).await
    };
    let Some(after) = after else { return Effect::Unknown };
    match (after.contains(&pair.leaver), after.contains(&pair.stayer), said_yes) {
        (false, true, _) => Effect::RemovesOne,
        (_, false, _) => Effect::EmptiesAll,
        (true, true, true) => Effect::Nothing,
        (true, true, false) => Effect::Refused,
    }
}

fn told(form: RemoveMember, effect: Effect) -> String {
    let form = match form {
        RemoveMember::ValueFilter => "value-filter",
        RemoveMember::ValueArray => "value-array",
    };
    let effect = match effect {
        Effect::RemovesOne => "removes one member and no other",
        Effect::EmptiesAll => "REMOVES MEMBERS THAT IT DOES NOT NAME",
        Effect::Nothing => "is answered with yes and does nothing",
        Effect::Refused => "is refused, and nothing happens",
        Effect::Unknown => "could not be judged",
    };
    format!("{form} {effect}")
}
