//! A transmitter of security event tokens: its keys, and a stream that is polled (RFC 8936).

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Cheap to copy; all copies are one.
#[derive(Clone, Default)]
pub(crate) struct Transmitter {
    /// None: it is away.
    keys: Arc<Mutex<Option<String>>>,
    /// By their names.
    waiting: Arc<Mutex<BTreeMap<String, String>>>,
    acknowledged: Arc<Mutex<Vec<String>>>,
    refused: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Transmitter {
    /// Starts without keys; gives where it is.
    pub(crate) async fn start() -> (Self, String) {
        let it = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/keys", get(keys)).route("/poll", post(poll));
        let router = router.with_state(it.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        (it, address)
    }

    pub(crate) fn publish(&self, keys: &Value) {
        *self.keys.lock().unwrap() = Some(json!({ "keys": keys }).to_string());
    }

    /// Brings it at each question, until it is acknowledged or refused.
    pub(crate) fn bring(&self, name: &str, token: &str) {
        self.waiting.lock().unwrap().insert(name.to_owned(), token.to_owned());
    }

    /// Whether everything was acknowledged or refused.
    pub(crate) fn is_done(&self) -> bool {
        self.waiting.lock().unwrap().is_empty()
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// By what word of RFC 8936.
    pub(crate) fn refused(&self) -> BTreeMap<String, String> {
        self.refused.lock().unwrap().clone()
    }

    fn answer(&self, question: &Value) -> Value {
        let mut waiting = self.waiting.lock().unwrap();
        for name in question["ack"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap();
            if waiting.remove(name).is_some() {
                self.acknowledged.lock().unwrap().push(name.to_owned());
            }
        }
        for (name, flaw) in question["setErrs"].as_object().into_iter().flatten() {
            if waiting.remove(name).is_some() {
                let word = flaw["err"].as_str().unwrap().to_owned();
                self.refused.lock().unwrap().insert(name.clone(), word);
            }
        }
        json!({ "sets": *waiting })
    }
}

async fn keys(State(it): State<Transmitter>) -> Result<String, StatusCode> {
    let keys = it.keys.lock().unwrap().clone();
    std::future::ready(keys.ok_or(StatusCode::SERVICE_UNAVAILABLE)).await
}

async fn poll(State(it): State<Transmitter>, question: Bytes) -> String {
    let question = serde_json::from_slice(&question).unwrap();
    std::future::ready(it.answer(&question).to_string()).await
}
