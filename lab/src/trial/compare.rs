//! What must be so on paper, where one can look into usher, too, against what is.

use super::calls::compare_calls;
use super::claims::compare_claims;
use super::orders;
use super::play::Player;
use crate::host::Breach;
use crate::model::PersonId;
use crate::model::account::AttributeName;
use crate::model::decision::Decision;
use crate::model::wish::{Membership, Presence, Wish};
use crate::story::judge::{
    Differences, NONE, judge_accounts, judge_attributes, judge_event, judge_requests, list, or_none,
};
use crate::story::{Difference, Step, Then, Told, WishState};
use std::collections::BTreeSet;

/// Looks at everything that `then` names. What is told "since it was last asked" begins anew.
pub(super) fn compare(player: &mut Player<'_>, then: &Then) -> Vec<Difference> {
    let mut found = Differences::default();
    judge_event(player, then, &mut found);
    for (short, line, claims) in &then.claims {
        compare_claims(player, (short, *line), claims, &mut found);
    }
    for (short, line, wish) in &then.wish {
        compare_wish(player, (short, *line), wish, &mut found);
    }
    if let Some((line, calls)) = &then.calls {
        compare_calls(player, *line, calls, &mut found);
    }
    judge_accounts(player, then, &mut found);
    for (what, lines, expected) in
        [("results", &player.results, &then.results), ("notes", &player.notes, &then.notes)]
    {
        for (short, line, expected) in expected {
            let ids = player.ids(short);
            let theirs = lines.iter().filter(|line| !line.is_old && ids.contains(&line.person));
            let actual = list(theirs.map(|line| &line.text));
            found.compare(*line, format!("{what} of {short}"), list(expected), actual);
        }
    }
    let asked = |each: &[(String, u64, Vec<String>)]| -> BTreeSet<PersonId> {
        each.iter().flat_map(|(short, ..)| player.ids(short)).collect()
    };
    let (results_of, notes_of) = (asked(&then.results), asked(&then.notes));
    for (lines, of) in [(&mut player.results, results_of), (&mut player.notes, notes_of)] {
        for line in lines {
            line.is_old |= of.contains(&line.person);
        }
    }
    for (short, line, expected) in &then.held {
        let now = player.stage.now();
        let actual = list(player.rows(short).into_iter().map(|hold| orders::told(hold, now)));
        found.compare(*line, format!("held of {short}"), list(expected), actual);
    }
    judge_requests(player, then, &mut found);
    if let Some(count) = then.people {
        let actual = player.stage.people().count().to_string();
        found.compare(then.line, "people that usher knows", count.to_string(), actual);
    }
    found.0
}

/// An event that was parked, though nothing says that it must be. Nothing can come of it, so whatever
/// else is expected would only hide why.
pub(super) fn unforeseen(player: &Player<'_>, told: &Told) -> Option<Difference> {
    let why = player.decisions.iter().find_map(|it| match &it.decision {
        Decision::Parked(why) => Some(why),
        _ => None,
    })?;
    Some(Difference {
        line: told.line,
        step: None,
        what: "decision".to_owned(),
        expected: "an event that can be used; if it must be parked, say `decision: parked`"
            .to_owned(),
        actual: format!("parked, {}: {}", why.code, why.text),
    })
}

/// The engine itself is at fault, so that nothing that it shows counts.
pub(super) fn broken(step: &Step, breach: Breach) -> Difference {
    Difference {
        line: step.line,
        step: step.say.clone(),
        what: "usher itself, whatever the rules say".to_owned(),
        expected: "an engine that keeps its contract; please report this".to_owned(),
        actual: breach.to_string(),
    }
}

/// The wish of somebody's seat; of several people (before they are merged) the first that has one.
fn compare_wish(
    player: &Player<'_>,
    (short, line): (&str, u64),
    expected: &WishState,
    found: &mut Differences,
) {
    let seats = player.known(short).into_iter();
    let seats = seats.filter_map(|person| player.stage.seat(person, &player.suite.target));
    let wish = seats.map(|seat| &seat.wish).find(|wish| !wish.is_empty());
    let of = |what: &str| format!("{what} in the wish of {short}");
    let Some(facts) = &expected.0 else {
        let actual = wish.map_or_else(|| NONE.to_owned(), describe_wish);
        return found.compare(line, format!("wish of {short}"), NONE.to_owned(), actual);
    };
    let nothing = Wish::default();
    let wish = wish.unwrap_or(&nothing);
    if let Some(account) = facts.account {
        let presence = |presence: Option<Presence>| match presence {
            Some(Presence::Present) => "present".to_owned(),
            Some(Presence::Absent) => "absent".to_owned(),
            None => NONE.to_owned(),
        };
        found.compare(line, of("account"), presence(account.into_option()), presence(wish.account));
    }
    if let Some(active) = facts.active {
        found.compare(line, of("active"), or_none(active.into_option()), or_none(wish.active));
    }
    for (key, groups, membership) in
        [("in", &facts.inside, Membership::Member), ("out", &facts.outside, Membership::Outside)]
    {
        let Some(groups) = groups else { continue };
        let actual = wish.groups.iter().filter(|(_, wanted)| **wanted == membership);
        let actual = list(actual.map(|(group, _)| group));
        found.compare(line, of(key), list(groups), actual);
    }
    let wanted = |name: &AttributeName| wish.value(name).cloned();
    judge_attributes(&facts.attributes, wanted, (line, of), found);
}

fn describe_wish(wish: &Wish) -> String {
    serde_json::to_string(wish).unwrap_or_default()
}
