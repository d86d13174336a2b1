//! Removals from groups stop at a target where one has taken too many, until an operator has looked.

use super::Shard;
use crate::engine::desk::Desk;
use crate::engine::desk::taken::Took;
use crate::model::ids::{TargetName, TenantName};
use crate::model::ordered::{Became, CommandRow};

impl Shard {
    /// A removal has taken more than it was asked to.
    pub(super) fn stop_removals(&mut self, at: (&TenantName, &TargetName), took: &Took) {
        self.orders.stop_removals(took.stop.clone());
        self.books.ledger.touch_orders();
        let back = self.at(at, |desk, turn| desk.note_taken(took, turn)).unwrap_or_default();
        for id in &back {
            self.reconsider(id, None);
            self.at(at, |desk, turn| desk.give_back(id, turn));
        }
        self.at(at, Desk::look_at_all);
    }

    /// An operator has looked: removals go on.
    pub(super) fn let_removals_go_on(
        &mut self,
        tenant: &TenantName,
        target: &TargetName,
    ) -> Vec<CommandRow> {
        let row = CommandRow {
            hold: None,
            person: None,
            target: Some(target.clone()),
            became: Became::Released,
            why: None,
        };
        let commit = self.books.ledger.next_id();
        if !self.orders.release_removals(tenant, target, commit) {
            let why = Some("no removals are stopped at this target".to_owned());
            return vec![CommandRow { became: Became::Nothing, why, ..row }];
        }
        vec![row]
    }
}
