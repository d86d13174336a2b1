//! `usher replay`: parked records are mended, looked at, and given to their shard to read again.

mod edit;
mod mend;
mod plan;

use super::super::Error as CliError;
use super::plans::Place;
use super::saying::Saying;
use crate::cli::questions::parked::Filters;
use crate::command::instruction::CommandKind;
use clap::{Args, ValueHint};
use mend::Cure;
use std::path::PathBuf;

pub(in super::super) const EXAMPLES: &str = "\
Shows what each record would become and by which rule, asks, signs, and waits for usher's decision. A
record counts at its own place and time, and once. At most 100 go into one command, the oldest first;
say it again for the rest. Exit codes are those of `usher approve`.

Example:
  usher replay hr.events/3@4711 --edit --reason mended --config usher.yaml
  usher replay --all-of --code condition.failed --reason rule-mended --config usher.yaml
  usher replay --all-of --source hr.events --patch dates.json --reason mended --config usher.yaml

Next:
  usher parked --config usher.yaml         what is still parked";

#[derive(Debug, Args)]
pub(in super::super) struct Replay {
    /// Where they stand, as `usher parked` shows it
    #[arg(value_name = "POSITION", required_unless_present_any = ["all_of", "send"])]
    positions: Vec<String>,
    /// All that is parked, fits the filters and was not replayed, in place of positions
    #[arg(long, conflicts_with = "positions")]
    all_of: bool,
    #[command(flatten)]
    filters: Filters,
    /// Mend each of them in the editor that `VISUAL` or `EDITOR` names
    #[arg(long, conflicts_with = "patch")]
    edit: bool,
    /// Mend each of them by this patch: a list of operations (RFC 6902), or an object to merge (RFC 7396)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    patch: Option<PathBuf>,
    #[command(flatten)]
    saying: Saying,
}

impl Replay {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        self.saying.say(CommandKind::Replay, |place: &Place<'_>| plan::plan(place, self))
    }

    fn cure(&self) -> Result<Cure, CliError> {
        Ok(match &self.patch {
            Some(file) => Cure::patch(&super::saying::read(file)?)?,
            None if self.edit => Cure::Editor,
            None => Cure::None,
        })
    }
}
