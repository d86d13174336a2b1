//! Traces by OTLP, and the W3C trace context that travels from event to call and audit.
//!
//! The context travels whether or not traces are collected. A collector that is down costs
//! nothing but its traces.

#[cfg(test)]
mod tests;

use crate::config::TelemetrySettings;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, Protocol, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::{Layer, Registry};

/// How long the collector may take to answer.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the end of the process may wait for the collector.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// Traces on their way to a collector.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
}

/// Traces cannot be sent. Trying again without another configuration does not help.
#[derive(Debug, thiserror::Error)]
#[error("could not prepare the sending of traces to {endpoint}")]
pub struct Error {
    endpoint: String,
    #[source]
    source: ExporterBuildError,
}

impl Traces {
    /// Begins to collect traces if an endpoint is configured; `runtime` carries the requests.
    pub fn start(
        settings: &TelemetrySettings,
        instance: &str,
        runtime: &Handle,
    ) -> Result<Option<Self>, Error> {
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let Some(base) = &settings.otlp_endpoint else {
            return Ok(None);
        };
        let endpoint = format!("{}/v1/traces", base.as_str().trim_end_matches('/'));
        let exporter = exporter(&endpoint).map_err(|source| Error { endpoint, source })?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(OnRuntime { exporter, runtime: runtime.clone() })
            .with_resource(resource(instance))
            .build();
        Ok(Some(Self { provider }))
    }

    /// Turns usher's spans into traces. Others' spans stay out: among them are those of the
    /// exporter's own requests, which would trace themselves for ever.
    pub fn layer(&self) -> impl Layer<Registry> + Send + Sync + use<> {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("usher"))
            .with_location(false)
            .with_threads(false)
            .with_filter(Targets::new().with_target("usher", LevelFilter::INFO))
    }

    /// Sends what is left. Blocks for a moment; the runtime must still be there.
    pub fn finish(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(FLUSH_TIMEOUT) {
            tracing::warn!(error = %error, "could not send the last traces");
        }
    }
}

fn exporter(endpoint: &str) -> Result<opentelemetry_otlp::SpanExporter, ExporterBuildError> {
    // Whoever is first installs it; all install the same.
    let _already = rustls::crypto::ring::default_provider().install_default();
    opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .build()
}

fn resource(instance: &str) -> Resource {
    Resource::builder()
        .with_service_name("usher")
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", instance.to_owned()),
        ])
        .build()
}

/// Exports on the runtime.
///
/// The batch processor drives its exporter on a thread of its own, where an HTTP client that
/// belongs to tokio finds neither timers nor sockets.
#[derive(Debug)]
struct OnRuntime {
    exporter: opentelemetry_otlp::SpanExporter,
    runtime: Handle,
}

impl SpanExporter for OnRuntime {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let mut export = pin!(self.exporter.export(batch));
        poll_fn(|context| {
            let _entered = self.runtime.enter();
            export.as_mut().poll(context)
        })
        .await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> Result<(), OTelSdkError> {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
