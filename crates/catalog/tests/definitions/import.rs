//! Imports of lists of units, one after the other.

use std::{fs, path::Path};

use catalog::{ChangeReport, ImportError, UnitChange, import_units};
use jiff::civil::date;
use model::{Level, Register, UnitCode};

use crate::folder::Copy;

const HEADER: &str = "code,parent,level,name,parent_level,class,eval_group_hint";
const FIRST: [&str; 8] = [
    "410000000000,,province,河南省,,admin,",
    "410100000000,410000000000,city,郑州市,province,admin,",
    "410102000000,410100000000,county,中原区,city,admin,",
    "410103000000,410100000000,county,二七区,city,admin,",
    "410102001000,410102000000,township,林山寨街道,county,street,",
    "410102002000,410102000000,township,建设路街道,county,street,",
    "410103001000,410103000000,township,淮河路街道,county,quasi,",
    "410102001001,410102001000,village,一村,township,village_committee,",
];

fn list(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// The first list with one row replaced, or removed by an empty text, and others added.
fn changed(replaced: &[(&str, &str)], added: &[&str]) -> String {
    let mut rows: Vec<&str> = FIRST.to_vec();
    for (start, row) in replaced {
        let place = rows.iter().position(|r| r.starts_with(start)).unwrap();
        rows[place] = row;
    }
    rows.retain(|row| !row.is_empty());
    rows.extend(added);
    list(&rows)
}

/// Definitions that hold nothing but the first list.
fn with_first_list() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let report = import(dir.path(), &list(&FIRST), "henan-2023", 2023).unwrap();
    assert_eq!((report.units, report.added.len(), report.unchanged), (8, 8, 0));
    dir
}

fn import(dir: &Path, text: &str, name: &str, year: i16) -> Result<ChangeReport, ImportError> {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    fs::write(file.path(), text).unwrap();
    import_units(dir, file.path(), name, date(year, 6, 30))
}

/// The register of a definitions folder; what else is missing there does not matter here.
fn register(dir: &Path) -> Register {
    let copy = Copy::new();
    for file in fs::read_dir(copy.path().join("units")).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    for file in fs::read_dir(dir.join("units")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.path().join("units").join(file.file_name())).unwrap();
    }
    catalog::load(copy.path()).unwrap_or_else(|error| panic!("{error}")).register
}

fn code(digits: u64) -> UnitCode {
    UnitCode::from_u64(digits).unwrap()
}

fn change(digits: u64, level: Level, name: &str, before: &str, after: &str) -> UnitChange {
    UnitChange {
        code: code(digits),
        level,
        name: name.into(),
        before: before.into(),
        after: after.into(),
    }
}

#[test]
fn a_later_list_is_compared_and_the_old_spans_stay() {
    let dir = with_first_list();
    let text = changed(
        &[
            ("410102001000", "410102001000,410103000000,township,林山寨街道,county,street,"),
            ("410102002000", ""),
            ("410103001000", "410103001000,410103000000,township,淮河街道,county,street,"),
        ],
        &["410103002000,410103000000,township,新设镇,county,town,"],
    );
    let report = import(dir.path(), &text, "henan-2024", 2024).unwrap();
    let township = Level::Township;
    assert_eq!(report.file, "units/henan-2024.csv.gz");
    assert_eq!((report.units, report.unchanged), (8, 5));
    assert_eq!(report.added, [change(410_103_002_000, township, "新设镇", "", "410103000000")]);
    assert_eq!(report.gone, [change(410_102_002_000, township, "建设路街道", "410102000000", "")]);
    assert_eq!(
        report.renamed,
        [change(410_103_001_000, township, "淮河街道", "淮河路街道", "淮河街道")]
    );
    assert_eq!(
        report.moved,
        [change(410_102_001_000, township, "林山寨街道", "410102000000", "410103000000")]
    );
    assert_eq!(
        report.class_changed,
        [change(410_103_001_000, township, "淮河街道", "quasi", "street")]
    );
    let text = report.text(false, 1);
    assert!(text.contains("renamed\t1\n  410103001000 淮河街道\t淮河路街道 → 淮河街道"), "{text}");

    let files: Vec<_> =
        fs::read_dir(dir.path().join("units")).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert_eq!(files, ["henan-2024.csv.gz"], "the new list replaces the one of the year before");
    let register = register(dir.path());
    let (before, after) = (register.tree(date(2024, 6, 29)), register.tree(date(2024, 6, 30)));
    assert_eq!((before.len(), after.len()), (8, 8));
    let parent = |tree: &model::Tree, digits| {
        let node = tree.node(code(digits)).unwrap();
        tree.code(tree.parent(node).unwrap()).as_u64()
    };
    assert_eq!(parent(&before, 410_102_001_000), 410_102_000_000);
    assert_eq!(parent(&after, 410_102_001_000), 410_103_000_000);
    assert_eq!(parent(&after, 410_102_001_001), 410_102_001_000, "its village moves with it");
    assert!(
        before.node(code(410_102_002_000)).is_some() && after.node(code(410_102_002_000)).is_none()
    );
    let name = |day| register.on(code(410_103_001_000), day).unwrap().name.clone();
    assert_eq!(
        (name(date(2001, 1, 1)), name(date(2025, 1, 1))),
        ("淮河路街道".into(), "淮河街道".into())
    );
    let heirs = register.heirs(code(410_103_001_000), date(2023, 1, 1), &after);
    assert_eq!(heirs, [after.node(code(410_103_001_000)).unwrap()]);
}

