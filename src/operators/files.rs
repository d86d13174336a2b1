//! The files of signers, read again when they change.

use super::Error;
use crate::command::signers::AllowedSigners;
use crate::command::{Group, Operators};
use std::path::PathBuf;

/// All groups of operators, each with its file.
#[derive(Clone, Debug, Default)]
pub struct Files {
    groups: Vec<(Group, PathBuf)>,
    operators: Operators,
}

/// What reading them again has shown.
#[derive(Debug)]
pub struct Reread {
    /// None: nothing has changed.
    pub operators: Option<Operators>,
    /// What is wrong with them now.
    pub problems: Vec<Error>,
}

impl Files {
    /// Takes groups as they were just read.
    ///
    /// # Errors
    ///
    /// If two files give one key to different people.
    pub(super) fn new(groups: Vec<(Group, PathBuf)>) -> Result<Self, Error> {
        let taken = groups.iter().map(|(group, _)| group.clone()).collect();
        let operators = Operators::new(taken).map_err(Error::TwoNames)?;
        Ok(Self { groups, operators })
    }

    /// Who may send commands, by what the files last said.
    pub fn operators(&self) -> &Operators {
        &self.operators
    }

    /// Reads every file again. One that cannot be used leaves what it said before, for pauses alone; so
    /// do all, if two of them contradict each other.
    pub fn read_again(&mut self) -> Reread {
        let mut problems = Vec::new();
        let mut groups = self.groups.clone();
        for (group, file) in &mut groups {
            let read = super::read(file, &group.name);
            group.signers = group.signers.clone().after(read.as_ref().map(AllowedSigners::clone));
            problems.extend(read.err());
        }
        let read = match Self::new(groups) {
            Ok(read) => read,
            Err(error) => {
                problems.push(error);
                self.of_before()
            }
        };
        let has_changed = read.operators != self.operators;
        *self = read;
        Reread { operators: has_changed.then(|| self.operators.clone()), problems }
    }

    /// The same people, whose files are not to be trusted now.
    fn of_before(&self) -> Self {
        let mut groups = self.groups.clone();
        for (group, _) in &mut groups {
            group.signers = group.signers.clone().after(Err(()));
        }
        Self::new(groups).unwrap_or_else(|_cannot_be_for_they_were_taken| Self::default())
    }
}
