//! The commands: one file each. This room wires; whatever decides or acts lives elsewhere.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage or configuration; those of operators' commands stand in
//! `orders`.

mod check;
mod decode;
mod demo;
mod errors;
mod failure;
mod help;
mod init;
mod new;
mod orders;
mod properties;
mod questions;
mod rules;
mod process;
mod receive;
mod run;
mod runtime;
mod sandbox;
mod schema;
mod send;
mod serve;
mod shell;
mod show;
mod stream;
mod target;

use crate::config;
use clap::{Parser, Subcommand, ValueHint};
use std::io::{self, Write};
use std::path::PathBuf;

pub use failure::Failure;
use runtime::runtime;

/// What any command may fail with.
pub type Error = Box<dyn Failure>;

const WHAT: &str = "\
usher reads HR and security events from Kafka, decides by rules that you write, brings each \
person's account at a SCIM 2.0 provider to what the rules want, and writes what happened to an \
audit topic.";

const FIRST_STEPS: &str = "\
First steps:
  1. usher new DIR                              writes a configuration with rules and fixtures
  2. usher config check --config usher.yaml     is it right? config/full.yaml shows every key
  3. usher target check NAME --config usher.yaml
                                                does the provider do what its dialect says?
  4. usher init --config usher.yaml             creates usher's topics, once per deployment
  5. usher run --config usher.yaml              works until SIGTERM; start as many as you like

