//! `usher run`: wires the process in a straight line, and takes it down in order.

use super::process::Process;
use super::runtime::{runtime, until_a_signal};
use super::{Error, properties};
use crate::config::{self, Loaded};
use crate::observe::logging;
use crate::observe::traces::Traces;
use std::path::Path;
use std::time::Duration;

/// What may still be running on the runtime when everything else has ended.
const REST: Duration = Duration::from_millis(200);

/// Set when a release is built; tells two builds of one version apart.
const REVISION: Option<&str> = option_env!("USHER_REVISION");

pub(super) fn run(file: &Path) -> Result<(), Error> {
    let loaded = config::load(file)?;
    properties::check_patiently(&loaded.kafka())?;
    let instance = loaded.settings.instance();
    let runtime = runtime()?;

    let traces = Traces::start(&loaded.settings.telemetry, &instance, runtime.handle())?;
    logging::start(&loaded.settings.log, traces.as_ref())?;

    let outcome = runtime.block_on(work(&loaded, instance));

    if let Some(traces) = traces {
        traces.finish();
    }
    runtime.shutdown_timeout(REST);
    outcome
}

/// From the first log line to the last.
async fn work(loaded: &Loaded, instance: String) -> Result<(), Error> {
    let settings = &loaded.settings;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        revision = REVISION.unwrap_or("unknown"),
        instance,
        configuration = %serde_json::json!(settings),
        "usher starts"
    );

    let shutdown = until_a_signal()?;
    Process::ready(loaded, None, &shutdown).await?.run().await?;
    tracing::info!("usher ends");
    Ok(())
}
