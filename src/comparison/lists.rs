//! Lists of people as files: read, with what their exporting job says of them, and taken or refused.

use crate::config::tenants::people_list::PeopleList;
use crate::config::{Loaded, Tenant};
use crate::reconcile::{Authority, List};
use crate::roster::{self, Census, Expect, Guard, Manifest, Refused, Roster};
use crate::tenants::Error;
use jiff::Timestamp;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The lists of a tenant: each with its name and on what it has the word.
pub fn configured(tenant: &Tenant) -> impl Iterator<Item = (&'static str, Authority, &PeopleList)> {
    let roster = tenant.roster.iter().map(|list| ("roster", Authority::Hr, list));
    roster.chain(tenant.idp.iter().map(|list| ("idp", Authority::IdentityProvider, list)))
}

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

/// The lists of a tenant, read. `before`: what is remembered of earlier ones.
pub fn lists_of<'c>(
    loaded: &Loaded,
    tenant: &Tenant,
    now: Timestamp,
    before: impl Fn(&str) -> Option<&'c Census>,
) -> Result<Vec<Taken>, Error> {
    let taken = configured(tenant).map(|(name, of, list)| {
        let file = loaded.resolve(&list.file);
        let reading = Reading { list, file: &file, expect: &list.expect, now };
        Ok(Taken { name, of, roster: reading.read(before(name))? })
    });
    taken.collect()
}

/// A list that is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    pub list: &'a PeopleList,
    pub file: &'a Path,
    pub expect: &'a Expect,
    pub now: Timestamp,
}

impl Reading<'_> {
    /// `before`: what is remembered of the list before it.
    pub fn read(self, before: Option<&Census>) -> Result<Result<Roster, Refused>, Error> {
        let Self { list, file, expect, now } = self;
        let bytes = read("the list", file)?;
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
            ..Guard::new(now, expect.clone())
        };
        Ok(roster::read(&bytes, &form, &guard, before))
    }
}

/// What the exporting job says of its file, if it says anything.
fn manifest(file: &Path) -> Result<Option<Vec<u8>>, Error> {
    let mut name = file.as_os_str().to_owned();
    name.push(".manifest.json");
    let beside = PathBuf::from(name);
    if beside.exists() { read("the manifest", &beside).map(Some) } else { Ok(None) }
}

fn read(what: &'static str, file: &Path) -> Result<Vec<u8>, Error> {
    fs::read(file).map_err(|source| unread(what, file, source))
}

fn unread(what: &'static str, file: &Path, source: io::Error) -> Error {
    let by = "the configuration or the command line".to_owned();
    Error::Read { what, file: file.to_owned(), by, source }
}
