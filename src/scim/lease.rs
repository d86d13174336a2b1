//! The lease, kept to the last moment: a body that refuses to leave too late.
//!
//! Connecting can take longer than a lease lasts. HTTP asks for the body only when the connection
//! stands, and a request without its body has no effect; so the check is made there. The same
//! moment tells whether a request that failed may have reached the provider.

use crate::clock::Clock;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use jiff::Timestamp;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

/// The time by which the lease was given: a wall that is set back must not lengthen it.
pub(super) fn now() -> Timestamp {
    Clock::of_this_process().now()
}

/// What became of a request's body.
#[derive(Debug, Default)]
pub(super) struct Departure {
    left: AtomicBool,
    late: AtomicBool,
}

impl Departure {
    /// The body was handed to the connection; the provider may have it.
    pub(super) fn has_left(&self) -> bool {
        self.left.load(Ordering::Acquire)
    }

    /// The lease had ended when the body was asked for; it was not handed out.
    pub(super) fn was_late(&self) -> bool {
        self.late.load(Ordering::Acquire)
    }
}

/// The lease ended while the connection was made.
#[derive(Debug, thiserror::Error)]
#[error("the lease ended before the request could leave")]
struct LeaseEnded;

/// A request's body that leaves before `not_after` or never.
pub(super) struct LeasedBody {
    content: Option<Bytes>,
    not_after: Timestamp,
    departure: Arc<Departure>,
}

impl LeasedBody {
    pub(super) fn new(content: Vec<u8>, not_after: Timestamp, departure: Arc<Departure>) -> Self {
        Self { content: Some(Bytes::from(content)), not_after, departure }
    }
}

impl Body for LeasedBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(content) = self.content.take() else {
            return Poll::Ready(None);
        };
        if now() > self.not_after {
            self.departure.late.store(true, Ordering::Release);
            return Poll::Ready(Some(Err(LeaseEnded.into())));
        }
        self.departure.left.store(true, Ordering::Release);
        Poll::Ready(Some(Ok(Frame::data(content))))
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.content.as_ref().map_or(0, |content| content.len() as u64))
    }
}
