//! Reads the fixtures of the facts and joins them by number.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::{SampleError, exact::Figure, facts::Fact, fixture::rows};

const FACTS: &str = "fixtures/seed-facts.csv";
const MAP: &str = "fixtures/fact-map.csv";
const DOCUMENTS: &str = "fixtures/documents.csv";
const BESIDE: &str = "fixtures/beside.csv";

#[derive(Deserialize)]
struct FactRow {
    fact_id: String,
    seed_file: String,
    unit: String,
    period_start: String,
    period_end: String,
    indicator_zh: String,
    value: String,
    unit_of_measure: String,
    measure_kind: String,
    note: String,
    qualifier: String,
    as_of_stated: String,
    quote: String,
}

#[derive(Deserialize)]
struct MapRow {
    fact_id: String,
    role: String,
    indicator: String,
    factor: String,
    unit_code: String,
    period: String,
    qualifier: String,
    reason: String,
}

#[derive(Deserialize)]
struct DocumentRow {
    seed_file: String,
    title: String,
    handed_in: String,
}

#[derive(Deserialize)]
struct BesideRow {
    fact_id: String,
    indicator: String,
    states: String,
}

/// All facts, in the order of the file.
pub(super) fn facts() -> Result<Vec<Fact>, SampleError> {
    let map: Vec<MapRow> = rows(MAP, include_str!("../../fixtures/fact-map.csv"))?;
    let mut map: HashMap<String, MapRow> =
        map.into_iter().map(|r| (r.fact_id.clone(), r)).collect();
    let documents: Vec<DocumentRow> =
        rows(DOCUMENTS, include_str!("../../fixtures/documents.csv"))?;
    let read: Vec<FactRow> = rows(FACTS, include_str!("../../fixtures/seed-facts.csv"))?;
    read.into_iter()
        .map(|row| {
            let missing = |file: &str, what: String| SampleError::Missing {
                at: format!("{file} for {}", row.fact_id),
                what,
            };
            let mapped = map
                .remove(&row.fact_id)
                .ok_or_else(|| missing(MAP, format!("row {}", row.fact_id)))?;
            let document = documents
                .iter()
                .find(|d| d.seed_file == row.seed_file)
                .ok_or_else(|| missing(DOCUMENTS, format!("document {}", row.seed_file)))?;
            join(row, mapped, document)
        })
        .collect()
}

/// Facts that state an increase or a growth beside a value: indicator and what they state.
pub(super) fn beside() -> Result<BTreeMap<String, (String, String)>, SampleError> {
    let read: Vec<BesideRow> = rows(BESIDE, include_str!("../../fixtures/beside.csv"))?;
    Ok(read.into_iter().map(|r| (r.fact_id, (r.indicator, r.states))).collect())
}

fn join(row: FactRow, mapped: MapRow, document: &DocumentRow) -> Result<Fact, SampleError> {
    let at = format!("{FACTS}, {}: value", row.fact_id);
    let qualifier = if mapped.qualifier.is_empty() { row.qualifier } else { mapped.qualifier };
    Ok(Fact {
        figure: Figure::parse(&row.value, &at)?,
        id: row.fact_id,
        document: document.title.clone(),
        handed_in: format!("{}T00:00:00+08:00", document.handed_in),
        place: row.unit,
        subject: row.indicator_zh,
        start: row.period_start,
        end: row.period_end,
        printed: row.value,
        measure: row.unit_of_measure,
        sort: row.measure_kind,
        qualifier,
        dated: row.as_of_stated,
        note: row.note,
        quote: row.quote,
        role: mapped.role,
        indicator: mapped.indicator,
        factor: mapped.factor,
        units: mapped.unit_code.split('+').filter(|u| !u.is_empty()).map(str::to_owned).collect(),
        period: mapped.period,
        reason: mapped.reason,
    })
}
