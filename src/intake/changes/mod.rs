//! Changes that programs ask for, at the addresses of what they read: each becomes one record of events, and
//! goes through rules, limits, holds and audit like any other. Nothing is changed here.

mod address;
mod answer;
mod asked;
mod group;
mod document;
mod outcome;
mod reads;
mod refusal;
mod tail;
#[cfg(test)]
mod tests;

pub(super) use address::is_of_changes;
pub(super) use document::DOCUMENT;

use super::pace::Pace;
use super::proof::{Proof, Proven};
use super::record::{self, Outgoing, Stamp};
use super::web::{read, request_id};
use super::{House, refusal as door, watched};
use crate::config::Loaded;
use crate::config::receive::clients::Client;
use crate::config::receive::{self, BearerSettings};
use crate::observe::metrics::{DoorEnd, Metrics};
use crate::shutdown::Shutdown;
use address::{Address, Of};
use answer::Taken;
use asked::Asked;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{Method, header, request::Parts};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use outcome::{Key, Outcome, Outcomes};
use reads::Reads;
use refusal::Refusal;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// What all requests for changes share.
#[derive(Debug)]
pub(super) struct Changes {
    clients: Vec<Asking>,
    outcomes: Arc<Outcomes>,
    reads: Option<Reads>,
    /// As many are kept waiting at once.
    waiting: Semaphore,
    shutdown: Shutdown,
}

/// A client as configured, with what its file says.
#[derive(Debug)]
struct Asking {
    settings: Client,
    proof: Proof,
    pace: Pace,
    /// Its token at `usher serve`.
    reads_token_file: Option<PathBuf>,
}

impl Asking {
    fn label(&self) -> String {
        format!("client {}", self.settings.name)
    }
}

impl Changes {
    /// Reads what must be right, and begins to read the audit if anybody may ask.
    pub(super) fn open(
        loaded: &Loaded,
        metrics: &Metrics,
        shutdown: &Shutdown,
    ) -> Result<Self, watched::Error> {
        let settings = &loaded.settings.receive;
        let open = |client: &Client| {
            let proof =
                receive::Proof::Bearer(BearerSettings { tokens_file: client.tokens_file.clone() });
            let proof = Proof::load(&proof, loaded)?;
            let pace = Pace::new(client.per_second, Instant::now());
            let reads_token_file = client.reads_token_file.as_ref().map(|it| loaded.resolve(it));
            let asking = Asking { settings: client.clone(), proof, pace, reads_token_file };
            metrics.door_is_there(&asking.label());
            Ok(asking)
        };
        let clients: Vec<Asking> =
            settings.clients.iter().map(open).collect::<Result<_, watched::Error>>()?;
        let targets = clients.iter().map(|it| (it.settings.source(), it.settings.target.clone()));
        let outcomes = Arc::new(Outcomes::new(targets.collect()));
        if !clients.is_empty() {
            tail::start(loaded.kafka(), Arc::clone(&outcomes), shutdown.clone());
        }
        let waiting = Semaphore::new(settings.requests_at_once.get());
        let reads = Reads::open(loaded)?;
        Ok(Self { clients, outcomes, reads, waiting, shutdown: shutdown.clone() })
    }

    pub(super) fn read_files_again(&self) {
        self.clients.iter().for_each(|client| client.proof.read_again());
    }

    /// Whose token it is.
    fn client(&self, parts: &Parts, now: Timestamp) -> Result<(&Asking, Proven), Refusal> {
        let mut why = door::NotProven::NoToken;
        for client in &self.clients {
            match client.proof.before_the_body(&parts.headers, now) {
                Ok(Some(proven)) => return Ok((client, proven)),
                Ok(None) => {}
                Err(refused) => why = refused,
            }
        }
        Err(door::Refusal::NotProven(why).into())
    }

