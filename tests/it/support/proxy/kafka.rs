//! A proxy in front of Kafka. It knows a request's kind by its api key, and an answer's by the
//! correlation id that the answer repeats.

use super::{Fate, Seen, Watch};
use crate::support::broker::Door;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

pub(crate) struct KafkaProxy {
    pub(crate) address: SocketAddr,
    pub(crate) watch: Watch,
}

impl KafkaProxy {
    pub(crate) fn start(door: Door) -> Self {
        door.advertised.set_nonblocking(true).unwrap();
        let listener = TcpListener::from_std(door.advertised).unwrap();
        let proxy = Self { address: listener.local_addr().unwrap(), watch: Watch::default() };
        let watch = proxy.watch.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, door.listener, watch.clone()));
            }
        });
        proxy
    }
}

type Asked = Arc<Mutex<HashMap<i32, Seen>>>;

async fn serve(client: TcpStream, broker: SocketAddr, watch: Watch) {
    let broker = TcpStream::connect(broker).await.unwrap();
    client.set_nodelay(true).unwrap();
    broker.set_nodelay(true).unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_broker, mut to_broker) = broker.into_split();
    let asked = Asked::default();
    let end = CancellationToken::new();

    let requests = async {
        while let Some(frame) = read_frame(&mut from_client).await {
            let seen = Seen {
                what: kind(&frame),
                head: String::new(),
                body: String::new(),
                at: Instant::now(),
            };
            asked.lock().unwrap().insert(correlation(&frame[4..]), seen.clone());
            if let Fate::Drop = watch.request(seen).await {
                break;
            }
            if write_frame(&mut to_broker, &frame).await.is_none() {
                break;
            }
        }
        end.cancel();
    };
    let answers = async {
        while let Some(frame) = read_frame(&mut from_broker).await {
            let seen = asked.lock().unwrap().remove(&correlation(&frame));
            if let Some(seen) = seen
                && let Fate::Drop = watch.answer(&seen).await
            {
                break;
            }
            if write_frame(&mut to_client, &frame).await.is_none() {
                break;
            }
        }
        end.cancel();
    };
    tokio::select! {
        () = async { tokio::join!(requests, answers); } => {}
        () = end.cancelled() => {}
    }
}

async fn read_frame(from: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let length = usize::try_from(from.read_i32().await.ok()?).unwrap();
    let mut frame = vec![0; length];
    from.read_exact(&mut frame).await.ok()?;
    Some(frame)
}

async fn write_frame(to: &mut (impl AsyncWriteExt + Unpin), frame: &[u8]) -> Option<()> {
    to.write_i32(i32::try_from(frame.len()).unwrap()).await.ok()?;
    to.write_all(frame).await.ok()
}

fn correlation(bytes: &[u8]) -> i32 {
    i32::from_be_bytes(bytes[..4].try_into().unwrap())
}

/// The request's kind; those that no test strikes at go by their number.
fn kind(frame: &[u8]) -> String {
    match i16::from_be_bytes([frame[0], frame[1]]) {
        0 => "Produce".to_owned(),
        22 => "InitProducerId".to_owned(),
        24 => "AddPartitionsToTxn".to_owned(),
        26 => "EndTxn".to_owned(),
        other => format!("api {other}"),
    }
}
