//! What every command has that works until it is told to end: a worker, with its metrics and probes
//! on a port.

use super::failure::{FAILED, Failure};
use super::runtime::runtime;
use super::{Error, properties};
use crate::config::{self, Loaded};
use crate::kafka::topics::Layout;
use crate::model::code::Code;
use crate::observe::health::{self, Health};
use crate::observe::logging;
use crate::observe::metrics::Metrics;
use crate::shutdown::Shutdown;
use crate::worker;
use crate::{operators, tenants};
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Metrics and probes cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("could not listen on {address}; `http.listen` says where metrics and probes are served")]
pub(super) struct NotListening {
    address: SocketAddr,
    #[source]
    source: io::Error,
}

impl Failure for NotListening {
    fn code(&self) -> Code {
        Code::HttpNotListening
    }

    fn exit_code(&self) -> u8 {
        FAILED
    }
}

/// What may still be running when everything else has ended.
const REST: Duration = Duration::from_millis(200);

/// Reads the configuration, and works until the work ends. For what answers while Kafka is away.
pub(super) fn run_patiently(
    file: &Path,
    work: impl AsyncFnOnce(&Loaded) -> Result<(), Error>,
) -> Result<(), Error> {
    let loaded = config::load(file)?;
    properties::check_patiently(&loaded.kafka())?;
    let runtime = runtime()?;
    logging::start(&loaded.settings.log, None)?;
    let outcome = runtime.block_on(work(&loaded));
    runtime.shutdown_timeout(REST);
    outcome
}

/// Serves metrics and probes from now on; says where.
pub(super) async fn listen(
    address: SocketAddr,
    (metrics, health): (&Arc<Metrics>, &Arc<Health>),
    shutdown: &Shutdown,
) -> Result<SocketAddr, NotListening> {
    let failed = |source| NotListening { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let router = health::router(Arc::clone(metrics), Arc::clone(health));
    shutdown.spawn_essential("http", async { axum::serve(listener, router).await });
    Ok(address)
}

/// A worker that can start.
pub(super) struct Process {
    settings: worker::Settings,
    address: SocketAddr,
}

impl Process {
    /// Reads tenants, rules and tokens, and serves metrics and probes from now on. What may be meant
    /// otherwise is warned of. `layout`: of topics that are known without asking for it.
    pub(super) async fn ready(
        loaded: &Loaded,
        layout: Option<Layout>,
        shutdown: &Shutdown,
    ) -> Result<Self, Error> {
        let settings = &loaded.settings;
        let kafka = loaded.kafka();
        let tenants = tenants::load(loaded)?;
        let operators = operators::load(loaded)?;
        let doubts = tenants.iter().flat_map(tenants::doubts);
        let doubts = doubts.chain(operators::doubts(loaded, operators.operators()));
        for doubt in kafka.doubts().into_iter().chain(doubts) {
            tracing::warn!("{doubt}");
        }

        let metrics = Arc::new(Metrics::new());
        let health = Arc::new(Health::new());
        let address = listen(settings.http.listen, (&metrics, &health), shutdown).await?;
        let settings = worker::Settings {
            kafka,
            instance: settings.instance(),
            tenants,
            operators,
            approvals: settings.approvals.approvals(),
            pause_file: settings.pause_file.as_deref().map(|file| loaded.resolve(file)),
            timing: settings.engine.timing(),
            layout,
            shutdown: shutdown.clone(),
            metrics,
            health,
        };
        Ok(Self { settings, address })
    }

    /// Where its metrics and probes are.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Works until the shutdown.
    pub(super) async fn run(self) -> Result<(), Error> {
        Ok(worker::run(self.settings).await?)
    }
}
