//! The cookie that holds a session: kept from scripts, from other sites and, where there is TLS, from
//! connections without it.

/// How cookies are written here.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    /// Whether browsers come by TLS; on loopback they may come without.
    pub is_encrypted: bool,
}

impl Cookies {
    /// Browsers take a name with this beginning only with `Secure`, for `/`, and from this host alone.
    fn name(self) -> &'static str {
        if self.is_encrypted { "__Host-usher" } else { "usher" }
    }

    /// What lets a browser in.
    pub fn set(self, word: &str, seconds: i64) -> String {
        self.written(&format!("{word}; Max-Age={seconds}"))
    }

    /// What makes it forget.
    pub fn forget(self) -> String {
        self.written("; Max-Age=0")
    }

    fn written(self, value: &str) -> String {
        let secure = if self.is_encrypted { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}", self.name())
    }

    /// The word in a header `cookie`.
    pub fn word(self, header: &str) -> Option<&str> {
        let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == self.name()).map(|(_, word)| word)
    }
}
