//! The provider on a port of the loopback interface, and the pages that control it.

mod body;
mod control;
mod dress;
mod line;
mod misbehave;
#[cfg(test)]
mod tests;

use super::kafka::Kafka;
use crate::clock::Clock;
use crate::shutdown::Shutdown;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Response, StatusCode};
use line::{Exchange, Line};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use usher_lab::provider::calls::Calls;
use usher_lab::provider::faults::{Fault, Faults};
use usher_lab::provider::{Ask, Provider};

/// Five thousand members, as Netskope's own client sends at once, take a tenth of it.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What all handlers share.
#[derive(Debug)]
pub(super) struct House {
    provider: Mutex<Provider>,
    faults: Mutex<Faults>,
    calls: Mutex<Calls>,
    base_path: String,
    kafka: Arc<Kafka>,
    clock: Clock,
    shutdown: Shutdown,
}

impl House {
    pub(super) fn new(
        provider: Provider,
        faults: Faults,
        kafka: Arc<Kafka>,
        shutdown: Shutdown,
    ) -> Self {
        let base_path = provider.directory().manners().base_path.clone();
        Self {
            provider: Mutex::new(provider),
            faults: Mutex::new(faults),
            calls: Mutex::default(),
            base_path,
            kafka,
            clock: Clock::start(),
            shutdown,
        }
    }

    pub(super) fn provider(&self) -> MutexGuard<'_, Provider> {
        self.provider.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add_fault(&self, fault: Fault) {
        let now = self.clock.now();
        self.faults().add(fault, now);
    }

    fn open_faults(&self) -> Vec<Fault> {
        let now = self.clock.now();
        self.faults().open(now)
    }
}

/// Serves until the shutdown.
pub(super) fn serve(house: &Arc<House>, listener: TcpListener) {
    let router = control::router().fallback(scim).with_state(Arc::clone(house));
    let service = router.into_make_service_with_connect_info::<Line>();
    let exchange = Exchange { listener, house: Arc::clone(house) };
    house.shutdown.spawn_essential("sandbox", async move { axum::serve(exchange, service).await });
}

async fn scim(
    State(house): State<Arc<House>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        let mut refused = Response::new(Body::empty());
        *refused.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return refused;
    };
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let ask = Ask {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().filter_map(header).collect(),
        body: body.to_vec(),
    };
    misbehave::carry_out(&house, ask, &line).await
}
