//! Looks at the certificate that a broker shows, because librdkafka does not say what is wrong with it.
//!
//! The handshake is made with the OpenSSL that librdkafka uses, so both judge alike. Nothing is sent.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openssl::error::ErrorStack;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};

use crate::config::security::SecuritySettings;

const WITHIN: Duration = Duration::from_secs(3);

/// Where systems keep the authorities they trust.
const SYSTEM: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

// OpenSSL's numbers for what can be wrong (X509_V_ERR_…).
const NOT_YET_VALID: i32 = 9;
const HAS_EXPIRED: i32 = 10;
const HOSTNAME_MISMATCH: i32 = 62;
const IP_ADDRESS_MISMATCH: i32 = 64;

/// One thing that is wrong with one certificate of the chain.
struct Fault {
    number: i32,
    text: String,
    /// The end of the certificate's time.
    ends: String,
}

/// Why the certificate of `broker` is not accepted, and the cure.
pub(super) fn explain(broker: &str, security: &SecuritySettings) -> String {
    let faults = look(broker, security).unwrap_or_default();
    let find = |numbers: &[i32]| faults.iter().find(|fault| numbers.contains(&fault.number));
    if let Some(fault) = find(&[HAS_EXPIRED]) {
        return format!(
            "the certificate of Kafka at {broker} has expired ({}); renew it at the broker",
            fault.ends
        );
    }
    if find(&[NOT_YET_VALID]).is_some() {
        return format!(
            "the certificate of Kafka at {broker} is not valid yet; are the clocks right?"
        );
    }
    if find(&[HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH]).is_some() {
        return format!(
            "the certificate of Kafka at {broker} is for another name; use a name in \
             `kafka.brokers` and in the broker's advertised.listeners that the certificate holds"
        );
    }
    let why = faults.first().map_or(String::new(), |fault| format!(" ({})", fault.text));
    match &security.ca_file {
        Some(file) => format!(
            "the certificate of Kafka at {broker} is signed by none of the authorities in {} \
             (`kafka.security.ca_file`){why}; put the authority of the brokers there",
            file.display()
        ),
        None => format!(
            "the certificate of Kafka at {broker} is signed by none of the authorities of this \
             system{why}; name the authority of the brokers in `kafka.security.ca_file`"
        ),
    }
}

/// Everything that is wrong, as OpenSSL finds it; `None` if nobody could look.
fn look(broker: &str, security: &SecuritySettings) -> Option<Vec<Fault>> {
    let (host, _port) = broker.rsplit_once(':')?;
    let address = broker.to_socket_addrs().ok()?.next()?;
    let stream = TcpStream::connect_timeout(&address, WITHIN).ok()?;
    stream.set_read_timeout(Some(WITHIN)).ok()?;
    stream.set_write_timeout(Some(WITHIN)).ok()?;
    let found = Arc::new(Mutex::new(Vec::new()));
    let connector = connector(security, Arc::clone(&found)).ok()?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    // How it ends does not matter: the broker may want a certificate that is not shown here.
    drop(connector.connect(host, stream));
    let found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    Some(found)
}

fn connector(
    security: &SecuritySettings,
    found: Arc<Mutex<Vec<Fault>>>,
) -> Result<SslConnector, ErrorStack> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    let system = || SYSTEM.iter().map(PathBuf::from).find(|file| file.is_file());
    if let Some(file) = security.ca_file.as_deref().map(Path::to_owned).or_else(system) {
        builder.set_ca_file(file)?;
    }
    builder.set_verify_callback(SslVerifyMode::PEER, move |is_good, chain| {
        if !is_good {
            let error = chain.error();
            let ends = chain.current_cert().map(|it| it.not_after().to_string());
            found.lock().unwrap_or_else(PoisonError::into_inner).push(Fault {
                number: error.as_raw(),
                text: error.error_string().to_owned(),
                ends: ends.unwrap_or_default(),
            });
        }
        // On, to find what else is wrong.
        true
    });
    Ok(builder.build())
}
