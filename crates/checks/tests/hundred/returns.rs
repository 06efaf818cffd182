//! Checks of intake: a return of zeros that passes everything, with a few cells or words changed.

use std::sync::Arc;

use checks::Intake;
use model::{
    Catalog,
    envelope::{Cells, Return, Signers},
    submission::KeyHistory,
};

use super::{
    Pair, Run,
    place::{QUASI, code, period, unit_of},
};

/// Check, unit, form, period, cells that pass, cells that fail. Figures of real tables where the
/// catalogue names them as evidence.
const RELATIONS: &str = "
    K12 v SA 2023-01 | SA01=274856 SA02=431185 | SA01=431186 SA02=431185
    K13 v SA 2023-01 | SA03=1278292 SA04=2478369 | SA03=2478370 SA04=2478369
    K14 v SA 2023-01 | SA01=0 SA02=0 | SA01=0 SA02=3
    K15 v SA 2023-01 | SA03=2 SA04=3 | SA03=2 SA04=0
    K16 v SA 2023-01 | SA01=2 SA02=10 | SA01=2 SA02=11
    K17 v SA 2023-01 | SA03=2 SA04=12 | SA03=2 SA04=13
    K18 v SA 2023-01 | SA03=200 SA04=291 SA05=120 | SA03=200 SA04=291 SA05=292
    K19 v SA 2023-01 | SA03=400 SA04=500 SA06=224 SA07=105 | SA03=200 SA04=328 SA06=224 SA07=105
    K20 v SA 2023-01 | SA03=200 SA04=241 SA08=113 | SA03=90 SA04=112 SA08=113
    K22 c SA 2023-01 | SA32=9 SA33=9 | SA32=9 SA33=10
    K23 c SA 2023-01 | SA34=9 SA35=9 | SA34=9 SA35=10
    K24 t SA 2023-01 | SA36=5 SA37=5 | SA36=5 SA37=6
    K25 c SA 2023-01 | SA27=3403 SA28=1083000 | SA27=3403 SA28=0
    K26 i EC 2023-Q1 | EC02=60 EC03=40 | EC02=60 EC03=61
    K27 i EC 2023-Q1 | EC02=60 EC05=60 | EC02=60 EC05=61
    K29 v EC 2023-01 | EC24=8 EC25=8 | EC24=8 EC25=9
    K30 v EC 2023-Q1 | EC27=8 EC28=8 | EC27=8 EC28=9
    K32 c CW 2023-Q1 | CW12=8 CW13=8 | CW12=8 CW13=9
    K33 v DS 2023-01 | DS01=5 DS02=4 DS03=4 | DS01=5 DS02=4 DS03=5
    K35 c SO 2023-Q1 | SO04=8 SO05=8 | SO04=8 SO05=9
    K36 c SO 2023-Q1 | SO04=8 SO05=8 SO06=8 | SO04=8 SO05=7 SO06=8
    K37 c CH 2023-01 | CH01=2419.5 CH02=1497.28 | CH01=1497.28 CH02=2419.5
    K38 c CH 2023-Q1 | CH05=8 CH06=8 | CH05=8 CH06=8.0001
    K39 c MR 2023-01 | MR01=4000 MR02=577 MR03=7 | MR01=4 MR02=2 MR03=7
    K40 c MR 2023-01 | MR01=4000 MR02=577 MR04=110 | MR01=100 MR02=9 MR04=110
    K41 c GN 2023-Q1 | GN01=24 GN02=15 GN03=8 GN04=1 | GN01=24 GN02=15 GN03=8 GN04=2
    K42 t SF 2023-01-T1 | SF06=554 SF07=554 | SF06=554 SF07=555
    K43 t SF 2023-01-T1 | SF16=3 SF17=1 SF06=9 SF07=8 SF09=3 | SF16=3 SF17=1 SF06=9 SF07=8 SF09=4
    K45 c SF 2023-01 | SF10=59 SF11=59 | SF10=59 SF11=58
    K47 c SP 2023-01-T1 | SP01=5 SP02=3 SP03=2 | SP01=5 SP02=3 SP03=3
    K63 c SA 2023-01 | SA13=924 SA22=1202 | SA13=924 SA22=1201
    K64 c SA 2023-01 | SA14=8940 SA23=969 | SA14=8940 SA23=968
    K65 c SA 2023-01 | SA13=602 SA14=5680 SA22=783 SA23=616 | SA13=473 SA14=5680 SA22=783 SA23=616
    K68 c CW 2023-01 | CW05=2310 CW06=1848 | CW05=1848 CW06=2310
    K71 t SA 2023-01 | SA24=8721 SA25=662.796 | SA24=8721 SA25=8722
    K84 v SA 2023-01 | SA01=20 SA02=30 SA03=20 SA04=30 SA05=20 SA06=20 SA07=20 SA08=11 | SA01=20 SA02=30 SA03=20 SA04=30 SA05=20 SA06=20 SA07=20 SA08=10
    K93 c SF 2023-01-T1 | SF12=0 | SF12=1
    K97 t SA 2023-01 | SA40=8 SA41=8 | SA40=8 SA41=9
    K98 t SA 2023-01 | SA36=5 SA37=5 SA45=5 | SA36=5 SA37=5 SA45=6
    K99 t SF 2023-01-T1 | SF16=3 SF17=3 | SF16=3 SF17=4";

