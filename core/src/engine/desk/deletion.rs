//! Whether an account that is to be deleted may be: the one thing that cannot be undone.
//!
//! A claim holds what its rule said when it was made. Before anything is destroyed by it, today's
//! rules must still say the same.

use super::Desk;
use crate::engine::brakes;
use crate::engine::people::Whom;
use crate::engine::state::{Person, Seat};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::RuleName;
use crate::model::wish::Presence;
use crate::rules::RuleSet;
use jiff::Timestamp;

impl Desk {
    /// Why the account of a person is not deleted; `None` if nobody wants it to be.
    pub(super) fn deletion_of(
        &self,
        (whom, seat): (&Whom<'_>, &Seat),
        today: Timestamp,
    ) -> Option<Why> {
        if seat.wish.account != Some(Presence::Absent) {
            return None;
        }
        let (rule, hash) = self.asked(whom, today).absent_by?;
        Some(held(whom.person, (&rule, &hash), whom.rules))
    }
}

fn held(person: &Person, (rule, hash): (&RuleName, &str), rules: &RuleSet) -> Why {
    let field = Some("account");
    if person.is_on_legal_hold() {
        let text = "the person is on legal hold, so the account is not deleted";
        return Why::new(Code::DeletionLegalHold, field, text);
    }
    let of_today = |what| {
        format!(
            "rule `{rule}`, by which the account is to be deleted, {what}; the deletion waits for \
             somebody to say whether it still holds"
        )
    };
    match rules.hash_of(rule) {
        None => Why::new(Code::DeletionRuleGone, field, of_today("does not exist any more")),
        Some(today) if today != hash => {
            Why::new(Code::DeletionRuleChanged, field, of_today("says something else today"))
        }
        Some(_) => brakes::unreleased(),
    }
}
