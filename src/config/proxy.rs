//! The proxy through which targets are reached, as the environment says it to HTTP.

use super::{REDACTED, environment};
use std::fmt::Write;
use url::Url;

/// The variables in the order in which they count, in either letters. `HTTP_PROXY` is none of them:
/// only targets on this machine are plain http, and those are never proxied.
const VARIABLES: [&str; 2] = ["HTTPS_PROXY", "ALL_PROXY"];

/// Comment lines for `config show`; none without a proxy.
pub fn proxies_shown() -> String {
    shown(environment::variables())
}

fn shown(variables: impl Iterator<Item = (String, String)>) -> String {
    let variables: Vec<_> = variables.collect();
    let value = |name: &str| {
        let found = variables.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found
            .map(|(name, value)| (name.as_str(), value.trim()))
            .filter(|(_, value)| !value.is_empty())
    };
    let Some((name, proxy)) = VARIABLES.iter().find_map(|name| value(name)) else {
        return String::new();
    };
    let mut text = format!(
        "# {name}: https targets are reached through {} (by CONNECT); targets on this machine never are\n",
        without_password(proxy)
    );
    if let Some((name, hosts)) = value("NO_PROXY") {
        // Writing to a string cannot fail.
        let _infallible = writeln!(text, "# {name}: but not {}", one_line(hosts));
    }
    text
}

fn without_password(proxy: &str) -> String {
    let has_scheme = proxy.contains("://");
    let whole = if has_scheme { proxy.to_owned() } else { format!("http://{proxy}") };
    match Url::parse(&whole) {
        Ok(url) => {
            let user = if url.username().is_empty() { "" } else { "[redacted]@" };
            let host = url.host_str().unwrap_or_default();
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}://{user}{host}{port}", url.scheme())
        }
        // Whatever it is, a password may be in it.
        Err(_) => REDACTED.to_owned(),
    }
}

fn one_line(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::shown;

    fn of(variables: &[(&str, &str)]) -> String {
        shown(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn proxy_is_shown_without_its_password() {
        let text = of(&[
            ("https_proxy", "http://kim:s3cret@proxy.example.com:3128/"),
            ("NO_PROXY", "internal.example.com"),
            ("HTTP_PROXY", "http://lee:hidden@other.example.com"),
        ]);
        assert!(text.contains("http://[redacted]@proxy.example.com:3128 (by CONNECT)"), "{text}");
        assert!(text.contains("but not internal.example.com"), "{text}");
        for secret in ["kim", "s3cret", "lee", "hidden"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(of(&[("ALL_PROXY", "proxy:3128")]).contains("through http://proxy:3128 "));
        let odd = of(&[("HTTPS_PROXY", "http://kim:s3cret@:x")]);
        assert!(!odd.contains("s3cret"), "{odd}");
    }

    #[test]
    fn without_a_proxy_nothing_is_said() {
        assert_eq!(of(&[("HTTP_PROXY", "http://proxy"), ("HTTPS_PROXY", " ")]), "");
    }
}
