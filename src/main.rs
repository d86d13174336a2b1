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
    let code = error.code();
    let text = observe::chain(&*error);
    // If nobody can read it, the exit code still tells.
    let _unheard = writeln!(
        std::io::stderr(),
        "usher: error[{code}]: {text}\n\
         usher: what to do: `usher errors {code}`, or docs/errors/{code}.md"
    );
    ExitCode::from(error.exit_code())
}
