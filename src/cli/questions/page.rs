//! The document of `usher explain` as a page for an operator's terminal.

use super::document::{
    At, Binding, ClaimTimes, DecidedBy, Document, FieldView, Loses, Other, Place, RuleView, Said,
    Stage, Standing, Today, Way,
};
use super::history::{Because, Event, Line};
use super::people::word;
use super::text;
use super::time::Zone;
use crate::model::claim::By;

macro_rules! line {
    ($out:expr, $($text:tt)*) => {
        $out.push_str(&text::line(&format!($($text)*)))
    };
}

/// The whole page.
pub(super) fn page(document: &Document, zone: &Zone) -> String {
    let mut out = String::new();
    let at = zone.show(document.judged_at);
    line!(out, "person {}, tenant {}", document.person, document.tenant);
    if document.is_now {
        line!(out, "judged now, {at}");
    } else {
        line!(out, "judged as of {at}, by what is known now about that time;");
        line!(out, "how far usher is at a target (revision and stage) is told as of now");
    }
    for id in &document.merged {
        line!(out, "known before as {id}");
    }
    line!(out, "\nnames");
    for name in &document.names {
        line!(out, "  {:16} {}", name.kind, name.value);
    }
    for by in &document.employments {
        line!(out, "  goes on          {}", instance(by));
    }
    if document.on_legal_hold {
        line!(out, "  on legal hold    no account is deleted");
    }
    let printer = Printer { zone };
    for target in &document.targets {
        printer.target(&mut out, target);
    }
    printer.why_not(&mut out, document);
    printer.next(&mut out, document);
    printer.history(&mut out, document);
    out
}

/// Who goes by a name that several have.
pub(super) fn several(people: &[crate::engine::record::Kept]) -> String {
    let mut out = String::from("several people have this name:\n");
    for crate::engine::record::Kept { person, .. } in people {
        let names = person.aliases.iter();
        let names: Vec<_> =
            names.map(|alias| format!("{} {}", word(&alias.kind()), alias.value())).collect();
        line!(out, "  {}  {}", person.id, names.join(", "));
    }
    out
}

/// Which instance of a claim: `employment E-1`.
pub(super) fn instance(by: &By) -> String {
    match by {
        By::Person => "the person".to_owned(),
        By::Employment(id) => format!("employment {id}"),
        By::Source(source) => format!("source {source}"),
        By::Detection { source, id } => format!("detection {id} of {source}"),
    }
}

struct Printer<'a> {
    zone: &'a Zone,
}

