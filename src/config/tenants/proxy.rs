//! The way through `usher serve` to a target, for reading alone.

use crate::engine::settings::Quota;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::path::PathBuf;

/// The key `proxy` of a target.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// A file that holds a bearer token for reading, another than the worker's; read again when it
    /// changes.
    pub token_file: PathBuf,
    /// Calls that programs may make through it. They are taken off the worker's.
    #[serde(default = "sixty")]
    pub calls_per_minute: NonZeroU32,
}

fn sixty() -> NonZeroU32 {
    const SIXTY: NonZeroU32 = NonZeroU32::new(60).expect("60 is not zero");
    SIXTY
}

impl Proxy {
    /// What is left of a quota: as many calls in a longer window. `None`: nothing is.
    pub fn leaves(&self, quota: Quota) -> Option<Quota> {
        let share = f64::from(self.calls_per_minute.get()) / 60.0;
        let calls = f64::from(u32::try_from(quota.calls).unwrap_or(u32::MAX));
        let window = quota.window.as_secs_f64();
        let left = calls - share * window;
        let longest = window * 100.0;
        let longer = window * calls / left;
        (left > 0.0 && longer < longest).then(|| Quota {
            calls: quota.calls,
            window: jiff::SignedDuration::from_secs_f64(longer),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{NonZeroU32, Proxy, Quota};
    use jiff::SignedDuration;

    fn proxy(calls_per_minute: u32) -> Proxy {
        let calls_per_minute = NonZeroU32::new(calls_per_minute).unwrap();
        Proxy { token_file: "t".into(), calls_per_minute }
    }

    #[test]
    fn worker_and_proxy_together_make_as_many_calls_as_the_worker_alone() {
        for (calls, seconds, share) in [(4, 1, 60), (20, 1, 60), (600, 60, 60), (1, 2, 10)] {
            let quota = Quota { calls, window: SignedDuration::from_secs(seconds) };
            let left = proxy(share).leaves(quota).unwrap();
            let per_minute = |quota: Quota| {
                f64::from(u32::try_from(quota.calls).unwrap()) * 60.0 / quota.window.as_secs_f64()
            };
            let sum = per_minute(left) + f64::from(share);
            assert!((sum - per_minute(quota)).abs() < 0.01, "{sum}");
        }
        let quota = Quota { calls: 1, window: SignedDuration::from_secs(1) };
        assert!(proxy(60).leaves(quota).is_none() && proxy(61).leaves(quota).is_none());
    }
}
