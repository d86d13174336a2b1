//! Listeners of the broker that ask who comes in.

use super::certificates::certificates;
use std::path::Path;

/// The user that Kafka knows, for SCRAM-SHA-512 and PLAIN.
pub(crate) const USER: &str = "usher";
pub(crate) const PASSWORD: &str = "a-password-of-tests";
/// A user of the same password who may do nothing until somebody gives a right; all others may
/// do everything.
pub(crate) const READER: &str = "usher-serve";

/// The ports of the listeners, by what they ask for.
#[derive(Clone, Copy)]
pub(crate) struct Guarded {
    /// TLS, then user and password.
    pub(crate) password: u16,
    /// TLS with a certificate of one's own.
    pub(crate) certificate: u16,
    /// TLS, then a token; one that is over ends the connection.
    pub(crate) token: u16,
    /// As `password`, with a certificate of its own that has expired.
    pub(crate) expired: u16,
}

impl Guarded {
    /// Name, port and protocol of each listener.
    pub(crate) fn listeners(self) -> [(&'static str, u16, &'static str); 4] {
        [
            ("PASSWORD", self.password, "SASL_SSL"),
            ("CERTIFICATE", self.certificate, "SSL"),
            ("TOKEN", self.token, "SASL_SSL"),
            ("EXPIRED", self.expired, "SASL_SSL"),
        ]
    }
}

/// What Kafka formats its storage with, so that it knows the users.
pub(crate) fn scram_users() -> [String; 2] {
    [USER, READER].map(|user| format!("SCRAM-SHA-512=[name={user},password={PASSWORD}]"))
}

/// The lines of `server.properties`.
pub(crate) fn properties() -> String {
    let made = certificates();
    let shown = |path: &Path| path.display().to_string();
    let login = "org.apache.kafka.common.security";
    let mut lines = vec![
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer".to_owned(),
        format!("super.users=User:ANONYMOUS;User:{USER};User:CN={USER}"),
        "ssl.keystore.type=PEM".to_owned(),
        "ssl.truststore.type=PEM".to_owned(),
        format!("ssl.keystore.location={}", shown(&made.broker)),
        format!("ssl.truststore.location={}", shown(&made.authority)),
        "listener.name.certificate.ssl.client.auth=required".to_owned(),
        "listener.name.expired.ssl.keystore.type=PEM".to_owned(),
        format!("listener.name.expired.ssl.keystore.location={}", shown(&made.expired_broker)),
        "listener.name.token.sasl.enabled.mechanisms=OAUTHBEARER".to_owned(),
        "listener.name.token.oauthbearer.connections.max.reauth.ms=3600000".to_owned(),
        format!(
            "listener.name.token.oauthbearer.sasl.jaas.config={login}.oauthbearer.\
             OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"broker\";"
        ),
    ];
    for listener in ["password", "expired"] {
        let name = format!("listener.name.{listener}");
        lines.push(format!("{name}.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN"));
        lines.push(format!(
            "{name}.scram-sha-512.sasl.jaas.config={login}.scram.ScramLoginModule required;"
        ));
        lines.push(format!(
            "{name}.plain.sasl.jaas.config={login}.plain.PlainLoginModule required \
             user_{USER}=\"{PASSWORD}\";"
        ));
    }
    lines.join("\n") + "\n"
}
