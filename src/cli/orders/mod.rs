//! Commands of operators: what would be done is shown, a reason asked, the bytes signed and sent, and
//! the decision waited for.
//!
//! Exit codes: 0 obeyed, 1 failed, 2 refused, 3 nothing came of it, 4 waits for another operator, 5 not
//! decided in time.

mod decision;
mod error;
mod overriding;
mod plans;
pub(super) mod replay;
mod saying;
mod scope;
mod sign;
mod undo;
mod who_is_who;

use super::Error as CliError;
use super::questions::held::Filters;
use crate::command::instruction::CommandKind;
use clap::Args;
pub(super) use overriding::{Override, Reassert};
use saying::Saying;
pub(super) use saying::{ask, fresh_id, tell as show};

pub(super) use undo::Undo;
pub(super) use who_is_who::{Bind, People, Unbind};

/// Some of what is held.
#[derive(Debug, Args)]
struct Chosen {
    /// Digests of what is held, as `usher held` shows them; beginnings that are unique will do
    #[arg(value_name = "DIGEST", required_unless_present_any = ["all_of", "send"])]
    digests: Vec<String>,
    /// All that is held and fits the filters, in place of digests
    #[arg(long, conflicts_with = "digests")]
    all_of: bool,
    #[command(flatten)]
    filters: Filters,
}

#[derive(Debug, Args)]
pub(super) struct Approve {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    saying: Saying,
}

#[derive(Debug, Args)]
pub(super) struct Reject {
    #[command(flatten)]
    chosen: Chosen,
    /// How long it is not to be done; then somebody is asked again
    #[arg(long = "for", value_name = "TIME", default_value = "7d")]
    length: String,
    #[command(flatten)]
    saying: Saying,
}

#[derive(Debug, Args)]
pub(super) struct Scoped {
    /// `everything`, `tenant`, `target NAME`, `source NAME`, `rule NAME`, `destructive [TARGET]`
    #[arg(value_name = "SCOPE", num_args = 1..=2, required_unless_present = "send")]
    scope: Vec<String>,
    #[command(flatten)]
    saying: Saying,
}

#[derive(Debug, Args)]
pub(super) struct Retry {
    /// The id of a person, as `usher explain` shows it
    #[arg(
        long,
        value_name = "ID",
        required_unless_present_any = ["target", "send"],
        conflicts_with = "target"
    )]
    person: Option<String>,
    /// Everybody who is tried again at this target
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    #[command(flatten)]
    saying: Saying,
}

#[derive(Debug, Args)]
pub(super) struct Release {
    /// The target at which removals from groups are stopped
    #[arg(value_name = "TARGET", required_unless_present = "send")]
    target: Option<String>,
    #[command(flatten)]
    saying: Saying,
}

#[derive(Debug, Args)]
pub(super) struct Refresh {
    /// The target that is to be read
    #[arg(value_name = "TARGET", required_unless_present = "send")]
    target: Option<String>,
    #[command(flatten)]
    saying: Saying,
}

impl Refresh {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let target = self.target.as_deref();
        self.saying.say(CommandKind::Refresh, |place| plans::refresh(place, target))
    }
}

impl Approve {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let plan = |place: &plans::Place<'_>| plans::approve(place, &self.chosen);
        self.saying.say(CommandKind::Approve, plan)
    }
}

impl Reject {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let plan = |place: &plans::Place<'_>| plans::reject(place, &self.chosen, &self.length);
        self.saying.say(CommandKind::Reject, plan)
    }
}

impl Scoped {
    pub(super) fn pause(&self) -> Result<(), CliError> {
        self.saying.say(CommandKind::Pause, |place| plans::pause(place, &self.scope))
    }

    pub(super) fn resume(&self) -> Result<(), CliError> {
        self.saying.say(CommandKind::Resume, |place| plans::resume(place, &self.scope))
    }
}

impl Retry {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let (person, target) = (self.person.as_deref(), self.target.as_deref());
        self.saying.say(CommandKind::Retry, |place| plans::retry(place, person, target))
    }
}

