//! What the keys of `kafka.security` are called by librdkafka; nobody else needs to know.

use super::{Protocol, SecuritySettings};
use std::path::Path;

/// Each of librdkafka's settings that `kafka.security` speaks for, with the key that does.
pub(super) const SPOKEN_FOR: &[(&str, &str)] = &[
    ("security.protocol", "protocol"),
    ("ssl.ca.location", "ca_file"),
    ("ssl.ca.pem", "ca_file"),
    ("ssl.certificate.location", "certificate_file"),
    ("ssl.certificate.pem", "certificate_file"),
    ("ssl.keystore.location", "certificate_file"),
    ("ssl.key.location", "key_file"),
    ("ssl.key.pem", "key_file"),
    ("ssl.key.password", "key_password_file"),
    ("sasl.mechanism", "sasl.mechanism"),
    ("sasl.mechanisms", "sasl.mechanism"),
    ("sasl.username", "sasl.username"),
    ("sasl.password", "sasl.password_file"),
];

/// Where the secrets go that are read when a client is made.
pub const KEY_PASSWORD: &str = "ssl.key.password";
pub const SASL_PASSWORD: &str = "sasl.password";

impl SecuritySettings {
    /// librdkafka's settings, but for the secrets.
    pub fn properties(&self) -> Vec<(&'static str, String)> {
        let mut properties = Vec::new();
        // Left to `kafka.properties` otherwise, which may say more than this section can.
        if self.protocol != Protocol::Plaintext {
            properties.push(("security.protocol", protocol(self.protocol).to_owned()));
        }
        if self.protocol.is_encrypted() {
            // OpenSSL is built in and knows no place of its own; these are looked for instead.
            let ca = self.ca_file.as_deref().map_or("probe".to_owned(), shown);
            properties.push(("ssl.ca.location", ca));
            let own = [
                ("ssl.certificate.location", &self.certificate_file),
                ("ssl.key.location", &self.key_file),
            ];
            for (name, file) in own {
                properties.extend(file.as_deref().map(|file| (name, shown(file))));
            }
        }
        if self.protocol.has_sasl() {
            let mechanism = self.sasl.mechanism.map(|mechanism| mechanism.to_string());
            properties.extend(mechanism.map(|mechanism| ("sasl.mechanism", mechanism)));
            let username = self.sasl.username.clone();
            properties.extend(username.map(|username| ("sasl.username", username)));
        }
        properties
    }
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Plaintext => "plaintext",
        Protocol::Tls => "ssl",
        Protocol::SaslPlaintext => "sasl_plaintext",
        Protocol::SaslTls => "sasl_ssl",
    }
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}
