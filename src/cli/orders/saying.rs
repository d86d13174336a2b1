//! The way of a command from what is wanted to what came of it.

use super::decision::{self, Sent};
use super::error::Error;
use super::plans::{Place, Plan};
use super::sign;
use crate::cli::questions::time::Zone;
use crate::cli::questions::waiting::Waiting;
use crate::cli::{Error as CliError, File, print, questions};
use crate::clock::Clock;
use crate::command::SIGNATURE_HEADER;
use crate::command::instruction::{CommandId, CommandKind, Instruction, RECORD_HEADER};
use crate::command::signers::Principal;
use crate::config;
use crate::kafka::send::send;
use crate::kafka::topics::CONTROL_BYTES;
use crate::model::ids::{PersonId, ShardNumber};
use clap::{Args, ValueHint};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use uuid::Builder;

/// What the record says it holds; usher itself heeds it not.
const CONTENT_TYPE: &[u8] = b"application/vnd.usher.command+json;v=1";

/// What all commands are told.
#[derive(Debug, Args)]
pub(super) struct Saying {
    #[command(flatten)]
    file: File,
    /// The tenant, if the configuration has several
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Why, for whoever reads the audit; asked for on a terminal
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who you are, as the file of signers has it [default: what `USHER_OPERATOR` says]
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    /// The key to sign with, or its public half if an agent has it [default: what `USHER_SIGNING_KEY` says]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key: Option<PathBuf>,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    /// Do not wait for the decision
    #[arg(long)]
    no_wait: bool,
    /// Write the bytes to be signed elsewhere, to this file or to standard output, and send nothing
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "-",
        conflicts_with = "send"
    )]
    print: Option<PathBuf>,
    /// Send a file that was written with --print and signed elsewhere
    #[arg(long, value_name = "FILE", requires = "signature", value_hint = ValueHint::FilePath)]
    send: Option<PathBuf>,
    /// The signature of that file; once for each who signed
    #[arg(long, value_name = "SIG", requires = "send", value_hint = ValueHint::FilePath)]
    signature: Vec<PathBuf>,
    /// Show times in this zone, and read those without an offset in it [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
}

impl Saying {
    /// Says what `plan` makes, or sends what was made and signed elsewhere.
    pub(super) fn say(
        &self,
        kind: CommandKind,
        plan: impl FnOnce(&Place<'_>) -> Result<Plan, CliError>,
    ) -> Result<(), CliError> {
        let zone = Zone::named(self.zone.as_deref()).map_err(questions::Error::from)?;
        let waiting = Waiting::open(&self.file.path())?;
        if let Some(file) = &self.send {
            return self.send_on(kind, file, &waiting);
        }
        let now = Clock::of_this_process().now();
        let tenant = self.tenant.as_deref();
        let plan = plan(&Place { waiting: &waiting, tenant, zone: &zone, now })?;
        tell(&plan.shown)?;
        let operator = self.operator()?;
        let reason = self.reason()?;
        if let Some(file) = &self.print {
            if !plan.brought.is_empty() {
                let text = "a record that is too large for the signed bytes is brought beside them, which no \
                            file can: sign here, with --key";
                return Err(Error::Incomplete(text.to_owned()).into());
            }
            let bytes = instruction(&waiting, &plan, (operator, reason))?.to_bytes();
            return write(file, &bytes);
        }
        let key = self.key()?;
        self.confirm()?;
        let instruction = instruction(&waiting, &plan, (operator, reason))?;
        let bytes = instruction.to_bytes();
        let signature = sign::sign(&bytes, &key)?;
        let beside = Beside { signatures: &[signature], brought: &plan.brought };
        self.deliver(&waiting, (&instruction, &bytes), (&beside, &plan.known_as))
    }

    fn send_on(&self, kind: CommandKind, file: &Path, waiting: &Waiting) -> Result<(), CliError> {
        let bytes = read(file)?;
        let malformed = |source| Error::NoCommand { file: file.to_owned(), source };
        let instruction = Instruction::parse(&bytes).map_err(malformed)?;
        let found = instruction.command.kind();
        if found != kind {
            return Err(Error::OtherCommand { found }.into());
        }
        let signatures = self.signature.iter().map(|file| {
            let text = read(file)?;
            Ok(sign::one_line(&String::from_utf8_lossy(&text)))
        });
        let signatures = signatures.collect::<Result<Vec<_>, Error>>()?;
        tell(&format!("{}\n", String::from_utf8_lossy(&bytes)))?;
        self.confirm()?;
        let beside = Beside { signatures: &signatures, brought: &[] };
        self.deliver(waiting, (&instruction, &bytes), (&beside, &BTreeMap::new()))
    }

    /// Sends it to each shard that must hear of it, and waits for what becomes of it there.
    fn deliver(
        &self,
        waiting: &Waiting,
        (instruction, bytes): (&Instruction, &[u8]),
        (beside, known_as): (&Beside<'_>, &BTreeMap<PersonId, String>),
    ) -> Result<(), CliError> {
        let shards = waiting.shards()?;
        let partitions = match &instruction.tenant {
            Some(tenant) => {
                let shard = ShardNumber::of(tenant, shards);
                vec![shard.0]
            }
            None => (0..shards).collect(),
        };
        let mut headers = vec![
            ("content-type", CONTENT_TYPE),
            ("usher-operator", instruction.operator.as_str().as_bytes()),
        ];
        headers.extend(beside.signatures.iter().map(|it| (SIGNATURE_HEADER, it.as_bytes())));
        headers.extend(beside.brought.iter().map(|it| (RECORD_HEADER, it.as_slice())));
        let kafka = waiting.kafka();
        let topic = kafka.topics.control.as_str();
        let ends = decision::Ends::of_now(waiting)?;
        let mut sent = Vec::new();
        for partition in partitions {
            let offset = send(kafka, (topic, partition), bytes, &headers);
            let bytes = bytes.len() + headers.iter().map(|(_, value)| value.len()).sum::<usize>();
            let offset = offset.map_err(|error| not_sent(error, topic, bytes))?;
            sent.push(Sent { partition, offset });
        }
        if self.no_wait {
            let places = sent.iter().map(|it| format!("{topic}/{}/{}", it.partition, it.offset));
            let places: Vec<_> = places.collect();
            return print(&format!("sent, at {}\n", places.join(", ")));
        }
        decision::wait(waiting, ends, sent, known_as)
    }

    fn operator(&self) -> Result<Principal, Error> {
        let name =
            self.operator.clone().or_else(|| config::variable_of_operators("USHER_OPERATOR"));
        let name = name.ok_or_else(|| {
            Error::Incomplete("say who you are, with --operator or in USHER_OPERATOR".to_owned())
        })?;
        let wants = |wants| Error::Incomplete(format!("--operator must be {wants}"));
        Principal::parse(&name).map_err(wants)
    }

    fn key(&self) -> Result<PathBuf, Error> {
        let named = || config::variable_of_operators("USHER_SIGNING_KEY").map(PathBuf::from);
        self.key.clone().or_else(named).ok_or_else(|| {
            Error::Incomplete(
                "say which key signs, with --key or in USHER_SIGNING_KEY; or sign elsewhere with --print"
                    .to_owned(),
            )
        })
    }

    fn reason(&self) -> Result<String, CliError> {
        match &self.reason {
            Some(reason) => Ok(reason.clone()),
            None if io::stdin().is_terminal() => ask("why? "),
            None => Err(Error::Incomplete("say why, with --reason".to_owned()).into()),
        }
    }

    fn confirm(&self) -> Result<(), CliError> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return Err(Error::NobodyToAsk.into());
        }
        match ask("sign and send this? [y/N] ")?.to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Error::Declined.into()),
        }
    }
}

