//! Every shipped warning at work: raised one beyond its threshold, silent at it and below its base.

use std::{collections::BTreeSet, sync::Arc};

use checks::{Warning, Warnings};
use model::Catalog;

use super::{
    FullCatalog, county,
    filled::{nodes_of, rolled_up},
    place::{CITY, COUNTY, INSTITUTION, code, period, unit_of},
};

/// Warning, form, period, whether it is raised, cells as [`super::filled`] reads them.
const EXAMPLES: &str = "
    E01 SA 2023-02 no  SA29@t:2023-01=100 SA29@t=110
    E01 SA 2023-02 yes SA29@t:2023-01=100 SA29@t=111
    E01 SA 2023-02 no  SA29@t:2023-01=99 SA29@t=150
    E02 SA 2023-02 no  SA29@t:2023-01=100 SA29@t=90
    E02 SA 2023-02 yes SA29@t:2023-01=100 SA29@t=89
    E02 SA 2023-02 no  SA29@t:2023-01=99 SA29@t=50
    E03 SA 2023-02 no  SA24@t:2022-02=50 SA24@t=65
    E03 SA 2023-02 yes SA24@t:2022-02=50 SA24@t=66
    E03 SA 2023-02 no  SA24@t:2022-02=49 SA24@t=99
    E04 SA 2023-02 no  SA36@t:2023-01=20 SA36@t=30
    E04 SA 2023-02 yes SA36@t:2023-01=20 SA36@t=31
    E04 SA 2023-02 no  SA36@t:2023-01=19 SA36@t=40
    E05 SA 2023-02 no  SA02@v=12 SA11@t:2023-01=50 SA11@t=50.0001
    E05 SA 2023-02 yes SA02@v=12 SA11@t:2023-01=50 SA11@t=50
    E05 SA 2023-02 yes SA04@v=1 SA12@t:2023-01=50 SA12@t=50
    E05 SA 2023-02 no  SA11@t:2023-01=50 SA11@t=50
    E06 DS 2023-02 no  DS01@v=1 DS04@t:2023-01=6 DS04@t=6.0001
    E06 DS 2023-02 yes DS01@v=1 DS04@t:2023-01=6 DS04@t=6
    E06 DS 2023-02 yes DS02@v=1 DS05@t:2023-01=6 DS05@t=6
    E06 DS 2023-02 no  DS04@t:2023-01=6 DS04@t=6
    E07 CW 2023-02 no  CW02@v:2023-01=15 CW03@v:2023-01=5 CW02@v=13 CW03@v=5
    E07 CW 2023-02 yes CW02@v:2023-01=15 CW03@v:2023-01=5 CW02@v=12 CW03@v=5
    E07 CW 2023-02 no  CW02@v:2023-01=20 CW01@c=20
    E07 CW 2023-02 no  CW02@v:2023-01=19
    E08 SF 2023-01-T2 no  SF16@t:2023-01-T1=8 SF06@t:2023-01-T1=2 SF16@t=8 SF06@t=5
    E08 SF 2023-01-T2 yes SF16@t:2023-01-T1=8 SF06@t:2023-01-T1=2 SF16@t=8 SF06@t=6
    E08 SF 2023-01-T2 no  SF16@t:2023-01-T1=8 SF06@t:2023-01-T1=2 SF16@t=8 SF06@t=9 SF07@t=2 SF17@t=2
    E08 SF 2023-01-T2 no  SF16@t:2023-01-T1=8 SF06@t:2023-01-T1=1 SF16@t=8 SF06@t=9
    E09 SF 2023-01-T2 no  SF09@t:2023-01-T1=3 SF09@t=2
    E09 SF 2023-01-T2 yes SF09@t:2023-01-T1=3 SF09@t=3
    E09 SF 2023-01-T2 no  SF09@t=0
    E10 SF 2023-01-T1 no  SF12@c=0
    E10 SF 2023-01-T1 yes SF12@c=1
    E11 DI 2023-01-06 no  DI05@i=0
    E11 DI 2023-01-06 yes DI05@i=1
    E12 SF 2023-01-T1 no  DI01@i:2023-01-01=1 DI01@i:2023-01-02=1 DI01@i:2023-01-03=1 DI01@i:2023-01-04=1 DI01@i:2023-01-05=1 DI01@i:2023-01-06=1 DI01@i:2023-01-07=1 DI01@i:2023-01-08=1 DI01@i:2023-01-09=1
    E12 SF 2023-01-T1 yes DI01@i:2023-01-01=1 DI01@i:2023-01-02=1 DI01@i:2023-01-03=1 DI01@i:2023-01-04=1 DI01@i:2023-01-05=1 DI01@i:2023-01-06=1 DI01@i:2023-01-07=1 DI01@i:2023-01-08=1
    E13 FN 2023-Q1 no  FN01@c:2022-Q1=50 FN01@c=60
    E13 FN 2023-Q1 yes FN01@c:2022-Q1=50 FN01@c=61
    E13 FN 2023-Q1 yes FN01@c:2022-Q1=50 FN01@c=39
    E13 FN 2023-Q1 no  FN01@c:2022-Q1=50 FN01@c=40
    E13 FN 2023-Q1 no  FN01@c:2022-Q1=49 FN01@c=99";

