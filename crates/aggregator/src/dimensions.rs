//! The dimension tables: what the codes in the wide tables mean.

use model::{Catalog, UnitRecord, indicator::Entry};
use store::PlainColumn;

use crate::{AggregateError, Aggregator};

impl Aggregator {
    /// Writes `units`, `indicators`, `forms` and `calendar` from the catalogue. What stands in them
    /// already is not written again.
    pub async fn commit_dimensions(&self) -> Result<(), AggregateError> {
        let catalog = &self.catalog;
        self.store.replace_plain("units", units(catalog)).await?;
        self.store.replace_plain("indicators", indicators(catalog)).await?;
        self.store.replace_plain("forms", forms(catalog)).await?;
        self.store.replace_plain("calendar", calendar(catalog)).await?;
        Ok(())
    }
}

/// Units that can report, one row per span; containers are not shown as units.
fn units(catalog: &Catalog) -> Vec<PlainColumn> {
    let shown: Vec<&UnitRecord> =
        catalog.register.records().iter().filter(|unit| !unit.class.is_container()).collect();
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
    vec![
        PlainColumn::integer("unit", shown.iter().map(|u| Some(u.code.as_u64() as i64))),
        PlainColumn::text("name", shown.iter().map(|u| u.name.clone())),
        PlainColumn::text("level", shown.iter().map(|u| u.level.name())),
        PlainColumn::text("level_zh", shown.iter().map(|u| u.level.zh())),
        PlainColumn::text("class", shown.iter().map(|u| u.class.name())),
        PlainColumn::integer(
            "parent",
            shown.iter().map(|u| u.parent.map(|(code, _)| code.as_u64() as i64)),
        ),
        PlainColumn::text_or_null(
            "eval_group",
            shown.iter().map(|u| u.eval_group.map(|level| level.name().to_owned())),
        ),
        PlainColumn::text_or_null("valid_from", shown.iter().map(|u| day(u.valid_from))),
        PlainColumn::text_or_null("valid_to", shown.iter().map(|u| day(u.valid_to))),
    ]
}

fn indicators(catalog: &Catalog) -> Vec<PlainColumn> {
    let all = || catalog.indicators.iter();
    let entry = |entry: Entry| match entry {
        Entry::At(level) => level.name(),
        Entry::System => "system",
        Entry::Derived => "derived",
    };
    vec![
        PlainColumn::text("code", all().map(|i| i.code.clone())),
        PlainColumn::text("form", all().map(|i| catalog.form(i.form).code.clone())),
        PlainColumn::integer("line", all().map(|i| Some(i64::from(i.line)))),
        PlainColumn::truth("core", all().map(|i| i.core)),
        PlainColumn::text("zh", all().map(|i| i.zh.clone())),
        PlainColumn::text("sql_zh", all().map(|i| i.sql_zh.clone())),
        PlainColumn::text("en", all().map(|i| i.en.clone())),
        PlainColumn::text("measure", all().map(|i| i.measure.clone())),
        PlainColumn::integer("decimals", all().map(|i| Some(i64::from(i.decimals)))),
        PlainColumn::integer("scale", all().map(|i| Some(i64::from(i.scale)))),
        PlainColumn::text("frequency", all().map(|i| i.frequency.letter())),
        PlainColumn::text("entry", all().map(|i| entry(i.entry))),
    ]
}

fn forms(catalog: &Catalog) -> Vec<PlainColumn> {
    let all = || catalog.forms.iter();
    vec![
        PlainColumn::text("code", all().map(|f| f.code.clone())),
        PlainColumn::text("zh", all().map(|f| f.zh.clone())),
        PlainColumn::text("en", all().map(|f| f.en.clone())),
        PlainColumn::text("version", all().map(|f| f.version.clone())),
        PlainColumn::text("number", all().map(|f| f.number.clone())),
        PlainColumn::text("issuer", all().map(|f| f.issuer.clone())),
        PlainColumn::text("approval", all().map(|f| f.approval.clone())),
        PlainColumn::text("valid_from", all().map(|f| f.valid_from.to_string())),
        PlainColumn::text_or_null("valid_to", all().map(|f| f.valid_to.map(|d| d.to_string()))),
    ]
}

fn calendar(catalog: &Catalog) -> Vec<PlainColumn> {
    let all = || catalog.calendar.rhythms.iter();
    vec![
        PlainColumn::text("rhythm", all().map(|r| r.zh.clone())),
        PlainColumn::text("en", all().map(|r| r.en.clone())),
        PlainColumn::text("kind", all().map(|r| r.kind.letter())),
        PlainColumn::integer("due_days", all().map(|r| Some(i64::from(r.due_days)))),
    ]
}
