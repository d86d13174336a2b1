//! A body that breaks off in its middle.

use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Sends the first half, lets it leave, and fails.
pub(super) struct HalfBody {
    half: Option<Bytes>,
    whole: usize,
    has_rested: bool,
}

impl HalfBody {
    pub(super) fn of(bytes: &Bytes) -> Self {
        let half = bytes.slice(..bytes.len() / 2);
        Self { half: Some(half), whole: bytes.len(), has_rested: false }
    }
}

impl Body for HalfBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.has_rested {
            // What is written is flushed when nothing more comes for the moment.
            self.has_rested = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::BrokenPipe.into())))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.whole).unwrap_or(u64::MAX))
    }
}
