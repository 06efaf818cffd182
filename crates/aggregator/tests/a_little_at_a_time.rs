//! Findings from context are looked for a little at a time: what stands in the table meanwhile is what
//! was found before or is found now, names the version that it shows, and ends as after one long look.

mod villages;

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Instant};

use aggregator::{Aggregator, Taking};
use journal::Entry;
use model::{Catalog, Level, Register};
use villages::{Ends, catalog, henan, open};

/// Villages of four prefectures.
const VILLAGES: [&str; 4] = ["410102001002", "410202001009", "410302001001", "419001001001"];
const MONTHS: [&str; 3] = ["2023-01", "2023-02", "2023-03"];

async fn rows_of_all(aggregator: &mut Aggregator) {
    for what in [Taking::Corrections, Taking::Longest, Taking::Nothing] {
        while aggregator.roll_up_some(what, &henan()).await.unwrap().rows > 0 {}
    }
}

/// An aggregator that has looked at everything, with the returns of one village.
async fn with_a_village(folder: &Path) -> (Aggregator, Ends) {
    let (mut one, mut ends) = (open(&catalog(), folder).await, Ends::default());
    let months: Vec<Entry> = MONTHS.iter().map(|m| ends.entry(VILLAGES[0], m, 1, 10)).collect();
    one.settle(months).await.unwrap();
    one.roll_up(&mut |_| {}).await.unwrap();
    (one, ends)
}

