//! `usher demo`: a company's day on a sandbox with a worker, shown as it happens.

use super::process::Process;
use super::runtime::{runtime, until_a_signal};
use super::sandbox::guide;
use super::sandbox::surroundings::{self, ROSTER};
use super::sandbox::workplace::{
    self, AUDIT_TOPIC, CONTROL_TOPIC, EVENTS_TOPIC, HR_TOPIC, INVENTORY_TOPIC, Lists, PARKED_TOPIC,
    SECURITY_TOPIC, Signers, TARGET, TENANT, Workplace,
};
use super::{Error, print, sandbox};
use crate::clock::Clock;
use crate::demo::{self, Demo, Look, Places, Summary};
use crate::observe::logging;
use crate::sandbox::{Sandbox, Settings, found};
use crate::shutdown::Shutdown;
use clap::Args;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;
use usher_lab::provider::Token;
use usher_lab::provider::manners::Manners;

/// What may still be running on the runtime when everything else has ended.
const REST: Duration = Duration::from_millis(200);

/// Three times Netskope's, so that the day fits into half a minute.
const CALLS_PER_SECOND: u32 = 12;

/// What the worker uses of it. One less: a window that is used up is closed for all, cuts included,
/// until the next.
const CALLS_USED: f64 = 11.0;

const TOKEN: &str = "demo";

/// HR's first list comes in the scene that is about it, and what the provider has is read when the
/// operators ask for it: so nothing is compared while the office fills.
const LISTS: Lists = Lists { is_there: false, every: "200ms", apart: "1ms", read_every: "6h" };

const LOG_LEVEL: &str = "info,usher::kafka=error";

pub(super) const EXAMPLES: &str = "\
Needs nothing: a Kafka and a SCIM provider are in this process, on 127.0.0.1 alone, and gone when it
ends. Ends with 0 if all that must be true was true, else with 1.

Example:
  usher demo
  usher demo --json
  usher demo --keep-running

Next:
  usher sandbox                            to try events of your own";

#[derive(Debug, Args)]
pub(super) struct DemoCommand {
    /// Print the summary as one JSON document, and nothing else
    #[arg(long, conflicts_with = "keep_running")]
    json: bool,
    /// Go on after the day, and say what to type
    #[arg(long)]
    keep_running: bool,
    /// Who works there, by name
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl DemoCommand {
    pub(super) fn run(&self) -> Result<(), Error> {
        let is_terminal = io::stdout().is_terminal();
        let look = Look { is_colourful: may_colour(), is_live: is_terminal };
        let out: Box<dyn Write> =
            if self.json { Box::new(io::sink()) } else { Box::new(io::stdout()) };
        let demo = Demo::open(out, look, CALLS_PER_SECOND, self.seed)?;
        let runtime = runtime()?;
        let directory = workplace::new_directory("demo");
        let outcome = runtime.block_on(self.work(demo, &directory));
        runtime.shutdown_timeout(REST);
        if outcome.as_ref().err().is_none_or(was_interrupted) {
            drop(std::fs::remove_dir_all(&directory));
        } else {
            say_where(&directory);
        }
        outcome
    }

    async fn work(&self, demo: Demo<Box<dyn Write>>, directory: &Path) -> Result<(), Error> {
        let shutdown = until_a_signal()?;
        let manners = Manners { calls_per_second: Some(CALLS_PER_SECOND), ..Manners::netskope() };
        let manners = surroundings::furnished(manners, Clock::of_this_process().now())
            .map_err(sandbox::Error::from)?;
        let settings = self.settings(manners.clone())?;
        let sandbox = Sandbox::start(settings, &shutdown).await.map_err(sandbox::Error::from)?;
        let around = workplace::Places {
            directory: directory.to_owned(),
            http_port: 0,
            pages_port: 0,
            log_level: LOG_LEVEL.to_owned(),
            token: TOKEN.to_owned(),
            calls_per_second: CALLS_USED,
            signers: Signers::Named(demo::allowed_signers()),
            cuts_an_hour: demo::CUTS_AN_HOUR,
            lists: LISTS,
        };
        let workplace = Workplace::set_up(&sandbox, &manners, around)?;
        logging::start_in(&workplace.loaded().settings.log, log_file(directory)?)?;
        let worker = workplace.worker(&shutdown).await?;
        let guide = guide::text(&sandbox, &workplace, Some(worker.address()), may_colour());
        let day = async {
            let outcome = demo.play(sandbox, places(&workplace), shutdown.clone()).await;
            let outcome = self.conclude(outcome, (&workplace, &guide), &shutdown).await;
            shutdown.begin();
            outcome
        };
        let (outcome, worked) = tokio::join!(day, work_until_the_end(worker, &shutdown));
        // Why the worker ended explains why the day did.
        worked.and(outcome)
    }

    fn settings(&self, manners: Manners) -> Result<Settings, Error> {
        Ok(Settings {
            manners,
            token: Token { text: TOKEN.to_owned(), expires_at: None },
            scim_port: 0,
            kafka_port: 0,
            topics: workplace::topics(),
            groups: workplace::groups()?,
            users: found::accounts(),
            faults: Vec::new(),
            seed: self.seed,
        })
    }

    async fn conclude(
        &self,
        outcome: Result<Summary, demo::Error>,
        (workplace, guide): (&Workplace, &str),
        shutdown: &Shutdown,
    ) -> Result<(), Error> {
        let summary = outcome?;
        if self.json {
            print(&format!("{:#}\n", serde_json::json!(summary)))?;
        }
        if self.keep_running {
            let pages = workplace.pages(shutdown).await?;
            print(&format!("\n{guide}{}", guide::of_pages(&pages, may_colour())))?;
            shutdown.begun().await;
        }
        if summary.ok {
            return Ok(());
        }
        let of = summary.expectations;
        Err(demo::Error::Failed { failed: summary.failed, of }.into())
    }
}

fn places(workplace: &Workplace) -> Places {
    Places {
        hr: HR_TOPIC,
        security: SECURITY_TOPIC,
        audit: AUDIT_TOPIC,
        parked: PARKED_TOPIC,
        control: CONTROL_TOPIC,
        events: EVENTS_TOPIC,
        inventory: INVENTORY_TOPIC,
        tenant: TENANT,
        target: TARGET,
        list: workplace.directory().join(ROSTER),
    }
}

async fn work_until_the_end(worker: Process, shutdown: &Shutdown) -> Result<(), Error> {
    let worked = worker.run().await;
    shutdown.begin();
    worked
}

/// Of what may be wanted on a terminal, the environment says most; see no-color.org.
fn may_colour() -> bool {
    #[expect(clippy::disallowed_methods, reason = "NO_COLOR is of terminals, not of usher")]
    let refused = std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !refused
}

fn log_file(directory: &Path) -> Result<File, Error> {
    let file = directory.join("usher.log");
    File::create(&file).map_err(|source| sandbox::Error::Write { file, source }.into())
}

/// Somebody had seen enough.
fn was_interrupted(error: &Error) -> bool {
    let error: &(dyn std::error::Error + 'static) = &**error;
    matches!(error.downcast_ref(), Some(demo::Error::Interrupted))
}

/// After a failure, the files are worth a look.
fn say_where(directory: &Path) {
    let _unheard = writeln!(
        io::stderr(),
        "usher: the demo's files are kept in {}; usher.log there is the worker's log",
        directory.display()
    );
}