/// What is raised in the county on the rows of a form and period.
fn raised(catalog: &Arc<Catalog>, form: &str, of: &str, cells: &str) -> Vec<Warning> {
    let (form, of) = (catalog.form_by_code(form).expect(form), period(of));
    let cells: Vec<&str> = cells.split_whitespace().collect();
    let state = rolled_up(catalog, (form, of), &cells);
    let nodes = nodes_of(&state, of);
    let raised = Warnings::new(Arc::clone(catalog)).of_returns(&state, (form, of), &nodes);
    assert!(raised.undefined.is_empty(), "{:?}", raised.undefined);
    raised.warnings
}

#[test]
fn each_shipped_warning_is_raised_beyond_its_threshold_and_not_at_it() {
    let full = FullCatalog::load();
    let catalog = Arc::new(county(&full, None));
    let mut shown: BTreeSet<(String, bool)> = BTreeSet::new();
    for line in EXAMPLES.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.splitn(5, ' ').collect();
        let [id, form, of, so, cells] = words[..] else { panic!("{line}") };
        let found = raised(&catalog, form, of, cells);
        let found: BTreeSet<&str> = found.iter().map(|warning| warning.id.as_str()).collect();
        // At most those that say something of the same cells.
        assert_eq!(found.contains(id), so == "yes", "{line}: {found:?}");
        println!("{id} {so:<4} {form} {of}: {}", cells.trim());
        shown.insert((id.to_owned(), so == "yes"));
    }
    let all = full.warnings.iter();
    let wanted: BTreeSet<(String, bool)> =
        all.flat_map(|warning| [true, false].map(|so| (warning.id.clone(), so))).collect();
    assert_eq!(shown, wanted);
}

#[test]
fn a_county_of_zeros_raises_nothing() {
    let catalog = Arc::new(county(&FullCatalog::load(), None));
    for (form, of) in [
        ("SA", "2023-02"),
        ("DS", "2023-02"),
        ("CW", "2023-02"),
        ("FN", "2023-Q1"),
        ("DI", "2023-01-06"),
    ] {
        assert!(raised(&catalog, form, of, "").is_empty(), "{form}");
    }
}

#[test]
fn an_accident_climbs_from_list_to_list() {
    let catalog = Arc::new(county(&FullCatalog::load(), None));
    let rows: Vec<_> = raised(&catalog, "DI", "2023-01-06", "DI05@i=1")
        .iter()
        .map(|warning| (warning.unit, warning.to))
        .collect();
    let street = code(unit_of("t"));
    let chain = [(code(COUNTY), code(CITY)), (street, code(COUNTY)), (code(INSTITUTION), street)];
    assert_eq!(rows, chain);
}

#[test]
fn a_fall_needs_every_return() {
    let catalog = Arc::new(county(&FullCatalog::load(), None));
    let e07 = |cells: &str| {
        raised(&catalog, "CW", "2023-02", cells).iter().any(|warning| warning.id == "E07")
    };
    let fall = "CW01@c:2023-01=20 CW01@c=10";
    assert!(e07(fall));
    assert!(!e07(&format!("-v {fall}")));
}
