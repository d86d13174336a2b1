//! The trace goes on at the provider: W3C headers on every request.

use crate::model::Call;
use crate::model::event::TraceContext;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::TraceContextExt;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The span of a call, below the trace of the event that made it necessary. Whoever opens it says in
/// `shard` for which one; its status comes with the answer.
pub fn span_of(call: &Call) -> Span {
    let span = tracing::info_span!(
        "scim_call",
        otel.kind = "client",
        shard = tracing::field::Empty,
        tenant = %call.tenant,
        scim.target = %call.target,
        action = super::asked(&call.request).doing(),
        person.id = call.person.as_ref().map(tracing::field::display),
        scim.status = tracing::field::Empty,
    );
    let Some(trace) = &call.trace else { return span };
    let parent = opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.extract(&Carried(trace))
    });
    if parent.span().span_context().is_valid() && span.set_parent(parent).is_err() {
        tracing::trace!("no traces are being recorded");
    }
    span
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
