//! The trace goes on at the provider: W3C headers on every request.

use crate::model::event::TraceContext;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::TraceContextExt;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Puts `span` below the trace that came with the event, if nothing above it is traced.
pub(super) fn adopt(span: &Span, trace: Option<&TraceContext>) {
    let Some(trace) = trace else { return };
    if Span::current().context().span().span_context().is_valid() {
        return;
    }
    let parent = opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.extract(&Carried(trace))
    });
    if parent.span().span_context().is_valid()
        && let Err(error) = span.set_parent(parent)
    {
        tracing::debug!(error = %error, "a call's span could not join its event's trace");
    }
}

/// The headers of the current span, or else those that came with the event.
pub(super) fn headers(trace: Option<&TraceContext>) -> HeaderMap {
    let mut headers = Headers(HeaderMap::new());
    let current = Span::current().context();
    if current.span().span_context().is_valid() {
        opentelemetry::global::get_text_map_propagator(|propagator| {
            propagator.inject_context(&current, &mut headers);
        });
    }
    if !headers.0.contains_key("traceparent")
        && let Some(trace) = trace
    {
        headers.set("traceparent", trace.traceparent.clone());
        if let Some(state) = &trace.tracestate {
            headers.set("tracestate", state.clone());
        }
    }
    headers.0
}

struct Headers(HeaderMap);

impl Injector for Headers {
    /// What cannot stand in a header is left out: a trace is not worth a call.
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

struct Carried<'a>(&'a TraceContext);

impl Extractor for Carried<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => Some(&self.0.traceparent),
            "tracestate" => self.0.tracestate.as_deref(),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}
