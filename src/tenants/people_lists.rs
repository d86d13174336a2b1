//! Lists of people, read from the files that the configuration names.

use super::{Error, read_bytes};
use crate::config::tenants::people_list::PeopleList;
use crate::config::{Loaded, Tenant};
use crate::reconcile::{Authority, List};
use crate::roster::{self, Census, Expect, Guard, Manifest, Refused, Roster};
use jiff::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};

/// A list that was read, or refused as a whole.
#[derive(Debug)]
pub struct Taken {
    pub name: &'static str,
    pub of: Authority,
    pub roster: Result<Roster, Refused>,
}

impl Taken {
    /// As a comparison takes it.
    pub fn lent(&self) -> List<'_> {
        List { name: self.name, of: self.of, roster: self.roster.as_ref() }
    }
}

/// A list that is to be read.
#[derive(Debug)]
pub struct Reading<'a> {
    pub list: &'a PeopleList,
    pub file: &'a Path,
    pub expect: Expect,
    pub now: Timestamp,
}

/// The lists of a tenant, as its configuration names them. `before`: what is remembered of earlier ones.
pub fn lists_of<'c>(
    loaded: &Loaded,
    tenant: &Tenant,
    now: Timestamp,
    before: impl Fn(&str) -> Option<&'c Census>,
) -> Result<Vec<Taken>, Error> {
    let roster = tenant.roster.iter().map(|list| ("roster", Authority::Hr, list));
    let idp = tenant.idp.iter().map(|list| ("idp", Authority::IdentityProvider, list));
    let taken = roster.chain(idp).map(|(name, of, list)| {
        let file = loaded.resolve(&list.file);
        let reading = Reading { list, file: &file, expect: list.expect.clone(), now };
        Ok(Taken { name, of, roster: reading.read(before(name))? })
    });
    taken.collect()
}

impl Reading<'_> {
    /// `before`: what is remembered of the list before it.
    pub fn read(self, before: Option<&Census>) -> Result<Result<Roster, Refused>, Error> {
        let Self { list, file, expect, now } = self;
        let bytes = read_bytes("the list", file)?;
        let modified = fs::metadata(file).and_then(|about| about.modified()).ok();
        let form = list.form(file);
        let manifest = match manifest(file)? {
            None => None,
            Some(text) => match Manifest::parse(&text) {
                Ok(manifest) => Some(manifest),
                Err(why) => {
                    return Ok(Err(Refused { file: form.file, line: None, column: None, why }));
                }
            },
        };
        let guard = Guard {
            modified_at: modified.and_then(|at| Timestamp::try_from(at).ok()),
            manifest,
            requires_manifest: list.requires_manifest,
            source: list.source.clone(),
            accepted: list.accepted.clone(),
            ..Guard::new(now, expect)
        };
        Ok(roster::read(&bytes, &form, &guard, before))
    }
}

/// What the exporting job says of its file, if it says anything.
fn manifest(file: &Path) -> Result<Option<Vec<u8>>, Error> {
    let mut name = file.as_os_str().to_owned();
    name.push(".manifest.json");
    let beside = PathBuf::from(name);
    if beside.exists() { read_bytes("the manifest", &beside).map(Some) } else { Ok(None) }
}
