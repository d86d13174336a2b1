//! Everything that can be sent, sent by somebody who means harm.

use super::super::world::UNMASK;
use super::{OWN, json, world};

/// Encoded as an address has them: markup, new lines, bytes that are no text, signs that turn the line,
/// a null, paths that climb, queries within queries, formulas, and a great many signs.
const ATTACKS: [&str; 14] = [
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "x%0d%0aset-cookie:%20evil=1",
    "x%0aHTTP/1.1%20200%20OK%0a%0a",
    "%ff%fe%c3%28",
    "%ED%A0%80",
    "%E2%80%AE%E2%80%8F",
    "%00",
    "..%2F..%2Fetc%2Fpasswd",
    "a%26unmask%3Dtrue%23",
    "%3D1%2B1",
    "%22%27%60%24%7B7*7%7D",
    "%F0%9F%92%A9%CC%81%CC%82%CC%83",
    "99999999999999999999999999",
    "%25%35%63%5c",
];

const PLACES: [&str; 22] = [
    "/users?search=@",
    "/users?username=@",
    "/users?username[contains]=@",
    "/users?username[@]=x",
    "/users?emails[]=@",
    "/users?created_at[gt]=@",
    "/users?groups=@",
    "/users?limit=@",
    "/users?sort_by=@",
    "/users?sort_by[@]=desc",
    "/users?next_cursor=@",
    "/users?prev_cursor=@",
    "/users?truto_response_format=@",
    "/users?truto_key_by=@",
    "/users?truto_exclude_fields[]=@",
    "/users?truto_ignore_remote_data=@",
    "/users?@=x",
    "/users?remote_query[@]=@",
    "/users/@",
    "/groups/@?truto_key_by=@",
    "/@",
    "/groups?members=@&name=@",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_parameter_does_more_than_it_says() {
    let (world, _) = world().await;
    let own =
        PLACES.iter().map(|place| format!("{OWN}{}", place.replacen('?', "?unmask=true&", 1)));
    let others = [
        "/v1/@/main/unified/user-directory/users",
        "/v1/acme/@/unified/user-directory/users",
        "/v1/acme/main/@",
        "/unified/user-directory/users?integrated_account_id=@",
        "/unified/user-directory/users/@?integrated_account_id=acme/@",
        "/integrated-account/@/capabilities",
        "/v1/acme/main/capabilities?unmask=@",
    ];
    for place in own.chain(others.iter().map(ToString::to_string)) {
        for attack in ATTACKS {
            let path = place.replace('@', attack);
            let answer = world.get(&path, UNMASK).await;
            assert!([200, 400, 404].contains(&answer.status), "{path}: {}", answer.body);
            let told = json(&answer);
            assert_eq!(answer.header("set-cookie"), None, "{path}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            if answer.status != 200 {
                let text = told.to_string();
                for sign in ["<", "alert(", "evil=", "/passwd", "\u{202e}", "\u{fffd}", "7*7"] {
                    assert!(!text.contains(sign), "{path} is told again: {text}");
                }
            }
        }
    }
    // What a target holds is told as it is, as JSON.
    let attack = json(&world.get(&format!("{OWN}/users/u-attack?unmask=true"), UNMASK).await);
    assert_eq!(attack["result"]["username"], super::super::world::HOSTILE);
}
