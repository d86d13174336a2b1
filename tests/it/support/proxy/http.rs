//! A proxy in front of one SCIM tenant. It keeps connections to its client alive and opens a new one
//! to the server for each request, since the server serves one connection at a time.

use super::{Fate, Seen, Watch};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct HttpProxy {
    pub(crate) address: SocketAddr,
    pub(crate) watch: Watch,
    is_out: Arc<AtomicBool>,
}

impl HttpProxy {
    pub(crate) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            watch: Watch::default(),
            is_out: Arc::default(),
        };
        let (watch, is_out) = (proxy.watch.clone(), Arc::clone(&proxy.is_out));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let side = Side { server, watch: watch.clone(), is_out: Arc::clone(&is_out) };
                tokio::spawn(side.serve(client));
            }
        });
        proxy
    }

    /// From now on every request is answered with 503, without asking the server; or no longer.
    pub(crate) fn set_out_of_service(&self, is_out: bool) {
        self.is_out.store(is_out, Ordering::SeqCst);
    }

    /// The writing requests so far, oldest first.
    pub(crate) fn writes(&self) -> Vec<Seen> {
        let mut seen = self.watch.seen();
        seen.retain(|request| !request.what.starts_with("GET "));
        seen
    }
}

struct Side {
    server: SocketAddr,
    watch: Watch,
    is_out: Arc<AtomicBool>,
}

/// A head, with its lines, and a body.
struct Message {
    head: String,
    body: Vec<u8>,
}

impl Side {
    async fn serve(self, client: TcpStream) {
        client.set_nodelay(true).unwrap();
        let (reading, mut writing) = client.into_split();
        let mut reading = BufReader::new(reading);
        while let Some(request) = read_request(&mut reading).await {
            if self.one(request, &mut writing).await.is_none() {
                return;
            }
        }
    }

    /// `None` ends the connection to the client.
    async fn one(&self, request: Message, client: &mut OwnedWriteHalf) -> Option<()> {
        let mut words = request.head.split(' ');
        let seen = Seen {
            what: format!("{} {}", words.next()?, words.next()?),
            head: request.head.clone(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
            at: Instant::now(),
        };
        let is_out = self.is_out.load(Ordering::SeqCst);
        if let Fate::Drop = self.watch.request(seen.clone()).await {
            return None;
        }
        let answer = if is_out {
            b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n".to_vec()
        } else {
            self.ask(&request).await?
        };
        match self.watch.answer(&seen).await {
            Fate::Pass => client.write_all(&answer).await.ok(),
            Fate::Drop => None,
        }
    }

    /// Sends the request on and reads the answer to its end.
    async fn ask(&self, request: &Message) -> Option<Vec<u8>> {
        let mut server = TcpStream::connect(self.server).await.ok()?;
        server.write_all(request.head.as_bytes()).await.ok()?;
        server.write_all(&request.body).await.ok()?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await.ok()?;
        Some(with_length(&answer))
    }
}

async fn read_request(client: &mut BufReader<OwnedReadHalf>) -> Option<Message> {
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let is_last = line == "\r\n";
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        assert!(!lower.starts_with("transfer-encoding:"), "usher sends whole bodies");
        if is_last {
            head.push_str("connection: close\r\n\r\n");
            break;
        }
        if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body).await.ok()?;
    Some(Message { head, body })
}

/// The same answer in HTTP/1.1 and with a length, so that the client may keep its connection.
fn with_length(answer: &[u8]) -> Vec<u8> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let body = answer.get(end + 4..).unwrap_or_default();
    let mut whole = head.replacen("HTTP/1.0", "HTTP/1.1", 1);
    let has_length = head.to_ascii_lowercase().contains("\r\ncontent-length:");
    let is_empty_by_status = head.contains(" 204 ");
    if !has_length && !is_empty_by_status {
        whole.push_str("\r\ncontent-length: ");
        whole.push_str(&body.len().to_string());
    }
    whole.push_str("\r\n\r\n");
    [whole.as_bytes(), body].concat()
}
