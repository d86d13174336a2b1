//! Certificates to trust besides the system's: those of a company's own authority, or of a proxy that
//! opens TLS.

use reqwest::Certificate;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;

/// Every certificate of a PEM file; the error says what is wrong with it.
pub(crate) fn read(file: &Path) -> Result<Vec<Certificate>, String> {
    let shown = file.display();
    let pem = std::fs::read(file).map_err(|error| format!("{shown} could not be read: {error}"))?;
    let mut certificates = Vec::new();
    for (index, found) in CertificateDer::pem_slice_iter(&pem).enumerate() {
        let certificate = found.map_err(|error| error.to_string()).and_then(|der| parse(&der));
        certificates.push(certificate.map_err(|why| {
            format!("{shown} is damaged: its certificate {} cannot be read ({why})", index + 1)
        })?);
    }
    if certificates.is_empty() {
        return Err(format!(
            "{shown} holds no certificate; it must hold one or more `-----BEGIN CERTIFICATE-----`"
        ));
    }
    Ok(certificates)
}

/// HTTP would find out only when it is built, and not say which one it was.
fn parse(der: &CertificateDer<'_>) -> Result<Certificate, String> {
    RootCertStore::empty().add(der.clone()).map_err(|error| error.to_string())?;
    Certificate::from_der(der).map_err(|error| error.to_string())
}
