//! What a desk knows of somebody whose claims are to be undone.

use super::Desk;
use super::released::is_subject;
use crate::engine::people::Whom;
use crate::engine::undo::Place;

impl Desk {
    /// Somebody's place here, as `signers` are told of it.
    pub(in crate::engine) fn place_to_undo(
        &self,
        whom: &Whom<'_>,
        signers: &[String],
    ) -> Place<'_> {
        Place {
            target: &self.settings.name,
            restricting: &self.settings.restricting_groups,
            seat: self.seat(&whom.person.id),
            groups: &self.groups,
            is_protected: self.protects(whom),
            is_own: signers.iter().any(|signer| is_subject(signer, whom)),
        }
    }
}
