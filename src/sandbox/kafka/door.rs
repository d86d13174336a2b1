//! A port that is known beforehand, in front of the one that the cluster chose.
//!
//! Clients need it only to find the cluster; from then on they use its own address.

use super::Error;
use crate::shutdown::Shutdown;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

pub(super) async fn open(
    port: u16,
    to: SocketAddr,
    shutdown: &Shutdown,
) -> Result<SocketAddr, Error> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listen = |cause| Error::Listen { address, cause };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let inside = shutdown.clone();
    shutdown.spawn_essential("kafka door", async move { keep_open(listener, to, inside).await });
    Ok(address)
}

async fn keep_open(
    listener: TcpListener,
    to: SocketAddr,
    shutdown: Shutdown,
) -> Result<(), Infallible> {
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                shutdown.spawn(pass(client, to));
            }
            Err(error) => {
                tracing::debug!(error = %error, "could not take a connection; trying again");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Either side may end it, which is no news.
async fn pass(mut client: TcpStream, to: SocketAddr) {
    if let Ok(mut broker) = TcpStream::connect(to).await {
        drop(copy_bidirectional(&mut client, &mut broker).await);
    }
}
