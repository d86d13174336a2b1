//! `usher receive` behind TLS, and vendors that send to it what they really send.

use crate::support::broker::free_ports;
use crate::support::certificates::certificates;
use crate::support::events::Person;
use crate::support::replica::{PROGRAM, Replica};
use crate::support::signers::{Ask, Signed, Signer};
use crate::support::supervised::Supervised;
use crate::support::world::REST;
use crate::support::{World, directory, eventually};
use jiff::{SignedDuration, Timestamp};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use reqwest::{Certificate, Client, RequestBuilder};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const ISSUER: &str = "https://acme.okta.com";
const AUDIENCE: &str = "https://usher.example.com/okta";
const SECRET: &str = "the-secret-of-the-webhook";
const CHANGE: &str = "https://schemas.okta.com/secevent/okta/event-type/user-risk-change";

/// Tokens of Okta, signed before anything is measured: first the risks, then their ends.
pub(super) struct Okta(Signed, usize);

impl Okta {
    pub(super) fn sign(names: &[String]) -> Option<Self> {
        let claims = |(name, level, before): (&String, &str, &str)| {
            json!({
                "iss": ISSUER, "aud": AUDIENCE, "jti": format!("{name}-{level}"),
                "iat": Timestamp::now().as_second(),
                "events": { CHANGE: {
                    "event_timestamp": Timestamp::now().as_second(),
                    "subject": { "user": { "format": "email", "email": name } },
                    "current_level": level, "previous_level": before,
                    "initiating_entity": "system",
                } },
            })
        };
        let raised = names.iter().map(|name| claims((name, "high", "low")));
        let cleared = names.iter().map(|name| claims((name, "low", "high")));
        let all: Vec<Ask> = raised.chain(cleared).map(|it| Ask::new("RS256", it)).collect();
        Signer::Jose.sign_each(&all).map(|signed| Self(signed, names.len()))
    }

    pub(super) fn tokens(&self) -> [Vec<String>; 2] {
        let mut raised: Vec<_> = self.0.tokens.iter().map(|(_, token)| token.clone()).collect();
        let cleared = raised.split_off(self.1);
        [raised, cleared]
    }
}

/// The doors, and who comes to them.
pub(super) struct Senders {
    directory: PathBuf,
    ports: [u16; 2],
    address: String,
    client: Client,
    token: String,
    process: Option<Supervised>,
}

impl Senders {
    /// Writes what `usher receive` and the worker read: four doors, four topics, four formats.
    pub(super) async fn set_up(world: &World, replica: &Replica, okta: &Okta) -> Self {
        let file = replica.configuration();
        let directory = file.parent().unwrap().to_owned();
        let topic = |vendor: &str| format!("{}.{vendor}", world.name);
        for vendor in super::VENDORS {
            world.broker.create_topic(&topic(vendor), 2).await;
        }
        let output = Command::new(PROGRAM).args(["receive", "token", "vendor"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text.lines().find(|line| line.starts_with("- ")).unwrap();
        let token = text.split_whitespace().find(|word| word.starts_with("usher_send_")).unwrap();
        fs::write(directory.join("tokens.yaml"), line).unwrap();
        fs::write(directory.join("bamboohr"), SECRET).unwrap();
        fs::write(directory.join("okta.keys"), okta.0.key_set()).unwrap();

        let mut settings: Value =
            serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let sources = settings["tenants"][0]["sources"].as_array_mut().unwrap();
        sources.extend(self::sources(topic));
        fs::write(&file, settings.to_string()).unwrap();
        let ports @ [doors, http] = free_ports();
        settings["http"] = json!({ "listen": format!("127.0.0.1:{http}") });
        settings["receive"] =
            json!({ "listen": format!("127.0.0.1:{doors}"), "doors": self::doors(topic) });
        fs::write(directory.join("receive.yaml"), settings.to_string()).unwrap();

        let authority = fs::read(&certificates().authority).unwrap();
        directory::client();
        let client =
            Client::builder().add_root_certificate(Certificate::from_pem(&authority).unwrap());
        let address = before_the_doors(doors).await;
        let (client, token) = (client.build().unwrap(), token.to_owned());
        Self { directory, ports, address, client, token, process: None }
    }

    pub(super) async fn start(&mut self) {
        let mut command = Command::new(PROGRAM);
        command.arg("receive").arg("--config").arg(self.directory.join("receive.yaml"));
        self.process = Some(Supervised::start(&command, &self.directory.join("receive.log"), None));
        eventually("usher receive is ready", REST, async || {
            let url = format!("http://127.0.0.1:{}/readyz", self.ports[1]);
            (reqwest::get(url).await.ok()?.status() == 200).then_some(())
        })
        .await;
    }

    pub(super) fn said(&self) -> String {
        self.process.as_ref().unwrap().said()
    }

    fn post(&self, path: &str, kind: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.address)).header("content-type", kind)
    }

    async fn taken(&self, request: RequestBuilder) {
        let answer = request.send().await.unwrap();
        let status = answer.status();
        assert_eq!(status, 202, "{}\n{}", answer.text().await.unwrap(), self.said());
    }

    /// Pushes a token (RFC 8935).
    pub(super) async fn okta(&self, token: &str) {
        let request = self.post("/okta", "application/secevent+jwt").bearer_auth(&self.token);
        self.taken(request.body(token.to_owned())).await;
    }