/// What goes with the signed bytes, in headers.
struct Beside<'a> {
    signatures: &'a [String],
    brought: &'a [Vec<u8>],
}

fn not_sent(error: KafkaError, topic: &str, bytes: usize) -> Error {
    if error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge) {
        return Error::TooLarge { topic: topic.to_owned(), bytes, needed: CONTROL_BYTES };
    }
    Error::NotSent(error)
}

fn instruction(
    waiting: &Waiting,
    plan: &Plan,
    (operator, reason): (Principal, String),
) -> Result<Instruction, CliError> {
    let now = Clock::of_this_process().now();
    let wants = |wants| Error::Incomplete(format!("the reason must be {wants}"));
    let deployment = waiting.deployment()?.id;
    Ok(Instruction {
        id: fresh_id(now)?,
        deployment: deployment.try_into().map_err(Error::Incomplete)?,
        tenant: plan.tenant.clone(),
        operator,
        command: plan.command.clone(),
        reason: reason.try_into().map_err(wants)?,
        issued_at: now,
        expires_at: None,
    })
}

/// A UUID of version 7.
pub(in crate::cli) fn fresh_id(now: jiff::Timestamp) -> Result<CommandId, CliError> {
    let mut chance = [0; 10];
    openssl::rand::rand_bytes(&mut chance)
        .map_err(|_its_words_help_nobody| Error::Incomplete("the system gives no chance".into()))?;
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    Ok(Builder::from_unix_timestamp_millis(millis, &chance).into_uuid().into())
}

/// What is for the operator's eyes alone: standard output is for what scripts read.
pub(in crate::cli) fn tell(text: &str) -> Result<(), CliError> {
    let mut out = io::stderr().lock();
    Ok(out.write_all(text.as_bytes()).and_then(|()| out.flush())?)
}

pub(in crate::cli) fn ask(question: &str) -> Result<String, CliError> {
    tell(question)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

pub(super) fn read(file: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(file).map_err(|source| Error::File { file: file.to_owned(), source })
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), CliError> {
    if file == Path::new("-") {
        return print(&String::from_utf8_lossy(bytes));
    }
    let failed = |source| Error::File { file: file.to_owned(), source };
    Ok(std::fs::write(file, bytes).map_err(failed)?)
}
