//! Security event tokens that libraries of others sign, pushed and polled through `usher receive`, before a
//! worker that acts on a server of others; and what is refused, each by its own code.

use crate::support::audit::Reader;
use crate::support::doors::Doors;
use crate::support::events::{Event, Person};
use crate::support::replica::Replica;
use crate::support::settings::{QUARANTINE, VPN};
use crate::support::signers::{Ask, Signer};
use crate::support::transmitter::Transmitter;
use crate::support::world::REST;
use crate::support::{World, eventually};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ISSUER: &str = "https://idp.example.com";
const AUDIENCE: &str = "https://usher.example.com";
const RISK: &str = "https://schemas.openid.net/secevent/caep/event-type/risk-level-change";
const DISABLED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
const ENABLED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-enabled";
const ALGORITHMS: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];
const LIBRARIES: [Signer; 2] = [Signer::Jose, Signer::Jwcrypto];
const DAY: i64 = 86_400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Pushed,
    Polled,
}

/// What becomes of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Becomes {
    /// Somebody goes into quarantine, or out of it.
    Taken,
    /// The transmitter is told the word; the code stands beside it.
    Refused(&'static str, &'static str),
    /// The worker sets it aside.
    Parked(&'static str),
}

/// A token that is going to be signed and sent.
#[derive(Clone, Debug)]
struct Case {
    way: Way,
    /// Its `jti`, as far as it can be read.
    id: String,
    becomes: Becomes,
    ask: Ask,
}

fn claims(id: &str, subject: &str, level: &str) -> Value {
    json!({
        "iss": ISSUER, "jti": id, "iat": Timestamp::now().as_second(), "aud": AUDIENCE,
        "sub_id": { "format": "email", "email": subject },
        "events": { RISK: { "principal": "USER", "current_level": level } },
    })
}

/// The worker, the doors, and whoever sends to them.
struct Stage {
    world: World,
    _usher: Replica,
    doors: Doors,
    transmitter: Transmitter,
    topic: String,
}

impl Stage {
    async fn set() -> Option<Self> {
        let world = World::set_up("tokens").await?;
        let topic = format!("{}.signals", world.name);
        world.broker.create_topic(&topic, 1).await;
        let (transmitter, address) = Transmitter::start().await;
        let mut usher = world.replica("a").await;
        let text = std::fs::read_to_string(usher.configuration()).unwrap();
        let mut settings: Value = serde_json::from_str(&text).unwrap();
        settings["tenants"][0]["sources"].as_array_mut().unwrap().push(json!({
            "topic": topic, "format": "set", "types": ["risk.*", "account.*"],
            "transmitters": [{
                "issuer": ISSUER, "audience": [AUDIENCE], "jwks": format!("{address}/keys"),
                "algorithms": ALGORITHMS,
            }],
        }));
        std::fs::write(usher.configuration(), settings.to_string()).unwrap();
        std::fs::write(usher.configuration().with_file_name("poll-token"), "of-the-poll").unwrap();
        transmitter.publish(&json!([]));
        let receive = json!({
            "doors": [{
                "path": "/okta", "topic": topic, "takes": "set", "per_second": 10_000,
                "key": ["/sub_id/email"],
                "proof": { "set": {
                    "tokens_file": "tokens.yaml", "issuer": ISSUER, "audience": [AUDIENCE],
                } },
            }],
            "polls": [{
                "name": "okta", "endpoint": format!("{address}/poll"), "token_file": "poll-token",
                "topic": topic, "issuer": ISSUER, "audience": [AUDIENCE], "interval": "1s",
            }],
        });
        let doors = Doors::beside(&usher, &world, receive).await;
        usher.spawn();
        Some(Self { world, _usher: usher, doors, transmitter, topic })
    }

    /// Sends them all, and checks what is told of each.
    async fn send(&self, cases: &[(Case, String)]) {
        let mut refused = BTreeMap::new();
        for (case, token) in cases {
            let (word, code) = match case.becomes {
                Becomes::Taken | Becomes::Parked(_) => ("", ""),
                Becomes::Refused(word, code) => (word, code),
            };
            match case.way {
                Way::Polled => {
                    self.transmitter.bring(&case.id, token);
                    refused.insert(case.id.clone(), word.to_owned());
                }
                Way::Pushed => {
                    let (status, said) = self.doors.push("/okta", token).await;
                    let told = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
                    let wanted = if word.is_empty() { 202 } else { 400 };
                    let found = (status, told("err"), told("code"));
                    assert_eq!(found, (wanted, word.to_owned(), code.to_owned()), "{case:?}");
                }
            }
        }
        eventually("all is acknowledged or refused", REST, async || {
            self.transmitter.is_done().then_some(())
        })
        .await;
        refused.retain(|_, word| !word.is_empty());
        assert_eq!(self.transmitter.refused(), refused);
    }

