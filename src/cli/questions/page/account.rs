//! A person's account at one target: how far usher is with it, and what decides each facet.

use super::super::text;
use super::{Printer, instance};
use crate::engine::state::Before;
use crate::model::code::WrittenCode;
use crate::model::wish::Wanted;
use crate::view::person::{
    Account, At, Decided, Judged, Loses, Other, Rule, Said, Seat, Stage, Standing, Today,
};
use crate::view::words;

impl Printer<'_> {
    pub(super) fn target(&self, out: &mut String, at: &At) {
        match &at.seat {
            None => line!(out, "\nat {}: nothing was ever wanted here", at.target),
            Some(seat) => self.seat(out, at, seat),
        }
        if !at.configured {
            line!(out, "  the target is not in the configuration any more: nothing is done there");
        }
        for judged in &at.fields {
            self.facet(out, judged);
        }
    }

    fn seat(&self, out: &mut String, at: &At, seat: &Seat) {
        let account = match &seat.account {
            Account::Bound(id) => format!("account {id}"),
            Account::None => "no account".to_owned(),
            Account::Unknown => "the account is not looked up yet".to_owned(),
        };
        line!(out, "\nat {}: {account}, revision {}", at.target, seat.revision);
        self.stage(out, seat);
        if let Some(cause) = &seat.cause {
            line!(out, "  begun by {}", self.event(cause));
        }
        if seat.pending > 0 {
            line!(out, "  {} call(s) may be under way", seat.pending);
        }
        if let Some(failure) = &seat.last_failure {
            line!(out, "  last failure {}: {}", self.zone.show(failure.at), failure.what);
        }
        for one in &seat.contested {
            let (since, last) = (self.zone.show(one.since), self.zone.show(one.last));
            line!(
                out,
                "  {} is contested since {since}: another writer changed it back {} time(s), last {last}; {}",
                one.field,
                one.times,
                one.by
            );
        }
        if seat.unanswered > 0 {
            line!(out, "  {} call(s) had no answer and may still land", seat.unanswered);
        }
    }

    fn stage(&self, out: &mut String, seat: &Seat) {
        let began = self.zone.show(seat.began_at);
        let with = |code: &str, reason: &Option<String>| match reason {
            Some(reason) => format!("{code}: {reason}"),
            None => code.to_owned(),
        };
        match &seat.stage {
            Stage::AtRest { result } => {
                line!(out, "  at rest ({}); the revision began {began}", result.word());
            }
            Stage::Working => line!(out, "  being worked on since {began}"),
            Stage::Held { code, reason } => {
                let code =
                    code.as_ref().map_or("for a reason that the audit tells", WrittenCode::as_str);
                line!(out, "  held since {began}: {}", with(code, reason));
            }
            Stage::Stuck { code, reason, again_at } => {
                let again = self.zone.show(*again_at);
                line!(out, "  stuck: {}; tried again {again}", with(code.as_str(), reason));
            }
            Stage::Unverified { again_at } => {
                let again = self.zone.show(*again_at);
                line!(out, "  no account was found to cut; looked up again {again}");
            }
        }
    }

    fn facet(&self, out: &mut String, judged: &Judged) {
        match &judged.wanted {
            Some(wanted) => line!(out, "\n  {}: {wanted}", judged.field),
            None => line!(out, "\n  {}: left alone", judged.field),
        }
        match &judged.decided {
            Decided::Claim { winner } => {
                line!(out, "    by {}", claim(winner));
                line!(out, "       {}", self.times(winner));
                if let Some(event) = &winner.event {
                    line!(out, "       said by {}", self.event(event));
                }
            }
            Decided::Profile => line!(out, "    by the profile{}", self.last_profile(judged)),
            Decided::Override { order } => {
                let until = self.zone.show(order.until);
                line!(out, "    kept out by {} until {until}, because: {}", order.by, order.reason);
            }
            Decided::WayBack => line!(out, "    no claim speaks; back to what it was before"),
            Decided::NoWayBack => line!(
                out,
                "    no claim speaks, and nobody knows what it was before: it is left alone; see \
                 `usher errors baseline.unknown`"
            ),
            Decided::Nobody => line!(out, "    nobody speaks about it now"),
        }
        for other in &judged.others {
            self.other(out, other);
        }
        self.profile(out, judged);
        if let (Decided::Claim { .. }, Some(before)) = (&judged.decided, &judged.before) {
            line!(out, "    before the first claim: {}", way(before));
        }
    }

    /// What sources say of it, but for the word that counts.
    fn profile(&self, out: &mut String, judged: &Judged) {
        let decides = matches!(judged.decided, Decided::Profile);
        for (index, said) in judged.profile.iter().enumerate().skip(usize::from(decides)) {
            let loses = if index == 0 { "ranks below every claim" } else { "is older" };
            let by = self.event(&said.event);
            line!(out, "    also the profile wants {}; {loses}; said by {by}", said.value);
        }
    }

    fn last_profile(&self, judged: &Judged) -> String {
        let last = judged.profile.first();
        last.map(|last| format!(", said by {}", self.event(&last.event))).unwrap_or_default()
    }

    fn other(&self, out: &mut String, other: &Other) {
        let said = &other.said;
        let since = self.zone.show(said.since);
        let until = said.until.map(|until| self.zone.show(until)).unwrap_or_default();
        let why = match other.loses {
            Loses::LowerPrecedence => "has the lower precedence".to_owned(),
            Loses::GivesAccess => "gives access where the winner takes it".to_owned(),
            Loses::Older => "is older".to_owned(),
            Loses::ByName => "its rule's name comes first, and all else is equal".to_owned(),
            Loses::Same => "says the same".to_owned(),
            Loses::Overridden => "an operator keeps the person out".to_owned(),
            Loses::NotInForce(Standing::NotYet) => format!("not begun yet: begins {since}"),
            Loses::NotInForce(Standing::Over) => format!("over since {until}"),
            Loses::NotInForce(Standing::Forestalled) => {
                format!("would begin {since}, but the claim ends before, {until}")
            }
            Loses::NotInForce(Standing::SetAside) => {
                "set aside: another employment goes on".to_owned()
            }
            Loses::NotInForce(Standing::Observed) => "its rule is only observed".to_owned(),
            Loses::NotInForce(Standing::InForce) => "is in force".to_owned(),
            Loses::NotInForce(Standing::Muted) => {
                other.muted.as_ref().map_or("muted".to_owned(), |muted| self.muted(muted))
            }
        };
        line!(out, "    also {}", claim(said));
        line!(out, "       wants {}; {why}", said.wants);
    }

    fn times(&self, said: &Said) -> String {
        let since = self.zone.show(said.since);
        match said.until {
            Some(until) => format!("since {since} until {}", self.zone.show(until)),
            None => format!("since {since}, without an end"),
        }
    }
}

fn claim(said: &Said) -> String {
    format!(
        "`{}` ({}), precedence {}, {}",
        said.claim,
        instance(&said.by),
        words::precedence(said.precedence),
        rule(&said.rule)
    )
}

fn rule(rule: &Rule) -> String {
    let today = match rule.today {
        Today::Changed => ", changed since",
        Today::Gone => ", which is gone from today's rules",
        Today::AsItIs => "",
    };
    format!("rule `{}` ({}){today}", rule.name, rule.hash)
}

fn way(before: &Before<Wanted>) -> String {
    match before {
        Before::Unknown => "unknown".to_owned(),
        Before::Was(was) => was.to_string(),
    }
}
