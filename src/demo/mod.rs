//! A company's day, played before one's eyes on a sandbox with a worker.
//!
//! Nothing is faked: what is printed and judged was sent by us, read from Kafka, or seen by the
//! provider. The day goes by the wall, so a scene waits for its expectations and not for time.

/// The people.
mod company;
/// What is sent.
mod event;
/// The provider's calls in words.
mod calls;
/// What operators say.
mod orders;
/// What was observed.
mod facts;
/// What usher found by itself.
mod finding;
/// What must be true.
mod expect;
/// The day as data.
mod scenes;
/// What one sees.
mod show;
/// The day in numbers.
mod summary;
/// Sends, watches and waits.
mod stage;
#[cfg(test)]
mod tests;

use crate::model::code::Code;
use crate::sandbox::{Sandbox, kafka};
use crate::shutdown::Shutdown;
use company::Company;
use show::Show;
use stage::Stage;
use std::io::{self, Write};
use std::path::PathBuf;

pub use orders::allowed_signers;
pub use scenes::CUTS_AN_HOUR;
pub use show::Look;
pub use summary::{CutOffs, Summary};

/// Where the worker reads and writes.
#[derive(Clone, Debug)]
pub struct Places {
    pub hr: &'static str,
    pub security: &'static str,
    pub audit: &'static str,
    pub parked: &'static str,
    pub control: &'static str,
    /// What usher tells by itself.
    pub events: &'static str,
    pub inventory: &'static str,
    /// Whose they are.
    pub tenant: &'static str,
    pub target: &'static str,
    /// Where HR's list is looked for.
    pub list: PathBuf,
}

/// Why a day was not played to its end, or not as it must be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the demo could not use its Kafka")]
    Kafka(#[from] kafka::Error),
    #[error("the demo was ended before its day was over")]
    Interrupted,
    #[error("usher was not ready within a minute; its log says why")]
    NotReady,
    #[error("{} of {} expectations of the demo did not hold: {}", failed.len(), of, failed.join("; "))]
    Failed { failed: Vec<String>, of: usize },
    #[error("the demo could not write HR's list to {}", file.display())]
    List {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("could not write to standard output")]
    Output(#[from] io::Error),
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Kafka(_)
            | Self::Interrupted
            | Self::NotReady
            | Self::List { .. }
            | Self::Failed { .. } => Code::DemoFailed,
            Self::Output(_) => Code::InternalOutput,
        }
    }
}

/// A day, from its first line on.
pub struct Demo<W> {
    show: Show<W>,
    seed: u64,
}

impl<W: Write> Demo<W> {
    /// Says what will come; nothing need be running yet.
    pub fn open(out: W, look: Look, calls_per_second: u32, seed: u64) -> Result<Self, Error> {
        let mut show = Show::new(out, look);
        show.opening(calls_per_second)?;
        Ok(Self { show, seed })
    }

    /// Plays the day on a sandbox whose worker has started or will.
    pub async fn play(
        self,
        sandbox: Sandbox,
        places: Places,
        shutdown: Shutdown,
    ) -> Result<Summary, Error> {
        let company = Company::new(self.seed);
        let mut stage = Stage::new(sandbox, places, &company, self.show, shutdown)?;
        stage.wait_for_usher().await?;
        let begun = stage.clock.now();
        let of = (stage.places.tenant, stage.places.target);
        for (index, mut scene) in scenes::day(&company, of, begun).into_iter().enumerate() {
            stage.show.scene(index + 1, &scene)?;
            for (index, act) in std::mem::take(&mut scene.acts).into_iter().enumerate() {
                stage.show.act(index == 0, act.people_told())?;
                stage.play(act).await?;
            }
        }
        let took = stage.clock.now().duration_since(begun);
        let calls = stage.sandbox.calls_total();
        let summary = Summary::of(&stage.facts, calls, &stage.verdicts, took);
        stage.show.summary(&summary)?;
        Ok(summary)
    }
}
