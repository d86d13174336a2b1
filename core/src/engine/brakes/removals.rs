//! A removal that took too many: nobody is taken out of a group there until somebody has looked.

use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::{GroupName, TargetName, TenantName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Removals from groups are stopped at a target until an operator lets them go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalStop {
    pub tenant: TenantName,
    pub target: TargetName,
    /// The group that lost more than was asked.
    pub group: GroupName,
    /// So many members went whom nobody had asked to take out.
    pub missing: usize,
    pub since: Timestamp,
}

impl RemovalStop {
    /// Whether it stops this target.
    pub fn is_of(&self, tenant: &TenantName, target: &TargetName) -> bool {
        self.tenant == *tenant && self.target == *target
    }

    /// Why a removal waits.
    pub fn why(&self) -> Why {
        let text = format!(
            "after a removal from group `{}`, {} more of its members were gone, so nobody is taken out of a \
             group here since {}; look at the target, then say `usher release`",
            self.group, self.missing, self.since
        );
        Why::new(Code::RemovalStopped, Some("groups"), text)
    }

    /// What is told of the person whose removal it was.
    pub fn told(&self, strangers: usize) -> Why {
        let unknown = if strangers == 0 {
            String::new()
        } else {
            format!("; {strangers} of them usher does not know: put them back by hand")
        };
        let text = format!(
            "after this removal from group `{}`, {} more of its members were gone whom nobody had asked to \
             take out; whom usher knows is put back or is a row{unknown}; removals from groups are stopped \
             at this target until somebody says `usher release`",
            self.group, self.missing
        );
        Why::new(Code::RemovalTookTooMany, Some("groups"), text)
    }
}
