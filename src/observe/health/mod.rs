//! Ready and alive, and the three pages on which one can ask.
//!
//! Ready: this replica has joined its group and is not draining; a standby without a shard is
//! ready. Alive: every loop turned lately. Neither asks a SCIM provider: its outage must not make
//! Kubernetes restart us.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

use super::metrics::Metrics;

/// A loop that has not turned for so long is not alive.
const STILL_AFTER: Duration = Duration::from_mins(1);

/// Whether this process can work, and whether it does.
#[derive(Debug, Default)]
pub struct Health {
    joined: AtomicBool,
    draining: AtomicBool,
    pulses: Mutex<BTreeMap<String, Instant>>,
}

impl Health {
    pub fn new() -> Self {
        Self::default()
    }

    /// The group has answered once.
    pub fn joined(&self) {
        self.joined.store(true, Ordering::Relaxed);
    }

    /// No more work is taken.
    pub fn draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// A loop starts; it must beat from here on until the pulse is dropped.
    pub fn pulse(self: &Arc<Self>, name: impl Into<String>) -> Pulse {
        let pulse = Pulse { health: Arc::clone(self), name: name.into() };
        pulse.beat();
        pulse
    }

    /// Why this process should get no work, if so.
    pub fn not_ready(&self) -> Option<&'static str> {
        if self.draining.load(Ordering::Relaxed) {
            Some("draining")
        } else if !self.joined.load(Ordering::Relaxed) {
            Some("the group of owners has not been joined yet")
        } else {
            None
        }
    }

    /// The loops that stand still at `now`.
    fn still(&self, now: Instant) -> Vec<String> {
        self.pulses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter(|(_, beaten)| now.saturating_duration_since(**beaten) > STILL_AFTER)
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// A loop's sign of life.
#[derive(Debug)]
pub struct Pulse {
    health: Arc<Health>,
    name: String,
}

impl Pulse {
    /// The loop has turned.
    pub fn beat(&self) {
        self.health
            .pulses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(self.name.clone(), Instant::now());
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.health.pulses.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// `/metrics`, `/healthz` and `/readyz`.
pub fn router(metrics: Arc<Metrics>, health: Arc<Health>) -> Router {
    Router::new().route("/metrics", get(show_metrics)).with_state(metrics).merge(
        Router::new()
            .route("/healthz", get(show_alive))
            .route("/readyz", get(show_ready))
            .with_state(health),
    )
}

async fn show_metrics(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.render())
}

async fn show_alive(State(health): State<Arc<Health>>) -> impl IntoResponse {
    let still = health.still(Instant::now());
    if still.is_empty() {
        (StatusCode::OK, "alive\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, format!("standing still: {}\n", still.join(", ")))
    }
}

async fn show_ready(State(health): State<Arc<Health>>) -> impl IntoResponse {
    match health.not_ready() {
        None => (StatusCode::OK, "ready\n".to_owned()),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}
