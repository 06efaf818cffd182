//! The text of `schemas/tables` names every column once.

mod fixture;

use fixture::catalog;
use model::FormIx;
use store::{submissions_schema, submissions_schema_text, table_schema_text, wide_schema};

#[test]
fn every_column_has_its_line() {
    let catalog = catalog(2);
    let text = table_schema_text(&catalog, FormIx(0));
    for field in wide_schema(&catalog, FormIx(0)).fields() {
        let begin = format!("| {} | ", field.name());
        assert_eq!(text.lines().filter(|l| l.starts_with(&begin)).count(), 1, "{begin}");
    }
    assert!(
        text.contains("| sa02_min | decimal(18,4) | 指标2(最低) | indicator 2, lowest | 人 |"),
        "{text}"
    );
    assert!(text.contains("| due_m_village | integer | 村级月报应报数 |"), "{text}");
    let text = submissions_schema_text();
    assert_eq!(
        text.lines().filter(|l| l.starts_with("| ")).count(),
        submissions_schema().fields().len() + 1
    );
}
