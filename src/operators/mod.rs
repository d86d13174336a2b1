//! Operators as configured become operators as commands are judged by.
//!
//! Reads every file that they name, so that a mistake shows at the start and not when somebody wants
//! to stop something. Reaches no network.

#[cfg(test)]
mod tests;

use crate::command::instruction::CommandKind;
use crate::command::signers::{AllowedSigners, SignersError};
use crate::command::{Group, Operators, Signers, Tenants, TwoNames};
use crate::config::{Loaded, OperatorGroup};
use crate::model::code::Code;
use crate::model::ids::TenantName;
use std::path::PathBuf;

/// What an engine that heeds commands asks of two people.
const NEED_TWO: [CommandKind; 3] = [CommandKind::Approve, CommandKind::Override, CommandKind::Undo];

/// Operators who cannot be known as configured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read the file of signers {}, named by the operators `{group}`", file.display())]
    Read {
        file: PathBuf,
        group: String,
        #[source]
        source: std::io::Error,
    },
    #[error("could not use the file of signers {}, named by the operators `{group}`", file.display())]
    Signers {
        file: PathBuf,
        group: String,
        #[source]
        source: SignersError,
    },
    #[error("could not take the operators together")]
    TwoNames(#[source] TwoNames),
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Read { .. } => Code::OperatorsSignersUnreadable,
            Self::Signers { .. } => Code::OperatorsSignersRefused,
            Self::TwoNames(_) => Code::OperatorsTwoNames,
        }
    }
}

/// All groups, with what their files say now.
pub fn load(loaded: &Loaded) -> Result<Operators, Error> {
    let groups = loaded.settings.operators.iter().map(|group| load_one(loaded, group));
    Operators::new(groups.collect::<Result<_, _>>()?).map_err(Error::TwoNames)
}

fn load_one(loaded: &Loaded, group: &OperatorGroup) -> Result<Group, Error> {
    let file = loaded.resolve(&group.signers);
    let name = group.name.clone();
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(source) => return Err(Error::Read { file, group: name, source }),
    };
    let signers = match AllowedSigners::parse(&bytes) {
        Ok(signers) => signers,
        Err(source) => return Err(Error::Signers { file, group: name, source }),
    };
    let tenants = match &group.tenants {
        Some(names) => Tenants::Only(names.iter().map(TenantName::new).collect()),
        None => Tenants::All,
    };
    Ok(Group {
        name,
        signers: Signers::Fresh(signers),
        may: group.may.iter().copied().collect(),
        tenants,
        touch: group.touch,
    })
}

/// What is allowed, and may not be meant: a right that one person has where two are needed.
pub fn doubts(loaded: &Loaded, operators: &Operators) -> Vec<String> {
    let mut doubts = Vec::new();
    for tenant in &loaded.settings.tenants {
        let name = TenantName::new(&tenant.name);
        for kind in NEED_TWO {
            if operators.who_may(kind, &name).len() == 1 {
                doubts.push(format!(
                    "only one operator may `{kind}` for tenant `{name}`; what needs two people finds no second"
                ));
            }
        }
    }
    doubts
}
