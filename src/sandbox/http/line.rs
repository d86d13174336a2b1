//! Connections that can be cut from inside a handler.
//!
//! Nothing more is written to one that is cut, not even what has been answered; the other side sees
//! a reset.

use super::House;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

/// What a handler has of its connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    is_cut: Arc<AtomicBool>,
}

impl Line {
    pub(super) fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }
}

impl Connected<IncomingStream<'_, Exchange>> for Line {
    fn connect_info(stream: IncomingStream<'_, Exchange>) -> Self {
        stream.remote_addr().clone()
    }
}

/// Takes connections in.
pub(super) struct Exchange {
    pub(super) listener: TcpListener,
    pub(super) house: Arc<House>,
}

impl Listener for Exchange {
    type Io = Wire;
    type Addr = Line;

    async fn accept(&mut self) -> (Wire, Line) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let line = Line::default();
                    let late = self.house.provider().directory().manners().quirks.connections_take;
                    let opens = (!late.is_zero())
                        .then(|| Box::pin(tokio::time::sleep(late.unsigned_abs())));
                    return (Wire { stream, line: line.clone(), opens }, line);
                }
                Err(error) => {
                    tracing::debug!(error = %error, "could not take a connection; trying again");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Line> {
        Ok(Line::default())
    }
}

/// A connection.
pub(super) struct Wire {
    stream: TcpStream,
    line: Line,
    /// Nothing is taken in before.
    opens: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    fn check(&self) -> io::Result<()> {
        if !self.line.is_cut.load(Ordering::Relaxed) {
            return Ok(());
        }
        // Makes the close a reset; if it cannot be had, it is a plain close.
        drop(self.stream.set_zero_linger());
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        if let Some(opens) = &mut self.opens {
            ready!(opens.as_mut().poll(context));
            self.opens = None;
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
