//! What operators sign: instructions, signatures over a second part, keys, files of signers; and tokens.
#![no_main]

use libfuzzer_sys::fuzz_target;
use usher_core::command::instruction::Instruction;
use usher_core::command::signers::AllowedSigners;
use usher_core::command::sshsig::{PublicKey, Signature};
use usher_core::decode::jose::{Algorithm, KeySet, Token};
use usher_fuzz::halves;

fuzz_target!(|data: &[u8]| {
    let [kind, rest @ ..] = data else { return };
    let (first, second) = halves(rest);
    match kind % 5 {
        0 => {
            if let Ok(read) = Instruction::parse(first) {
                let again = Instruction::parse(&read.to_bytes()).expect("what is written is read");
                assert_eq!(read.to_bytes(), again.to_bytes());
            }
        }
        1 => {
            if let Ok(signature) = Signature::parse(first) {
                assert!(signature.verify(second).is_err(), "nobody forges by chance");
            }
        }
        2 => {
            if let Ok(key) = PublicKey::parse(rest) {
                assert!(key.fingerprint().to_string().starts_with("SHA256:"));
            }
        }
        3 => drop(AllowedSigners::parse(rest)),
        _ => {
            let keys = KeySet::parse(first);
            let Ok(text) = std::str::from_utf8(second) else { return };
            if let (Ok(keys), Ok(token)) = (keys, Token::read(text)) {
                token.wants_another_key(&keys, &[Algorithm::Rs256]);
                assert!(token.proved_claims(&keys, &[Algorithm::Rs256]).is_err());
            }
        }
    }
});
