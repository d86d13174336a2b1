//! A command that is right and may not be obeyed as it stands: it lasts for too long, or comes to more than
//! another operator has said yes to.

use super::Shard;
use super::obey::approvals;
use crate::command::Admitted;
use crate::command::instruction::Command;
use crate::engine::seconded::{More, Saying, Seconds};
use crate::model::code::Code;
use crate::model::decision::Why;

/// So many new parts are named; more are counted.
const NAMED: usize = 10;

impl Shard {
    /// Why a command is refused that may be said; `None`: it is obeyed.
    pub(super) fn why_refused(&self, admitted: &Admitted) -> Option<Why> {
        let instruction = admitted.instruction();
        let tenant = instruction.tenant.as_ref()?;
        match &instruction.command {
            Command::Override { .. } => self.why_not_overridden(admitted, tenant),
            Command::Undo { what, rows, leave_out } => {
                self.why_not_undone(admitted, tenant, what, (rows.as_ref(), leave_out.as_ref()))
            }
            Command::Approve { .. }
            | Command::Reject { .. }
            | Command::Pause { .. }
            | Command::Resume { .. }
            | Command::Retry(_)
            | Command::Replay { .. }
            | Command::Reassert(_)
            | Command::Link { .. }
            | Command::Part { .. }
            | Command::Bind { .. }
            | Command::Unbind { .. }
            | Command::Erase { .. }
            | Command::Release { .. }
            | Command::Refresh { .. } => None,
        }
    }

    /// Why somebody's yes is refused: it would be one to more than the yes that waits for it.
    pub(super) fn why_not_seconded(&self, admitted: &Admitted, saying: Saying<'_>) -> Option<Why> {
        let by = approvals(admitted, self.books.now);
        let More { than, new } = self.orders.more(saying, &by, self.books.now)?;
        let (than, count) = (than.join(" and "), new.len());
        let named: Vec<&str> = new.iter().take(NAMED).map(String::as_str).collect();
        let more = count.checked_sub(NAMED).filter(|more| *more > 0);
        let more = more.map(|more| format!(", and {more} more")).unwrap_or_default();
        let text = format!(
            "it comes to more than {than} said yes to; new is: {}{more}; nothing was done: {than} says it \
             again, and then another operator; or name the rows that are meant",
            named.join(", ")
        );
        Some(Why::new(Code::CommandComesToMore, None, text))
    }

    /// Hears that whoever signed this says it.
    pub(super) fn second(&mut self, admitted: &Admitted, saying: Saying<'_>) -> Seconds {
        let (by, now) = (approvals(admitted, self.books.now), self.books.now);
        self.orders.second(saying, &by, now)
    }
}