A target in mode `observe` is never written to: begin so, read the audit topic, then `enforce`.
Any key can come from the environment: USHER__KAFKA__BROKERS is kafka.brokers.
An error has a code, and a page: `usher errors CODE` prints it.

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "usher", version, about = WHAT, after_help = FIRST_STEPS)]
#[command(arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Work: take shards over, decide, call, and write the audit, until SIGTERM
    #[command(after_help = help::RUN)]
    Run(File),
    /// Create usher's own topics in Kafka; does nothing where they are right already
    #[command(after_help = help::INIT)]
    Init(init::Init),
    /// Write a configuration to begin with: rules, fixtures, and a place for the token
    #[command(after_help = new::EXAMPLES)]
    New(new::New),
    /// Build one event, check it as usher would, and send it, or print it
    #[command(after_help = send::EXAMPLES)]
    Send(Box<send::Send>),
    /// Say what becomes of a record, field by field, and what of it is not read
    #[command(after_help = decode::EXAMPLES)]
    Decode(decode::Decode),
    /// Describe JSON that no format knows
    #[command(subcommand, after_help = decode::SUGGEST)]
    Mapped(decode::MappedCommand),
    /// Read the audit as people read logs, a line each
    #[command(after_help = questions::audit::EXAMPLES)]
    Audit(questions::audit::Audit),
    /// Say why a person's accounts are as they are: who wants what, who wins, since when, and why not
    #[command(after_help = questions::explain::EXAMPLES)]
    Explain(questions::explain::Explain),
    /// Say on one screen whether anything waits for somebody
    #[command(after_help = questions::status::EXAMPLES)]
    Status(questions::status::Status),
    /// List what targets have, as it was last read whole, and how fresh that is
    #[command(after_help = questions::inventory::EXAMPLES)]
    Inventory(Box<questions::inventory::InventoryCommand>),
    /// Compare lists of people, accounts and what usher knows, and list what is found
    #[command(after_help = questions::reconcile::EXAMPLES)]
    Reconcile(questions::reconcile::ReconcileCommand),
    /// List accounts that nobody has
    #[command(after_help = questions::reconcile::ORPHANS)]
    Orphans(questions::reconcile::OrphansCommand),
    /// Count what accounts take of what was bought, and what nobody's accounts cost
    #[command(after_help = questions::reconcile::SEATS)]
    Seats(questions::reconcile::SeatsCommand),
    /// List what waits for somebody, why, and what would release it; and what is paused
    #[command(after_help = questions::held::EXAMPLES)]
    Held(questions::held::Held),
    /// Let held operations go, row by row or all that fit a filter
    #[command(after_help = orders::examples::APPROVE)]
    Approve(Box<orders::Approve>),
    /// Keep held operations from being done for some time
    #[command(after_help = orders::examples::REJECT)]
    Reject(Box<orders::Reject>),
    /// Stop writing: everywhere, at a target, or for a source or a rule
    #[command(after_help = orders::examples::PAUSE)]
    Pause(Box<orders::Scoped>),
    /// End a pause
    #[command(after_help = orders::examples::RESUME)]
    Resume(Box<orders::Scoped>),
    /// Try at once what would be tried later
    #[command(after_help = orders::examples::RETRY)]
    Retry(Box<orders::Retry>),
    /// Let removals from groups go on at a target where one took too many
    #[command(after_help = orders::examples::RELEASE)]
    Release(Box<orders::Release>),
    /// Keep a person in or out for a time, whatever rules say
    #[command(after_help = orders::examples::OVERRIDE)]
    Override(Box<orders::Override>),
    /// Bring accounts to what is wanted again, though nothing has changed
    #[command(after_help = orders::examples::REASSERT)]
    Reassert(Box<orders::Reassert>),
    /// Take back what an event, a rule or a command did, and keep it undone
    #[command(after_help = orders::examples::UNDO)]
    Undo(Box<orders::Undo>),
    /// List records that were set aside, why, and whether they were replayed since; or show one
    #[command(after_help = questions::parked::EXAMPLES)]
    Parked(questions::parked::Parked),
    /// Have parked records read again, as they were or mended
    #[command(after_help = orders::replay::EXAMPLES)]
    Replay(Box<orders::replay::Replay>),
    /// Say that several people are one: an employee under two numbers
    #[command(after_help = orders::examples::LINK)]
    Link(Box<orders::People>),
    /// Say that several people are not one, whatever name they share
    #[command(after_help = orders::examples::PART)]
    Part(Box<orders::People>),
    /// Say which account at a target is a person's
    #[command(after_help = orders::examples::BIND)]
    Bind(Box<orders::Bind>),
    /// Say that the account that is taken for a person's is not theirs
    #[command(after_help = orders::examples::UNBIND)]
    Unbind(Box<orders::Unbind>),
    /// Serve pages about what usher knows and does; or make a token for somebody to see them
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::Serve),
    /// Receive events over HTTP and write them to Kafka; or make a token for somebody to send them
    #[command(after_help = receive::EXAMPLES)]
    Receive(receive::Receive),
    /// Point a transmitter of security events (SSF) at a door or poll, and look after its stream
    #[command(after_help = stream::EXAMPLES)]
    Stream(Box<stream::Stream>),
    /// Run past events through other rules, and say who would end differently
    #[command(after_help = questions::simulate::EXAMPLES)]
    Simulate(questions::simulate::Simulate),
    /// Look at the configuration without using it
    #[command(subcommand, after_help = help::CONFIG)]
    Config(ConfigCommand),
    /// Explain an error: what it means, its likely cause, and what to do
    #[command(after_help = help::ERRORS)]
    Errors(errors::Explain),
    /// Print the JSON Schema of a kind of file, for editors
    #[command(after_help = help::SCHEMA)]
    Schema(schema::PrintSchema),
    /// Check rules, and try them on paper
    #[command(subcommand, after_help = rules::RULES)]
    Rules(rules::RulesCommand),
    /// Look at a target before it is used
    #[command(subcommand, after_help = help::TARGET)]
    Target(TargetCommand),
    /// See usher at work: a company's day on a sandbox, in half a minute
    #[command(after_help = demo::EXAMPLES)]
    Demo(demo::DemoCommand),
    /// Try usher: a Kafka, a SCIM provider and a worker in this process, until Ctrl-C
    Sandbox(Box<sandbox::SandboxCommand>),
    /// Print what a shell needs to complete the commands of usher
    #[command(after_help = help::COMPLETIONS)]
    Completions(shell::Completions),
    /// Print the manual page
    #[command(after_help = help::MAN)]
    Man,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Read the configuration, its rules, dialects and tokens, and say what is wrong with them
    #[command(after_help = help::CHECK)]
    Check(File),
    /// Print the effective configuration, without secrets, and where each value came from
    #[command(after_help = help::SHOW)]
    Show(File),
}

