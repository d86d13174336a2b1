use super::provider::{call, deactivate, settings, spawn};
use crate::model::call::{Outcome, Reply, Request};
use crate::scim::{Error, Provider, ProviderSettings};
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedKey, IsCa, KeyPair};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

fn file(name: &str, content: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("usher-roots-{name}-{}", std::process::id()));
    std::fs::write(&path, content).unwrap();
    path
}

/// A server that answers 204 over TLS, with a certificate that nobody knows; and that certificate.
async fn unknown_authority() -> (String, String) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    serve(&cert, &signing_key).await
}

/// The same with a certificate that is its own authority, as `openssl req -x509` makes them.
async fn own_authority() -> (String, String) {
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    serve(&params.self_signed(&key).unwrap(), &key).await
}

async fn serve(cert: &Certificate, signing_key: &KeyPair) -> (String, String) {
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not trust us hangs up here.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _read = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (format!("https://localhost:{port}/v2"), cert.pem())
}

#[tokio::test]
async fn target_of_an_unknown_authority_is_trusted_by_its_ca_file_only() {
    let (url, pem) = unknown_authority().await;
    let path = file("good", &pem);
    let trusting =
        Provider::new(ProviderSettings { ca_file: Some(path.clone()), ..settings(&url) }).unwrap();
    let outcome = trusting.answer(&call(Request::Write(deactivate()))).await.outcome;
    assert_eq!(outcome, Outcome::Done(Reply::Changed));
    std::fs::remove_file(path).unwrap();

    let careful = Provider::new(settings(&url)).unwrap();
    let outcome = careful.answer(&call(Request::Write(deactivate()))).await.outcome;
    insta::assert_debug_snapshot!(outcome, @r#"
    Failed(
        Failure {
            verdict: Retry {
                after: None,
            },
            landed: No,
            what: "could not change an account at target `prod`: no TLS (is its certificate trusted? see the target's `ca_file`); it will be tried again",
        },
    )
    "#);
}

#[tokio::test]
async fn certificate_that_is_its_own_authority_is_told_with_the_cure() {
    let (url, pem) = own_authority().await;
    let path = file("own", &pem);
    let provider =
        Provider::new(ProviderSettings { ca_file: Some(path.clone()), ..settings(&url) }).unwrap();
    let outcome = provider.answer(&call(Request::Write(deactivate()))).await.outcome;
    std::fs::remove_file(path).unwrap();
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    for part in ["target `prod`", "CA:TRUE", "`ca_file`", "tried again"] {
        assert!(failure.what.contains(part), "{}", failure.what);
    }
}

#[test]
fn ca_file_that_is_none_is_refused_with_a_reason() {
    let refused = |path: PathBuf| {
        let settings =
            ProviderSettings { ca_file: Some(path), ..settings("https://scim.example.com") };
        let error = Provider::new(settings).unwrap_err();
        assert!(matches!(error, Error::CaFile { .. }));
        error.to_string()
    };
    assert!(refused(PathBuf::from("/nowhere/ca.pem")).contains("could not be read"));
    for (content, why) in [
        ("", "holds no certificate"),
        ("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n", "damaged"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "damaged"),
    ] {
        let path = file("bad", content);
        let text = refused(path.clone());
        assert!(text.contains(why), "{text}");
        std::fs::remove_file(path).unwrap();
    }
}