impl Printer<'_> {
    fn target(&self, out: &mut String, at: &At) {
        match &at.seat {
            None => line!(out, "\nat {}: nothing was ever wanted here", at.target),
            Some(seat) => self.place(out, &at.target, seat),
        }
        if !at.configured {
            line!(out, "  the target is not in the configuration any more: nothing is done there");
        }
        for field in &at.fields {
            self.field(out, field);
        }
    }

    fn place(&self, out: &mut String, target: &str, seat: &Place) {
        let account = match (seat.account, &seat.scim_id) {
            (_, Some(id)) => format!("account {id}"),
            (Binding::None, None) => "no account".to_owned(),
            (Binding::Bound | Binding::Unknown, None) => {
                "the account is not looked up yet".to_owned()
            }
        };
        line!(out, "\nat {target}: {account}, revision {}", seat.revision);
        let began = self.zone.show(seat.began_at);
        let code = seat.code.as_deref().unwrap_or("for a reason that the audit tells");
        let reason = seat.reason.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        let again = seat.again_at.map(|at| self.zone.show(at)).unwrap_or_default();
        match seat.stage {
            Stage::AtRest => {
                let result = seat.result.as_deref().unwrap_or_default();
                line!(out, "  at rest ({result}); the revision began {began}");
            }
            Stage::Held => line!(out, "  held since {began}: {code}{reason}"),
            Stage::Stuck => line!(out, "  stuck: {code}{reason}; tried again {again}"),
            Stage::Unverified => {
                line!(out, "  no account was found to cut; looked up again {again}");
            }
            Stage::Working => line!(out, "  being worked on since {began}"),
        }
        if let Some(cause) = &seat.cause {
            line!(out, "  begun by {}", self.event(cause));
        }
        if seat.pending > 0 {
            line!(out, "  {} call(s) may be under way", seat.pending);
        }
        if let Some(failure) = &seat.last_failure {
            line!(out, "  last failure {}: {}", self.zone.show(failure.at), failure.what);
        }
        if seat.unanswered > 0 {
            line!(out, "  {} call(s) had no answer and may still land", seat.unanswered);
        }
    }

    fn field(&self, out: &mut String, field: &FieldView) {
        let wanted = field.wanted.as_deref().unwrap_or("left alone");
        line!(out, "\n  {}: {wanted}", field.field);
        match (field.decided_by, &field.winner) {
            (_, Some(winner)) => {
                line!(out, "    by {}", claim(winner));
                line!(out, "       {}", self.times(winner));
                if let Some(event) = &winner.event {
                    line!(out, "       said by {}", self.event(event));
                }
            }
            (DecidedBy::Profile, None) => {
                line!(out, "    by the profile{}", self.last_profile(field));
            }
            (DecidedBy::WayBack, None) => {
                line!(out, "    no claim speaks; back to what it was before");
            }
            (DecidedBy::NoWayBack, None) => line!(
                out,
                "    no claim speaks, and nobody knows what it was before: it is left alone; see \
                 `usher errors baseline.unknown`"
            ),
            (DecidedBy::Claim | DecidedBy::Nobody, None) => {
                line!(out, "    nobody speaks about it now");
            }
        }
        for other in &field.others {
            self.other(out, other);
        }
        let decides = usize::from(field.decided_by == DecidedBy::Profile);
        for (index, said) in field.profile.iter().enumerate().skip(decides) {
            let loses = if index == 0 { "ranks below every claim" } else { "is older" };
            let by = self.event(&said.event);
            line!(out, "    also the profile wants {}; {loses}; said by {by}", said.value);
        }
        if let (Some(_), Some(before)) = (&field.winner, &field.before) {
            line!(out, "    before the first claim: {}", way(before));
        }
    }

    fn last_profile(&self, field: &FieldView) -> String {
        let last = field.profile.first();
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
            Loses::NotInForce(Standing::NotYet) => format!("not begun yet: begins {since}"),
            Loses::NotInForce(Standing::Over) => format!("over since {until}"),
            Loses::NotInForce(Standing::Forestalled) => {
                format!("would begin {since}, but the claim ends before, {until}")
            }
            Loses::NotInForce(Standing::SetAside) => {
                "set aside: another employment goes on".to_owned()
            }
            Loses::NotInForce(Standing::InForce) => "is in force".to_owned(),
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

    fn event(&self, event: &Event) -> String {
        let kind = event.kind.as_ref().map(|kind| format!("{kind} ")).unwrap_or_default();
        let at = event.time.map(|at| format!(", {}", self.zone.show(at))).unwrap_or_default();
        format!("{kind}`{}` of {}{at}", event.id, event.source)
    }

    fn why_not(&self, out: &mut String, document: &Document) {
        let idle = document.claims.iter().filter(|claim| claim.asserted && !claim.in_force);
        let idle: Vec<_> = idle.collect();
        if !idle.is_empty() {
            line!(out, "\nclaims that are not in force");
        }
        for claim in idle {
            line!(out, "  `{}` ({})", claim.claim, instance(&claim.by));
            self.idle(out, claim);
        }
        if !document.never_claimed.is_empty() {
            let names: Vec<_> =
                document.never_claimed.iter().map(|name| format!("`{name}`")).collect();
            line!(out, "\nof today's rules, no event has claimed: {}", names.join(", "));
        }
    }

    fn idle(&self, out: &mut String, claim: &ClaimTimes) {
        for time in &claim.times {
            let by = time.event.as_ref().map(|event| self.event(event)).unwrap_or_default();
            let from = self.zone.show(time.from);
            match (time.standing, time.until) {
                (Standing::NotYet, _) => line!(out, "    begins {from}; said by {by}"),
                (Standing::SetAside, _) => {
                    line!(out, "    set aside, for another employment goes on; said by {by}");
                }
                (_, Some(until)) => {
                    let ended = match &time.ended_by {
                        Some(event) => format!("withdrawn by {}", self.event(event)),
                        None => "it ended by itself".to_owned(),
                    };
                    line!(out, "    over since {}; {ended}", self.zone.show(until));
                }
                (_, None) => line!(out, "    since {from}; said by {by}"),
            }
        }
        if let (true, Some(event)) = (claim.times.is_empty(), &claim.withdrawn_by) {
            line!(out, "    withdrawn by {}, before it could begin", self.event(event));
        }
    }

    fn next(&self, out: &mut String, document: &Document) {
        line!(out, "\nnext");
        if let Some(at) = document.next_of_person {
            let at = self.zone.show(at);
            line!(out, "  {at}: an employment begins or ends, or an announced attribute holds");
        }
        for next in &document.next {
            let at = self.zone.show(next.at);
            line!(out, "  {at}: `{}` ({}) {}", next.claim, instance(&next.by), next.turn);
        }
        if document.next.is_empty() && document.next_of_person.is_none() {
            line!(out, "  nothing changes by itself; the next event decides");
        }
    }

    fn history(&self, out: &mut String, document: &Document) {
        let audit = &document.audit;
        line!(out, "\ndecided, called and verified (from the audit)");
        if audit.cut_off {
            line!(
                out,
                "  older lines may be missing: the audit topic's retention has removed them"
            );
        }
        if audit.earlier > 0 {
            line!(out, "  {} earlier lines are not shown; --lines shows more", audit.earlier);
        }
        for told in &audit.lines {
            self.told(out, told);
        }
        if audit.lines.is_empty() && audit.earlier == 0 {
            line!(out, "  nothing");
        }
    }

    fn told(&self, out: &mut String, told: &Line) {
        let at = self.zone.show(told.at);
        let place = match (&told.target, told.revision) {
            (Some(target), Some(revision)) => format!(" at {target}, revision {revision}"),
            _ => String::new(),
        };
        let event = told.event.as_ref().filter(|_| told.kind == "decision");
        let event = event.map(|event| {
            let event = Event { time: None, ..event.clone() };
            format!(": {}", self.event(&event))
        });
        let read_back = match told.verified {
            Some(true) => ", read back",
            Some(false) | None => "",
        };
        let event = event.unwrap_or_default();
        line!(out, "  {at}  {} {}{place}{read_back}{event}", told.kind, told.outcome);
        for effect in &told.effects {
            line!(out, "      rule `{}`: `{}` {}", effect.rule, effect.claim, effect.decision);
        }
        for remark in &told.remarks {
            line!(out, "      {}: {}", remark.code, remark.text);
        }
        for call in &told.calls {
            let status = call.status.map(|status| format!(" {status}")).unwrap_or_default();
            let shown = |name: &String| {
                let is_cleared = call.cleared.contains(name);
                if is_cleared { format!("{name} (cleared)") } else { name.clone() }
            };
            let touched = call.touched.iter().map(shown).collect::<Vec<_>>().join(", ");
            line!(out, "      {} {touched}:{status} {}", call.action, call.outcome);
        }
        if let Some(why) = &told.why {
            line!(out, "      {}: {}", why.code, why.text);
        }
        for because in &told.because {
            self.because(out, because);
        }
    }

    fn because(&self, out: &mut String, because: &Because) {
        let fields = because.fields.join(", ");
        let event = because.event.as_ref().map(|event| format!(", by {}", self.event(event)));
        let event = event.unwrap_or_default();
        match (because.by.as_str(), &because.claim, &because.rule) {
            ("claim", Some(claim), Some(rule)) => {
                line!(out, "      {fields}: because of `{claim}`, rule `{rule}`{event}");
            }
            ("way_back", ..) => line!(out, "      {fields}: as before the first claim"),
            // What a source says of names and departments is above.
            _ => {}
        }
    }
}

fn claim(said: &Said) -> String {
    format!(
        "`{}` ({}), precedence {}, {}",
        said.claim,
        instance(&said.by),
        word(&said.precedence),
        rule(&said.rule)
    )
}

fn rule(rule: &RuleView) -> String {
    let today = match rule.today {
        Today::Changed => ", changed since",
        Today::Gone => ", which is gone from today's rules",
        Today::AsItIs => "",
    };
    format!("rule `{}` ({}){today}", rule.name, rule.hash)
}

fn way(before: &Way) -> &str {
    match (before.known, &before.value) {
        (false, _) => "unknown",
        (true, Some(value)) => value,
        (true, None) => "no value",
    }
}
