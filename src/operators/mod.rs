//! Operators as configured become operators as commands are judged by.
//!
//! Reads every file that they name, so that a mistake shows at the start and not when somebody wants
//! to stop something. Reaches no network.

mod files;
#[cfg(test)]
mod tests;

use crate::command::instruction::CommandKind;
use crate::command::signers::{AllowedSigners, SignersError};
use crate::command::{Group, Operators, Signers, Tenants, TwoNames};
use crate::config::{Loaded, OperatorGroup, Target};
use crate::engine::brakes::limits::Limits;
use crate::engine::settings::{Approvals, Mode};
use crate::model::code::Code;
use crate::model::ids::TenantName;
use std::path::{Path, PathBuf};

pub use files::{Files, Reread};

/// Against leavers and security, and for administrators, it takes two, whatever the configuration says.
const AT_LEAST: usize = 2;

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
pub fn load(loaded: &Loaded) -> Result<Files, Error> {
    let groups = loaded.settings.operators.iter().map(|group| load_one(loaded, group));
    Files::new(groups.collect::<Result<_, _>>()?)
}

fn load_one(loaded: &Loaded, group: &OperatorGroup) -> Result<(Group, PathBuf), Error> {
    let file = loaded.resolve(&group.signers);
    let name = group.name.clone();
    let signers = read(&file, &name)?;
    let tenants = match &group.tenants {
        Some(names) => Tenants::Only(names.iter().map(TenantName::new).collect()),
        None => Tenants::All,
    };
    let group = Group {
        name,
        signers: Signers::Fresh(signers),
        may: group.may.iter().copied().collect(),
        tenants,
        touch: group.touch,
    };
    Ok((group, file))
}

/// What the file of a group says now.
fn read(file: &Path, group: &str) -> Result<AllowedSigners, Error> {
    let (file, group) = (file.to_owned(), group.to_owned());
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(source) => return Err(Error::Read { file, group, source }),
    };
    AllowedSigners::parse(&bytes).map_err(|source| Error::Signers { file, group, source })
}

/// What is allowed, and may not be meant: what is held and nobody may release, and a right that fewer
/// people have than are needed.
pub fn doubts(loaded: &Loaded, operators: &Operators) -> Vec<String> {
    let mut doubts = Vec::new();
    for tenant in &loaded.settings.tenants {
        let name = TenantName::new(&tenant.name);
        let is_limited =
            |target: &Target| target.mode == Mode::Enforce && target.limits() != Limits::default();
        let nobody = operators.who_may(CommandKind::Approve, &name).is_empty();
        if nobody && tenant.targets.iter().any(is_limited) {
            doubts.push(format!(
                "nobody may `approve` for tenant `{name}`, and its targets have limits: what is held can be \
                 released by nobody; name `operators`"
            ));
        }
        for (kind, needed) in needed(&loaded.settings.approvals.approvals()) {
            let count = operators.who_may(kind, &name).len();
            if (1..needed).contains(&count) {
                doubts.push(format!(
                    "{count} operator(s) may `{kind}` for tenant `{name}`, and some of it takes {needed}, \
                     each with a name and a key of their own: that is never done; name more in a file of \
                     signers"
                ));
            }
        }
    }
    doubts
}

/// How many people each command may take.
fn needed(approvals: &Approvals) -> [(CommandKind, usize); 3] {
    let Approvals { deletion, over, over_rows: _ } = *approvals;
    [
        (CommandKind::Approve, AT_LEAST.max(deletion).max(over)),
        (CommandKind::Override, AT_LEAST),
        (CommandKind::Undo, AT_LEAST.max(over)),
    ]
}