    /// What has come of a request when there is news, or the time is over.
    async fn wait(&self, key: &Key, most: Option<Duration>) -> Option<Outcome> {
        let Some(most) = most else { return self.outcomes.of(key) };
        let Ok(_seat) = self.waiting.try_acquire() else { return self.outcomes.of(key) };
        let mut changes = self.outcomes.changes();
        let news = async {
            loop {
                changes.borrow_and_update();
                if self.outcomes.of(key).is_some_and(|outcome| outcome.state().is_news()) {
                    return;
                }
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = news => {}
            () = tokio::time::sleep(most) => {}
            () = self.shutdown.begun() => {}
        }
        self.outcomes.of(key)
    }
}

/// Answers a program.
pub(super) async fn answer(house: &House, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let found = house.changes.client(&parts, house.clock.now());
    let (client, sender) = match found {
        Ok(found) => found,
        Err(refusal) => return (&refusal).into_response(),
    };
    let label = client.label();
    match take(house, (client, sender), &parts, body).await {
        Ok(response) => {
            house.metrics.door_request(&label, DoorEnd::Taken);
            response
        }
        Err(refusal) => {
            house.metrics.door_request(&label, refusal.end());
            let code = refusal.code().as_str();
            tracing::warn!(client = client.settings.name, code, "nothing was taken from a client");
            (&refusal).into_response()
        }
    }
}

async fn take(
    house: &House,
    (client, sender): (&Asking, Proven),
    parts: &Parts,
    body: axum::body::Body,
) -> Result<Response, Refusal> {
    let query = parts.uri.query().unwrap_or_default();
    let settings = &client.settings;
    let address = Address::read(parts.uri.path(), query).ok_or(Refusal::Place)?;
    if address.tenant != settings.tenant || address.target != settings.target {
        return Err(Refusal::Place);
    }
    client.pace.ask(Instant::now()).map_err(|again| door::Refusal::TooFast { again })?;
    let prefer = parts.headers.get("prefer").and_then(|it| it.to_str().ok());
    let wait = address::wait(query, prefer);
    if reads::is_read(&parts.method, &address) {
        let _seat = house.seats.try_acquire().map_err(|_none_is_free| door::Refusal::Full)?;
        return reads::answer(house.changes.reads.as_ref(), client, parts).await;
    }
    if let (&Method::GET, Of::Change(request)) = (&parts.method, &address.of) {
        return follow(house, settings, request, wait).await;
    }
    let seat = house.seats.try_acquire().map_err(|_none_is_free| door::Refusal::Full)?;
    let body = read(house, parts, body).await?;
    let sent = sent(&parts.method, &body)?;
    let asked = asked(settings, &parts.method, &address.of, sent.as_ref())?;
    let given = record::idempotency_key(&parts.headers)?;
    let stamp = Stamp { request: request_id(), sender: sender.0, at: house.clock.now() };
    let request = given.unwrap_or_else(|| stamp.request.clone());
    let key = (settings.source(), request.clone());
    house.changes.outcomes.expect(&key, asked.len());
    for out in outgoing(settings, &request, &asked, &stamp) {
        house.writer.write(&out).await?;
    }
    drop(seat);
    let outcome = house.changes.wait(&key, wait).await;
    let account = match &address.of {
        Of::User(id) => Some(id.as_str()),
        Of::Users | Of::Groups | Of::Group(_) | Of::Change(_) | Of::Else => None,
    };
    let taken = Taken {
        request: &request,
        follow: &followed(settings, &request),
        sent: sent.as_ref(),
        account,
        creates: matches!(address.of, Of::Users | Of::Groups),
    };
    Ok(taken.answer(outcome.as_ref()))
}

/// What came of an earlier request.
async fn follow(
    house: &House,
    client: &Client,
    request: &str,
    wait: Option<Duration>,
) -> Result<Response, Refusal> {
    let key = (client.source(), request.to_owned());
    house.changes.outcomes.of(&key).ok_or(Refusal::NotKnown)?;
    let outcome = house.changes.wait(&key, wait).await;
    let follow = followed(client, request);
    let taken = Taken { request, follow: &follow, sent: None, account: None, creates: false };
    Ok(taken.answer(outcome.as_ref()))
}

fn sent(method: &Method, body: &Bytes) -> Result<Option<Value>, Refusal> {
    if *method == Method::DELETE {
        return Ok(None);
    }
    serde_json::from_slice(body).map(Some).map_err(|_no_json| door::Refusal::NotJson.into())
}

fn asked(
    client: &Client,
    method: &Method,
    of: &Of,
    sent: Option<&Value>,
) -> Result<Vec<Asked>, Refusal> {
    match (method, of, sent) {
        (&Method::POST, Of::Users, Some(body)) => asked::create(client, body),
        (&Method::PATCH, Of::User(id), Some(body)) => asked::update(client, id, body),
        (&Method::DELETE, Of::User(id), None) => asked::delete(client, id),
        (&Method::POST, Of::Groups, Some(body)) => group::create(client, body),
        (_, Of::Users | Of::User(_) | Of::Groups | Of::Group(_) | Of::Change(_) | Of::Else, _) => {
            Err(Refusal::NotOffered)
        }
    }
}

/// A record for each account: the events of one request, in order, from the client's own source and at usher's own
/// time. Each has the account's key, so that what is asked of it stays in order.
fn outgoing(client: &Client, request: &str, asked: &[Asked], stamp: &Stamp) -> Vec<Outgoing> {
    let mut all: Vec<(Option<String>, Vec<Value>)> = Vec::new();
    for (index, asked) in asked.iter().enumerate() {
        let event = json!({
            "specversion": "1.0",
            "id": format!("{request}.{index}"),
            "source": client.source(),
            "type": format!("io.usher.{}.v1", asked.operation.kind().word()),
            "time": stamp.at.to_string(),
            "data": asked.data,
        });
        let text = |pointer: &str| asked.data.pointer(pointer).and_then(Value::as_str);
        let whose = text("/account/id").or(text("/worker/user_name")).map(str::to_owned);
        match all.last_mut() {
            Some((last, events)) if *last == whose => events.push(event),
            Some(_) | None => all.push((whose, vec![event])),
        }
    }
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/cloudevents-batch+json".to_owned()),
        ("usher-client", client.name.clone()),
        ("usher-sender", stamp.sender.clone()),
        ("usher-received-at", stamp.at.to_string()),
        ("usher-request", stamp.request.clone()),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let records = all.into_iter().map(|(key, events)| Outgoing {
        topic: client.topic.clone(),
        key,
        value: Bytes::from(Value::Array(events).to_string()),
        headers: headers.clone(),
        event: None,
    });
    records.collect()
}

fn followed(client: &Client, request: &str) -> String {
    let encoded =
        percent_encoding::utf8_percent_encode(request, percent_encoding::NON_ALPHANUMERIC);
    format!("/v1/{}/{}/changes/{encoded}", client.tenant, client.target)
}
