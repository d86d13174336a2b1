//! What is made of the list of codes.

macro_rules! codes {
    ($($code:ident = $text:literal,)*) => {
        /// Why something is as it is, or did not go; stable and machine-readable.
        ///
        /// What has no page in `docs/errors` does not compile.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $text, "`")] $code,)*
        }

        impl Code {
            /// Every one, in the order of their texts.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// As it stands in records, logs and errors: `topics.unfit`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $text,)*
                }
            }

            /// Its page: what happened, why, and what to do; Markdown.
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$code => {
                        include_str!(concat!("../../../../docs/errors/", $text, ".md"))
                    })*
                }
            }
        }
    };
}

pub(super) use codes;
