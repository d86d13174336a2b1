//! Signatures: what counts, and why another does not.

use super::pen::{Pen, fido_data, put, sshsig_blob, sshsig_data};
use crate::command::sshsig::{Attended, Flaw, PublicKey, Signature};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

const MESSAGE: &[u8] = include_bytes!("vectors/message");

/// The signature and the public key of a vector.
macro_rules! vector {
    ($name:literal) => {
        (
            include_bytes!(concat!("vectors/", $name, ".sig")).as_slice(),
            include_str!(concat!("vectors/", $name, ".pub")),
        )
    };
}

fn taken() -> [(&'static [u8], &'static str); 5] {
    let (rsa_sha256, rsa) = (include_bytes!("vectors/rsa_sha256.sig"), vector!("rsa").1);
    [vector!("ed25519"), vector!("rsa"), (rsa_sha256, rsa), vector!("p256"), vector!("p384")]
}

fn key_of(public: &str) -> Result<PublicKey, Flaw> {
    let blob = public.split(' ').nth(1).unwrap().trim();
    PublicKey::parse(&STANDARD.decode(blob).unwrap())
}

fn verify_blob(blob: &[u8], message: &[u8]) -> Result<Attended, Flaw> {
    Signature::parse(STANDARD.encode(blob).as_bytes())?.verify(message)
}

/// Without its armour.
fn blob_of(armored: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(armored).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('-'));
    STANDARD.decode(lines.collect::<String>()).unwrap()
}

#[test]
fn what_ssh_keygen_signs_is_taken_with_armour_and_without() {
    for (armored, public) in taken() {
        let signature = Signature::parse(armored).unwrap();
        assert_eq!(signature.key(), &key_of(public).unwrap());
        assert!(public.starts_with(signature.key().kind()));
        assert_eq!(signature.verify(MESSAGE), Ok(Attended::default()));
        assert_eq!(verify_blob(&blob_of(armored), MESSAGE), Ok(Attended::default()));
    }
}

#[test]
fn every_altered_byte_of_a_signature_is_noticed() {
    let fido = Pen::fido(1, 0x05).blob("command@usher", MESSAGE);
    for blob in taken().iter().map(|(armored, _)| blob_of(armored)).chain([fido]) {
        assert!(verify_blob(&blob, MESSAGE).is_ok());
        for place in 0..blob.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut altered = blob.clone();
                altered[place] ^= change;
                assert!(verify_blob(&altered, MESSAGE).is_err(), "byte {place} ^ {change}");
            }
            assert!(verify_blob(&blob[..place], MESSAGE).is_err(), "the first {place} bytes");
        }
        assert_eq!(verify_blob(&[&blob[..], b"\0"].concat(), MESSAGE), Err(Flaw::TrailingBytes));
    }
}

#[test]
fn every_altered_byte_of_a_message_is_noticed() {
    for (armored, _) in taken() {
        let signature = Signature::parse(armored).unwrap();
        for place in 0..MESSAGE.len() {
            let mut altered = MESSAGE.to_vec();
            altered[place] ^= 0x01;
            assert_eq!(signature.verify(&altered), Err(Flaw::Wrong), "byte {place}");
        }
        for other in [&MESSAGE[1..], &[MESSAGE, b"\n"].concat(), b""] {
            assert_eq!(signature.verify(other), Err(Flaw::Wrong));
        }
    }
}

#[test]
fn a_signature_for_something_else_is_none_for_commands() {
    let other = Signature::parse(include_bytes!("vectors/other_namespace.sig")).unwrap();
    assert_eq!(other.verify(MESSAGE), Err(Flaw::OtherNamespace));
    let none = Pen::new(1).blob("", MESSAGE);
    assert_eq!(verify_blob(&none, MESSAGE), Err(Flaw::NoNamespace));
}

#[test]
fn keys_that_are_not_taken_are_refused_by_what_they_are() {
    let refused = [
        (vector!("dsa").0, Flaw::UnknownKeyKind),
        (vector!("p521").0, Flaw::UnknownKeyKind),
        (include_bytes!("vectors/certificate.sig"), Flaw::UnknownKeyKind),
        (vector!("rsa1024").0, Flaw::RsaSize(1024)),
    ];
    for (armored, flaw) in refused {
        assert_eq!(Signature::parse(armored), Err(flaw));
    }
    assert_eq!(key_of(vector!("rsa1024").1), Err(Flaw::RsaSize(1024)));
    assert_eq!(key_of(vector!("p521").1), Err(Flaw::UnknownKeyKind));
}

