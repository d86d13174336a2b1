//! Signed webhooks: each vendor's way, what is published of it, and every way not to have signed.

use super::world::{OLD_SECRET, SECRET, World};
use crate::serve::tokens::hex;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use sha2::{Digest as _, Sha512};

fn hmac(digest: MessageDigest, secret: &str, message: &[u8]) -> Vec<u8> {
    let key = PKey::hmac(secret.as_bytes()).unwrap();
    Signer::new(digest, &key).unwrap().sign_oneshot_to_vec(message).unwrap()
}

fn now() -> i64 {
    crate::clock::Clock::of_this_process().now().as_second()
}

/// How a vendor signs a body with a secret at a time.
fn headers_of(vendor: &str, secret: &str, time: i64, body: &str) -> Vec<(&'static str, String)> {
    let (sha256, sha512) = (MessageDigest::sha256(), MessageDigest::sha512());
    match vendor {
        "/bamboohr" => {
            let signature = hmac(sha256, secret, format!("{body}{time}").as_bytes());
            vec![
                ("x-bamboohr-signature", hex(&signature)),
                ("x-bamboohr-timestamp", time.to_string()),
            ]
        }
        "/hibob" => {
            vec![("bob-signature", STANDARD.encode(hmac(sha512, secret, body.as_bytes())))]
        }
        "/gusto" => vec![("x-gusto-signature", hex(&hmac(sha256, secret, body.as_bytes())))],
        _ => {
            let digest = hex(&Sha512::digest(body.as_bytes()));
            let message = format!("{vendor}4711:{time}{digest}");
            let signature = hex(&hmac(sha512, secret, message.as_bytes()));
            vec![
                ("x-sign", format!("v0={signature}")),
                ("x-time", time.to_string()),
                ("x-id", "4711".to_owned()),
            ]
        }
    }
}

async fn post(world: &World, path: &str, headers: &[(&str, String)], body: &str) -> (u16, String) {
    let mut all = vec![("content-type", "application/json")];
    all.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));
    let answer = world.ask("POST", path, &all, body).await;
    (answer.status, answer.code())
}

fn refused(code: &str) -> (u16, String) {
    (401, code.to_owned())
}

