//! The real definitions at their real size: every form's views exist, planning stays quick, and a
//! filter on the indicator reads that indicator alone.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use model::{Catalog, Column, Coverage, FormIx, Period, Rows};
use query::{Format, Scope, Session, run};
use store::{SliceRows, Store, WideKind, wide_columns};
use tempfile::TempDir;

fn definitions() -> Arc<Catalog> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
    Arc::new(catalog::load(&folder).unwrap())
}

/// Every unit of the province has 1 in every column and one return of every sort.
fn rows(catalog: &Catalog, form: FormIx, period: Period) -> Rows {
    let tree = catalog.register.tree(period.end());
    let nodes: Vec<_> = tree.nodes().collect();
    let n = nodes.len();
    let columns = wide_columns(catalog, form);
    let values = columns.into_iter().filter_map(|column| match column.kind {
        WideKind::Value(scale) => Some(Column {
            name: column.name,
            scale,
            values: vec![10i64.pow(scale.into()); n],
            valid: vec![true; n],
        }),
        _ => None,
    });
    let once = Coverage { due: 1, received: 1, on_time: 1, accepted: 1 };
    let blocks = catalog.blocks().iter().filter(|(block, _)| block.form == form);
    Rows {
        form,
        period,
        columns: values.collect(),
        coverage: blocks.map(|(block, _)| (*block, vec![once; n])).collect(),
        not_applicable: Vec::new(),
        nodes,
        tree,
    }
}

async fn filled(catalog: &Arc<Catalog>) -> (TempDir, Session) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Arc::new(|| 0)).await.unwrap();
    for form in (0..catalog.forms.len() as u8).map(FormIx) {
        store.ensure_form(form, catalog).await.unwrap();
    }
    let form = catalog.form_by_code("SA").unwrap();
    let rows = rows(catalog, form, "2023-Q1".parse().unwrap());
    let slices = vec![SliceRows { slice: None, rows }];
    store.commit_rows(form, slices, catalog, 0).await.unwrap();
    let session = Session::open(&store, Arc::clone(catalog), Scope::Whole).await.unwrap();
    (folder, session)
}

/// What comes out, and how long it took.
async fn ask(session: &Session, sql: &str) -> (String, Duration) {
    let mut out = Vec::new();
    let start = Instant::now();
    run(session, sql, Format::Csv, &mut out).await.unwrap();
    (String::from_utf8(out).unwrap(), start.elapsed())
}

#[tokio::test]
async fn every_form_has_its_views_with_all_its_indicators() {
    let catalog = definitions();
    let (_folder, session) = filled(&catalog).await;
    let names = session.names();
    for (i, form) in catalog.forms.iter().enumerate() {
        assert!(names.contains(&form.table()), "{}", form.code);
        assert!(names.contains(&form.zh), "{}", form.zh);
        let of_form = catalog.indicators_of(FormIx(i as u8));
        let columns: Vec<String> = of_form.map(|(_, i)| format!("\"{}\"", i.sql_zh)).collect();
        let sql = format!("SELECT {} FROM {} LIMIT 0", columns.join(", "), form.zh);
        let (head, _) = ask(&session, &sql).await;
        assert_eq!(head.matches(',').count() + 1, columns.len(), "{}", form.zh);
    }
}

#[tokio::test]
async fn one_indicator_of_many_is_found_without_reading_the_others() {
    let catalog = definitions();
    let (_folder, session) = filled(&catalog).await;
    let units = catalog.register.tree("2023-Q1".parse::<Period>().unwrap().end()).len();
    let (all, _) = ask(
        &session,
        "SELECT 计量单位, count(*) AS n, sum(数值) AS s, sum(应报) AS d FROM 指标值
         WHERE 指标 = '城市低保人数' GROUP BY 计量单位",
    )
    .await;
    assert_eq!(all, format!("计量单位,n,s,d\r\n人,{units},{units}.000000,{units}\r\n"));
    let (several, _) = ask(
        &session,
        "SELECT count(DISTINCT indicator) AS i, count(*) AS n FROM long WHERE form = 'SA'",
    )
    .await;
    let asked = catalog.indicators_of(catalog.form_by_code("SA").unwrap()).count();
    assert_eq!(several, format!("i,n\r\n{asked},{}\r\n", asked * units));
}

#[tokio::test]
async fn planning_over_all_forms_is_quick() {
    let catalog = definitions();
    let (_folder, session) = filled(&catalog).await;
    let sqls = [
        "EXPLAIN SELECT 单位, 城市低保人数 FROM 社会救助 WHERE 报告期='2023-Q1' AND 层级='县'",
        "EXPLAIN SELECT * FROM 指标值",
        "EXPLAIN SELECT 指标, sum(数值) FROM 指标值 WHERE 类型 = '期末数' GROUP BY 指标",
        "EXPLAIN SELECT * FROM 社会救助 JOIN 养老服务 USING (单位代码, 报告期)",
    ];
    for sql in sqls {
        // The best of several, since other tests run beside this one.
        let mut best = Duration::MAX;
        for _ in 0..5 {
            best = best.min(ask(&session, sql).await.1);
        }
        assert!(best < Duration::from_millis(300), "{best:?}: {sql}");
    }
}