    async fn await_quarantine(&self, people: &[Person], is_in: bool) {
        let directory = &self.world.acme().directory;
        let wanted = if is_in { (people.len(), 0) } else { (0, people.len()) };
        eventually(&format!("all in quarantine: {is_in}"), REST, async || {
            let quarantined = directory.members(QUARANTINE).await.len();
            let found = (quarantined, directory.members(VPN).await.len());
            (found == wanted).then_some(())
        })
        .await;
    }

    fn records(&self) -> usize {
        tokio::task::block_in_place(|| Reader::of(self.world.broker, &self.topic).read_on().len())
    }

    /// By code, how many events were set aside.
    fn parked(&self) -> BTreeMap<String, usize> {
        let mut parked = BTreeMap::new();
        for line in self.world.audit().iter().filter(|it| it.outcome() == "parked") {
            *parked.entry(line.why().0.unwrap().to_owned()).or_default() += 1;
        }
        parked
    }
}

/// Four people are raised by a push and cleared by a poll, each by another algorithm.
fn good_ones(people: &[Person], way: Way, level: &str) -> Vec<Case> {
    let each = ALGORITHMS.iter().zip(people);
    each.map(|(algorithm, person)| {
        let id = format!("{level}-{}", person.user_name);
        let ask = Ask::new(algorithm, claims(&id, &person.user_name, level));
        Case { way, id, becomes: Becomes::Taken, ask }
    })
    .collect()
}

/// What is signed by the issuer's own keys, and must not act. Each would put `person` into quarantine.
fn bad_ones(library: Signer, way: Way, person: &Person) -> Vec<Case> {
    use Becomes::{Parked, Refused};
    let id = |name: &str| format!("{name}-{library:?}-{way:?}");
    let of = |name: &str| claims(&id(name), &person.user_name, "HIGH");
    let now = Timestamp::now().as_second();
    let with = |name: &str, member: &str, value: Value| {
        let mut claims = of(name);
        claims[member] = value;
        Ask::new("ES256", claims)
    };
    let before = |name: &str, member: &str| {
        Ask::new("ES256", json!(of(name).to_string().replacen('{', &format!("{{{member},"), 1)))
    };
    let bomb = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let both = json!({ DISABLED: {}, ENABLED: {} });
    let (request, malformed) = ("invalid_request", "door.set_malformed");
    let own = [
        ("secret", Refused("invalid_key", "door.set_key"), Ask::new("HS256", of("secret"))),
        (
            "audience",
            Refused("invalid_audience", "door.set_audience"),
            with("audience", "aud", json!(["https://others.example.com"])),
        ),
        (
            "issuer",
            Refused("invalid_issuer", "door.set_issuer"),
            with("issuer", "iss", json!("https://idp.example.com.evil.example")),
        ),
        (
            "typ",
            Refused(request, malformed),
            Ask::new("ES256", of("typ")).with_header(json!({ "typ": "JWT" })),
        ),
        ("deep", Refused(request, malformed), before("deep", &format!("\"x\":{bomb}"))),
        ("old", Parked("set.too_old"), with("old", "iat", json!(now - DAY - 60))),
        ("future", Parked("set.from_the_future"), with("future", "iat", json!(now + 600))),
        ("expired", Parked("set.expired"), with("expired", "exp", json!(now - 60))),
        ("both", Parked("set.contradiction"), with("both", "events", both)),
        ("twice", Parked("member.doubled"), before("twice", "\"iss\":\"https://evil.example\"")),
        ("hidden", Parked("value.too_deep"), with("hidden", "events", json!(bomb))),
    ];
    let mut cases: Vec<Case> = own
        .into_iter()
        .map(|(name, becomes, ask)| Case { way, id: id(name), becomes, ask })
        .collect();
    // Known by its id, with another body.
    let (level, other) = if way == Way::Pushed { ("HIGH", "LOW") } else { ("LOW", "HIGH") };
    let id = format!("{level}-{}", person.user_name);
    let ask = Ask::new("ES256", claims(&id, &person.user_name, other));
    cases.push(Case { way, id, becomes: Parked("event.id_reused"), ask });
    cases
}