#[test]
fn what_is_no_signature_says_so() {
    let blob = Pen::new(1).blob("command@usher", MESSAGE);
    let version = |last| [&blob[..9], &[last], &blob[10..]].concat();
    assert_eq!(verify_blob(&version(2), MESSAGE), Err(Flaw::Version(2)));
    assert_eq!(verify_blob(&version(0), MESSAGE), Err(Flaw::Version(0)));
    assert_eq!(verify_blob(b"SSHSIX", MESSAGE), Err(Flaw::NotSshsig));
    assert_eq!(Signature::parse(b""), Err(Flaw::NotSshsig));
    assert_eq!(Signature::parse(b"not base64"), Err(Flaw::NotBase64));
    assert_eq!(Signature::parse(b"\xff"), Err(Flaw::NotBase64));
    assert_eq!(Signature::parse(&[b'A'; 9_000]), Err(Flaw::TooLong));
    assert_eq!(Signature::parse(b"-----BEGIN SSH SIGNATURE-----\n"), Err(Flaw::CutShort));
}

/// The blob of pen 1 with other parts than it should have.
fn with(namespace: &[u8], reserved: &[u8], hash: &[u8], inner: &[u8]) -> Vec<u8> {
    let mut blob = b"SSHSIG\0\0\0\x01".to_vec();
    for part in [&Pen::new(1).key(), namespace, reserved, hash, inner] {
        put(&mut blob, part);
    }
    blob
}

fn inner(algorithm: &str, signature: &[u8]) -> Vec<u8> {
    let mut inner = Vec::new();
    put(&mut inner, algorithm.as_bytes());
    put(&mut inner, signature);
    inner
}

#[test]
fn what_the_format_leaves_open_is_closed() {
    let good = inner("ssh-ed25519", &[1; 64]);
    let check = |blob: &[u8]| verify_blob(blob, MESSAGE);
    let namespace = b"command@usher";
    assert_eq!(check(&with(namespace, b"", b"sha512", &good)), Err(Flaw::Wrong));
    assert_eq!(check(&with(namespace, b"x", b"sha512", &good)), Err(Flaw::Reserved));
    assert_eq!(check(&with(namespace, b"", b"sha1", &good)), Err(Flaw::UnknownHash));
    let inners = [
        (inner("ssh-rsa", &[1; 64]), Flaw::UnknownAlgorithm),
        (inner("rsa-sha2-512", &[1; 64]), Flaw::OtherAlgorithm),
        (inner("ssh-ed25519", &[1; 63]), Flaw::SignatureMalformed),
        (inner("sk-ssh-ed25519@openssh.com", &[1; 64]), Flaw::CutShort),
        ([&good[..], b"\0"].concat(), Flaw::TrailingBytes),
        (inner("ecdsa-sha2-nistp256", b"\0\0\0\0"), Flaw::NumberMalformed),
        (inner("ecdsa-sha2-nistp256", b"\0\0\0\x02\0\x01"), Flaw::NumberMalformed),
        (inner("ecdsa-sha2-nistp256", b"\0\0\0\x01\x80"), Flaw::NumberMalformed),
    ];
    for (inner, flaw) in inners {
        assert_eq!(check(&with(namespace, b"", b"sha512", &inner)), Err(flaw));
    }
}

#[test]
fn a_fido_key_says_whether_somebody_touched_it() {
    for (flags, touched, verified) in
        [(0x00, false, false), (0x01, true, false), (0x04, false, true), (0x05, true, true)]
    {
        let blob = Pen::fido(1, flags).blob("command@usher", MESSAGE);
        assert_eq!(verify_blob(&blob, MESSAGE), Ok(Attended { touched, verified }));
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test signs, and such signatures need chance")]
fn a_fido_key_of_the_other_curve_is_taken() {
    let (random, by) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
    let document = EcdsaKeyPair::generate_pkcs8(by, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(by, document.as_ref(), &random).unwrap();
    let kind = b"sk-ecdsa-sha2-nistp256@openssh.com";
    let mut key = Vec::new();
    for part in [kind, b"nistp256".as_slice(), pair.public_key().as_ref(), b"ssh:"] {
        put(&mut key, part);
    }
    let data = fido_data("ssh:", 0x01, &sshsig_data("command@usher", MESSAGE));
    let made = pair.sign(&random, &data).unwrap();
    let mut numbers = Vec::new();
    for number in made.as_ref().chunks(32) {
        let first = number.iter().position(|byte| *byte != 0).unwrap();
        let sign: &[u8] = if number[first] >= 0x80 { b"\0" } else { b"" };
        put(&mut numbers, &[sign, &number[first..]].concat());
    }
    let inner = [&inner(str::from_utf8(kind).unwrap(), &numbers)[..], b"\x01\0\0\0\x07"].concat();
    let blob = sshsig_blob(&key, "command@usher", &inner);
    assert_eq!(verify_blob(&blob, MESSAGE), Ok(Attended { touched: true, verified: false }));
}

#[test]
fn a_fingerprint_is_the_one_that_ssh_keygen_prints() {
    // ssh-keygen -l -f vectors/ed25519.pub
    let key = key_of(vector!("ed25519").1).unwrap();
    assert_eq!(key.fingerprint().to_string(), "SHA256:31NXZ42baZL9JuN3CqqYtNvmdWw2LpF6Z0Att1IP6as");
}
