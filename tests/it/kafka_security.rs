//! usher and a Kafka that asks who comes in: TLS, passwords, certificates and tokens; and what
//! usher says, and does, when it is refused.

use crate::support::certificates::certificates;
use crate::support::events::{Event, Person};
use crate::support::guarded::{Guarded, PASSWORD, USER};
use crate::support::replica::{PROGRAM, Replica};
use crate::support::world::REST;
use crate::support::{World, eventually};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// A deployment that was not made yet, and the listeners to come in by.
async fn guarded(theme: &str) -> Option<(World, Guarded)> {
    let world = World::bare(theme, &["acme"], "enforce").await?;
    let guarded = world.broker.guarded()?;
    Some((world, guarded))
}

/// A replica that comes in by the listener at `port`, as `security` says.
async fn replica(world: &World, instance: &str, port: u16, security: &Value) -> Replica {
    let replica = world.replica(instance).await;
    let file = replica.configuration();
    let mut settings: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    settings["kafka"]["brokers"] = json!(format!("127.0.0.1:{port}"));
    settings["kafka"]["security"] = security.clone();
    fs::write(&file, settings.to_string()).unwrap();
    replica
}

fn usher(command: &[&str], configuration: &Path) -> Output {
    let mut usher = Command::new(PROGRAM);
    usher.args(command).arg("--config").arg(configuration);
    tokio::task::block_in_place(|| usher.output().unwrap())
}

fn init(replica: &Replica) -> Output {
    usher(&["init"], &replica.configuration())
}

/// `usher init` and `usher run` do all that they do elsewhere.
async fn works(world: &World, replica: &mut Replica) {
    let made = init(replica);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    replica.start().await;
    let acme = world.acme();
    let kim = Person::named("kim");
    world.send(acme, &Event::hired(&kim)).await;
    world.at_rest().await;
    let account = acme.directory.user(&kim.user_name).await.expect("Kim has an account");
    assert_eq!(account.active, Some(true));
}

/// `usher init` fails with one line that holds all of `words`, and one that says where to read on.
fn refused(replica: &Replica, words: &[&str]) {
    let failed = init(replica);
    let said = String::from_utf8_lossy(&failed.stderr);
    assert_eq!(failed.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.contains("`usher errors kafka."), "{said}");
    for word in words {
        assert!(said.contains(word), "{word} is not in: {said}");
    }
    assert!(!said.contains(PASSWORD), "{said}");
}

/// A replica that waits and says why, and goes on by itself after `mend`.
async fn goes_on_by_itself(replica: &mut Replica, words: &[&str], mend: impl FnOnce()) {
    replica.spawn();
    eventually("usher says why it waits", REST, async || {
        let log = replica.log();
        let said = log.lines().find(|line| line.contains("usher cannot work with Kafka"))?;
        words.iter().all(|word| said.contains(word)).then_some(())
    })
    .await;
    mend();
    eventually("usher is ready", REST, async || {
        (replica.get("readyz").await?.0 == 200).then_some(())
    })
    .await;
}

fn file_in(world: &World, name: &str, content: &str) -> PathBuf {
    let file = world.directory.join(name);
    fs::write(&file, content).unwrap();
    file
}

fn scram(ca_file: &Path, password_file: &Path) -> Value {
    json!({
        "protocol": "sasl_tls",
        "ca_file": ca_file,
        "sasl": {
            "mechanism": "SCRAM-SHA-512",
            "username": USER,
            "password_file": password_file,
        },
    })
}

/// A token as Kafka takes it in tests: it is signed by nobody.
fn token(lifetime: Duration) -> String {
    let now = Timestamp::now();
    let end = now + SignedDuration::try_from(lifetime).unwrap();
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let claims = json!({ "sub": "usher", "iat": now.as_second(), "exp": end.as_second() });
    format!("{}.{}.", part(json!({ "alg": "none" })), part(claims))
}

