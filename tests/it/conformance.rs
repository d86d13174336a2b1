//! What the conformance testers say of the SCIM providers here.
//!
//! A provider of ours must pass; of the others it is written down what they lack, for the dialects
//! rest on it.

use crate::support::conformance::{Findings, Tester};
use crate::support::servers::Peer;
use crate::support::world;
use std::collections::BTreeSet;

/// What the tester finds in a directory of its own.
async fn examined(peer: Peer, tester: Tester) -> Option<Findings> {
    let _machine = world::beside_others().await;
    tokio::task::block_in_place(|| {
        let directory = peer.directory(&format!("conformance-{tester:?}"))?;
        tester.examine(&directory.url())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scim2_cli_has_nothing_to_say_against_scim2_server() {
    let Some(found) = examined(Peer::Scim2Server, Tester::Scim2Cli).await else { return };
    assert!(found.failed.is_empty(), "{:#?}", found.failed);
    assert!(found.passed > 100, "only {} checks", found.passed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scim_sanity_takes_no_204_of_scim2_server() {
    let Some(found) = examined(Peer::Scim2Server, Tester::ScimSanity).await else { return };
    for failure in &found.failed {
        assert!(failure.why.contains("got 204"), "{failure:?}");
    }
    assert_eq!(found.failed.len(), 4, "it changes a user once and groups three times");
    assert!(found.passed > 20, "only {} checks", found.passed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scim_sanity_finds_that_scimmy_tells_no_location() {
    let Some(found) = examined(Peer::Scimmy, Tester::ScimSanity).await else { return };
    assert_eq!(found.failed(), BTreeSet::from(["POST /Groups", "POST /Users"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scim2_cli_finds_methods_that_scimmy_does_not_refuse_well() {
    let Some(found) = examined(Peer::Scimmy, Tester::Scim2Cli).await else { return };
    assert!(found.failed().contains("schemas_endpoint_methods"), "{:?}", found.failed());
    assert!(found.passed > 50, "only {} checks", found.passed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_testers_have_nothing_to_say_against_the_sandbox_with_the_rfcs_manners() {
    for (tester, least) in [(Tester::Scim2Cli, 100), (Tester::ScimSanity, 20)] {
        let Some(found) = examined(Peer::StrictSandbox, tester).await else { return };
        assert!(found.failed.is_empty(), "{:#?}", found.failed);
        assert!(found.passed > least, "only {} checks by {tester:?}", found.passed);
    }
}
