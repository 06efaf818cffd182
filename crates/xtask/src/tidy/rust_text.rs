//! Rust text without its comments and literals, so that rules see code alone.
//!
//! Every byte of a comment, string or character becomes a space and line breaks stay, so that
//! places in the result are places in the source: `f("}") // {` becomes `f(   )     `.

/// Returns the source with comments, strings and characters blanked.
pub(crate) fn code_only(source: &str) -> String {
    let mut blanker = Blanker { source, at: 0, code: Vec::with_capacity(source.len()) };
    while blanker.at < source.len() {
        blanker.step();
    }
    // Only whole characters were copied or blanked, so nothing is lost here.
    String::from_utf8_lossy(&blanker.code).into_owned()
}

/// Whether a byte can be part of an identifier; bytes of non-ASCII letters count as such.
pub(crate) fn is_word_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// The places in `code` where `word` stands as a whole word.
pub(crate) fn places_of_word<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = code.as_bytes();
    code.match_indices(word).map(|(place, _)| place).filter(move |&place| {
        let before = place.checked_sub(1).map(|index| bytes[index]);
        let after = bytes.get(place + word.len()).copied();
        // `r#fn` is a name, not the keyword.
        let name_before = before.is_some_and(|byte| is_word_byte(byte) || byte == b'#');
        !name_before && !after.is_some_and(is_word_byte)
    })
}

/// The line, from 1, of a place in the text.
pub(crate) fn line_of(text: &str, place: usize) -> usize {
    text.as_bytes()[..place].iter().filter(|&&byte| byte == b'\n').count() + 1
}

struct Blanker<'a> {
    source: &'a str,
    at: usize,
    code: Vec<u8>,
}

impl Blanker<'_> {
    fn step(&mut self) {
        let rest = &self.source[self.at..];
        let first = rest.as_bytes()[0];
        if rest.starts_with("//") {
            self.blank(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.blank(block_comment_length(rest));
        } else if first == b'"' {
            self.blank(string_length(rest));
        } else if first == b'\'' {
            match char_length(rest) {
                Some(length) => self.blank(length),
                None => self.copy(1),
            }
        } else if is_word_byte(first) {
            self.word();
        } else {
            self.copy(1);
        }
    }

    /// Copies a word, and blanks the raw string that it may introduce.
    fn word(&mut self) {
        let rest = &self.source[self.at..];
        let length = rest.bytes().take_while(|&byte| is_word_byte(byte)).count();
        let (word, after) = rest.split_at(length);
        let raw = if matches!(word, "r" | "br" | "cr") { raw_string_length(after) } else { None };
        self.copy(length);
        if let Some(length) = raw {
            self.blank(length);
        }
    }

    fn copy(&mut self, length: usize) {
        self.code.extend_from_slice(&self.source.as_bytes()[self.at..self.at + length]);
        self.at += length;
    }

    fn blank(&mut self, length: usize) {
        let bytes = &self.source.as_bytes()[self.at..self.at + length];
        self.code.extend(bytes.iter().map(|&byte| if byte == b'\n' { b'\n' } else { b' ' }));
        self.at += length;
    }
}

/// Length of the block comment that `rest` begins with; such comments nest.
fn block_comment_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// Length of the string literal that `rest` begins with, quotes included.
fn string_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            // What is escaped may be longer than a byte, but no part of it is a quote.
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Length of the hashes, quotes and text of a raw string after its `r`, if there is one.
fn raw_string_length(after: &str) -> Option<usize> {
    let hashes = after.bytes().take_while(|&byte| byte == b'#').count();
    let text = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(text.find(&end).map_or(after.len(), |place| hashes + 1 + place + end.len()))
}

/// Length of the character literal that `rest` begins with; none if it is a lifetime or a label.
fn char_length(rest: &str) -> Option<usize> {
    let mut characters = rest[1..].chars();
    let first = characters.next()?;
    if first == '\\' {
        let escaped = characters.next()?.len_utf8();
        let tail = 2 + escaped;
        return rest.get(tail..)?.find('\'').map(|place| tail + place + 1);
    }
    (characters.next()? == '\'').then(|| first.len_utf8() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blanks the source and drops what is blank, for short expectations.
    fn dense(source: &str) -> String {
        let code = code_only(source);
        assert_eq!(code.len(), source.len(), "places must not move");
        code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn strings_are_blanked() {
        assert_eq!(dense(r#"f("a } \" {", b"{", c"}") + 1"#), "f( , b , c ) + 1");
        assert_eq!(dense("g(\"审核 \\\\\") {}"), "g( ) {}");
    }

    #[test]
    fn raw_strings_end_at_their_own_hashes() {
        assert_eq!(dense(r###"f(r#"a " } "#, br##"x "# { "##, r"\") }"###), "f(r , br , r ) }");
        assert_eq!(dense("let r#type = var; let bar = 1;"), "let r#type = var; let bar = 1;");
    }

    #[test]
    fn characters_are_blanked_and_lifetimes_stay() {
        assert_eq!(
            dense(r"fn f<'a>(x: &'a str) { '{'; '\''; '\u{7d}'; '县'; '\\'; b'}' }"),
            "fn f<'a>(x: &'a str) { ; ; ; ; ; b }"
        );
        assert_eq!(dense("'outer: loop { break 'outer; }"), "'outer: loop { break 'outer; }");
    }

    #[test]
    fn comments_nest_and_keep_lines() {
        assert_eq!(dense("a /* { /* } */ \" */ b // }\nc"), "a b c");
        assert_eq!(code_only("a /*\n*/ b"), "a   \n   b");
    }

    #[test]
    fn unfinished_text_does_not_run_over_the_end() {
        for source in ["\"abc", "r#\"abc", "/* abc", "'", "'\\", "\"abc\\", "r#"] {
            assert_eq!(code_only(source).len(), source.len(), "{source}");
        }
    }

    #[test]
    fn whole_words_only() {
        let places: Vec<usize> = places_of_word("fn a; fnord; r#fn; my_fn; (fn)", "fn").collect();
        assert_eq!(places, [0, 27]);
    }
}
