//! Words on somebody's claims do not count any more, or do again.

use super::Shard;
#[cfg(test)]
use crate::command::instruction::CommandId;
use crate::engine::said::mutes::{Mute, TooManyMutes};
use crate::model::ids::PersonId;

impl Shard {
    /// Mutes words of somebody's claims, and does at once what follows of it.
    ///
    /// # Errors
    ///
    /// If they are more than the person's record takes; then nothing has changed.
    pub fn mute(&mut self, id: &PersonId, mutes: Vec<Mute>) -> Result<(), TooManyMutes> {
        self.people.mute(id, mutes)?;
        self.books.touch(id);
        self.reconsider(id, None);
        Ok(())
    }

    /// Ends what a command ordered for a person, as an undo of it does.
    #[cfg(test)]
    pub fn end_order(&mut self, id: &PersonId, command: CommandId) {
        self.people.end_order(id, command, None);
        self.books.touch(id);
        self.reconsider(id, None);
    }
}