/// By keys that the issuer never published; `kid` is one that it did.
fn strange_ones(kid: &Value, way: Way) -> Vec<Case> {
    let of = |name: &str, becomes, header| {
        let id = format!("{name}-{way:?}");
        let ask = Ask::new("ES256", claims(&id, "p0@example.com", "HIGH")).with_header(header);
        Case { way, id, becomes, ask }
    };
    let unknown = Becomes::Refused("invalid_key", "door.set_key_unknown");
    let wrong = Becomes::Refused("authentication_failed", "door.set_signature");
    vec![of("stranger", unknown, json!({})), of("foreign", wrong, json!({ "kid": kid }))]
}

/// Nobody signed it.
fn unsigned(way: Way) -> (Case, String) {
    let id = format!("none-{way:?}");
    let claims = claims(&id, "p0@example.com", "HIGH");
    let encode = |it: &Value| BASE64_URL_SAFE_NO_PAD.encode(it.to_string());
    let header = json!({ "typ": "secevent+jwt", "alg": "none" });
    let token = format!("{}.{}.", encode(&header), encode(&claims));
    let becomes = Becomes::Refused("invalid_key", "door.set_key");
    (Case { way, id, becomes, ask: Ask::new("none", claims) }, token)
}

/// Public keys, and the tokens that they prove.
type Proven = (Vec<Value>, Vec<(Case, String)>);

/// Has them signed.
fn sign(library: Signer, cases: Vec<Case>) -> Option<Proven> {
    let asks: Vec<Ask> = cases.iter().map(|case| case.ask.clone()).collect();
    let signed = tokio::task::block_in_place(|| library.sign_each(&asks))?;
    let tokens = signed.tokens.into_iter().map(|(_, token)| token);
    Some((signed.keys.as_array().unwrap().clone(), cases.into_iter().zip(tokens).collect()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_two_libraries_act_pushed_and_polled_and_bad_ones_never_do() {
    let people: Vec<_> = (0..8).map(|it| Person::named(&format!("p{it}"))).collect();
    let (mut keys, mut raising, mut clearing, mut bad) = (vec![], vec![], vec![], vec![]);
    for (library, people) in LIBRARIES.into_iter().zip(people.chunks(4)) {
        let mut cases = good_ones(people, Way::Pushed, "HIGH");
        cases.extend(good_ones(people, Way::Polled, "LOW"));
        cases.extend(bad_ones(library, Way::Pushed, &people[0]));
        cases.extend(bad_ones(library, Way::Polled, &people[0]));
        let Some((its_keys, mut signed)) = sign(library, cases) else { return };
        keys.extend(its_keys);
        bad.extend(signed.split_off(8));
        clearing.extend(signed.split_off(4));
        raising.extend(signed);
    }
    let is_curve = |key: &&Value| key["crv"] == "P-256";
    let kid = &keys.iter().find(is_curve).unwrap()["kid"];
    for way in [Way::Pushed, Way::Polled] {
        let Some((_, strange)) = sign(Signer::Jose, strange_ones(kid, way)) else { return };
        bad.extend(strange);
        bad.push(unsigned(way));
    }

    let Some(stage) = Stage::set().await else { return };
    stage.transmitter.publish(&json!(keys));
    for person in &people {
        stage.world.send(stage.world.acme(), &Event::hired(person)).await;
    }
    stage.await_quarantine(&people, false).await;
    stage.send(&raising).await;
    stage.await_quarantine(&people, true).await;
    stage.send(&clearing).await;
    stage.await_quarantine(&people, false).await;
    assert_eq!((stage.transmitter.acknowledged(), stage.records()), (8, 16));

    stage.send(&bad).await;
    let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
    for (case, _) in &bad {
        if let Becomes::Parked(code) = case.becomes {
            *wanted.entry(code.to_owned()).or_default() += 1;
        }
    }
    eventually("the rest is set aside", REST, async || {
        (stage.parked().values().sum::<usize>() >= wanted.values().sum()).then_some(())
    })
    .await;
    assert_eq!(stage.parked(), wanted);
    assert_eq!(stage.records(), 16 + wanted.values().sum::<usize>(), "what was refused is nowhere");
    stage.await_quarantine(&people, false).await;
}
