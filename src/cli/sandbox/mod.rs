//! `usher sandbox`: a Kafka, a SCIM provider and a worker in one process, to try things on.

pub(super) mod guide;
mod keys;
pub(super) mod surroundings;
pub(super) mod workplace;

use super::failure::{FAILED, Failure, USAGE};
use super::print;
use super::runtime::{runtime, until_a_signal};
use crate::clock::Clock;
use crate::model::code::Code;
use crate::observe::logging;
use crate::sandbox::{self, Sandbox};
use crate::worker;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;
use usher_lab::provider::Token;
use usher_lab::provider::faults::{self, Fault};
use usher_lab::provider::manners::{self, Manners};
use workplace::{Lists, Places, Signers, Workplace};

/// What may still be running on the runtime when everything else has ended.
const REST: Duration = Duration::from_millis(200);

/// Few, so that whoever plays soon sees what is held.
const CUTS_AN_HOUR: usize = 3;

/// Soon enough for somebody who plays, and seldom enough not to fill the list of calls.
const LISTS: Lists = Lists { is_there: true, every: "5s", apart: "5s", read_every: "1m" };

const EXAMPLES: &str = "\
Everything listens on 127.0.0.1 alone, and is gone when the command ends. No Kafka, no provider and
no configuration is needed; the command says what to type next.

At most three people are cut an hour, so the fourth leaver is held. Two operators, Ann and Bob, may let
them go: ssh-keygen makes their keys, which lie beside the configuration. docs/brakes.md goes on from
there.

The Kafka is librdkafka's mock cluster: other programs can use it, but it proves nothing about
transactions. The topics' settings are not checked.

What can go wrong (--fault, or POST to /sandbox/faults as JSON):
  kind=status            answers status= (503), with retry_after= seconds and retry_after_form=
                         seconds, date or words; nothing is done
  kind=ok_with_error     answers 200 with a body that says it failed; nothing is done
  kind=reset             resets the connection; nothing is done
  kind=slow              done, and answered after= (3s) later
  kind=land_late         answered with status= (504), and done after= (3s) later
  kind=drop_reply        done, and the connection is reset without an answer
  kind=half_body         done, and the body breaks off in its middle
  kind=wrong_media_type  done, and the body is said to be HTML
Each for next= so many calls, for= so long (10s), or a share= of the calls (0.2); with none of these
for the next call. only=reads or only=writes spares the others.

How a provider misbehaves without a fault is a switch of its manners (--manner, or POST to
/sandbox/manners as JSON): reads that lag, hidden accounts, filters that lie, attributes that are
refused, seats that run out. docs/manners.md has them all.

Example:
  usher sandbox
  usher sandbox --fault kind=status,status=503,share=0.2 --seed 7
  usher sandbox --manners rfc7644 --manner array_removal=is_refused
  usher sandbox --manner user_reads_lag=20s --manner no_hit_is_404=true
  usher sandbox --no-worker --kafka-port 0 --scim-port 0

Next:
  what the sandbox prints once it runs";

