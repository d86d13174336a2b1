//! Pages: how many items the target gives at once, and whether the next page is another one.

use super::facts::Fact;
use super::wire::{Ask, ids};
use super::{Finding, Mark, Probe};
use crate::scim::address::with_query;
use crate::scim::read;
use std::num::NonZeroU32;

/// Accounts that are kept to try filters and memberships with.
const SAMPLES: usize = 10;

pub(super) async fn check(probe: &mut Probe) -> Finding {
    let size = probe.dialect.paging.page_size;
    let whole = page(probe, 1, size.get()).await;
    let Some(found) = whole.body().and_then(read::page) else {
        let conclusion = format!("a page of Users could not be read: {}", whole.words());
        return probe
            .found("paging", Mark::Change, conclusion)
            .advise("the target does not answer as it should; try again when it does");
    };
    let (received, total) = (found.items.len(), found.total);
    let accounts = found.items.iter().filter_map(|item| read::account(item, &probe.dialect));
    probe.samples = accounts.take(SAMPLES).collect();
    if received < 2 {
        let conclusion = "there are too few accounts to see how pages work";
        return probe.found("paging", Mark::Note, conclusion);
    }
    let first = ids(&page(probe, 1, 1).await);
    let second = ids(&page(probe, 2, 1).await);
    let cap = u32::try_from(received).ok().and_then(NonZeroU32::new);
    let is_capped = total.is_some_and(|total| received as u64 != total.min(u64::from(size.get())));
    if let Some(cap) = cap.filter(|cap| is_capped && *cap < size) {
        probe.learn(Fact::PageSizeMax(cap));
        let conclusion = format!("{size} items were asked for, and only {cap} come at once");
        return probe.found("paging", Mark::Note, conclusion).advise(
            "usher goes on by what it receives; the dialect proposed below asks for no more",
        );
    }
    if total.is_none() {
        let conclusion = "the target does not say how many there are in all";
        return probe
            .found("paging", Mark::Note, conclusion)
            .advise("a page that is not full is taken for the last one");
    }
    if first.len() > 1 {
        let conclusion = "`count` is ignored: more items come than were asked for";
        return probe
            .found("paging", Mark::Note, conclusion)
            .advise("usher goes on by what it receives, so nothing needs to be done");
    }
    if first == second {
        let conclusion = "`startIndex` is ignored: the second page is the first one again";
        return probe.found("paging", Mark::Change, conclusion).advise(
            "only what fits on one page can be read: set `paging.page_size` above the number of \
             accounts and groups, as far as the target allows it",
        );
    }
    probe.found("paging", Mark::Good, "pages come as they were asked for")
}

async fn page(probe: &mut Probe, start: u32, count: u32) -> super::wire::Heard {
    let query = format!("startIndex={start}&count={count}");
    let shown = format!("/Users?{query}");
    let url = probe.wire.address.users().map(|url| with_query(url, &[query]));
    probe.wire.ask(Ask::get(url, &shown)).await
}
