use std::time::Duration;

use super::hold::checks::pauses;

#[test]
fn pauses_double_up_to_ten_seconds() {
    let pauses: Vec<u128> = pauses(9).iter().map(Duration::as_millis).collect();
    assert_eq!(pauses, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
}
