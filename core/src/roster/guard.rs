//! Whether a list may be believed: its manifest, what is expected of it, and the one before it.

use super::refused::Why;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What must hold of a list, beside its form.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    pub now: Timestamp,
    /// When the file was written, or the record made; counts where no manifest says it.
    pub modified_at: Option<Timestamp>,
    /// What lies beside the file.
    pub manifest: Option<Manifest>,
    /// Without a manifest it is not taken.
    pub requires_manifest: bool,
    /// The source that the manifest must name.
    pub source: Option<String>,
    pub expect: Expect,
    /// The SHA-256 of a list that somebody has looked at: it may be as small as it is.
    pub accepted: Option<String>,
}

impl Guard {
    /// What is expected unless somebody says otherwise.
    pub fn new(now: Timestamp, expect: Expect) -> Self {
        Self {
            now,
            modified_at: None,
            manifest: None,
            requires_manifest: false,
            source: None,
            expect,
            accepted: None,
        }
    }
}

/// What a list should look like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// As many rows at least.
    pub rows_least: Option<u64>,
    /// By so many percent at most it may have become smaller since the one before.
    pub shrink_most: u8,
    /// And each of its departments.
    pub department_shrink_most: u8,
    /// A department may lose as many people, however small it is.
    pub department_loss_free: u64,
    /// Hours since it was made; `None`: it may be of any age.
    pub age_most: Option<u32>,
}

impl Default for Expect {
    fn default() -> Self {
        Self {
            rows_least: None,
            shrink_most: 5,
            department_shrink_most: 20,
            department_loss_free: 5,
            age_most: Some(36),
        }
    }
}

/// What the exporting job says of its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub rows: u64,
    pub sha256: String,
    pub generated_at: Timestamp,
    #[serde(default)]
    pub complete: bool,
    #[serde(default)]
    pub source: Option<String>,
}

impl Manifest {
    /// Reads the JSON that lies beside a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, Why> {
        serde_json::from_slice(bytes).map_err(|error| {
            let place = format!("a mistake at line {}, sign {}", error.line(), error.column());
            Why::ManifestUnreadable { what: place }
        })
    }
}

/// What is remembered of a list that was taken, to judge the next one by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    pub stamp: Stamp,
    /// Rows, with those that name nobody.
    pub rows: u64,
    /// People who have not left.
    pub current: u64,
    /// The same by department.
    pub departments: BTreeMap<String, u64>,
    /// Addresses by what stands behind the `@`: a misspelt domain is seen here.
    pub domains: BTreeMap<String, u64>,
    /// Numbers that begin with a zero.
    pub zero_led: u64,
}

/// Which list it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub generated_at: Option<Timestamp>,
    /// In hexadecimal.
    pub sha256: String,
}

/// Clocks of others may be ahead by as much.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(1);

impl Guard {
    /// When the list was made, as far as anybody says.
    pub(super) fn generated_at(&self) -> Option<Timestamp> {
        self.manifest.as_ref().map(|it| it.generated_at).or(self.modified_at)
    }

    /// What can be refused before the list is read.
    pub(super) fn check_before(&self, sha256: &str) -> Result<(), Why> {
        match &self.manifest {
            None if self.requires_manifest => return Err(Why::NoManifest),
            None if self.expect.rows_least.is_none() => return Err(Why::Unguarded),
            None => {}
            Some(manifest) => {
                if !manifest.complete {
                    return Err(Why::ManifestIncomplete);
                }
                if !manifest.sha256.trim().eq_ignore_ascii_case(sha256) {
                    return Err(Why::ManifestHash);
                }
                if let Some(expected) =
                    self.source.clone().filter(|it| manifest.source.as_ref() != Some(it))
                {
                    return Err(Why::ManifestSource { expected });
                }
            }
        }
        self.check_age()
    }

    fn check_age(&self) -> Result<(), Why> {
        let made = self.generated_at();
        if let Some(generated_at) = made.filter(|made| made.duration_since(self.now) > AHEAD_MAX) {
            return Err(Why::FromTheFuture { generated_at });
        }
        match (self.expect.age_most, made) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(Why::AgeUnknown),
            (Some(hours), Some(generated_at)) => {
                let age = self.now.duration_since(generated_at);
                let is_old = age > SignedDuration::from_hours(i64::from(hours));
                if is_old { Err(Why::TooOld { generated_at, hours }) } else { Ok(()) }
            }
        }
    }

    /// What can be refused once it is read.
    pub(super) fn check_after(&self, census: &Census, before: Option<&Census>) -> Result<(), Why> {
        if let Some(manifest) = self.manifest.as_ref().filter(|it| it.rows != census.rows) {
            return Err(Why::ManifestRows { rows: census.rows, said: manifest.rows });
        }
        if let Some(least) = self.expect.rows_least.filter(|least| census.rows < *least) {
            return Err(Why::TooFew { rows: census.rows, least });
        }
        let Some(before) = before else { return Ok(()) };
        if let (Some(now), Some(then)) = (census.stamp.generated_at, before.stamp.generated_at)
            && now < then
        {
            return Err(Why::OlderThanBefore { generated_at: now, before: then });
        }
        let sha256 = &census.stamp.sha256;
        if self.accepted.as_ref().is_some_and(|it| it.trim().eq_ignore_ascii_case(sha256)) {
            return Ok(());
        }
        if before.zero_led > 0 && census.zero_led == 0 {
            return Err(Why::ZerosEaten { before: before.zero_led });
        }
        self.check_size(census, before)
    }

    fn check_size(&self, census: &Census, before: &Census) -> Result<(), Why> {
        let percent = self.expect.shrink_most;
        let sha256 = || census.stamp.sha256.clone();
        for (rows, then) in [(census.rows, before.rows), (census.current, before.current)] {
            if has_shrunk(rows, then, percent) {
                return Err(Why::Shrunk { rows, before: then, percent, sha256: sha256() });
            }
        }
        let percent = self.expect.department_shrink_most;
        let mut shrunk = 0;
        let mut greatest = (0, 0);
        for (name, then) in &before.departments {
            let now = census.departments.get(name).copied().unwrap_or_default();
            let lost = then.saturating_sub(now);
            if lost > self.expect.department_loss_free && has_shrunk(now, *then, percent) {
                shrunk += 1;
                greatest = greatest.max((lost, *then));
            }
        }
        if shrunk == 0 {
            return Ok(());
        }
        let (lost, before) = greatest;
        let departments = shrunk;
        Err(Why::DepartmentsShrunk { departments, lost, before, percent, sha256: sha256() })
    }
}

/// Whether `now` is more than `percent` percent below `then`.
pub(crate) fn has_shrunk(now: u64, then: u64, percent: u8) -> bool {
    let lost = u128::from(then.saturating_sub(now));
    lost * 100 > u128::from(then) * u128::from(percent)
}
