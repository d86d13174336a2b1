//! What was decided, called and verified.

use super::super::text;
use super::Printer;
use crate::audit::line::LineKind;
use crate::view::history::{Because, Call, DecidedBy, Event, Line};
use crate::view::person::Person;

impl Printer<'_> {
    pub(super) fn history(&self, out: &mut String, told: &Person) {
        let audit = &told.audit;
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
        for line in &audit.lines {
            self.told(out, line);
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
        let event = match told.kind {
            LineKind::Decision => told.event.as_ref(),
            LineKind::Result | LineKind::Note | LineKind::Reading | LineKind::Command => None,
        };
        let event = event.map(|event| {
            let event = Event { time: None, ..event.clone() };
            format!(": {}", self.event(&event))
        });
        let read_back = match told.verified {
            Some(true) => ", read back",
            Some(false) | None => "",
        };
        let event = event.unwrap_or_default();
        let kind = told.kind.word();
        line!(out, "  {at}  {kind} {}{place}{read_back}{event}", told.outcome);
        for effect in &told.effects {
            line!(out, "      rule `{}`: `{}` {}", effect.rule, effect.claim, effect.decision);
        }
        for remark in &told.remarks {
            line!(out, "      {}: {}", remark.code, remark.text);
        }
        for call in &told.calls {
            line!(out, "      {}", called(call));
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
        match &because.by {
            DecidedBy::Claim { claim, rule, event } => {
                let event = event.as_ref().map(|event| format!(", by {}", self.event(event)));
                let event = event.unwrap_or_default();
                line!(out, "      {fields}: because of `{claim}`, rule `{rule}`{event}");
            }
            DecidedBy::Override { operator, until } => {
                let until = self.zone.show(*until);
                line!(out, "      {fields}: kept out by {operator} until {until}");
            }
            DecidedBy::WayBack => line!(out, "      {fields}: as before the first claim"),
            // What a source says of names and departments is above.
            DecidedBy::Profile { .. } => {}
        }
    }
}

fn called(call: &Call) -> String {
    let status = call.status.map(|status| format!(" {status}")).unwrap_or_default();
    let shown = |name: &String| {
        let is_cleared = call.cleared.contains(name);
        if is_cleared { format!("{name} (cleared)") } else { name.clone() }
    };
    let touched = call.touched.iter().map(shown).collect::<Vec<_>>().join(", ");
    format!("{} {touched}:{status} {}", call.action.word(), call.outcome)
}