/// Why a sandbox cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Manners(#[from] manners::Error),
    #[error(transparent)]
    Fault(#[from] faults::Error),
    #[error(
        "the directory {} holds something else than a sandbox, which would be overwritten; name \
         another one, or one that is not there yet", directory.display()
    )]
    Foreign { directory: PathBuf },
    #[error("could not write {} for the sandbox; `--directory` names another place", file.display())]
    Write {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("could not make the keys of the sandbox's operators in {}", directory.display())]
    Keys {
        directory: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Start(#[from] sandbox::Error),
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::Manners(_) => Code::SandboxManners,
            Self::Fault(_) => Code::SandboxFault,
            Self::Foreign { .. } => Code::SandboxDirectory,
            Self::Write { .. } => Code::InternalOutput,
            Self::Keys { .. } | Self::Start(_) => Code::SandboxNotStarted,
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Manners(_) | Self::Fault(_) | Self::Foreign { .. } => USAGE,
            Self::Write { .. } | Self::Keys { .. } | Self::Start(_) => FAILED,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SandboxCommand {
    /// Leave the worker out: only a Kafka and a SCIM provider
    #[arg(long)]
    no_worker: bool,
    /// Where the worker's configuration is written [default: a new directory for temporary files]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Where Kafka is found; 0: any port that is free
    #[arg(long, value_name = "PORT", default_value_t = 19092)]
    kafka_port: u16,
    /// Where SCIM and the pages of the sandbox are; 0: any port that is free
    #[arg(long, value_name = "PORT", default_value_t = 18080)]
    scim_port: u16,
    /// Where the worker's metrics and probes are; 0: any port that is free
    #[arg(long, value_name = "PORT", default_value_t = 19464)]
    http_port: u16,
    /// Where the pages of `usher serve` are; 0: any port that is free
    #[arg(long, value_name = "PORT", default_value_t = 19480)]
    pages_port: u16,
    /// How the provider behaves: netskope or rfc7644
    #[arg(long, value_name = "NAME", default_value = "netskope")]
    manners: String,
    /// One switch of the manners, as the state page names them; may be repeated
    #[arg(long = "manner", value_name = "NAME=VALUE")]
    switches: Vec<String>,
    /// Something that goes wrong from the start; may be repeated
    ///
    /// The keys are listed below.
    #[arg(long = "fault", value_name = "KEY=VALUE,…")]
    faults: Vec<String>,
    /// Decides where a fault's share leaves it to chance
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The token that the provider takes
    #[arg(long, value_name = "TOKEN", default_value = "sandbox")]
    token: String,
    /// After that the provider takes the token no more, e.g. 10m
    #[arg(long, value_name = "TIME")]
    token_lasts: Option<SignedDuration>,
    /// What is logged: error, warn, info, debug, trace; or by room, as in the default
    #[arg(long, value_name = "LEVEL", default_value = "warn,usher::kafka=error")]
    log_level: String,
}

impl SandboxCommand {
    pub(super) fn run(&self) -> Result<(), super::Error> {
        let settings = self.settings()?;
        let runtime = runtime()?;
        let outcome = runtime.block_on(self.work(settings));
        runtime.shutdown_timeout(REST);
        outcome
    }

    fn settings(&self) -> Result<sandbox::Settings, super::Error> {
        let faults: Result<Vec<_>, _> = self.faults.iter().map(|f| Fault::from_pairs(f)).collect();
        let expires_at = self
            .token_lasts
            .map(|lasts| Clock::start().now().saturating_add(lasts).unwrap_or(Timestamp::MAX));
        let manners = surroundings::furnished(self.manners()?, Clock::of_this_process().now())
            .map_err(Error::from)?;
        // Who brings a worker brings people, too: nothing is there that they do not know of.
        let users = if self.no_worker { Vec::new() } else { sandbox::found::accounts() };
        Ok(sandbox::Settings {
            manners,
            token: Token { text: self.token.clone(), expires_at },
            scim_port: self.scim_port,
            kafka_port: self.kafka_port,
            topics: workplace::topics(),
            groups: workplace::groups()?,
            users,
            faults: faults.map_err(Error::from)?,
            seed: self.seed,
        })
    }

    fn manners(&self) -> Result<Manners, Error> {
        let mut manners = Manners::named(&self.manners)?;
        for switch in &self.switches {
            let (name, value) = switch.split_once('=').unwrap_or((switch, ""));
            manners = manners.with(name, value)?;
        }
        Ok(manners)
    }

    async fn work(&self, settings: sandbox::Settings) -> Result<(), super::Error> {
        let shutdown = until_a_signal()?;
        let places = Places {
            directory: self
                .directory
                .clone()
                .unwrap_or_else(|| workplace::new_directory("sandbox")),
            http_port: self.http_port,
            pages_port: self.pages_port,
            log_level: self.log_level.clone(),
            token: self.token.clone(),
            calls_per_second: settings.manners.calls_per_second.map_or(20.0, f64::from),
            signers: Signers::Made,
            cuts_an_hour: CUTS_AN_HOUR,
            lists: LISTS,
        };
        let manners = settings.manners.clone();
        let sandbox = Sandbox::start(settings, &shutdown).await.map_err(Error::from)?;
        let workplace = Workplace::set_up(&sandbox, &manners, places)?;
        logging::start(&workplace.loaded().settings.log, None)?;
        let is_colourful = std::io::stdout().is_terminal();
        if self.no_worker {
            print(&guide::text(&sandbox, &workplace, None, is_colourful))?;
            shutdown.begun().await;
            return match shutdown.take_failure() {
                Some(failure) => Err(worker::Error::Task(failure).into()),
                None => Ok(()),
            };
        }
        let worker = workplace.worker(&shutdown).await?;
        let pages = workplace.pages(&shutdown).await?;
        print(&guide::of_pages(&pages, is_colourful))?;
        print(&guide::text(&sandbox, &workplace, Some(worker.address()), is_colourful))?;
        worker.run().await
    }
}
