//! Sessions as a whole: empty stores, limits, formats, planning.

mod small_province;

use std::time::Instant;

use arrow::array::{AsArray, RecordBatchReader};
use query::{Error, Format, INDICATOR, KIND, Limits, MEASURE, Scope, Session, run};
use small_province::{JIYUAN, catalog, code, empty_store, store};

async fn text(session: &Session, sql: &str, format: Format) -> String {
    let mut out = Vec::new();
    run(session, sql, format, &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn an_empty_store_says_what_to_do() {
    let (_folder, store) = empty_store().await;
    let session = Session::open(&store, catalog(), Scope::Whole).await.unwrap();
    for name in ["sa", "社会救助", "long", "指标值", "returns", "submissions", "SA"] {
        let mut out = Vec::new();
        let sql = format!("SELECT * FROM {name}");
        let error = run(&session, &sql, Format::Table, &mut out).await.unwrap_err();
        assert!(matches!(error, Error::NothingYet(_)), "{name}: {error}");
        assert!(error.to_string().contains("zhibao aggregate"), "{error}");
    }
    let known = text(&session, "SELECT count(*) AS n FROM indicators", Format::Csv).await;
    assert_eq!(known, "n\r\n5\r\n");
}

#[tokio::test]
async fn a_session_keeps_the_versions_that_it_was_opened_on() {
    let (_folder, store) = store().await;
    let session = Session::open(&store, catalog(), Scope::Whole).await.unwrap();
    let before = text(&session, "SELECT count(*) AS n FROM sa", Format::Csv).await;
    let version = session.versions()["sa"];
    let rows = small_province::rows(&catalog(), "2023-04".parse().unwrap());
    let slice = store::SliceRows { slice: None, rows };
    let newer = store.commit_rows(model::FormIx(0), vec![slice], &catalog(), 9).await.unwrap();
    assert!(newer > version);
    assert_eq!(text(&session, "SELECT count(*) AS n FROM sa", Format::Csv).await, before);
    let later = Session::open(&store, catalog(), Scope::Whole).await.unwrap();
    assert_eq!(later.versions()["sa"], newer);
    assert_ne!(text(&later, "SELECT count(*) AS n FROM sa", Format::Csv).await, before);
}

#[tokio::test]
async fn a_scope_outside_the_register_is_refused() {
    let (_folder, store) = store().await;
    let scope = Scope::Subtree(code(990_000_000_000));
    let error = Session::open(&store, catalog(), scope).await.unwrap_err();
    assert!(matches!(error, Error::UnknownScope(_)), "{error}");
    let county = Scope::Subtree(code(JIYUAN));
    let session = Session::open(&store, catalog(), county).await.unwrap();
    let names = text(&session, "SELECT DISTINCT name FROM sa", Format::Csv).await;
    assert_eq!(names, "name\r\n济源市\r\n");
}

#[tokio::test]
async fn json_keeps_amounts_exact_and_nulls_visible() {
    let (_folder, store) = store().await;
    let session = Session::open(&store, catalog(), Scope::Whole).await.unwrap();
    let sql = "SELECT 单位, 单位代码, 城市低保金累计支出, 是否不完整 FROM 社会救助
        WHERE 报告期 = '2023-01' AND 层级 IN ('省', '村') ORDER BY 单位代码 LIMIT 2";
    let json = text(&session, sql, Format::Json).await;
    assert_eq!(
        json,
        "[\n{\"单位\":\"河南省\",\"单位代码\":410000000000,\"城市低保金累计支出\":\"13.0456\",\"是否不完整\":false},\n\
         {\"单位\":\"百花社区\",\"单位代码\":410102001001,\"城市低保金累计支出\":null,\"是否不完整\":false}\n]\n"
    );
    let none = text(&session, "SELECT unit FROM sa WHERE unit = 1", Format::Json).await;
    assert_eq!(none, "[]\n");
}

#[tokio::test]
async fn tables_are_aligned_by_the_width_on_screen() {
    let (_folder, store) = store().await;
    let session = Session::open(&store, catalog(), Scope::Whole).await.unwrap();
    let sql = "SELECT 单位, 城市低保人数 AS n FROM 社会救助
        WHERE 报告期 = '2023-01' AND 层级 = '县' ORDER BY 单位代码";
    let table = text(&session, sql, Format::Table).await;
    let expected = "\
| 单位   |  n |
|--------|----|
| 中原区 | 30 |
| 龙亭区 |  5 |
| 济源市 |    |
";
    assert_eq!(table, expected);
}

#[tokio::test]
async fn long_tables_are_cut_for_people_and_counted() {
    let (_folder, store) = store().await;
    let limits = Limits { shown_rows: 3, ..Limits::default() };
    let session = Session::open_with(&store, catalog(), Scope::Whole, limits).await.unwrap();
    let mut out = Vec::new();
    let written = run(&session, "SELECT unit FROM sa", Format::Table, &mut out).await.unwrap();
    assert_eq!((written.rows, written.shown), (44, 3));
    assert_eq!(String::from_utf8(out).unwrap().lines().count(), 5);
    let mut out = Vec::new();
    let written = run(&session, "SELECT unit FROM sa", Format::Csv, &mut out).await.unwrap();
    assert_eq!((written.rows, written.shown), (44, 44));
}

#[tokio::test]
async fn csv_for_spreadsheets_begins_with_its_mark() {
    let (_folder, store) = store().await;
    let session = Session::open(&store, catalog(), Scope::Whole).await.unwrap();
    let csv = text(&session, "SELECT 'a,\"b' AS x", Format::CsvForSheets).await;
    assert_eq!(csv, "\u{feff}x\r\n\"a,\"\"b\"\r\n");
}

#[tokio::test]
async fn parquet_keeps_types_and_meaning() {
    let (_folder, store) = store().await;
    let session = Session::open(&store, catalog(), Scope::Whole).await.unwrap();
    let mut out = Vec::new();
    let sql =
        "SELECT 城市低保人均补助 FROM 社会救助 WHERE 报告期 = '2023-01' AND 层级 = '市' ORDER BY 1";
    run(&session, sql, Format::Parquet, &mut out).await.unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(
        bytes::Bytes::from(out),
        10,
    );
    let mut reader = reader.unwrap();
    let schema = reader.schema();
    let metadata = schema.field(0).metadata();
    let said = [INDICATOR, KIND, MEASURE].map(|key| metadata[key].as_str());
    assert_eq!(said, ["SA15", "ratio", "元/人"]);
    let batch = reader.next().unwrap().unwrap();
    let values = batch.column(0).as_primitive::<arrow::datatypes::Decimal128Type>();
    assert_eq!(values.values(), &[1_400_000_000, 4_115_200_000]);
}

#[tokio::test]
async fn statements_have_a_greatest_length() {
    let (_folder, store) = store().await;
    let session = Session::open(&store, catalog(), Scope::Whole).await.unwrap();
    let sql = format!("SELECT {}1", "1+".repeat(40_000));
    let error = run(&session, &sql, Format::Csv, &mut Vec::new()).await.unwrap_err();
    assert!(matches!(error, Error::TooLong { found: 80_008, allowed: 65_536 }), "{error}");
}

#[tokio::test]
async fn deep_statements_do_not_end_the_process() {
    let (_folder, store) = store().await;
    let session = Session::open(&store, catalog(), Scope::Whole).await.unwrap();
    let most = Limits::default().terms;
    let sums = format!("SELECT {}1 AS n", "1+".repeat(most - 10));
    assert_eq!(text(&session, &sums, Format::Csv).await, format!("n\r\n{}\r\n", most - 9));
    let ors =
        format!("SELECT count(*) FROM sa WHERE {}unit = 1", "unit=1 OR ".repeat(most / 3 - 9));
    assert_eq!(text(&session, &ors, Format::Csv).await.lines().nth(1), Some("0"));
    let casts = format!("SELECT 1{} AS n", "::int".repeat(most / 2 - 9));
    assert_eq!(text(&session, &casts, Format::Csv).await, "n\r\n1\r\n");
    let unions = format!("SELECT 1 AS n{}", " UNION ALL SELECT 1".repeat(most / 4 - 2));
    assert_eq!(text(&session, &unions, Format::Csv).await.lines().count(), most / 4);
    let postfixes = format!("SELECT 1{}", " IS NULL".repeat(8_000));
    let brackets = format!("SELECT {}1{} AS n", "(".repeat(20_000), ")".repeat(20_000));
    let longer = format!("SELECT {}1 AS n", "1+".repeat(30_000));
    for sql in [postfixes, brackets, longer] {
        let error = run(&session, &sql, Format::Csv, &mut Vec::new()).await.unwrap_err();
        assert!(matches!(error, Error::TooDeep { .. } | Error::Syntax(_)), "{error}");
    }
    let list = vec!["410100000000"; 4_000].join(", ");
    let listed = format!("SELECT count(*) AS n FROM sa WHERE unit IN ({list})");
    assert_eq!(text(&session, &listed, Format::Csv).await, "n\r\n4\r\n");
}

#[tokio::test]
async fn memory_is_bounded() {
    let (_folder, store) = store().await;
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let session = Session::open_with(&store, catalog(), Scope::Whole, limits).await.unwrap();
    let sql = "SELECT array_agg(value) FROM generate_series(1, 10000000)";
    let error = run(&session, sql, Format::Csv, &mut Vec::new()).await.unwrap_err();
    assert!(matches!(error, Error::OutOfMemory(1_048_576)), "{error}");
}

#[tokio::test]
async fn filters_decide_what_is_read() {
    let (_folder, store) = store().await;
    let session = Session::open(&store, catalog(), Scope::Whole).await.unwrap();
    let plan = async |sql: &str| text(&session, &format!("EXPLAIN {sql}"), Format::Csv).await;
    let one =
        plan("SELECT 城市低保人数 FROM 社会救助 WHERE 报告期 = '2023-Q1' AND 层级 = '县'").await;
    assert!(one.contains("period=2023-Q1"), "{one}");
    assert!(!one.contains("period=2023-01"), "{one}");
    let some = plan("SELECT 数值 FROM 指标值 WHERE 指标 = '城市低保人数'").await;
    assert!(some.contains("1 indicators [SA02]"), "{some}");
    assert!(!some.contains("sa11"), "{some}");
}

#[tokio::test]
async fn planning_is_quick() {
    let (_folder, store) = store().await;
    let session = Session::open(&store, catalog(), Scope::Whole).await.unwrap();
    let sql = "EXPLAIN SELECT 指标, sum(数值) FROM 指标值
        WHERE 类型 = '期末数' AND 报告期 = '2023-Q1' GROUP BY 指标";
    let start = Instant::now();
    text(&session, sql, Format::Csv).await;
    assert!(start.elapsed().as_millis() < 300, "{:?}", start.elapsed());
}
