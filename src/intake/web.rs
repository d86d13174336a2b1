//! Requests and their answers: which door, who, how much, what; then Kafka, and only then 202.

use super::House;
use super::changes;
use super::door::Door;
use super::proof::Proven;
use super::proof::signature::Signed;
use super::record::{self, Outgoing, Stamp};
use super::refusal::Refusal;
use super::write::Place;
use crate::config::receive::Takes;
use crate::model::code::Code;
use crate::observe::metrics::DoorEnd;
use crate::serve::tokens::{chance, hex};
use crate::shutdown::Shutdown;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body::Body as _;
use serde_json::json;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Serves until the shutdown; tells when the last request is answered.
pub(super) fn serve(
    house: &Arc<House>,
    listener: TcpListener,
    shutdown: &Shutdown,
) -> oneshot::Receiver<()> {
    let router = Router::new().fallback(answer).with_state(Arc::clone(house));
    let (tell, ended) = oneshot::channel();
    let ends = shutdown.clone();
    shutdown.spawn_essential("doors", async move {
        let served = axum::serve(listener, router)
            .with_graceful_shutdown(async move { ends.begun().await })
            .await;
        if tell.send(()).is_err() {
            tracing::debug!("nobody waits for the last answer any more");
        }
        served
    });
    ended
}

/// What a request came to.
enum Taken {
    /// It is in Kafka.
    Written { request: String, out: Outgoing, at: Place },
    /// A vendor asked whether somebody is there.
    Knock,
}

async fn answer(State(house): State<Arc<House>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let Some(door) = house.doors.get(&path) else {
        if request.method() == Method::GET
            && let Some(told) = told_to_all(&path)
        {
            return dressed(told);
        }
        if changes::is_of_changes(&path) {
            return dressed(changes::answer(&house, request).await);
        }
        return dressed((&Refusal::NoDoor).into_response());
    };
    let mut proven = None;
    let taken = take(&house, door, request, &mut proven).await;
    let response = match taken {
        Ok(Taken::Written { request, out, at }) => {
            house.metrics.door_request(&path, DoorEnd::Taken);
            match door.settings.takes {
                // RFC 8935 has it empty.
                Takes::Set => StatusCode::ACCEPTED.into_response(),
                Takes::Cloudevents | Takes::Json | Takes::Data(_) => accepted(&request, &out, at),
            }
        }
        Ok(Taken::Knock) => {
            house.metrics.door_request(&path, DoorEnd::Knock);
            (StatusCode::OK, "here\n").into_response()
        }
        Err(refusal) => {
            house.metrics.door_request(&path, refusal.end());
            told(&path, proven.as_ref(), &refusal);
            let is_of_tokens = door.settings.takes == Takes::Set;
            let answer = if is_of_tokens { refusal.to_a_transmitter() } else { None };
            answer.unwrap_or_else(|| (&refusal).into_response())
        }
    };
    dressed(response)
}

/// What is everybody's: pages about codes, to which refusals lead, and what programs may ask for.
fn told_to_all(path: &str) -> Option<Response> {
    let kind = |text: &'static str| [(header::CONTENT_TYPE, HeaderValue::from_static(text))];
    if path == "/v1/openapi.json" {
        return Some((kind("application/json"), changes::DOCUMENT).into_response());
    }
    let code = Code::parse(path.strip_prefix("/codes/")?)?;
    Some((kind("text/markdown; charset=utf-8"), code.page()).into_response())
}

/// Anybody can be refused as often as they like; whoever is known should not be.
fn told(path: &str, proven: Option<&Proven>, refusal: &Refusal) {
    let code = refusal.code().as_str();
    if let Some(Proven(sender)) = proven {
        tracing::warn!(door = path, sender, code, "nothing was taken from a sender");
    } else {
        tracing::debug!(door = path, code, "nothing was taken from a stranger");
    }
}

async fn take(
    house: &House,
    door: &Door,
    request: Request,
    proven: &mut Option<Proven>,
) -> Result<Taken, Refusal> {
    if request.method() != Method::POST {
        return Err(Refusal::NotPost);
    }
    let (parts, body) = request.into_parts();
    *proven = door
        .proof
        .before_the_body(&parts.headers, house.clock.now())
        .map_err(Refusal::NotProven)?;
    let _seat = house.seats.try_acquire().map_err(|_none_is_free| Refusal::Full)?;
    let body = read(house, &parts, body).await?;
    if door.proof.is_knock(&body) {
        return Ok(Taken::Knock);
    }
    let path = &door.settings.path;
    let signed = Signed { path, headers: &parts.headers, body: &body };
    let sender =
        door.proof.with_the_body(&signed, house.clock.now()).map_err(Refusal::NotProven)?;
    *proven = Some(sender.clone());
    record::check_content_type(&door.settings, &parts.headers)?;
    door.pace.ask(Instant::now()).map_err(|again| Refusal::TooFast { again })?;
    let stamp = Stamp { request: request_id(), sender: sender.0, at: house.clock.now() };
    let out = record::record(&door.settings, &parts.headers, body, &stamp)?;
    // Of other doors there is nothing to prove.
    if door.verifier.has_issuer() {
        let token = std::str::from_utf8(&out.value).map_err(|_no_text| Refusal::NotJson)?;
        door.verifier.verify(token, Instant::now())?;
    }
    let began = Instant::now();
    let at = house.writer.write(&out).await?;
    house.metrics.door_written(began.elapsed());
    Ok(Taken::Written { request: stamp.request, out, at })
}

/// The whole body, if it is small enough and comes in time.
pub(super) async fn read(house: &House, parts: &Parts, body: Body) -> Result<Bytes, Refusal> {
    let most = house.body_bytes_max;
    let said = parts.headers.get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok());
    if said.and_then(|it| it.parse::<usize>().ok()).is_some_and(|said| said > most) {
        return Err(Refusal::TooLarge { most });
    }
    match tokio::time::timeout(house.within, gathered(body, most)).await {
        Ok(read) => read,
        Err(_) => Err(Refusal::TooSlow),
    }
}

async fn gathered(mut body: Body, most: usize) -> Result<Bytes, Refusal> {
    let mut gathered = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        // Who hangs up in the middle hears no answer.
        let frame = frame.map_err(|_hung_up| Refusal::TooSlow)?;
        let Ok(data) = frame.into_data() else { continue };
        if gathered.len() + data.len() > most {
            return Err(Refusal::TooLarge { most });
        }
        gathered.extend_from_slice(&data);
    }
    Ok(Bytes::from(gathered))
}

/// As usher calls a request; without chance it has no name, and is taken all the same.
pub(super) fn request_id() -> String {
    chance::<16>().map(|bytes| hex(&bytes)).unwrap_or_default()
}

fn accepted(request: &str, out: &Outgoing, at: Place) -> Response {
    let event = out.event.as_ref().map(|(source, id)| json!({ "source": source, "id": id }));
    let told = json!({
        "request": request,
        "record": { "topic": out.topic, "partition": at.partition, "offset": at.offset },
        "event": event,
    });
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (StatusCode::ACCEPTED, json, format!("{told}\n")).into_response()
}

/// What no answer of a door may be used for.
fn dressed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