impl Release {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let target = self.target.as_deref();
        self.saying.say(CommandKind::Release, |place| plans::release(place, target))
    }
}

/// What `--help` teaches of each.
pub(super) mod examples {
    pub(in super::super) use super::overriding::examples::{OVERRIDE, REASSERT};

    pub(in super::super) use super::who_is_who::examples::*;

    pub(in super::super) const APPROVE: &str = "\
Shows the rows, asks, signs with ssh-keygen, and waits for usher's decision. The name of the operator
and the key may stand in USHER_OPERATOR and USHER_SIGNING_KEY.
Exit codes: 0 obeyed, 1 failed, 2 refused, 3 nothing came of it, 4 waits for another operator, 5 not
decided in time.

Example:
  usher approve 3fa9c1d20b7e --reason left --config usher.yaml
  usher approve --all-of --code limit.reached --target main --reason checked --config usher.yaml
  usher approve 3fa9 --reason checked --operator ann@example.com --print=command.json --config usher.yaml
  usher approve --send command.json --signature command.json.sig --config usher.yaml

Next:
  usher held --config usher.yaml           what is still held";

    pub(in super::super) const REJECT: &str = "\
What is rejected is not done until the time is over, and is then asked for again if it is still wanted.
Exit codes are those of `usher approve`.

Example:
  usher reject 3fa9c1d20b7e --reason false-feed --config usher.yaml
  usher reject --all-of --code limit.reached --for 2d --reason false-feed --config usher.yaml

Next:
  usher held --config usher.yaml           what is still held";

    pub(in super::super) const PAUSE: &str = "\
Nothing more is written in the scope, from the next commit on, until it is resumed; events are read on.
What is under way is not called back, and is listed. Exit codes are those of `usher approve`.

Example:
  usher pause target main --reason false-feed --config usher.yaml
  usher pause destructive --reason looked-at --config usher.yaml
  usher pause everything --reason looked-at --yes --config usher.yaml

Next:
  usher held --config usher.yaml           what waits, and what is paused
  usher resume target main --reason mended --config usher.yaml";

    pub(in super::super) const RESUME: &str = "\
Ends the pause of exactly this scope; what waited goes on, within the limits. Exit codes are those of
`usher approve`.

Example:
  usher resume target main --reason mended --config usher.yaml

Next:
  usher held --config usher.yaml           what is still held";

    pub(in super::super) const RELEASE: &str = "\
Removals from groups stop at a target by themselves when one has taken more members than it was asked to.
Look at the target first, with `usher target check`. Exit codes are those of `usher approve`.

Example:
  usher release main --reason mended-there --config usher.yaml

Next:
  usher held --config usher.yaml           what is still held";

    pub(in super::super) const REFRESH: &str = "\
The worker reads every target at its start and every few hours; this asks for a reading now. It takes one
call for each page, and none that something more urgent needs. Exit codes are those of `usher approve`.

Example:
  usher inventory refresh main --reason audit --config usher.yaml

Next:
  usher inventory --config usher.yaml      what was read, and how fresh it is";

    pub(in super::super) const RETRY: &str = "\
Tries at once what would be tried later. Exit codes are those of `usher approve`.

Example:
  usher retry --target main --reason mended --config usher.yaml

Next:
  usher explain kim@example.com --config usher.yaml
                                           what came of it";

    pub(in super::super) const UNDO: &str = "\
Shows, row by row, what usher wrote, what is there now, and what comes back; then asks, signs and waits as
`usher approve` does, with its exit codes. What somebody else has changed since is left out unless --only
names it. Against a termination or a claim of security it takes two operators.

Example:
  usher undo --event hr e-4711 --reason false-feed --config usher.yaml
  usher undo --rule leaver --since 2026-11-30T08:00:00Z --reason faulty-rule --config usher.yaml
  usher undo --command 0193a5f0-7c1e-7a3b-8f00-000000000001 --reason mistaken --config usher.yaml

Next:
  usher held --config usher.yaml           what the limits hold of it
  usher explain kim@example.com --config usher.yaml
                                           what came of it";
}
