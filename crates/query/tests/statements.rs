//! Statements and their results, read from `tests/statements/*.slt`.
//!
//! A file is a list of blocks with an empty line between them. A block begins with `query`, or
//! `error` for a refusal, then the statement, a line `----`, and what comes out: CSV, or texts that
//! stand in the message. The lines before the first block set the session: `scope CODE`.

mod small_province;

use std::{fs, path::Path};

use query::{Format, Limits, Scope, Session, run};
use small_province::{catalog, code, store};

/// One block of a file.
struct Block<'a> {
    line: usize,
    refused: bool,
    sql: String,
    expected: Vec<&'a str>,
}

fn blocks(text: &str) -> (Scope, Vec<Block<'_>>) {
    let (mut scope, mut blocks) = (Scope::Whole, Vec::new());
    let mut lines = text.lines().enumerate().map(|(i, line)| (i + 1, line));
    while let Some((line, head)) = lines.next() {
        let refused = match head.split_once(' ').unwrap_or((head, "")) {
            ("query", _) => false,
            ("error", _) => true,
            ("scope", digits) => {
                scope = Scope::Subtree(code(digits.trim().parse().unwrap()));
                continue;
            }
            (other, _) => {
                assert!(other.is_empty() || other.starts_with('#'), "line {line}: {head}");
                continue;
            }
        };
        let of = |lines: &mut dyn Iterator<Item = (usize, &'_ str)>| -> String {
            lines.take_while(|(_, l)| *l != "----").map(|(_, l)| format!("{l}\n")).collect()
        };
        let sql = of(&mut lines);
        let expected = lines.by_ref().map(|(_, l)| l).take_while(|l| !l.is_empty()).collect();
        blocks.push(Block { line, refused, sql, expected });
    }
    (scope, blocks)
}

async fn check(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements").join(name);
    let text = fs::read_to_string(&path).unwrap();
    let (scope, blocks) = blocks(&text);
    assert!(!blocks.is_empty(), "{name} has no statement");
    let (_folder, store) = store().await;
    let session = Session::open_with(&store, catalog(), scope, Limits::default()).await.unwrap();
    for Block { line, refused, sql, expected } in blocks {
        let mut out = Vec::new();
        let result = run(&session, &sql, Format::Csv, &mut out).await;
        let out = String::from_utf8(out).unwrap();
        match result {
            Ok(written) => {
                assert!(!refused, "{name}:{line}: was not refused:\n{out}");
                let lines: Vec<&str> = out.lines().collect();
                assert_eq!(lines, expected, "{name}:{line}: {sql}");
                assert_eq!(written.rows as usize + 1, lines.len(), "{name}:{line}");
            }
            Err(error) => {
                assert!(refused, "{name}:{line}: {error}\n{sql}");
                assert_eq!(out, "", "{name}:{line}: a refusal writes nothing");
                let said = format!("{error}\n{}", error.zh());
                for part in expected {
                    assert!(said.contains(part), "{name}:{line}: {part:?} is not in {said}");
                }
            }
        }
    }
}

#[tokio::test]
async fn forms_by_code_and_by_name() {
    check("forms.slt").await;
}

#[tokio::test]
async fn the_long_table() {
    check("long.slt").await;
}

#[tokio::test]
async fn views_over_submissions() {
    check("submissions.slt").await;
}

#[tokio::test]
async fn what_does_not_add_up_is_refused() {
    check("adds_up.slt").await;
}

#[tokio::test]
async fn nothing_can_be_changed_or_read_from_elsewhere() {
    check("read_only.slt").await;
}

#[tokio::test]
async fn a_subtree_sees_itself_alone() {
    check("scope.slt").await;
}