#[test]
fn the_same_list_again_changes_nothing_and_gives_the_same_bytes() {
    let dir = with_first_list();
    let stored = dir.path().join("units/henan-2023.csv.gz");
    let bytes = fs::read(&stored).unwrap();
    let report = import(dir.path(), &list(&FIRST), "henan-2023", 2024).unwrap();
    assert_eq!((report.unchanged, report.added.len(), report.gone.len()), (8, 0, 0));
    assert_eq!(fs::read(&stored).unwrap(), bytes);
    assert_eq!(fs::read(with_first_list().path().join("units/henan-2023.csv.gz")).unwrap(), bytes);
    assert_eq!(bytes[4..8], [0; 4], "no time of writing in the gzip head");
}

#[test]
fn what_is_wrong_is_refused_with_every_place_and_nothing_is_written() {
    let dir = with_first_list();
    let stored = dir.path().join("units/henan-2023.csv.gz");
    let bytes = fs::read(&stored).unwrap();
    let text = changed(
        &[
            ("410000000000", "410000000000,410100000000,province,河南省,city,admin,"),
            ("410102002000", "41010200200x,410102000000,township,建设路街道,county,street,"),
            ("410103001000", "410103001000,410109000000,township,淮河路街道,county,quasi,"),
        ],
        &[
            "410102001001,410102001000,village,又一村,township,village_committee,",
            "410102001002,410102001001,village,村下村,village,village_committee,",
        ],
    );
    let Err(ImportError::Problems(mut problems)) = import(dir.path(), &text, "henan-2023", 2024)
    else {
        panic!("the list was taken in");
    };
    // What cannot be read comes first; the tree is looked at when all rows can be.
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!(problems[0].line, 7);
    let readable = text.replace("41010200200x", "410102002000");
    let Err(ImportError::Problems(more)) = import(dir.path(), &readable, "henan-2023", 2024) else {
        panic!("the list was taken in");
    };
    problems.extend(more);
    let found: Vec<(u32, &str)> =
        problems.iter().map(|p| (p.line, p.message_en.as_str())).collect();
    let words = [
        (7, "column code"),
        (2, "cycle"),
        (8, "in no list"),
        (10, "the same code"),
        (11, "level above"),
    ];
    assert_eq!(found.len(), words.len(), "{found:#?}");
    for ((line, message), (place, word)) in found.iter().zip(words) {
        assert!(*line == place && message.contains(word), "{place} {word}: {found:#?}");
    }
    assert_eq!(fs::read(&stored).unwrap(), bytes);
    let left: Vec<_> = fs::read_dir(dir.path().join("units")).unwrap().collect();
    assert_eq!(left.len(), 1);
}

#[test]
fn an_earlier_day_a_bad_name_and_an_empty_list_are_refused() {
    let dir = with_first_list();
    let text = changed(&[("410102002000", "")], &[]);
    import(dir.path(), &text, "henan-2023", 2024).unwrap();
    let early = import(dir.path(), &list(&FIRST), "henan-2023", 2023);
    assert!(matches!(early, Err(ImportError::TooEarly { .. })), "{early:?}");
    for name in ["", "../x", "Henan", "changes"] {
        let bad = import(dir.path(), &list(&FIRST), name, 2025);
        assert!(matches!(bad, Err(ImportError::BadName(_))), "{name}: {bad:?}");
    }
    let empty = import(dir.path(), &list(&[]), "henan-2023", 2025);
    assert!(matches!(empty, Err(ImportError::Problems(_))), "{empty:?}");
    let absent = import_units(dir.path(), Path::new("absent.csv"), "henan-2023", date(2025, 1, 1));
    assert!(matches!(absent, Err(ImportError::Io { .. })), "{absent:?}");
}

#[test]
fn another_province_stands_beside_the_first() {
    let dir = with_first_list();
    let shandong = "370000000000,,province,山东省,,admin,";
    let text = list(&[shandong, "320000000000,,province,江苏省,,admin,"]);
    let report = import(dir.path(), &text, "places-2023", 2023).unwrap();
    assert_eq!((report.added.len(), report.gone.len()), (2, 0));
    assert_eq!(register(dir.path()).tree(date(2023, 7, 1)).len(), 10);
    // Half of that file cannot be taken over by a list that holds one of its provinces.
    let clash = import(dir.path(), &changed(&[], &[shandong]), "henan-2023", 2024);
    let Err(ImportError::Problems(problems)) = clash else { panic!("{clash:?}") };
    assert!(problems[0].message_en.contains("the same code"), "{problems:#?}");
}

#[test]
fn a_merger_in_mid_quarter_takes_the_villages_along() {
    let dir = with_first_list();
    let header = format!("{HEADER},valid_from,valid_to,successors,begins,carries,note");
    let day = "2023-02-15";
    let rows = [
        format!(
            "410102001000,410102000000,township,林山寨街道,county,street,,,{day},410102003000,410102003000,,"
        ),
        format!(
            "410102002000,410102000000,township,建设路街道,county,street,,,{day},410102003000,,,"
        ),
        format!("410102003000,410102000000,township,林建街道,county,street,,{day},,,,,"),
    ];
    fs::write(dir.path().join("units/changes.csv"), format!("{header}\n{}\n", rows.join("\n")))
        .unwrap();
    let register = register(dir.path());
    let (before, after) = (register.tree(date(2023, 2, 14)), register.tree(date(2023, 2, 15)));
    assert_eq!((before.len(), after.len()), (8, 7));
    let merged = after.node(code(410_102_003_000)).unwrap();
    let village = after.node(code(410_102_001_001)).unwrap();
    assert_eq!(after.parent(village), Some(merged));
    for old in [410_102_001_000, 410_102_002_000] {
        assert!(before.node(code(old)).is_some() && after.node(code(old)).is_none());
        assert_eq!(register.heirs(code(old), date(2023, 1, 31), &after), [merged]);
    }
    assert_eq!(register.heirs(code(410_102_001_001), date(2023, 1, 31), &after), [village]);
}
