//! `schemas/wire` and `schemas/tables` are generated: a difference fails, `ZHIBAO_REGENERATE=1`
//! writes them anew.

use std::{fs, path::Path};

use model::{
    envelope::{CatalogNotice, Declared, Lock, Return},
    receipt::VerdictSheet,
    step::Step,
};
use tests::{definitions, repository};

/// Compares a file with what it should hold, or writes it when that is asked for.
fn hold(path: &Path, text: &str) {
    if std::env::var_os("ZHIBAO_REGENERATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        return;
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == text,
        "{} does not fit the program any more: run this test with ZHIBAO_REGENERATE=1, read the \
         difference, and commit it together with the change that caused it",
        path.display()
    );
}

#[test]
fn the_wire_schemas_are_those_of_the_program() {
    let wire = repository().join("schemas/wire");
    let schemas = [
        ("return", schemars::schema_for!(Return<'_>)),
        ("declared", schemars::schema_for!(Declared)),
        ("lock", schemars::schema_for!(Lock)),
        ("step", schemars::schema_for!(Step)),
        ("catalog", schemars::schema_for!(CatalogNotice)),
        ("verdicts", schemars::schema_for!(VerdictSheet<'_>)),
    ];
    for (name, schema) in schemas {
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        hold(&wire.join(format!("{name}.v1.json")), &text);
    }
}

#[test]
fn the_table_descriptions_are_those_of_the_program() {
    let tables = repository().join("schemas/tables");
    let catalog = catalog::load(&definitions()).unwrap();
    for (form, definition) in (0u8..).map(model::FormIx).zip(&catalog.forms) {
        let text = store::table_schema_text(&catalog, form);
        hold(&tables.join(format!("{}.md", definition.table())), &text);
    }
    hold(&tables.join("submissions.md"), &store::submissions_schema_text());
}