#[derive(Debug, Subcommand)]
enum TargetCommand {
    /// Try what a target really does, on a group made for it, and propose its dialect
    ///
    /// Tries the address, the token and its scopes, filters, pages, changes, and which form removes
    /// one member of a group and which one empties it. Says what was sent, what came back and what to
    /// do. Ends with 0 if the target works with the dialect that it has, with 1 if something must be
    /// changed.
    #[command(after_help = help::TARGET_CHECK)]
    Check(target::Check),
}

#[derive(Debug, clap::Args)]
struct File {
    /// The configuration file; rules, dialects and tokens are named relative to it [default: what
    /// `USHER_CONFIG` says, else `usher.yaml` in this directory]
    #[arg(long = "config", value_name = "FILE", value_hint = ValueHint::FilePath)]
    path: Option<PathBuf>,
}

impl File {
    /// Which file is meant.
    fn path(&self) -> PathBuf {
        let named = || config::variable_of_operators("USHER_CONFIG").map(PathBuf::from);
        self.path.clone().or_else(named).unwrap_or_else(|| PathBuf::from("usher.yaml"))
    }
}

impl Cli {
    /// Does what the command line says.
    ///
    /// # Errors
    ///
    /// Why it could not be done, with a code and an exit code.
    pub fn run(&self) -> Result<(), Error> {
        match &self.command {
            Command::Run(file) => run::run(&file.path()),
            Command::Init(init) => init.run(),
            Command::New(new) => new.run(),
            Command::Send(send) => send.run(),
            Command::Decode(decode) => decode.run(),
            Command::Mapped(mapped) => mapped.run(),
            Command::Audit(audit) => audit.run(),
            Command::Explain(explain) => explain.run(),
            Command::Status(status) => status.run(),
            Command::Inventory(list) => list.run(),
            Command::Reconcile(command) => command.run(),
            Command::Orphans(command) => command.run(),
            Command::Seats(command) => command.run(),
            Command::Held(held) => held.run(),
            Command::Approve(approve) => approve.run(),
            Command::Reject(reject) => reject.run(),
            Command::Pause(pause) => pause.pause(),
            Command::Resume(resume) => resume.resume(),
            Command::Retry(retry) => retry.run(),
            Command::Release(release) => release.run(),
            Command::Override(order) => order.run(),
            Command::Reassert(order) => order.run(),
            Command::Undo(undo) => undo.run(),
            Command::Parked(parked) => parked.run(),
            Command::Replay(replay) => replay.run(),
            Command::Link(people) => people.link(),
            Command::Part(people) => people.part(),
            Command::Bind(bind) => bind.run(),
            Command::Unbind(unbind) => unbind.run(),
            Command::Serve(serve) => serve.run(),
            Command::Receive(receive) => receive.run(),
            Command::Stream(stream) => stream.run(),
            Command::Simulate(simulate) => simulate.run(),
            Command::Errors(explain) => explain.run(),
            Command::Schema(schema) => schema.run(),
            Command::Rules(rules) => rules.run(),
            Command::Target(TargetCommand::Check(check)) => check.run(),
            Command::Demo(demo) => demo.run(),
            Command::Sandbox(sandbox) => sandbox.run(),
            Command::Completions(completions) => completions.run(),
            Command::Man => shell::man(),
            Command::Config(ConfigCommand::Check(file)) => check::run(&file.path()),
            Command::Config(ConfigCommand::Show(file)) => show::run(&file.path()),
        }
    }
}

/// Prints what a command was asked for.
fn print(text: &str) -> Result<(), Error> {
    tell(text).map(|_is_heard| ())
}

/// Prints it, and says whether anybody reads on.
fn tell(text: &str) -> Result<bool, Error> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // `| head`: whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => {
            written?;
            Ok(true)
        }
    }
}

#[cfg(test)]
mod tests;
