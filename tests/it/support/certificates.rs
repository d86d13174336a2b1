//! An authority of this run's own, and what it signs: for Kafka, for usher, and some that are no good.

use super::cache;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Files in PEM form.
pub(crate) struct Certificates {
    /// The authority that everybody trusts.
    pub(crate) authority: PathBuf,
    /// One that nobody trusts.
    pub(crate) stranger: PathBuf,
    /// Key and chain in one file, as Kafka takes them.
    pub(crate) broker: PathBuf,
    pub(crate) expired_broker: PathBuf,
    pub(crate) usher: Own,
    pub(crate) expired_usher: Own,
}

/// A certificate and its key, each in a file.
pub(crate) struct Own {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

type Authority = Issuer<'static, KeyPair>;

pub(crate) fn certificates() -> &'static Certificates {
    static MADE: OnceLock<Certificates> = OnceLock::new();
    MADE.get_or_init(|| {
        fs::create_dir_all(directory()).unwrap();
        let (authority, signer) = authority("authority");
        let (stranger, _) = self::authority("stranger");
        let broker = signed(&signer, "127.0.0.1", Time::Good);
        let expired_broker = signed(&signer, "127.0.0.1", Time::Over);
        let usher = signed(&signer, "usher", Time::Good);
        let expired_usher = signed(&signer, "usher", Time::Over);
        let both = |(certificate, key): &(String, String)| format!("{key}{certificate}");
        let own = |name: &str, (certificate, key): &(String, String)| Own {
            certificate: write(&format!("{name}.pem"), certificate),
            key: write(&format!("{name}.key"), key),
        };
        Certificates {
            authority,
            stranger,
            broker: write("broker.pem", &both(&broker)),
            expired_broker: write("expired-broker.pem", &both(&expired_broker)),
            usher: own("usher", &usher),
            expired_usher: own("expired-usher", &expired_usher),
        }
    })
}

fn directory() -> PathBuf {
    cache::run_directory().join("certificates")
}

fn write(name: &str, content: &str) -> PathBuf {
    let file = directory().join(name);
    fs::write(&file, content).unwrap();
    file
}

fn authority(name: &str) -> (PathBuf, Authority) {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    (write(&format!("{name}.pem"), &certificate.pem()), Issuer::new(parameters, key))
}

#[derive(Clone, Copy, PartialEq)]
enum Time {
    Good,
    Over,
}

/// Certificate and key.
fn signed(authority: &Authority, name: &str, time: Time) -> (String, String) {
    let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    if time == Time::Over {
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(2021, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = parameters.signed_by(&key, authority).unwrap();
    (certificate.pem(), key.serialize_pem())
}
