//! `usher completions` and `usher man`: what shells and manuals know of the command line.

use super::{Cli, Error, print};
use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell to complete in
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<(), Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "usher", &mut script);
        print(&String::from_utf8_lossy(&script))
    }
}

/// One manual: the page of `usher`, then that of each command.
pub(super) fn man() -> Result<(), Error> {
    let mut command = Cli::command();
    // Passes down what only the whole knows, such as the names of commands within commands.
    command.build();
    let mut manual = Vec::new();
    write_page(&command, &mut manual)?;
    print(&String::from_utf8_lossy(&manual))
}

fn write_page(command: &Command, manual: &mut Vec<u8>) -> Result<(), Error> {
    Man::new(command.clone()).render(manual)?;
    let commands = command.get_subcommands().filter(|command| command.get_name() != "help");
    for command in commands {
        write_page(command, manual)?;
    }
    Ok(())
}
