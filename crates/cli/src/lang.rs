//! Language of messages.

use clap::ValueEnum;

/// Chinese or English.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// 中文
    Zh,
    /// English
    En,
}

impl Lang {
    /// The wanted language, or that of the locale; English where the locale is neither.
    pub(crate) fn choose(wanted: Option<Lang>) -> Lang {
        wanted.unwrap_or_else(|| {
            let chinese = sys_locale::get_locale().is_some_and(|locale| locale.starts_with("zh"));
            if chinese { Lang::Zh } else { Lang::En }
        })
    }

    /// The text in this language.
    pub(crate) fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}
