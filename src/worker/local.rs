//! What a replica is told by files beside it: who may send commands, and whether it is to stop. A brake
//! must work when Kafka takes no writes.

use super::Settings;
use crate::command::Operators;
use crate::observe::chain;
use crate::operators::Files;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked for the file that stops the replica.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// After so many of those looks, the files of signers are read again.
const SIGNERS_AFTER: u32 = 3;

/// What every shard of this replica must know.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub operators: Operators,
    /// Nothing is written to targets.
    pub is_stopped: bool,
}

/// The files, and who hears of them.
pub(super) struct Beside {
    files: Files,
    pause_file: Option<PathBuf>,
    told: watch::Sender<Local>,
    /// The problems that were told last.
    problems: Vec<String>,
}

impl Beside {
    /// Looks once, so that nothing is written before it is known whether something may be.
    pub(super) fn of(settings: &Settings) -> (Self, watch::Receiver<Local>) {
        let files = settings.operators.clone();
        let pause_file = settings.pause_file.clone();
        let is_stopped = pause_file.as_deref().is_some_and(|file| is_there(file, false));
        if is_stopped {
            tracing::warn!("the file `pause_file` is there; nothing is written to targets");
        }
        let (told, heard) =
            watch::channel(Local { operators: files.operators().clone(), is_stopped });
        (Self { files, pause_file, told, problems: Vec::new() }, heard)
    }

    /// Looks, and tells what is new.
    pub(super) async fn look_for_ever(mut self) {
        let mut looks = 0_u32;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            self.look_at_pause_file();
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(SIGNERS_AFTER) {
                self.read_signers();
            }
        }
    }

    fn look_at_pause_file(&mut self) {
        let Some(file) = &self.pause_file else { return };
        let was_stopped = self.told.borrow().is_stopped;
        let is_stopped = is_there(file, was_stopped);
        if is_stopped == was_stopped {
            return;
        }
        if is_stopped {
            tracing::warn!("the file `pause_file` was put there; nothing is written to targets");
        } else {
            tracing::warn!("the file `pause_file` is gone; targets are written to again");
        }
        self.told.send_modify(|local| local.is_stopped = is_stopped);
    }

    fn read_signers(&mut self) {
        let read = self.files.read_again();
        let problems: Vec<String> = read.problems.iter().map(|error| chain(error)).collect();
        if problems != self.problems {
            for error in &read.problems {
                let code = error.code().as_str();
                let error = chain(error);
                tracing::error!(
                    code,
                    error,
                    "a file of signers cannot be used; whoever stood in it may pause, and no more"
                );
            }
            self.problems = problems;
        }
        if let Some(operators) = read.operators {
            tracing::info!("the files of signers were read again");
            self.told.send_modify(|local| local.operators = operators);
        }
    }
}

/// `before` counts where nobody can say.
fn is_there(file: &Path, before: bool) -> bool {
    file.try_exists().unwrap_or_else(|error| {
        tracing::error!(error = %error, "could not look for the file `pause_file`");
        before
    })
}
