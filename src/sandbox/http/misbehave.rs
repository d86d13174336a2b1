//! Carries a call out, and whatever shall go wrong with it.

use super::House;
use super::body::HalfBody;
use super::dress::dressed;
use super::line::Line;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;
use std::sync::Arc;
use usher_lab::provider::calls::Seen;
use usher_lab::provider::faults::{Fault, Kind};
use usher_lab::provider::{Answer, Ask};

/// What is sent where the provider itself would send no body that could break off.
const LONG_ENOUGH: &[u8] = br#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":""}"#;

/// How a call goes on after it was looked at.
enum Course {
    Answer(Answer),
    Broken(Answer),
    Silence,
}

pub(super) async fn carry_out(house: &Arc<House>, ask: Ask, line: &Line) -> Response<Body> {
    let now = house.clock.now();
    let fault = house.faults().draw(&ask.method, now);
    let course = match &fault {
        None => Course::Answer(house.provider().answer(&ask, now)),
        Some(fault) => go_wrong(house, &ask, fault),
    };
    let status = match &course {
        Course::Answer(answer) | Course::Broken(answer) => Some(answer.status),
        Course::Silence => None,
    };
    house.calls().push(Seen {
        number: 0,
        at: now,
        method: ask.method.clone(),
        path: path_of(house, &ask),
        body: serde_json::from_slice(&ask.body).unwrap_or_default(),
        status,
        fault: fault.as_ref().map(|fault| fault.kind),
    });
    if let Some(fault) = fault.filter(|fault| fault.kind == Kind::Slow) {
        tokio::time::sleep(fault.delay()).await;
    }
    let quirks = house.provider().directory().manners().quirks.clone();
    let is_read = matches!(&*ask.method, "GET" | "HEAD");
    let late = if is_read { quirks.reads_take } else { quirks.writes_take };
    tokio::time::sleep(late.unsigned_abs()).await;
    match course {
        Course::Answer(mut answer) => {
            let (body, is_packed) = dressed(body_of(&answer), &quirks);
            if is_packed {
                answer = answer.with_header("content-encoding", "gzip");
            }
            response(&answer, body.into())
        }
        Course::Broken(answer) => {
            let bytes = body_of(&answer);
            let bytes = if bytes.len() < 2 { Bytes::from_static(LONG_ENOUGH) } else { bytes };
            response(&answer, Body::new(HalfBody::of(&bytes)))
        }
        Course::Silence => {
            line.cut();
            Response::new(Body::empty())
        }
    }
}

fn go_wrong(house: &Arc<House>, ask: &Ask, fault: &Fault) -> Course {
    let now = house.clock.now();
    let done = || house.provider().answer(ask, now);
    match fault.kind {
        Kind::Status => Course::Answer(told(house, fault, 503)),
        Kind::OkWithError => {
            let body = json!({ "status": "error", "errors": ["The request could not be done"] });
            Course::Answer(Answer::plain(200, body))
        }
        Kind::Slow => Course::Answer(done()),
        Kind::DropReply => {
            done();
            Course::Silence
        }
        Kind::LandLate => {
            land_late(house, ask, fault);
            Course::Answer(told(house, fault, 504))
        }
        Kind::Reset => Course::Silence,
        Kind::HalfBody => {
            let mut answer = done();
            // 204 has no body to break off.
            answer.status = if answer.status == 204 { 200 } else { answer.status };
            Course::Broken(answer)
        }
        Kind::WrongMediaType => {
            Course::Answer(done().with_header("content-type", "text/html; charset=utf-8"))
        }
    }
}

fn land_late(house: &Arc<House>, ask: &Ask, fault: &Fault) {
    let (late, ask, delay) = (Arc::clone(house), ask.clone(), fault.delay());
    house.shutdown.spawn(async move {
        tokio::time::sleep(delay).await;
        let now = late.clock.now();
        late.provider().answer(&ask, now);
    });
}

fn told(house: &House, fault: &Fault, status: u16) -> Answer {
    let status = fault.status.unwrap_or(status);
    let answer = match status {
        202 | 204 => Answer::empty(status),
        429 => Answer::plain(status, json!({ "message": "API rate limit exceeded" })),
        _ => Answer::plain(status, json!({ "message": "The sandbox was told to say so" })),
    };
    match fault.retry_after(house.clock.now()) {
        Some(wait) => answer.with_header("retry-after", &wait),
        None => answer,
    }
}

fn path_of(house: &House, ask: &Ask) -> String {
    let base = &house.base_path;
    let path = ask.path.strip_prefix(base.as_str()).unwrap_or(&ask.path);
    if ask.query.is_empty() { path.to_owned() } else { format!("{path}?{}", ask.query) }
}

fn body_of(answer: &Answer) -> Bytes {
    answer.body.as_ref().map(|body| Bytes::from(body.to_string())).unwrap_or_default()
}

pub(super) fn response(answer: &Answer, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answer.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(header::HeaderName::from_static(name), value);
        }
    }
    response
}
