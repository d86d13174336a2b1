//! The descriptions of JSON that sources with `format: mapped` name.

use super::Tenant;
use crate::decode::{Format, MAPPING_PRESETS, SourceSettings};
use std::fs;
use std::path::Path;

/// Reads the files that are named, which lie in `directory`; problems, each with its key and its cure.
pub(in crate::config) fn read(tenants: &mut [Tenant], directory: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    for (tenant, settings) in tenants.iter_mut().enumerate() {
        for (index, source) in settings.sources.iter_mut().enumerate() {
            let key = format!("tenants[{tenant}].sources[{index}].mapping");
            problems
                .extend(of_source(source, directory).into_iter().map(|it| format!("{key}: {it}")));
        }
    }
    problems
}

fn of_source(source: &mut SourceSettings, directory: &Path) -> Vec<String> {
    let is_mapped = source.format == Format::Mapped;
    let Some(choice) = &mut source.mapping else {
        let known = MAPPING_PRESETS.join(", ");
        let text = format!(
            "is missing, and `format: mapped` needs it; name a file, or one of: {known} \
             (docs/formats.md)"
        );
        return if is_mapped { vec![text] } else { Vec::new() };
    };
    if !is_mapped {
        return vec![
            "counts for `format: mapped` alone; leave it out, or set that format".to_owned(),
        ];
    }
    if choice.stands_in_place() {
        return vec![
            "must be a preset or a file; put the description into a file of its own".to_owned(),
        ];
    }
    let Some(file) = choice.unread_file().map(str::to_owned) else { return Vec::new() };
    match fs::read_to_string(directory.join(&file)) {
        Ok(text) => {
            let refused = choice.take(&text).err().unwrap_or_default();
            refused.into_iter().map(|problem| format!("{file}: {problem}")).collect()
        }
        Err(error) => {
            let known = MAPPING_PRESETS.join(", ");
            vec![format!("could not read `{file}`: {error}; name a file, or one of: {known}")]
        }
    }
}
