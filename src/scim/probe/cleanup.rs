//! What was made is deleted again, and what is left is told.

use super::Probe;
use super::finding::{Finding, Mark};
use super::made::{self, Fate, Made, Sight};
use crate::model::ids::ScimId;
use reqwest::Method;

/// How something stands at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Gone,
    /// The target says that it is deleted, and still shows it.
    StillShown,
    /// It was asked for, and nothing of that name is seen.
    Unseen,
    Left,
    /// It was deactivated, and is hidden since.
    Hidden,
}

/// Deletes everything; says nothing if nothing was made.
pub(super) async fn clean_up(probe: &mut Probe) -> Option<Finding> {
    let all = probe.made.clone();
    if all.is_empty() {
        return None;
    }
    // What the interrupted check still had in its log is not this one's.
    drop(probe.wire.take_log());
    let mut ends = Vec::new();
    for made in &all {
        ends.push(end(probe, made).await);
    }
    Some(tell(probe, &ends))
}

fn tell(probe: &mut Probe, ends: &[End]) -> Finding {
    let count = |end: End| ends.iter().filter(|found| **found == end).count();
    let by_hand = format!("delete it by hand; its name begins with {}", probe.name);
    let look = format!("look for it later; its name would begin with {}", probe.name);
    let (left, shown, unseen) = (count(End::Left), count(End::StillShown), count(End::Unseen));
    if left > 0 {
        let conclusion = format!("{left} that were made could not be deleted");
        return probe.found("cleanup", Mark::Change, conclusion).advise(by_hand);
    }
    if count(End::Hidden) > 0 {
        let conclusion = "an account is left: it is inactive and hidden, and nothing is written to what is not seen";
        return probe.found("cleanup", Mark::Note, conclusion).advise(by_hand);
    }
    if shown > 0 {
        let conclusion = format!("{shown} are deleted, as the target says, but still show");
        return probe.found("cleanup", Mark::Note, conclusion).advise(look);
    }
    if unseen > 0 {
        let conclusion =
            format!("{unseen} may have been made without showing, and so were not deleted");
        return probe.found("cleanup", Mark::Note, conclusion).advise(look);
    }
    probe.found("cleanup", Mark::Good, "everything that was made is deleted again")
}

async fn end(probe: &mut Probe, made: &Made) -> End {
    match &made.fate {
        Fate::Gone => End::Gone,
        Fate::Known(id) => delete(probe, made, id).await,
        // A refusal may lie.
        Fate::Refused => match look(probe, made).await {
            End::Left => End::Left,
            End::Gone | End::StillShown | End::Unseen | End::Hidden => End::Gone,
        },
        // Nobody saw it being made, so nobody may delete it, whatever it is called.
        Fate::Unsure => look(probe, made).await,
    }
}

async fn look(probe: &mut Probe, made: &Made) -> End {
    match made::named(probe, made.kind, &made.name).await {
        Some(found) if !found.is_empty() => End::Left,
        Some(_) | None => End::Unseen,
    }
}

async fn delete(probe: &mut Probe, made: &Made, id: &ScimId) -> End {
    let heard = made::write(probe, made.kind, id, (Method::DELETE, ""), None).await;
    match heard.status() {
        Some(404 | 410) => End::Gone,
        Some(_) if heard.succeeded(&probe.dialect) => shows_no_more(probe, made, id).await,
        Some(_) => End::Left,
        // It was not sent, or nobody answered.
        None => match made::sight(probe, made.kind, id).await {
            Sight::Ours | Sight::Unreadable => End::Left,
            Sight::Anothers | Sight::Nothing => match look(probe, made).await {
                End::Unseen if made.has_vanished => End::Hidden,
                end => end,
            },
        },
    }
}

async fn shows_no_more(probe: &mut Probe, made: &Made, id: &ScimId) -> End {
    for pause in probe.pauses() {
        tokio::time::sleep(pause).await;
        if made::look(probe, made.kind, id, &made.name).await != Sight::Ours {
            return End::Gone;
        }
    }
    End::StillShown
}
