//! What becomes of overrides by themselves: they end, and of two that meet one gives way. Each is told.

use super::Shard;
use crate::engine::people::muted::Alone;
use crate::engine::state::overrides::{GaveWay, word};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::{PersonId, TargetName};

impl Shard {
    /// Overrides and mutes that are over end, and that is told; so is what ends within a day.
    pub(super) fn end_orders(&mut self, id: &PersonId) {
        if self.books.clocks.in_question() {
            return;
        }
        let today = self.books.today();
        let due = self.people.end_orders(id, today);
        if !due.is_news() {
            return;
        }
        self.books.touch(id);
        let soon = due.soon.iter().map(|it| (it, Code::OverrideEndsSoon, "ends soon"));
        let ended = due.ended.iter().map(|it| (it, Code::OverrideEnded, "is over"));
        for (order, code, what) in soon.chain(ended) {
            let text = format!(
                "the override `{}` by {} {what}: from {} on the account is what the rules want",
                word(order.keep),
                order.order.operator,
                order.until
            );
            self.tell_override(id, &order.target, Why::new(code, None, text));
        }
        for Alone { target, operator, claims } in due.alone {
            let text = format!(
                "what the override `in` by {operator} muted, which had given way to another, counts again: \
                 {claims}"
            );
            self.tell_override(id, &target, Why::new(Code::OverrideEnded, None, text));
        }
    }

    /// Two people who were overridden are one: what gave way is told.
    pub(super) fn tell_gave_way(&mut self, id: &PersonId, gave_way: &[GaveWay]) {
        for it in gave_way {
            let why = Why::new(Code::OverrideGaveWay, None, it.to_string());
            self.tell_override(id, &it.lost.target, why);
        }
    }

    fn tell_override(&mut self, id: &PersonId, target: &TargetName, why: Why) {
        let Some(tenant) = self.people.get(id).map(|person| person.tenant.clone()) else { return };
        self.at((&tenant, target), |desk, turn| desk.tell_override(id, why, turn));
    }
}
