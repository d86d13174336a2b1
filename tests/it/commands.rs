//! Commands signed by the tools that operators have: stock `ssh-keygen` and usher agree on what counts.

use crate::support::missing;
use jiff::Timestamp;
use openssl::pkey::{Id, PKey};
use openssl::sha::{sha256, sha512};
use openssl::sign::Signer;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use usher::command::instruction::{CommandKind, Instruction};
use usher::command::signers::AllowedSigners;
use usher::command::{
    Admitted, Circumstances, Group, Operators, Refusal, Signed, Signers, Tenants, Touch, judge,
};
use usher::model::code::Code;
use usher::model::{Deployment, ShardNumber, TenantName};

const OPTIONS: &str = "namespaces=\"command@usher\",valid-before=\"20991231Z\"";

/// A directory with a command in it, and what an operator and an auditor do there.
struct Desk(PathBuf);

impl Desk {
    /// None, with a line that says so, where there is no `ssh-keygen`.
    fn new(theme: &str) -> Option<Self> {
        if Command::new("ssh-keygen").arg("-?").output().is_err() {
            missing::leave_out("tests of signed commands", "there is no ssh-keygen");
            return None;
        }
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("commands-{theme}"));
        let _absent = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        let desk = Self(directory);
        fs::write(desk.path("command.json"), instruction().to_bytes()).unwrap();
        Some(desk)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn keygen(&self, arguments: &[&str]) -> Output {
        let mut keygen = Command::new("ssh-keygen");
        let output = keygen.args(arguments).current_dir(&self.0).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "ssh-keygen {arguments:?}: {said}");
        output
    }

    /// Makes a key and signs the command with it, for `namespace`.
    fn sign(&self, kind: &[&str], namespace: &str) {
        self.keygen(&[&["-q", "-N", "", "-C", "", "-f", "key"], kind].concat());
        self.keygen(&["-q", "-Y", "sign", "-n", namespace, "-f", "key", "command.json"]);
    }

    fn allow(&self, options: &str) {
        let key = fs::read_to_string(self.path("key.pub")).unwrap();
        fs::write(self.path("allowed_signers"), format!("ann@example.com {options} {key}"))
            .unwrap();
    }

    /// What `docs/commands.md` tells an auditor to do.
    fn is_verified_by_openssh(&self) -> bool {
        let who = ["-Y", "verify", "-f", "allowed_signers", "-I", "ann@example.com"];
        let what = ["-n", "command@usher", "-s", "command.json.sig"];
        let bytes = File::open(self.path("command.json")).unwrap();
        let mut keygen = Command::new("ssh-keygen");
        let keygen = keygen.args(who).args(what).stdin(bytes).current_dir(&self.0);
        keygen.output().unwrap().status.success()
    }

    fn judge(&self) -> Result<Admitted, Refusal> {
        let read = |name| fs::read(self.path(name)).unwrap();
        let (bytes, signature) = (read("command.json"), read("command.json.sig"));
        let group = Group {
            name: "analysts".to_owned(),
            signers: Signers::Fresh(AllowedSigners::parse(&read("allowed_signers")).unwrap()),
            may: BTreeSet::from([CommandKind::Pause]),
            tenants: Tenants::All,
            touch: Touch::Optional,
        };
        let circumstances = Circumstances {
            operators: &Operators::new(vec![group]).unwrap(),
            deployment: &Deployment { id: "d-1".to_owned(), shards: 1 },
            shard: ShardNumber(0),
            tenants: &BTreeSet::from([TenantName::new("acme")]),
            now: Timestamp::now(),
            is_used: &|_| false,
        };
        judge(&Signed::new(&bytes, vec![&signature]), &circumstances)
    }
}

fn instruction() -> Instruction {
    let value = json!({
        "v": 1,
        "id": "0193a5f0-7c1e-7a3b-8f00-0123456789ab",
        "deployment": "d-1",
        "tenant": "acme",
        "operator": "ann@example.com",
        "command": "pause",
        "args": {"scope": {"target": "netskope"}},
        "reason": "the feed of tonight is false",
        "issued_at": Timestamp::now(),
    });
    Instruction::parse(value.to_string().as_bytes()).unwrap()
}

