//! Which parked records are read again, and what each would become.

use super::super::error::Error;
use super::super::plans::{Place, Plan};
use super::Replay;
use super::mend::{Cure, Mended};
use crate::cli::Error as CliError;
use crate::cli::questions::parked::read;
use crate::cli::questions::rows_of_holds::line;
use crate::command::instruction::{
    Bytes, Command, INSTRUCTION_BYTES_MAX, RECORDS_MAX, Records, Replayed, ReplayedHeader,
    Sha256Hex,
};
use crate::decode::{self, SourceSettings};
use crate::kafka::topics::BROUGHT_BYTES_MAX;
use crate::model::RawRecord;
use crate::model::position::Position;
use crate::rules::RuleSet;
use crate::view::mended::{Becomes, becomes, says_its_time};
use crate::view::parked::{Found, Named, Part, Row};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// What a command takes besides its records.
const ROOM_FOR_THE_REST: usize = 4 * 1024;

/// What is known of where the records came from.
struct Known {
    sources: BTreeMap<String, SourceSettings>,
    rules: RuleSet,
    wholes: BTreeMap<Position, Found>,
}

/// What is sent, and what is said of it and of the rest.
#[derive(Default)]
struct Sorted {
    records: Vec<Replayed>,
    bytes: usize,
    /// Values that are too large for the signed bytes.
    brought: Vec<Vec<u8>>,
    told: String,
    left_out: String,
    /// So many do not fit.
    later: usize,
}

pub(super) fn plan(place: &Place<'_>, replay: &Replay) -> Result<Plan, CliError> {
    let tenant = place.waiting.tenant(place.tenant)?;
    let mut filter = replay.filters.read(place.zone)?;
    filter.tenants = Some(vec![tenant.clone()]);
    if !replay.all_of && !replay.filters.is_empty() {
        let text = "filters choose with --all-of; positions need none";
        return Err(Error::Incomplete(text.to_owned()).into());
    }
    let rows = chosen(read::rows(place.waiting, &filter)?, replay)?;
    let places: BTreeSet<Position> = rows.iter().map(|row| row.at.record.clone()).collect();
    let known = Known {
        sources: place.waiting.sources(),
        rules: place.waiting.rules(&tenant)?,
        wholes: read::wholes(place.waiting, &places)?,
    };
    let sorted = sort(&rows, &known, &replay.cure()?)?;
    let count = sorted.records.len();
    let mut shown =
        format!("replay: {count} event(s) are read again, each at its own place and time\n");
    shown.push_str(&sorted.told);
    if !sorted.left_out.is_empty() {
        shown.push_str("left out, for nothing would come of them:\n");
        shown.push_str(&sorted.left_out);
    }
    if sorted.later > 0 {
        let later = format!("{} more do not fit into one command; say it again", sorted.later);
        shown.push_str(&line(&later));
    }
    let Ok(records) = Records::try_from(sorted.records) else {
        return Err(Error::NothingToReplay(sorted.left_out).into());
    };
    let command = Command::Replay { records };
    let (known_as, brought) = (BTreeMap::new(), sorted.brought);
    Ok(Plan { tenant: Some(tenant), command, shown, known_as, brought })
}

/// The rows that are meant, in the order of their topics.
fn chosen(rows: Vec<Row>, replay: &Replay) -> Result<Vec<Row>, CliError> {
    let mut chosen: Vec<Row> = if replay.all_of {
        rows.into_iter().filter(Row::is_open).collect()
    } else {
        let mut named = Vec::new();
        for position in &replay.positions {
            let wants = |wants| Error::Incomplete(format!("`{position}` must be {wants}"));
            let name: Named = position.parse().map_err(wants)?;
            // Of a topic that was made anew the last is meant.
            let found = rows.iter().filter(|row| name.is(&row.at));
            let last = found.clone().map(|row| row.at.record.generation).max();
            let found: Vec<Row> =
                found.filter(|row| Some(row.at.record.generation) == last).cloned().collect();
            if found.is_empty() {
                return Err(Error::NotParked(position.clone()).into());
            }
            named.extend(found);
        }
        named
    };
    if chosen.is_empty() {
        return Err(Error::NothingParked.into());
    }
    chosen.sort_by(|a, b| a.at.cmp(&b.at));
    chosen.dedup_by(|a, b| a.at == b.at);
    Ok(chosen)
}

/// Each record is mended once, whichever of its events are meant.
fn sort(rows: &[Row], known: &Known, cure: &Cure) -> Result<Sorted, CliError> {
    let mut sorted = Sorted::default();
    let mut mended: BTreeMap<&Position, Mended> = BTreeMap::new();
    for (number, row) in rows.iter().enumerate() {
        if sorted.records.len() >= RECORDS_MAX {
            sorted.later = rows.len() - number;
            break;
        }
        let (found, source) = match whole(row, known) {
            Ok(whole) => whole,
            Err(why) => {
                sorted.leave_out(row, why);
                continue;
            }
        };
        let place = &row.at.record;
        let mended = match mended.entry(place) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(cure.apply(&row.position, &found.raw, source)?),
        };
        if !sorted.add(row, (found, source, mended), &known.rules) {
            sorted.later = rows.len() - number;
            break;
        }
    }
    Ok(sorted)
}

