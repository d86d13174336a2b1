//! Topics are looked at while shards are held: whoever changes them in a console is told at once, and a
//! number of shards that is not ours any more stops us before somebody else acts, too.

use std::convert::Infallible;
use std::time::Duration;

use super::World;
use crate::kafka::topics::{Error, Watch};

/// How often the number of shards is looked at.
const NUMBER_EVERY: Duration = Duration::from_secs(4);

/// After so many of those looks, all settings are looked at.
const SETTINGS_AFTER: u32 = 15;

/// Returns what makes it impossible to go on.
pub(super) async fn until_unfit(world: &World) -> Error {
    if !world.checks_topics {
        return never().await;
    }
    let mut watch = match Watch::open(&world.kafka, world.shards) {
        Ok(watch) => watch,
        Err(error) => return error,
    };
    let mut looks = 0_u32;
    loop {
        tokio::time::sleep(NUMBER_EVERY).await;
        match watch.look_at_number().await {
            Ok(()) => {}
            Err(error @ Error::Unfit(_)) => return error,
            Err(error) => tracing::debug!(error = %error, "could not look at the topics"),
        }
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(SETTINGS_AFTER) {
            match watch.look_at_settings().await {
                Ok(fatal) => world.metrics.topics_unfit(fatal),
                Err(error) => tracing::debug!(error = %error, "could not look at the topics"),
            }
        }
    }
}

async fn never() -> Error {
    let never: Infallible = std::future::pending().await;
    match never {}
}