#[test]
fn keys_of_each_kind_sign_commands() {
    let kinds: [&[&str]; 4] = [
        &["-t", "ed25519"],
        &["-t", "rsa", "-b", "2048"],
        &["-t", "ecdsa", "-b", "256"],
        &["-t", "ecdsa", "-b", "384"],
    ];
    for (index, kind) in kinds.iter().enumerate() {
        let Some(desk) = Desk::new(&format!("kind-{index}")) else { return };
        desk.sign(kind, "command@usher");
        desk.allow(OPTIONS);
        let admitted = desk.judge().unwrap();
        assert!(desk.is_verified_by_openssh(), "{kind:?}");
        let [signer] = admitted.signers() else { panic!("{admitted:?}") };
        let shown = desk.keygen(&["-l", "-f", "key.pub"]).stdout;
        let fingerprint = signer.key().to_string();
        assert!(String::from_utf8(shown).unwrap().contains(&fingerprint), "{kind:?}");
    }
}

#[test]
fn what_openssh_refuses_is_refused() {
    let Some(desk) = Desk::new("refused") else { return };
    desk.sign(&["-t", "ed25519"], "command@usher");
    let refused_by = |options: &str| {
        desk.allow(options);
        assert!(!desk.is_verified_by_openssh(), "{options}");
        desk.judge().unwrap_err().code().as_str()
    };
    let ended = OPTIONS.replace("2099", "2020");
    assert_eq!(refused_by(&ended), "command.key_expired");
    let to_come = OPTIONS.replace("before", "after");
    assert_eq!(refused_by(&to_come), "command.key_not_yet_valid");
    assert_eq!(refused_by("namespaces=\"git,file\""), "command.key_not_for_commands");
    fs::write(desk.path("command.json"), b"{}").unwrap();
    assert_eq!(refused_by(OPTIONS), "command.signature_wrong");
}

#[test]
fn what_was_signed_for_git_is_no_command() {
    let Some(desk) = Desk::new("namespace") else { return };
    desk.sign(&["-t", "ed25519"], "git");
    desk.allow("namespaces=\"git,command@usher\"");
    assert!(!desk.is_verified_by_openssh());
    assert_eq!(desk.judge().unwrap_err().code(), Code::CommandOtherNamespace);
}

fn put(blob: &mut Vec<u8>, bytes: &[u8]) {
    blob.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
    blob.extend(bytes);
}

/// A FIDO key has no secret that a test could have, so its blobs are made as PROTOCOL.u2f describes
/// them; that OpenSSH takes them says that they are made rightly.
#[test]
fn a_fido_key_signs_commands() {
    const KIND: &[u8] = b"sk-ssh-ed25519@openssh.com";
    let Some(desk) = Desk::new("fido") else { return };
    let secret = PKey::private_key_from_raw_bytes(&[7; 32], Id::ED25519).unwrap();
    let mut key = Vec::new();
    for part in [KIND, &secret.raw_public_key().unwrap(), b"ssh:"] {
        put(&mut key, part);
    }
    let mut data = b"SSHSIG".to_vec();
    let digest = sha512(&fs::read(desk.path("command.json")).unwrap());
    for part in [b"command@usher".as_slice(), b"", b"sha512", &digest] {
        put(&mut data, part);
    }
    let device = b"\x05\0\0\0\x2a";
    let signed = [&sha256(b"ssh:")[..], device, &sha256(&data)].concat();
    let mut signer = Signer::new_without_digest(&secret).unwrap();
    let mut inner = Vec::new();
    put(&mut inner, KIND);
    put(&mut inner, &signer.sign_oneshot_to_vec(&signed).unwrap());
    inner.extend(device);
    let mut blob = b"SSHSIG\0\0\0\x01".to_vec();
    for part in [&key, b"command@usher".as_slice(), b"", b"sha512", &inner] {
        put(&mut blob, part);
    }
    let armor = |text: &str| {
        let lines: Vec<_> = text.as_bytes().chunks(70).map(String::from_utf8_lossy).collect();
        let lines = lines.join("\n");
        format!("-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n")
    };
    let signature = armor(&openssl::base64::encode_block(&blob));
    fs::write(desk.path("command.json.sig"), signature).unwrap();
    let public = format!("sk-ssh-ed25519@openssh.com {}\n", openssl::base64::encode_block(&key));
    fs::write(desk.path("key.pub"), public).unwrap();
    desk.allow(OPTIONS);
    assert!(desk.is_verified_by_openssh());
    let attended = desk.judge().unwrap().signers()[0].attended();
    assert!(attended.touched && attended.verified);
}
