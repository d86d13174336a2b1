//! `usher rules`: rules as a product, checked and tried before they work on anybody.

mod check;
mod files;
mod help;
mod test;

use super::failure::{FAILED, Failure, USAGE};
use super::questions::rules_diff;
use crate::model::code::Code;
use clap::Subcommand;
use std::io;
use std::path::PathBuf;

/// Why rules cannot be checked or tried, or are not fit.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("could not read {}", file.display())]
    Unread {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("there is no file of fixtures, `*.yaml`, in the directories that are named")]
    NoFixtures,
    #[error("{} names no rules; write `rules: [FILE]` into it, or give --rules or --config", file.display())]
    NoRules { file: PathBuf },
    #[error("there is no tenant `{name}`; there are: {}", known.join(", "))]
    NoSuchTenant { name: String, known: Vec<String> },
    #[error("there are several tenants: {}; say which one with --tenant", known.join(", "))]
    SeveralTenants { known: Vec<String> },
    #[error("the rules have {findings} finding(s) that must be dealt with; they stand above")]
    Unfit { findings: usize },
    #[error("{failures} fixture(s) failed or cannot be played; what to change stands above")]
    FixturesFailed { failures: usize },
    #[error(
        "the fixtures exercise {percent} % of the rules' branches, and {least} % must be; what is \
         missing stands above"
    )]
    CoverageTooLow { percent: usize, least: u8 },
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::Unread { .. } => Code::RulesFileUnreadable,
            Self::NoFixtures => Code::FixturesNone,
            Self::NoRules { .. } => Code::FixturesNoRules,
            Self::NoSuchTenant { .. } => Code::TenantNotThere,
            Self::SeveralTenants { .. } => Code::TenantSeveral,
            Self::Unfit { .. } => Code::RulesUnfit,
            Self::FixturesFailed { .. } => Code::FixturesFailed,
            Self::CoverageTooLow { .. } => Code::FixturesCoverage,
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Unread { .. }
            | Self::NoFixtures
            | Self::NoRules { .. }
            | Self::NoSuchTenant { .. }
            | Self::SeveralTenants { .. } => USAGE,
            Self::Unfit { .. } | Self::FixturesFailed { .. } | Self::CoverageTooLow { .. } => {
                FAILED
            }
        }
    }
}

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
    pub(super) fn run(&self) -> Result<(), super::Error> {
        match self {
            Self::Check(check) => check.run(),
            Self::Test(test) => test.run(),
            Self::Diff(diff) => diff.run(),
        }
    }
}

pub(super) use help::RULES;
