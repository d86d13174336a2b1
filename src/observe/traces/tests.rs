use super::*;
use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing_subscriber::layer::SubscriberExt;

#[tokio::test(flavor = "multi_thread")]
async fn spans_reach_the_collector_as_protobuf_with_our_name_on_them() {
    let (sender, mut received) = mpsc::channel(1);
    let collect = move |headers: HeaderMap, body: Bytes| async move {
        sender.send((headers, body)).await.unwrap();
    };
    let router = Router::new().route("/v1/traces", post(collect));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let mut servers = JoinSet::new();
    servers.spawn(async { axum::serve(listener, router).await });

    let settings = TelemetrySettings { otlp_endpoint: Some(base.parse().unwrap()) };
    let traces = Traces::start(&settings, "replica-7", &Handle::current()).unwrap().unwrap();
    tracing::subscriber::with_default(Registry::default().with(traces.layer()), || {
        tracing::info_span!("cut off").in_scope(|| {});
        tracing::info_span!(target: "hyper", "not ours").in_scope(|| {});
    });
    tokio::task::spawn_blocking(move || traces.finish()).await.unwrap();

    let (headers, body) = received.recv().await.unwrap();
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let body = String::from_utf8_lossy(&body);
    for text in ["service.name", "usher", "replica-7", "cut off"] {
        assert!(body.contains(text), "{text} is missing");
    }
    assert!(!body.contains("not ours"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_collector_does_not_hold_up_the_end() {
    let settings =
        TelemetrySettings { otlp_endpoint: Some("http://127.0.0.1:9/".parse().unwrap()) };
    let traces = Traces::start(&settings, "replica-7", &Handle::current()).unwrap().unwrap();
    tracing::subscriber::with_default(Registry::default().with(traces.layer()), || {
        tracing::info_span!("lost").in_scope(|| {});
    });
    let finish = tokio::task::spawn_blocking(move || traces.finish());
    tokio::time::timeout(FLUSH_TIMEOUT * 2, finish).await.expect("must end in time").unwrap();
}

#[tokio::test]
async fn without_an_endpoint_there_are_no_traces() {
    let settings = TelemetrySettings::default();
    let traces = Traces::start(&settings, "replica-7", &Handle::current()).unwrap();
    assert!(traces.is_none());
}