    pub(super) async fn netskope(&self, person: &Person) {
        let name = &person.user_name;
        let alert = json!({
            "_id": format!("id-{name}"), "alert_id": format!("a-{name}"), "alert_type": "uba",
            "alert_name": "Rare geolocation", "record_type": "alert", "type": "anomaly",
            "severity": "High", "severity_level": "high", "timestamp": Timestamp::now().as_second(),
            "user": name, "userkey": name, "ur_normalized": name, "hostname": "LAPTOP-7",
            "custom_attr": { "usr_udf_employeeid": person.employee_id },
        });
        self.json("/netskope", &alert).await;
    }

    /// An incident as Graph has it with its alerts, and an analyst who is not whom it is about.
    pub(super) async fn defender(&self, person: &Person) {
        let name = &person.user_name;
        let now = Timestamp::now().to_string();
        let user = json!({
            "@odata.type": "#microsoft.graph.security.userEvidence", "verdict": "suspicious",
            "userAccount": { "accountName": name, "userPrincipalName": name },
        });
        let alert = json!({
            "@odata.type": "#microsoft.graph.security.alert", "id": format!("da-{name}"),
            "status": "new", "severity": "high", "classification": "unknown", "tenantId": "t1",
            "title": "Suspected identity theft", "category": "CredentialAccess",
            "assignedTo": "okta00@example.com", "createdDateTime": now, "lastUpdateDateTime": now,
            "evidence": [user],
        });
        let incident = json!({
            "@odata.type": "#microsoft.graph.security.incident", "id": format!("i-{name}"),
            "incidentWebUrl": "https://security.microsoft.com/incidents/1", "tenantId": "t1",
            "status": "active", "severity": "high", "assignedTo": "okta00@example.com",
            "lastUpdateDateTime": now, "alerts": [alert],
        });
        self.json("/defender", &incident).await;
    }

    async fn json(&self, path: &str, body: &Value) {
        let request = self.post(path, "application/json").bearer_auth(&self.token);
        self.taken(request.body(body.to_string())).await;
    }

    /// A webhook with fields: somebody's last day was the day before yesterday.
    pub(super) async fn bamboohr(&self, person: &Person) {
        let now = Timestamp::now();
        let last_day = (now - SignedDuration::from_hours(48)).strftime("%Y-%m-%d").to_string();
        let body = json!({ "employees": [{
            "id": person.user_name, "action": "Updated",
            "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string(),
            "changedFields": ["status"],
            "fields": {
                "employeeNumber": { "value": person.employee_id }, "status": { "value": "Inactive" },
                "hireDate": { "value": "2020-01-01" }, "terminationDate": { "value": last_day },
            },
        }] });
        let (body, time) = (body.to_string(), now.as_second().to_string());
        let key = PKey::hmac(SECRET.as_bytes()).unwrap();
        let mut signer = openssl::sign::Signer::new(MessageDigest::sha256(), &key).unwrap();
        let signature = signer.sign_oneshot_to_vec(format!("{body}{time}").as_bytes()).unwrap();
        let digits = signature.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let signature: String =
            digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
        let request = self.post("/bamboohr", "application/json").body(body);
        let request = request.header("x-bamboohr-timestamp", time);
        self.taken(request.header("x-bamboohr-signature", signature)).await;
    }
}

fn sources(topic: impl Fn(&str) -> String) -> [Value; 4] {
    [
        json!({ "topic": topic("okta"), "format": "set", "types": ["risk.*"], "transmitters": [{
            "issuer": ISSUER, "audience": [AUDIENCE], "jwks_file": "okta.keys", "algorithms": ["RS256"],
        }] }),
        json!({ "topic": topic("netskope"), "format": "netskope", "types": ["risk.*"] }),
        json!({ "topic": topic("defender"), "format": "defender", "types": ["risk.*"] }),
        json!({ "topic": topic("bamboohr"), "format": "mapped", "mapping": "bamboohr",
            "types": ["worker.*"], "time_zone": "Europe/Berlin" }),
    ]
}

fn doors(topic: impl Fn(&str) -> String) -> [Value; 4] {
    let tokens = "tokens.yaml";
    let door = |vendor: &str, takes: &str, proof: Value, key: Value| {
        json!({ "path": format!("/{vendor}"), "topic": topic(vendor), "takes": takes,
            "proof": proof, "key": key })
    };
    let bearer = || json!({ "bearer": { "tokens_file": tokens } });
    let set = json!({ "set": {
        "tokens_file": tokens, "issuer": ISSUER, "audience": [AUDIENCE],
    } });
    let signature = json!({ "signature": { "secrets_file": "bamboohr", "scheme": "bamboohr" } });
    [
        door("okta", "set", set, json!([])),
        door("netskope", "json", bearer(), json!(["/userkey"])),
        door(
            "defender",
            "json",
            bearer(),
            json!(["/alerts/0/evidence/0/userAccount/userPrincipalName"]),
        ),
        door("bamboohr", "json", signature, json!(["/employees/0/id"])),
    ]
}

/// Ends TLS, as an ingress does, and passes on what was in it.
async fn before_the_doors(port: u16) -> String {
    let pem = &certificates().broker;
    let chain = CertificateDer::pem_file_iter(pem).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(pem).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut client = acceptor.accept(client).await.unwrap();
                let mut doors = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                // Whoever hangs up first, nothing is left to do.
                drop(copy_bidirectional(&mut client, &mut doors).await);
            });
        }
    });
    address
}
