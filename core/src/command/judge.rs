//! Whether a record of the control topic is a command that is to be obeyed.
//!
//! The order of the questions is the safety: first whether somebody whom usher knows has signed these
//! bytes, and only then what is in them.

use super::instruction::{CommandId, INSTRUCTION_BYTES_MAX, Instruction, InstructionFlaw};
use super::operators::{Group, Obstacle, Operators};
use super::refusal::Refusal;
use super::signers::{AllowedSigners, Entry, Principal, Validity};
use super::sshsig::{Attended, Fingerprint, PublicKey, Signature};
use crate::model::ids::{ShardNumber, TenantName};
use crate::model::{Deployment, RawRecord};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The header that holds a signature; once for each who signs.
pub const SIGNATURE_HEADER: &str = "usher-signature";

/// Nobody needs more, and each costs a verification.
const SIGNATURES_MAX: usize = 8;

/// How far the clock of whoever signs may be ahead.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The longest that a command lives.
const LIFE_MAX: SignedDuration = SignedDuration::from_hours(24);

/// The bytes of a command, and the signatures that came with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    bytes: &'a [u8],
    signatures: Vec<&'a [u8]>,
}

impl<'a> Signed<'a> {
    pub fn new(bytes: &'a [u8], signatures: Vec<&'a [u8]>) -> Self {
        Self { bytes, signatures }
    }

    /// What stands in a record of the control topic.
    pub fn of(record: &'a RawRecord) -> Self {
        let headers = record.headers.iter();
        let own = headers.filter(|(name, _)| name.eq_ignore_ascii_case(SIGNATURE_HEADER));
        Self {
            bytes: record.value.as_deref().unwrap_or_default(),
            signatures: own.map(|(_, value)| value.as_deref().unwrap_or_default()).collect(),
        }
    }
}

/// What a command is judged by.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    pub operators: &'a Operators,
    pub deployment: &'a Deployment,
    /// The shard in whose partition the record stands.
    pub shard: ShardNumber,
    /// The tenants of that shard.
    pub tenants: &'a BTreeSet<TenantName>,
    /// The shard's own time, which never runs backwards; not that of the record, which is the sender's.
    pub now: Timestamp,
    /// Whether this shard has admitted the command already.
    pub is_used: &'a dyn Fn(CommandId) -> bool,
}

/// A command that is to be obeyed. Only `judge` makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    instruction: Instruction,
    signers: Vec<Signer>,
    sha256: String,
}

/// One who signed it and may say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    principal: Principal,
    key: Fingerprint,
    attended: Attended,
    group: String,
    file_sha256: String,
}

impl Admitted {
    pub fn instruction(&self) -> &Instruction {
        &self.instruction
    }

    /// Whoever says it first, then who signed besides; each is another person with another key.
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// The digest of the signed bytes, in hex.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Until when its id must be remembered; from then on it would be refused as expired.
    pub fn remember_until(&self) -> Timestamp {
        self.instruction.ends_at().saturating_add(SKEW).unwrap_or(Timestamp::MAX)
    }
}

impl Signer {
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    pub fn key(&self) -> &Fingerprint {
        &self.key
    }

    pub fn attended(&self) -> Attended {
        self.attended
    }

    /// The group whose right it is.
    pub fn group(&self) -> &str {
        &self.group
    }

    /// The digest of the file of signers by which that was judged, in hex.
    pub fn file_sha256(&self) -> &str {
        &self.file_sha256
    }
}

/// Judges what came by the control topic. Nothing but the answer comes of it.
///
/// # Errors
///
/// The first reason why it is not to be obeyed. One signature that does not count spoils the rest.
pub fn judge(signed: &Signed<'_>, by: &Circumstances<'_>) -> Result<Admitted, Refusal> {
    let known = identify(signed, by)?;
    let instruction = Instruction::parse(signed.bytes)?;
    let known = speaker_first(known, &instruction, by.operators)?;
    check_place(&instruction, by)?;
    check_time(&instruction, by.now)?;
    if (by.is_used)(instruction.id) {
        return Err(Refusal::Used);
    }
    let signers = known.iter().map(|known| known.permitted(&instruction));
    let signers = signers.collect::<Result<_, _>>()?;
    let sha256 = format!("{:x}", Sha256::digest(signed.bytes));
    Ok(Admitted { instruction, signers, sha256 })
}

/// Somebody whose signature is right and whose key signs commands now.
struct Known<'a> {
    principal: &'a Principal,
    key: PublicKey,
    attended: Attended,
    /// Those in whose files the key stands so, each with its file.
    groups: Vec<(&'a Group, &'a AllowedSigners)>,
}