fn bearer(token_file: &Path) -> Value {
    json!({
        "protocol": "sasl_tls",
        "ca_file": certificates().authority,
        "sasl": { "mechanism": "OAUTHBEARER", "token_file": token_file },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn works_over_tls_with_a_password() {
    let Some((world, at)) = guarded("scram").await else { return };
    let password = file_in(&world, "password", &format!("{PASSWORD}\n"));
    let security = scram(&certificates().authority, &password);
    let mut usher = replica(&world, "a", at.password, &security).await;
    works(&world, &mut usher).await;
    assert!(!usher.log().contains(PASSWORD));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn works_with_a_certificate_of_its_own() {
    let Some((world, at)) = guarded("mtls").await else { return };
    let own = &certificates().usher;
    let security = json!({
        "protocol": "tls",
        "ca_file": certificates().authority,
        "certificate_file": own.certificate,
        "key_file": own.key,
    });
    let mut usher = replica(&world, "a", at.certificate, &security).await;
    works(&world, &mut usher).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn works_with_a_token_and_takes_the_next_one_in_time() {
    let Some((world, at)) = guarded("token").await else { return };
    let first = Duration::from_secs(20);
    let file = file_in(&world, "jwt", &token(first));
    let mut usher = replica(&world, "a", at.token, &bearer(&file)).await;
    works(&world, &mut usher).await;

    fs::write(&file, token(Duration::from_hours(1))).unwrap();
    // Kafka ends connections whose token is over; then nothing would be read or written any more.
    let over = Timestamp::now() + SignedDuration::try_from(first).unwrap();
    eventually("the first token is over", REST, async || (Timestamp::now() > over).then_some(()))
        .await;
    let acme = world.acme();
    let lee = Person::named("lee");
    world.send(acme, &Event::hired(&lee)).await;
    world.at_rest().await;
    assert!(acme.directory.user(&lee.user_name).await.is_some());
    assert!(!usher.log().contains("no token"), "{}", usher.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_password_is_said_and_the_right_one_taken() {
    let Some((world, at)) = guarded("password").await else { return };
    let password = file_in(&world, "password", "wrong");
    let security = scram(&certificates().authority, &password);
    let mut usher = replica(&world, "a", at.password, &security).await;
    let place = format!("127.0.0.1:{}", at.password);
    let words = [&place, "`usher`", "kafka.security.sasl.password_file", "SCRAM-SHA-512"];
    refused(&usher, &words);

    let made = world.init(&[]).await;
    assert!(made.status.success());
    let mend = || fs::write(&password, PASSWORD).unwrap();
    goes_on_by_itself(&mut usher, &words, mend).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authority_that_did_not_sign_is_said_and_the_right_one_taken() {
    let Some((world, at)) = guarded("authority").await else { return };
    let password = file_in(&world, "password", PASSWORD);
    let strange = fs::read_to_string(&certificates().stranger).unwrap();
    let ca_file = file_in(&world, "ca.pem", &strange);
    let mut usher = replica(&world, "a", at.password, &scram(&ca_file, &password)).await;
    let place = format!("127.0.0.1:{}", at.password);
    let words = [&place, "signed by none of the authorities", "kafka.security.ca_file"];
    refused(&usher, &words);

    let made = world.init(&[]).await;
    assert!(made.status.success());
    let right = fs::read_to_string(&certificates().authority).unwrap();
    let mend = || fs::write(&ca_file, &right).unwrap();
    goes_on_by_itself(&mut usher, &words, mend).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired_certificate_of_the_broker_is_said() {
    let Some((world, at)) = guarded("expired").await else { return };
    let password = file_in(&world, "password", PASSWORD);
    let security = scram(&certificates().authority, &password);
    let usher = replica(&world, "a", at.expired, &security).await;
    let place = format!("127.0.0.1:{}", at.expired);
    refused(&usher, &[&place, "has expired", "2021", "renew it at the broker"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired_certificate_of_its_own_is_said_and_a_new_one_taken() {
    let Some((world, at)) = guarded("renewed").await else { return };
    let (old, new) = (&certificates().expired_usher, &certificates().usher);
    let [certificate_file, key_file] =
        [world.directory.join("own.pem"), world.directory.join("own.key")];
    let put = |own: &crate::support::certificates::Own| {
        // The certificate last: until then they do not belong together.
        fs::copy(&own.key, &key_file).unwrap();
        fs::copy(&own.certificate, &certificate_file).unwrap();
    };
    put(old);
    let security = json!({
        "protocol": "tls",
        "ca_file": certificates().authority,
        "certificate_file": certificate_file,
        "key_file": key_file,
    });
    let mut usher = replica(&world, "a", at.certificate, &security).await;
    let words = ["own.pem", "kafka.security.certificate_file", "has expired", "2021"];
    let checked = self::usher(&["config", "check"], &usher.configuration());
    assert_eq!(checked.status.code(), Some(2));
    let made = world.init(&[]).await;
    assert!(made.status.success());
    goes_on_by_itself(&mut usher, &words, || put(new)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listener_of_another_kind_is_said() {
    let Some((world, at)) = guarded("kinds").await else { return };
    let tls = json!({ "protocol": "tls", "ca_file": certificates().authority });
    let plain_port: u16 = world.broker.address.rsplit(':').next().unwrap().parse().unwrap();
    let to_plain = replica(&world, "a", plain_port, &tls).await;
    refused(&to_plain, &["does not speak TLS", "kafka.security.protocol"]);
    let to_tls = replica(&world, "b", at.password, &json!({ "protocol": "plaintext" })).await;
    refused(&to_tls, &["as a TLS listener does", "kafka.security.protocol"]);
    let without_own = replica(&world, "c", at.certificate, &tls).await;
    refused(&without_own, &["wants a certificate", "kafka.security.certificate_file"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_that_is_over_is_said() {
    let Some((world, at)) = guarded("over").await else { return };
    let file = file_in(&world, "jwt", &token(Duration::ZERO));
    let usher = replica(&world, "a", at.token, &bearer(&file)).await;
    refused(&usher, &["no token", "expired"]);
}
