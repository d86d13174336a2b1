//! Tells browsers that something is new; they fetch the page again by themselves.

use super::visit::Visit;
use crate::serve::Site;
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A sign of life, so that nothing between closes the connection.
const SIGN_EVERY: Duration = Duration::from_secs(15);
/// A browser comes again after this; whoever is logged out then is told so.
const LASTS: Duration = Duration::from_mins(10);

pub(super) async fn listen(visit: Visit) -> Response {
    let site = Arc::clone(&visit.site);
    let Ok(permit) = Arc::clone(&site.listeners).try_acquire_owned() else {
        let told = "too many are told of news already; reload the page by hand\n";
        return (StatusCode::SERVICE_UNAVAILABLE, told).into_response();
    };
    let (tell, heard) = mpsc::channel(4);
    let told = Arc::clone(&site);
    site.shutdown.spawn(async move {
        let _permit = permit;
        tell_on(&told, &tell).await;
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::new(Told { heard })).into_response()
}

/// Until the browser goes, its time is over or the process ends.
async fn tell_on(site: &Site, tell: &mpsc::Sender<Bytes>) {
    let mut news = site.memory.news();
    let until = Instant::now() + LASTS;
    let mut next =
        format!("retry: 5000\nid: {0}\nevent: here\ndata: {0}\n\n", *news.borrow_and_update());
    loop {
        if tell.send(Bytes::from(std::mem::take(&mut next))).await.is_err() {
            return;
        }
        tokio::select! {
            () = site.shutdown.begun() => return,
            () = tell.closed() => return,
            () = tokio::time::sleep_until(until) => return,
            () = tokio::time::sleep(SIGN_EVERY) => next.push_str(": still here\n\n"),
            changed = news.changed() => {
                if changed.is_err() {
                    return;
                }
                // What comes at once is told once.
                tokio::time::sleep(site.news_every).await;
                next = format!("id: {0}\nevent: news\ndata: {0}\n\n", *news.borrow_and_update());
            }
        }
    }
}

/// The body of the answer.
struct Told {
    heard: mpsc::Receiver<Bytes>,
}

impl http_body::Body for Told {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.heard.poll_recv(context).map(|told| told.map(|bytes| Ok(Frame::data(bytes))))
    }
}
