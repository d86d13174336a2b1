//! `usher serve`: pages about what usher knows and does, from Kafka alone.
//!
//! It joins no group, writes nothing and calls no target: it holds no token of one, unless a proxy is switched
//! on (`api::proxy`). Pages are whole without
//! a script; with one they follow what happens. Programs ask below `/v1` (`api`).

/// What programs read.
mod api;
/// Lists, accounts and what usher knows, compared.
pub mod comparing;
/// What the configuration says of tenants.
pub mod deployment;
/// Who is logged in.
pub mod login;
/// What is kept of the topics.
pub mod memory;
/// The pages.
pub mod pages;
/// How Kafka is read.
pub mod reading;
#[cfg(test)]
mod tests;
/// Who comes, with what, and which page answers.
pub mod web;

use crate::clock::Clock;
use crate::config::Loaded;
use crate::model::code::Code;
use crate::observe::health::Health;
use crate::observe::metrics::Metrics;
use crate::shutdown::{Shutdown, TaskFailed};
use crate::tenants;
use comparing::Comparing;
use deployment::Deployment;
use jiff::SignedDuration;
use login::{Cookies, Logins};
use memory::Memory;
use reading::{Reading, Records};
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub use login::tokens;

/// How often the file of tokens is read again.
const TOKENS_EVERY: Duration = Duration::from_secs(2);

/// Why pages cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not listen on {address}; `serve.listen` says where the pages are served")]
    NotListening {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Tokens(#[from] tokens::Error),
    #[error(transparent)]
    Tenants(#[from] tenants::Error),
    #[error(transparent)]
    Task(#[from] TaskFailed),
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::NotListening { .. } => Code::ServeNotListening,
            Self::Tokens(error) => error.code(),
            Self::Tenants(error) => error.code(),
            Self::Task(_) => Code::InternalTaskEnded,
        }
    }
}

/// What all pages share.
#[derive(Debug)]
pub struct Site {
    deployment: Deployment,
    memory: Arc<Memory>,
    records: Records,
    comparing: Comparing,
    logins: Logins,
    cookies: Cookies,
    seal: api::Seal,
    proxies: api::Proxies,
    /// What each login may ask for within a minute.
    requests: api::Allowance,
    /// The path below which everything lies: nothing, or `/usher`.
    base: String,
    session: SignedDuration,
    news_every: Duration,
    listeners: Arc<Semaphore>,
    audit_back: SignedDuration,
    metrics: Arc<Metrics>,
    shutdown: Shutdown,
    clock: &'static Clock,
}

/// Pages that are being served.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    shutdown: Shutdown,
}

impl Serving {
    /// Reads what must be right, begins to listen, and then to read Kafka, whether or not it answers.
    pub async fn start(
        loaded: &Loaded,
        metrics: Arc<Metrics>,
        health: Arc<Health>,
        shutdown: &Shutdown,
    ) -> Result<Self, Error> {
        let settings = &loaded.settings.serve;
        let file = settings.tokens_file.as_deref().ok_or(tokens::Error::NotNamed)?;
        let logins = Logins::load(loaded.resolve(file), settings.session)?;
        let deployment = Deployment::load(loaded)?;
        let memory = Arc::new(Memory::of(&deployment));
        let address = settings.listen;
        let listen = |source| Error::NotListening { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let reading = Reading {
            kafka: loaded.kafka(),
            memory: Arc::clone(&memory),
            health,
            shutdown: shutdown.clone(),
            audit_back: settings.audit_back,
            lag_every: settings.lag_every,
        };
        let site = Arc::new(Site {
            records: Records::new(loaded.kafka(), settings.readers.get()),
            comparing: Comparing::of(loaded.clone(), settings.compare_every),
            deployment,
            memory,
            logins,
            cookies: Cookies { is_encrypted: settings.is_encrypted() },
            seal: api::Seal::new()?,
            proxies: api::Proxies::load(loaded)?,
            requests: api::Allowance::new(settings.requests_per_minute.get()),
            base: settings.base_path(),
            session: settings.session,
            news_every: Duration::try_from(settings.news_every).unwrap_or(Duration::from_secs(1)),
            listeners: Arc::new(Semaphore::new(NonZeroUsize::get(settings.listeners_most))),
            audit_back: settings.audit_back,
            metrics,
            shutdown: shutdown.clone(),
            clock: Clock::of_this_process(),
        });
        // Ready at once: that Kafka is away is something to be seen.
        reading.health.joined();
        reading.start();
        web::serve(&site, listener);
        let watched = Arc::clone(&site);
        shutdown.spawn(async move { watched.watch_tokens().await });
        Ok(Self { address, shutdown: shutdown.clone() })
    }

    /// Where the pages are.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the shutdown.
    pub async fn until_the_end(self) -> Result<(), Error> {
        self.shutdown.begun().await;
        match self.shutdown.take_failure() {
            Some(failure) => Err(failure.into()),
            None => Ok(()),
        }
    }
}

impl Site {
    async fn watch_tokens(&self) {
        while !self.shutdown.is_begun() {
            tokio::select! {
                () = tokio::time::sleep(TOKENS_EVERY) => self.logins.read_again(),
                () = self.shutdown.begun() => {}
            }
        }
    }
}