const BODY: &str = "{\"type\":\"employee.updated\" , \"data\":{\"employeeId\":\"7\"}}";
const VENDORS: [&str; 4] = ["/bamboohr", "/hibob", "/gusto", "/general"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_vendor_is_believed_by_the_new_secret_and_the_old_one() {
    let world = World::open().await;
    for vendor in VENDORS {
        for secret in [SECRET, OLD_SECRET] {
            let headers = headers_of(vendor, secret, now(), BODY);
            assert_eq!(post(&world, vendor, &headers, BODY).await.0, 202, "{vendor}");
        }
    }
    let records = world.records("signed", 8);
    let sender = |index: usize| records[index].header("usher-sender").unwrap().to_vec();
    assert_eq!((sender(0), sender(1)), (b"secret-1".to_vec(), b"secret-2".to_vec()));
    assert!(records.iter().all(|it| it.value.as_deref() == Some(BODY.as_bytes())));
}

/// As it stands in the libraries of Standard Webhooks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_published_vector_of_standard_webhooks_holds() {
    let world = World::open().await;
    let vector = |signature: &str| {
        vec![
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned()),
            ("webhook-timestamp", "1614265330".to_owned()),
            ("webhook-signature", signature.to_owned()),
        ]
    };
    let body = "{\"test\": 2432232314}";
    let good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let several = format!("v1a,other v1,AAAA {good}");
    assert_eq!(post(&world, "/standard", &vector(&several), body).await.0, 202);
    let other = "{\"test\": 2432232315}";
    assert_eq!(
        post(&world, "/standard", &vector(good), other).await,
        refused("door.signature_wrong")
    );
    let bare = good.trim_start_matches("v1,");
    assert_eq!(
        post(&world, "/standard", &vector(bare), body).await,
        refused("door.signature_missing")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_signed_as_it_came_is_refused_and_leaves_nothing() {
    let world = World::open().await;
    for vendor in VENDORS {
        let good = headers_of(vendor, SECRET, now(), BODY);
        let foreign = headers_of(vendor, "the-secret-of-others", now(), BODY);
        assert_eq!(post(&world, vendor, &foreign, BODY).await, refused("door.signature_wrong"));
        let spaced = BODY.replace(" , ", ",");
        assert_eq!(post(&world, vendor, &good, &spaced).await, refused("door.signature_wrong"));
        assert_eq!(post(&world, vendor, &[], BODY).await, refused("door.signature_missing"));
        for left_out in 0..good.len() {
            let mut some = good.clone();
            some.remove(left_out);
            assert_eq!(post(&world, vendor, &some, BODY).await, refused("door.signature_missing"));
        }
        let twice = [good.clone(), vec![good[0].clone()]].concat();
        assert_eq!(post(&world, vendor, &twice, BODY).await, refused("door.signature_missing"));
        let mut unreadable = good.clone();
        unreadable[0].1 = "äöü!".to_owned();
        assert_eq!(
            post(&world, vendor, &unreadable, BODY).await,
            refused("door.signature_missing")
        );
        let mut half = good;
        // As many signs as can still be read.
        half[0].1.truncate(if vendor == "/general" { 47 } else { 44 });
        assert_eq!(post(&world, vendor, &half, BODY).await, refused("door.signature_wrong"));
    }
    for vendor in ["/bamboohr", "/general"] {
        for distance in [-301, 301, 1_000_000_000] {
            let old = headers_of(vendor, SECRET, now() - distance, BODY);
            assert_eq!(post(&world, vendor, &old, BODY).await, refused("door.signature_old"));
        }
        let near = headers_of(vendor, SECRET, now() - 200, BODY);
        assert_eq!(post(&world, vendor, &near, BODY).await.0, 202);
        // A time that was not signed with it.
        let mut moved = headers_of(vendor, SECRET, now() - 1_000, BODY);
        moved[1].1 = now().to_string();
        assert_eq!(post(&world, vendor, &moved, BODY).await, refused("door.signature_wrong"));
    }
    // What one door's secret signs, another one does not take.
    let others = headers_of("/gusto", SECRET, now(), BODY);
    assert_eq!(post(&world, "/hibob", &others, BODY).await, refused("door.signature_missing"));
    assert_eq!(world.end_of("signed"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_only_knocks_is_told_that_somebody_is_there() {
    let world = World::open().await;
    for (path, body) in [
        ("/hibob", "Ping test"),
        ("/hibob", "\"Ping test\""),
        ("/hibob", "{\"text\":\"Ping test\"}"),
        ("/gusto", "{\"verification_token\":\"6590f590\",\"webhook_subscription_uuid\":\"1\"}"),
    ] {
        assert_eq!(post(&world, path, &[], body).await.0, 200, "{path} {body}");
    }
    for (path, body) in [
        ("/bamboohr", "\"Ping test\""),
        ("/hibob", "{\"text\":\"Ping test\",\"type\":\"employee.left\"}"),
        ("/gusto", "{\"verification_token\":\"1\",\"event_type\":\"employee.terminated\"}"),
    ] {
        assert_eq!(post(&world, path, &[], body).await, refused("door.signature_missing"));
    }
    assert_eq!(world.end_of("signed"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_is_taken_out_of_the_file_counts_no_longer() {
    let world = World::open().await;
    let headers = headers_of("/gusto", OLD_SECRET, now(), BODY);
    assert_eq!(post(&world, "/gusto", &headers, BODY).await.0, 202);
    // One that cannot be used changes nothing.
    std::fs::write(world.directory.join("secrets"), "short\n").unwrap();
    std::fs::write(world.directory.join("secrets"), format!("{SECRET}\n")).unwrap();
    let began = std::time::Instant::now();
    // Asked as often as this, the door says now and then that it is too much.
    while post(&world, "/gusto", &headers, BODY).await.0 != 401 {
        assert!(began.elapsed().as_secs() < 20, "the old secret still counts");
        tokio::task::yield_now().await;
    }
    let headers = headers_of("/hibob", SECRET, now(), BODY);
    assert_eq!(post(&world, "/hibob", &headers, BODY).await.0, 202);
}
