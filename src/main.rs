//! The program `usher`: parses the command line, runs the command, and makes its end an exit code.

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;
use usher::cli::Cli;
use usher::observe;

fn main() -> ExitCode {
    let Err(error) = Cli::parse().run() else {
        return ExitCode::SUCCESS;
    };
    // If nobody can read it, the exit code still tells.
    let _unheard = writeln!(std::io::stderr(), "usher: {}", observe::chain(&error));
    ExitCode::from(error.exit_code())
}
