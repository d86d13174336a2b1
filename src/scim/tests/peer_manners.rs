//! How the provider behaves that a trial is tried on.

/// What removing by this form does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    One,
    All,
    Nothing,
    Refused,
}

/// How this provider behaves. The default is RFC 7644.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches, each of another surprise")]
pub(super) struct Manners {
    /// Header and value with which one is let in.
    pub(super) tokens: Vec<(&'static str, &'static str)>,
    pub(super) may_write: bool,
    pub(super) by_filter: Removal,
    pub(super) by_array: Removal,
    pub(super) ignores_filters: bool,
    /// Filter paths that are refused.
    pub(super) refused_filters: Vec<&'static str>,
    pub(super) page_size_max: usize,
    pub(super) members_only_when_asked: bool,
    pub(super) takes_excluded_attributes: bool,
    pub(super) keeps_extensions: bool,
    pub(super) patches_users: bool,
    pub(super) active_is_text: bool,
    pub(super) makes_groups: bool,
    /// Answers a DELETE with 500.
    pub(super) deletes: bool,
    /// Answers a DELETE with 204 and keeps what it is.
    pub(super) keeps_deleted: bool,
    /// How the first look-up of a group is answered.
    pub(super) first_group_lookup: Option<u16>,
    pub(super) creation: Creation,
    /// A filter that nobody fits is answered with 404.
    pub(super) misses_are_404: bool,
    pub(super) inactive: Inactive,
    /// The n-th read of a user after a change shows it, and none before.
    pub(super) reads_lag: usize,
    /// A manager is taken as an object, and as nothing else.
    pub(super) manager_is_complex: bool,
    /// An attribute is cleared by an empty text, and by nothing else.
    pub(super) clears_by_empty_text: bool,
    /// No group can be read by its id, and users show theirs.
    pub(super) hides_groups: bool,
    pub(super) quota: bool,
}

/// What becomes of a user who is deactivated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inactive {
    Shown,
    /// 404 by id and in no list; the name is taken.
    Hidden,
    Deleted,
}

/// What a POST does and says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Creation {
    Honest,
    /// Makes it, and answers with that status and no resource.
    Says(u16),
    /// Makes it, and answers without an id.
    WithoutId,
    /// Makes it, and answers with the id of what was there first.
    WithAnothersId,
    /// Answers with what was there first.
    Anothers,
    /// Makes it, and gives it another id at once; the one in the answer is nobody's.
    MovesOn,
    /// Makes it, and gives it another id at once; the one in the answer is somebody's who was there.
    GivesIdAway,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            tokens: vec![("authorization", "Bearer s3cret")],
            may_write: true,
            by_filter: Removal::One,
            by_array: Removal::Refused,
            ignores_filters: false,
            refused_filters: Vec::new(),
            page_size_max: 1000,
            members_only_when_asked: false,
            takes_excluded_attributes: true,
            keeps_extensions: true,
            patches_users: true,
            active_is_text: false,
            makes_groups: true,
            deletes: true,
            keeps_deleted: false,
            first_group_lookup: None,
            creation: Creation::Honest,
            misses_are_404: false,
            inactive: Inactive::Shown,
            reads_lag: 0,
            manager_is_complex: false,
            clears_by_empty_text: false,
            hides_groups: false,
            quota: false,
        }
    }
}