pub(crate) fn pairs() -> Vec<Pair> {
    let lines = RELATIONS.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut all: Vec<Pair> = lines.map(relation).collect();
    all.extend(WORDS.iter().map(|(check, good, bad)| Pair {
        check,
        passing: words("v SA 2023-01", good),
        failing: words("v SA 2023-01", bad),
    }));
    all
}

fn relation(line: &'static str) -> Pair {
    let parts: Vec<&str> = line.split('|').map(str::trim).collect();
    let [head, good, bad] = parts[..] else { panic!("{line}") };
    let (check, head) = head.split_once(' ').expect(line);
    let cells = |cells: &'static str| -> (String, Run) {
        let run = move |catalog: &Arc<Catalog>| {
            let mut sent = zeros(catalog, head);
            set_cells(&mut sent, cells);
            examine(catalog, &sent, KeyHistory::default())
        };
        (format!("{head}: {cells}"), Box::new(run))
    };
    Pair { check, passing: cells(good), failing: cells(bad) }
}

/// Check, what is changed where it passes, what is changed where it fails.
const WORDS: [(&str, &str, &str); 13] = [
    ("K01", "", "unit=410404001999"),
    ("K02", "", "form=XX"),
    ("K03", "", "reviewer="),
    ("K04", "", "SA01="),
    ("K05", "SA01=2.0 SA02=2", "SA01=1.5"),
    ("K06", "SA01=0", "SA01=-1"),
    ("K07", "", "conflict"),
    ("K08", "revision=2 reason=更正", "revision=2"),
    ("K09", "", "locked"),
    ("K10", "at=2023-01-31T09:00:00+08:00", "at=2023-01-30T23:59:59+08:00"),
    ("K11", "at=2023-02-03T23:59:59+08:00", "at=2023-02-04T00:00:00+08:00"),
    ("K91", "", "quasi"),
    ("K94", "SA01=2 SA02=11 explain=K16", "SA01=2 SA02=11"),
];

fn words(head: &'static str, changes: &'static str) -> (String, Run) {
    let run = move |catalog: &Arc<Catalog>| {
        let mut sent = zeros(catalog, head);
        let mut history = KeyHistory::default();
        for change in changes.split_whitespace() {
            match change.split_once('=') {
                None if change == "conflict" => history.conflicts = true,
                None if change == "locked" => history.locked = true,
                // Quasi villages do not report on grassroots governance.
                None => {
                    sent = zeros(catalog, "v GG 2023-Q1");
                    sent.unit = QUASI.into();
                }
                Some(("unit", code)) => sent.unit = code.into(),
                Some(("form", code)) => sent.form = code.into(),
                Some(("reviewer", name)) => sent.signers.reviewer = name.into(),
                Some(("revision", number)) => sent.revision = number.parse().unwrap(),
                Some(("reason", words)) => sent.reason = Some(words.into()),
                Some(("at", moment)) => sent.submitted_at = moment.into(),
                Some(("explain", check)) => {
                    sent.explanations.insert(check.to_owned(), "两户各有六口人".to_owned());
                }
                Some(_) => set_cells(&mut sent, change),
            }
        }
        examine(catalog, &sent, history)
    };
    let shown = if changes.is_empty() { "zeros" } else { changes };
    (format!("{head}: {shown}"), Box::new(run))
}

/// A return that reports nothing of anything, a day after its period.
fn zeros(catalog: &Catalog, head: &'static str) -> Return<'static> {
    let words: Vec<&'static str> = head.split(' ').collect();
    let [letter, form, text] = words[..] else { panic!("{head}") };
    let (unit, of) = (unit_of(letter), period(text));
    let tree = catalog.register.tree(of.end());
    let level = tree.level(tree.node(code(unit)).expect(unit));
    let asked = catalog.asked(catalog.form_by_code(form).expect(form), of.kind(), level);
    let cell = |&i| (catalog.indicator(i).code.clone().into(), "0".into());
    Return {
        wire: 1,
        id: "example".into(),
        unit: unit.into(),
        form: form.into(),
        period: text.into(),
        revision: 1,
        submitted_at: format!("{}T09:00:00+08:00", of.end().tomorrow().unwrap()).into(),
        signers: Signers { filler: "甲".into(), reviewer: "乙".into(), head: "丙".into() },
        reason: None,
        cells: Cells(asked.iter().map(cell).collect()),
        not_applicable: Vec::new(),
        qualifiers: Default::default(),
        explanations: Default::default(),
        prior: Default::default(),
        source: "typed".into(),
    }
}

fn set_cells(sent: &mut Return<'static>, cells: &'static str) {
    for (code, text) in cells.split_whitespace().map(|cell| cell.split_once('=').expect(cell)) {
        let at = sent.cells.0.iter().position(|(known, _)| known == code);
        let at = at.unwrap_or_else(|| panic!("{code} is not asked of {}", sent.unit));
        sent.cells.0[at].1 = text.into();
    }
}

fn examine(catalog: &Arc<Catalog>, sent: &Return<'_>, history: KeyHistory) -> Vec<String> {
    let intake = Intake::new(Arc::clone(catalog));
    let findings = match intake.resolve(sent) {
        Ok(resolved) => intake.examine(sent, &resolved, history).findings,
        Err(findings) => findings,
    };
    findings.into_iter().map(|finding| finding.check).collect()
}
