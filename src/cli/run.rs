//! `usher run`: wires the process in a straight line, and takes it down in order.

use super::{Error, properties, runtime, tenants};
use crate::config::{self, Loaded};
use crate::observe::health::{self, Health};
use crate::observe::logging;
use crate::observe::metrics::Metrics;
use crate::observe::traces::Traces;
use crate::shutdown::Shutdown;
use crate::worker;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

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

    let kafka = loaded.kafka();
    let tenants = tenants::load(loaded)?;
    let doubts = tenants.iter().flat_map(tenants::doubts);
    for doubt in kafka.doubts().into_iter().chain(doubts) {
        tracing::warn!("{doubt}");
    }

    let shutdown = Shutdown::new();
    shutdown.on_signals().map_err(Error::Signals)?;

    let metrics = Arc::new(Metrics::new());
    let health = Arc::new(Health::new());
    let address = settings.http.listen;
    let listen = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let router = health::router(Arc::clone(&metrics), Arc::clone(&health));
    shutdown.spawn_essential("http", async { axum::serve(listener, router).await });

    worker::run(worker::Settings {
        kafka,
        instance,
        tenants,
        timing: settings.engine.timing(),
        layout: None,
        shutdown,
        metrics,
        health,
    })
    .await?;
    tracing::info!("usher ends");
    Ok(())
}
