//! Whether an account was seen to be as it is wanted: `verified` says what was read, never what was
//! answered.

use crate::engine::deeds::groups::Group;
use crate::engine::deeds::limits;
use crate::engine::deeds::plan::{self, Groups, Plan};
use crate::engine::settings::TargetSettings;
use crate::engine::state::{Binding, Seat};
use crate::model::ids::GroupName;
use crate::model::wish::Wish;
use std::collections::BTreeMap;

/// Whether every field of `wish` (the seat's, in the target's terms) was read since it was last
/// written, and is as wanted.
pub fn is_proved(
    seat: &Seat,
    wish: &Wish,
    settings: &TargetSettings,
    groups: &BTreeMap<GroupName, Group>,
) -> bool {
    match seat.binding {
        Binding::Unknown => wish.is_empty(),
        Binding::NoAccount => true,
        Binding::Bound(ref account) => {
            let mut left = plan::build(seat, wish, (&settings.restricting_groups, groups));
            let known = seat.known.as_ref().and_then(|known| known.attributes.as_ref());
            limits::trim(&mut left, known, settings.custom_attributes);
            let is_read = |name: &GroupName| {
                let need = seat.drive.group_needs.get(name).copied().unwrap_or_default();
                groups.get(name).is_some_and(|group| group.is_proved(Some(account), need.max(1)))
                    && !groups.is_missing(name)
            };
            let deletion = left.deletion.clone();
            left == Plan { deletion, ..Plan::default() }
                && seat.drive.read_moment >= seat.drive.account_need.max(seat.drive.id_need)
                && wish.groups.keys().all(is_read)
        }
    }
}
