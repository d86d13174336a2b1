//! `usher rules`: rules as a product, checked and tried before they work on anybody.

mod check;
mod files;
mod help;
mod test;

use super::Error;
use super::questions::rules_diff;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Say what is wrong with rules, and what is probably not meant
    ///
    /// Everything that loading refuses, all of it and not only the first; and then what loads and is
    /// odd: rules that never speak, withdrawals that miss, destruction without a guard, fields that the
    /// event does not have. Each with its line and its cure. Ends with 1 if there is an error.
    #[command(after_help = help::CHECK)]
    Check(check::Check),
    /// Play fixtures against rules, and say what never came up
    ///
    /// A fixture says who and what is given, what happens when, and what must be so then. It is played
    /// on the real engine, with a provider in memory and a clock that is set by hand. Ends with 1 if
    /// anything is not as it must be.
    #[command(after_help = help::TEST)]
    Test(test::Test),
    /// Say who would change if people were moved to other rules
    #[command(after_help = rules_diff::EXAMPLES)]
    Diff(rules_diff::Diff),
}

impl RulesCommand {
    pub(super) fn run(&self) -> Result<(), Error> {
        match self {
            Self::Check(check) => check.run(),
            Self::Test(test) => test.run(),
            Self::Diff(diff) => diff.run(),
        }
    }
}

pub(super) use help::RULES;