fn whole<'a>(row: &Row, known: &'a Known) -> Result<(&'a Found, &'a SourceSettings), &'static str> {
    if row.replayed.as_ref().is_some_and(|again| again.counts) {
        return Err("it was replayed before, and counts once");
    }
    let source = known.sources.get(&row.at.record.topic);
    let source = source.ok_or("no source of the tenant has this topic any more")?;
    match known.wholes.get(&row.at.record) {
        Some(found) if found.raw.value.as_deref().is_some_and(cannot_be_unpacked) => Err(
            "it is compressed and was cut short, or is too large; have its source send it again",
        ),
        Some(found) if found.part == Part::Whole => Ok((found, source)),
        Some(_) => Err("it was too large to be kept; have its source send it again"),
        None => Err("the record is gone from the topic of parked records"),
    }
}

fn cannot_be_unpacked(value: &[u8]) -> bool {
    decode::unpacked(value).is_some_and(|unpacked| unpacked.is_err())
}

impl Sorted {
    fn leave_out(&mut self, row: &Row, why: &str) {
        self.left_out.push_str(&line(&format!("  {}: {why}", row.position)));
    }

    /// Says whether it fits, or is left out.
    fn add(
        &mut self,
        row: &Row,
        (found, source, mended): (&Found, &SourceSettings, &Mended),
        rules: &RuleSet,
    ) -> bool {
        // Of a record of several events the others were decided, and are not decided again.
        let is_one_of_several = decode::decode(&found.raw, source).len() > 1;
        let index = is_one_of_several.then_some(row.at.index);
        let raw = mended.record(&found.raw);
        let all = becomes(&raw, source, rules);
        let meant: Vec<&Becomes> = match index {
            Some(index) => {
                usize::try_from(index).ok().and_then(|it| all.get(it)).into_iter().collect()
            }
            None => all.iter().collect(),
        };
        let told: Vec<String> = meant.iter().map(|it| it.words()).collect();
        if !meant.iter().any(|it| matches!(it, Becomes::Event { .. })) {
            self.leave_out(row, &told.join("; "));
            return true;
        }
        if !found.is_timed && !says_its_time(&raw, source) {
            self.leave_out(row, "nobody knows its time; give the event a `time` of its own");
            return true;
        }
        match self.take(replayed(row, &raw, index)) {
            Fits::Yes => {}
            Fits::Later => return false,
            Fits::Never => {
                self.leave_out(row, "it is too large for a command; have its source send it again");
                return true;
            }
        }
        let changed: Vec<&str> = mended.changed.iter().map(String::as_str).collect();
        let changed = match changed.as_slice() {
            [] => "as it was".to_owned(),
            names => format!("mended: {}", names.join(", ")),
        };
        self.told.push_str(&line(&format!("  {}  {}  ({changed})", row.position, told.join("; "))));
        true
    }
}

/// Whether a record fits into the command.
enum Fits {
    Yes,
    /// Into the next one.
    Later,
    Never,
}

impl Sorted {
    /// A value that is too large for the signed bytes goes beside them.
    fn take(&mut self, within: Replayed) -> Fits {
        const MOST: usize = INSTRUCTION_BYTES_MAX - ROOM_FOR_THE_REST;
        let length = |record: &Replayed| serde_json::json!(record).to_string().len() + 1;
        let (mut record, mut beside) = (within, None);
        if length(&record) > MOST
            && let Some(bytes) = record.bytes.take()
        {
            record.sha256 = Some(Sha256Hex::of(bytes.as_slice()));
            beside = Some(Bytes::as_slice(&bytes).to_vec());
        }
        let carried = |values: &[Vec<u8>]| values.iter().map(Vec::len).sum::<usize>();
        let more = beside.as_ref().map_or(0, Vec::len);
        if length(&record) > MOST || more > BROUGHT_BYTES_MAX {
            return Fits::Never;
        }
        if self.bytes + length(&record) > MOST || carried(&self.brought) + more > BROUGHT_BYTES_MAX
        {
            return Fits::Later;
        }
        self.bytes += length(&record);
        self.records.push(record);
        self.brought.extend(beside.filter(|value| !self.brought.contains(value)));
        Fits::Yes
    }
}

fn replayed(row: &Row, raw: &RawRecord, index: Option<u32>) -> Replayed {
    let headers = raw.headers.iter().map(|(name, value)| ReplayedHeader {
        name: name.clone(),
        value: value.clone().map(Into::into),
    });
    Replayed {
        position: row.at.record.clone(),
        index,
        time: raw.timestamp,
        key: raw.key.clone().map(Into::into),
        headers: headers.collect(),
        bytes: Some(raw.value.clone().unwrap_or_default().into()),
        sha256: None,
    }
}