/// Looks at one piece and commits: whether it was the last one, what stands in the table now, and the
/// version of `submissions` up to which the table shows everything.
async fn one_piece(aggregator: &mut Aggregator) -> (bool, BTreeSet<String>, u64) {
    let all = aggregator.look_in_context(Some(Instant::now()));
    let (findings, _) = aggregator.commit_in_context(&henan()).await.unwrap();
    let hash = &aggregator.catalog().hash;
    let store = aggregator.store();
    let shown = store.applied_under("context_findings", hash, &henan()).await.unwrap();
    let findings = findings.iter().map(|found| format!("{found:?}")).collect();
    (all, findings, shown[&henan()[0]].unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_meanwhile_was_found_before_or_is_found_now() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog());
    let mut one = open(&catalog, folder.path()).await;
    let mut ends = Ends::default();
    // Sums that jump from month to month in two prefectures.
    for (month, persons) in MONTHS.into_iter().zip([10, 90, 9]) {
        let some = VILLAGES[..2].iter().map(|village| ends.entry(village, month, 1, persons));
        one.settle(some.collect()).await.unwrap();
    }
    let first = one.roll_up(&mut |_| {}).await.unwrap().findings;
    let first: BTreeSet<String> = first.iter().map(|found| format!("{found:?}")).collect();
    let shown_first = one.applied();

    let smooth = ends.entry(VILLAGES[1], MONTHS[1], 2, 10);
    let other = ends.entry(VILLAGES[3], MONTHS[2], 1, 7);
    one.settle(vec![smooth, other]).await.unwrap();
    rows_of_all(&mut one).await;
    let mut meanwhile = Vec::new();
    let last = loop {
        let (all, findings, shown) = one_piece(&mut one).await;
        if all {
            assert_eq!(shown, one.applied());
            break findings;
        }
        assert_eq!(shown, shown_first, "not everything was looked at");
        meanwhile.push(findings);
    };
    assert!(meanwhile.len() >= 3, "{}", meanwhile.len());
    assert!(first.difference(&last).count() > 0 && last.difference(&first).count() > 0);
    assert!(meanwhile.iter().any(|findings| *findings != first && *findings != last));
    for findings in &meanwhile {
        assert!(first.intersection(&last).all(|found| findings.contains(found)));
        assert!(findings.iter().all(|found| first.contains(found) || last.contains(found)));
    }
    let anew = open(&catalog, folder.path()).await.roll_up(&mut |_| {}).await.unwrap().findings;
    assert_eq!(last, anew.iter().map(|found| format!("{found:?}")).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_first_is_looked_at_before_what_keeps_changing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut one, mut ends) = with_a_village(folder.path()).await;
    // The last prefecture of the province, which would be the last one to be looked at.
    one.settle(vec![ends.entry(VILLAGES[3], MONTHS[0], 1, 5)]).await.unwrap();
    let wanted = one.applied();
    let mut shown = 0;
    for revision in 2.. {
        one.settle(vec![ends.entry(VILLAGES[0], MONTHS[0], revision, revision)]).await.unwrap();
        rows_of_all(&mut one).await;
        let (all, _, up_to) = one_piece(&mut one).await;
        assert!(!all, "more changes than is looked at");
        assert!(up_to >= shown, "what was shown is taken back");
        shown = up_to;
        if shown >= wanted {
            break;
        }
        assert!(revision < 200, "{shown} of {wanted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_committed_over_what_another_found_before_everything_was_looked_at() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog());
    let mut one = open(&catalog, folder.path()).await;
    let mut ends = Ends::default();
    one.settle(vec![ends.entry(VILLAGES[0], MONTHS[0], 1, 10)]).await.unwrap();
    one.roll_up(&mut |_| {}).await.unwrap();
    let mut heir = open(&catalog, folder.path()).await;
    assert!(!heir.look_in_context(Some(Instant::now())));
    let refused = heir.commit_in_context(&henan()).await.err().unwrap().to_string();
    assert!(refused.contains("is applied already"), "{refused}");
    assert!(heir.look_in_context(None));
    assert!(heir.commit_in_context(&henan()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_again_before_it_was_looked_at_is_open_since_the_first_change() {
    let folder = tempfile::tempdir().unwrap();
    let (mut one, mut ends) = with_a_village(folder.path()).await;
    let before = one.applied();
    for revision in 1..=2 {
        one.settle(vec![ends.entry(VILLAGES[3], MONTHS[0], revision, revision)]).await.unwrap();
        rows_of_all(&mut one).await;
        let (all, _, shown) = one_piece(&mut one).await;
        assert!(!all && shown == before, "{shown}, {before} before");
    }
}

/// A county that belongs to another prefecture from a day on.
fn with_a_county_that_moves(code: &str, to: &str, day: &str) -> Arc<Catalog> {
    let mut catalog = Arc::into_inner(catalog()).unwrap();
    let mut records = catalog.register.records().to_vec();
    let county = records.iter_mut().find(|unit| unit.code.to_string() == code).unwrap();
    let mut later = county.clone();
    county.valid_to = Some(day.parse().unwrap());
    later.valid_from = Some(day.parse().unwrap());
    later.parent = Some((to.parse().unwrap(), Level::City));
    records.push(later);
    catalog.register = Register::new(records);
    Arc::new(catalog)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_moved_is_looked_at_where_it_stands_now() {
    let folder = tempfile::tempdir().unwrap();
    let (county, village) = ("410181000000", "410181100201");
    let catalog = with_a_county_that_moves(county, "410200000000", "2023-01-01");
    let mut ends = Ends::default();
    let mut one = open(&catalog, folder.path()).await;
    let months: Vec<Entry> = ["2022-12", "2023-01"].map(|m| ends.entry(village, m, 1, 10)).into();
    one.settle(months).await.unwrap();
    let smooth = one.roll_up(&mut |_| {}).await.unwrap().findings;
    one.settle(vec![ends.entry(village, "2022-12", 2, 80_000)]).await.unwrap();
    let jump = one.roll_up(&mut |_| {}).await.unwrap().findings;
    let of_january = |found: &&checks::ContextFinding| {
        found.period.is_some_and(|period| period.to_string() == "2023-01")
            && found.units.iter().any(|unit| unit.to_string() == village)
            && found.finding.check == "K80"
    };
    assert_eq!(smooth.iter().filter(of_january).count(), 0);
    assert!(jump.iter().filter(of_january).count() > 0);
    let anew = open(&catalog, folder.path()).await.roll_up(&mut |_| {}).await.unwrap().findings;
    assert_eq!(jump, anew);
}
