//! A Rust function has at most 60 lines, from the line of its `fn` to its closing brace.
//!
//! Bad: `fn settle(…) {` with 75 lines. Good: `settle` that calls `admit`, `check` and `decide`.
//! Functions inside a function count for both; closures count for the function they stand in.

use super::complaint::Complaint;
use super::repository::{Kind, Repository};
use super::rust_text::{code_only, is_word_byte, line_of, places_of_word};

const LIMIT: usize = 60;

/// Complains about every longer function.
pub(crate) fn look(repository: &Repository) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in repository.of_kind(Kind::Rust) {
        for function in functions(&code_only(&file.text)) {
            if function.lines > LIMIT {
                let wrong = format!(
                    "function `{}` has {} lines, the limit is {LIMIT}",
                    function.name, function.lines
                );
                let remedy = "give each step its own function";
                complaints.push(Complaint::at(&file.path, function.line, wrong, remedy));
            }
        }
    }
    complaints
}

#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// The functions with a body, in code without comments and literals.
fn functions(code: &str) -> Vec<Function> {
    places_of_word(code, "fn").filter_map(|place| function_at(code, place)).collect()
}

fn function_at(code: &str, place: usize) -> Option<Function> {
    let after = code[place + 2..].trim_start();
    let name_length =
        after.bytes().take_while(|&byte| is_word_byte(byte) || matches!(byte, b'$' | b'#')).count();
    let name = &after[..name_length];
    // A `fn` without a name is the type of a function pointer.
    if name.is_empty() {
        return None;
    }
    let open = body_start(code, code.len() - after.len() + name_length)?;
    let close = closing_brace(code, open)?;
    let line = line_of(code, place);
    Some(Function { name: name.to_owned(), line, lines: line_of(code, close) - line + 1 })
}

/// The place of the brace that opens the body; none for a declaration without one.
///
/// A brace within brackets of any kind belongs to the signature: `-> Grid<{ N + 1 }> {`.
fn body_start(code: &str, signature: usize) -> Option<usize> {
    let bytes = code.as_bytes();
    let mut depth = 0_usize;
    let mut at = signature;
    while at < bytes.len() {
        match bytes[at] {
            b'(' | b'[' | b'<' => depth += 1,
            b'>' if bytes[at - 1] == b'-' => {}
            b')' | b']' | b'>' => depth = depth.checked_sub(1)?,
            b'{' if depth == 0 => return Some(at),
            b'{' => at = closing_brace(code, at)?,
            b'}' => return None,
            b';' if depth == 0 => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The place of the brace that closes the one at `open`.
fn closing_brace(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (place, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return Some(place);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(source: &str) -> Vec<(String, usize, usize)> {
        functions(&code_only(source))
            .into_iter()
            .map(|function| (function.name, function.line, function.lines))
            .collect()
    }

    #[test]
    fn bites_on_line_61_and_names_the_function() {
        let long = format!("//! Doc.\nfn settle() {{\n{}}}\n", "    step();\n".repeat(59));
        let repository = Repository::of(&[("crates/a/src/b.rs", &long)]);
        let expected = Complaint::at(
            "crates/a/src/b.rs",
            2,
            "function `settle` has 61 lines, the limit is 60",
            "give each step its own function",
        );
        assert_eq!(look(&repository), [expected]);
    }

    #[test]
    fn allows_60_lines() {
        let fits = format!("fn settle() {{\n{}}}\n", "    step();\n".repeat(58));
        assert_eq!(look(&Repository::of(&[("crates/a/src/b.rs", &fits)])), []);
    }

    #[test]
    fn braces_in_literals_and_comments_do_not_end_a_function() {
        let source = "fn a<'x>() {\n  \"}\"; '}'; r#\"}\"#; // }\n  /* } */\n}\nfn b() {}\n";
        assert_eq!(measured(source), [("a".to_owned(), 1, 4), ("b".to_owned(), 5, 1)]);
    }

    #[test]
    fn signatures_of_every_shape() {
        let source = "fn a(f: fn(u8) -> u8)\nwhere\n    u8: Copy,\n{\n}\n\
                      trait T { fn b(&self) -> [u8; 3]; }\n\
                      fn c() -> Grid<{ N + 1 }> {\n}\n\
                      fn d(f: impl Fn(&str) -> Vec<Option<u8>>) { fn e() {} }\n";
        let expected = [("a", 1, 5), ("c", 7, 2), ("d", 9, 1), ("e", 9, 1)];
        assert_eq!(measured(source), expected.map(|(name, line, n)| (name.to_owned(), line, n)));
    }
}