/// All who signed, before anything of what they signed is read.
fn identify<'a>(signed: &Signed<'_>, by: &Circumstances<'a>) -> Result<Vec<Known<'a>>, Refusal> {
    if signed.bytes.len() > INSTRUCTION_BYTES_MAX {
        return Err(InstructionFlaw::TooLong.into());
    }
    if signed.signatures.is_empty() {
        return Err(Refusal::Unsigned);
    }
    if signed.signatures.len() > SIGNATURES_MAX {
        return Err(Refusal::TooManySignatures);
    }
    let mut all: Vec<Known<'a>> = Vec::new();
    for text in &signed.signatures {
        let signature = Signature::parse(text)?;
        let attended = signature.verify(signed.bytes)?;
        let known = find(signature.key(), attended, by)?;
        let is_again =
            |before: &Known<'_>| before.principal == known.principal || before.key == known.key;
        if all.iter().any(is_again) {
            return Err(Refusal::SignedTwice);
        }
        all.push(known);
    }
    Ok(all)
}

/// Whose key it is.
fn find<'a>(
    key: &PublicKey,
    attended: Attended,
    by: &Circumstances<'a>,
) -> Result<Known<'a>, Refusal> {
    let lines = by.operators.groups().filter_map(|group| {
        let file = group.signers.file()?;
        Some((group, file, file.find(key)?))
    });
    let lines: Vec<(&Group, &AllowedSigners, &Entry)> = lines.collect();
    let Some((_, _, Entry { principal, .. })) = lines.first() else {
        return Err(Refusal::KeyUnknown(key.fingerprint()));
    };
    let mut groups = Vec::new();
    let mut refusal = Refusal::KeyNotForCommands(key.fingerprint());
    for (group, file, entry) in &lines {
        if !entry.signs_commands() {
            continue;
        }
        match entry.validity(by.now) {
            Validity::Valid => groups.push((*group, *file)),
            Validity::NotYet(from) => refusal = Refusal::KeyNotYetValid(key.fingerprint(), from),
            Validity::Ended(at) => refusal = Refusal::KeyExpired(key.fingerprint(), at),
        }
    }
    if groups.is_empty() {
        return Err(refusal);
    }
    Ok(Known { principal, key: key.clone(), attended, groups })
}

/// The one who says it comes first; a signature of others is not theirs.
fn speaker_first<'a>(
    mut known: Vec<Known<'a>>,
    instruction: &Instruction,
    operators: &Operators,
) -> Result<Vec<Known<'a>>, Refusal> {
    let speaker = known.iter().position(|known| *known.principal == instruction.operator);
    match speaker {
        Some(place) => known.swap(0, place),
        None if operators.know(&instruction.operator) => return Err(Refusal::SpeaksForAnother),
        None => return Err(Refusal::OperatorUnknown),
    }
    Ok(known)
}

fn check_place(instruction: &Instruction, by: &Circumstances<'_>) -> Result<(), Refusal> {
    if instruction.deployment.as_str() != by.deployment.id {
        return Err(Refusal::OtherDeployment);
    }
    let Some(tenant) = &instruction.tenant else { return Ok(()) };
    if ShardNumber::of(tenant, by.deployment.shards) != by.shard {
        return Err(Refusal::OtherPartition(by.shard));
    }
    if by.tenants.contains(tenant) { Ok(()) } else { Err(Refusal::TenantUnknown) }
}

fn check_time(instruction: &Instruction, now: Timestamp) -> Result<(), Refusal> {
    let (from, to) = (instruction.issued_at, instruction.ends_at());
    if from.duration_since(now) > SKEW {
        Err(Refusal::NotYetIssued(from))
    } else if to.duration_since(from) > LIFE_MAX {
        Err(Refusal::LivesTooLong)
    } else if to <= from || to <= now {
        Err(Refusal::Expired(to))
    } else {
        Ok(())
    }
}

impl Known<'_> {
    /// Whether one of the groups lets it be said; if none does, what comes last, for most was right.
    fn permitted(&self, instruction: &Instruction) -> Result<Signer, Refusal> {
        let mut obstacle = Obstacle::Right;
        for (group, file) in &self.groups {
            match group.permits(instruction, self.attended.touched) {
                Ok(()) => {
                    return Ok(Signer {
                        principal: self.principal.clone(),
                        key: self.key.fingerprint(),
                        attended: self.attended,
                        group: group.name.clone(),
                        file_sha256: file.sha256().to_owned(),
                    });
                }
                Err(one) => obstacle = obstacle.max(one),
            }
        }
        let (key, kind) = (self.key.fingerprint(), instruction.command.kind());
        Err(match obstacle {
            Obstacle::Right => Refusal::RightMissing(key, kind),
            Obstacle::Tenant => Refusal::TenantNotAllowed(key, kind),
            Obstacle::Stale => Refusal::SignersStale(kind),
            Obstacle::Touch => Refusal::TouchMissing(key),
        })
    }
}
