//! What `usher explain` tells of a person, as a page for an operator's terminal.

macro_rules! line {
    ($out:expr, $($text:tt)*) => {
        $out.push_str(&text::line(&format!($($text)*)))
    };
}

mod account;
mod audit;

use super::text;
use super::time::Zone;
use crate::engine::record::Kept;
use crate::view::history::Event;
use crate::view::person::{Claim, Muted, Person, Standing};
use crate::view::words::{self, instance};

/// The whole page.
pub(super) fn page(told: &Person, zone: &Zone) -> String {
    let mut out = String::new();
    let at = zone.show(told.judged_at);
    line!(out, "person {}, tenant {}", told.id, told.tenant);
    if told.is_now {
        line!(out, "judged now, {at}");
    } else {
        line!(out, "judged as of {at}, by what is known now about that time;");
        line!(out, "how far usher is at a target (revision and stage) is told as of now");
    }
    for id in &told.merged {
        line!(out, "known before as {id}");
    }
    line!(out, "\nnames");
    for name in &told.names {
        line!(out, "  {:16} {}", name.kind, name.value);
    }
    for by in &told.employments {
        line!(out, "  goes on          {}", instance(by));
    }
    if told.on_legal_hold {
        line!(out, "  on legal hold    no account is deleted");
    }
    if told.asleep {
        line!(
            out,
            "  asleep           only events older than `engine.max_event_age` are known: nothing is called"
        );
    }
    let printer = Printer { zone };
    for target in &told.targets {
        printer.target(&mut out, target);
    }
    printer.why_not(&mut out, told);
    printer.next(&mut out, told);
    printer.history(&mut out, told);
    out
}

/// Who goes by a name that several have.
pub(super) fn several(people: &[Kept]) -> String {
    let mut out = String::from("several people have this name:\n");
    for Kept { person, .. } in people {
        let names = person.aliases.iter();
        let names: Vec<_> =
            names.map(|alias| format!("{} {}", alias.kind(), alias.value())).collect();
        line!(out, "  {}  {}", person.id, names.join(", "));
    }
    out
}

struct Printer<'a> {
    zone: &'a Zone,
}

impl Printer<'_> {
    fn event(&self, event: &Event) -> String {
        let kind = event.kind.as_ref().map(|kind| format!("{kind} ")).unwrap_or_default();
        let at = event.time.map(|at| format!(", {}", self.zone.show(at))).unwrap_or_default();
        format!("{kind}`{}` of {}{at}", event.id, event.source)
    }

    fn why_not(&self, out: &mut String, told: &Person) {
        let idle = told.claims.iter().filter(|claim| claim.asserted && !claim.in_force);
        let idle: Vec<_> = idle.collect();
        if !idle.is_empty() {
            line!(out, "\nclaims that are not in force");
        }
        for claim in idle {
            line!(out, "  `{}` ({})", claim.name, instance(&claim.by));
            self.idle(out, claim);
        }
        if !told.never_claimed.is_empty() {
            let names: Vec<_> = told.never_claimed.iter().map(|name| format!("`{name}`")).collect();
            line!(out, "\nof today's rules, no event has claimed: {}", names.join(", "));
        }
    }

    fn idle(&self, out: &mut String, claim: &Claim) {
        for time in &claim.times {
            let by = time.event.as_ref().map(|event| self.event(event)).unwrap_or_default();
            let from = self.zone.show(time.from);
            match (time.standing, time.until) {
                (Standing::NotYet, _) => line!(out, "    begins {from}; said by {by}"),
                (Standing::SetAside, _) => {
                    line!(out, "    set aside, for another employment goes on; said by {by}");
                }
                (Standing::Observed, _) => {
                    line!(out, "    its rule is only observed, since {from}; said by {by}");
                }
                (
                    Standing::InForce | Standing::Over | Standing::Forestalled | Standing::Muted,
                    Some(until),
                ) => {
                    let ended = match &time.ended_by {
                        Some(event) => format!("withdrawn by {}", self.event(event)),
                        None => "it ended by itself".to_owned(),
                    };
                    line!(out, "    over since {}; {ended}", self.zone.show(until));
                }
                (
                    Standing::InForce | Standing::Over | Standing::Forestalled | Standing::Muted,
                    None,
                ) => line!(out, "    since {from}; said by {by}"),
            }
        }
        if let (true, Some(event)) = (claim.times.is_empty(), &claim.withdrawn_by) {
            line!(out, "    withdrawn by {}, before it could begin", self.event(event));
        }
    }

    /// `muted by ann@example.com until …, because …`
    fn muted(&self, muted: &Muted) -> String {
        let until = muted.until.map_or("it is lifted".to_owned(), |at| self.zone.show(at));
        let place = muted.target.as_ref().map(|it| format!(" at {it}")).unwrap_or_default();
        format!("muted{place} by {} until {until}, because: {}", muted.by, muted.reason)
    }

    fn next(&self, out: &mut String, told: &Person) {
        line!(out, "\nnext");
        if let Some(at) = told.next_besides {
            let at = self.zone.show(at);
            line!(out, "  {at}: an employment begins or ends, or an announced attribute holds");
        }
        for next in &told.next {
            let (at, turn) = (self.zone.show(next.at), words::turn(next.turn));
            line!(out, "  {at}: `{}` ({}) {turn}", next.claim, instance(&next.by));
        }
        if told.next.is_empty() && told.next_besides.is_none() {
            line!(out, "  nothing changes by itself; the next event decides");
        }
    }
}
