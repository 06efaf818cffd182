//! Bonuses and deductions.

use jiff::civil::date;
use model::{
    Catalog, FormIx, PeriodKind, SubmissionKey,
    scheme::{Bonus, Counted, Deduction, Scheme},
};

use crate::{EvaluationError, Events, Honour, LateRevision, UnitResult, fixture::*};

fn bonus(catalog: &Catalog, id: &str, points: &str) -> Bonus {
    Bonus {
        id: id.to_owned(),
        zh: format!("荣誉{id}"),
        en: format!("honour {id}"),
        points: amount(points),
        indicator: catalog.indicator_by_code("AA06").unwrap(),
        measure: "项".to_owned(),
        cycles: vec![PeriodKind::Quarter],
        source: String::new(),
    }
}

fn deduction(id: &str, points: &str, counted: Counted, bound: u32) -> Deduction {
    Deduction {
        id: id.to_owned(),
        zh: format!("扣分{id}"),
        en: format!("deduction {id}"),
        points: amount(points),
        counted,
        bound,
        measure: "次".to_owned(),
        cycles: vec![PeriodKind::Quarter],
        source: String::new(),
    }
}

/// A county with 80 of 100 points under a scheme changed by the test.
fn county(change: impl Fn(&Catalog, &mut Scheme, &mut Typed<'_>), events: &Events) -> UnitResult {
    let catalog = catalog();
    let mut scheme = scheme(vec![linear(&catalog, "I1", None, "100")]);
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 92, 100);
    change(&catalog, &mut scheme, &mut figures);
    unit(&run(&figures, &scheme, events), COUNTY_A).clone()
}

fn total(result: &UnitResult) -> String {
    let parts = result.items.iter().map(|item| item.contribution.units).sum::<i64>()
        + result.bonus_contribution.units
        + result.deduction_contribution.units;
    assert_eq!(Some(parts), result.score.map(|s| s.units), "the parts add up");
    result.score.unwrap().to_string()
}

#[test]
fn typed_honours_count_and_all_of_them_are_capped() {
    let with = |count| {
        county(
            move |catalog, scheme, figures| {
                scheme.bonuses = vec![bonus(catalog, "B1", "1.0"), bonus(catalog, "B2", "0.5")];
                figures.set(COUNTY_A, "AA06", "2023-Q1", count);
            },
            &Events::default(),
        )
    };
    assert_eq!(total(&with(2)), "83.00");
    let capped = with(10);
    assert_eq!(
        (total(&capped), capped.bonus_points.to_string()),
        ("85.00".to_owned(), "5".to_owned())
    );
    assert_eq!(capped.bonuses[1].points.to_string(), "5");
}

#[test]
fn registered_honours_count_once_for_each_deed_by_the_highest() {
    let honour = |id: &str, unit, bonus: &str, deed: &str, awarded| Honour {
        id: id.to_owned(),
        unit: code(unit),
        bonus: bonus.to_owned(),
        deed: deed.to_owned(),
        awarded,
    };
    let day = date(2023, 2, 8);
    let honours = vec![
        honour("1", COUNTY_A, "B2", "救助", day),
        honour("2", STREET, "B1", "救助", day),
        honour("2", COUNTY_A, "B1", "救助", day),
        honour("3", COUNTY_A, "B2", "", day),
        honour("4", COUNTY_A, "B2", "", date(2022, 12, 31)),
        honour("5", COUNTY_A, "B2", "", date(2023, 4, 1)),
        honour("6", COUNTY_B, "B1", "", day),
    ];
    let events = Events { honours: Some(honours), ..Events::default() };
    let set = |catalog: &Catalog, scheme: &mut Scheme, figures: &mut Typed<'_>| {
        scheme.bonuses = vec![bonus(catalog, "B1", "1.0"), bonus(catalog, "B2", "0.5")];
        figures.set(COUNTY_A, "AA06", "2023-Q1", 9);
    };
    assert_eq!(
        total(&county(set, &events)),
        "81.50",
        "one national, one provincial; typed counts aside"
    );
}

#[test]
fn an_honour_for_an_unknown_bonus_is_refused() {
    let catalog = catalog();
    let scheme = scheme(vec![linear(&catalog, "I1", None, "100")]);
    let honour = Honour {
        id: "1".to_owned(),
        unit: code(COUNTY_A),
        bonus: "B9".to_owned(),
        deed: String::new(),
        awarded: date(2023, 1, 1),
    };
    let events = Events { honours: Some(vec![honour]), ..Events::default() };
    let result = try_run(&Typed::new(&catalog), &scheme, &events, "2023-Q1");
    assert!(matches!(result, Err(EvaluationError::UnknownBonus { .. })));
}

fn key(unit: u64, at: &str) -> SubmissionKey {
    SubmissionKey { unit: code(unit), form: FormIx(0), period: period(at) }
}

#[test]
fn late_days_are_bounded_for_each_return_of_the_unit_itself_and_capped_together() {
    let late = |entries: &[(u64, &str, u32)]| {
        let mut events = Events::default();
        for &(unit, at, days) in entries {
            events.days_late.insert(key(unit, at), days);
        }
        let set = |_: &Catalog, scheme: &mut Scheme, _: &mut Typed<'_>| {
            scheme.deductions = vec![deduction("D1", "1.0", Counted::DaysLate, 4)];
        };
        total(&county(set, &events))
    };
    assert_eq!(late(&[(COUNTY_A, "2023-01", 1)]), "79.00");
    assert_eq!(late(&[(COUNTY_A, "2023-01", 30)]), "76.00");
    assert_eq!(late(&[(COUNTY_A, "2023-01", 3), (COUNTY_A, "2023-02", 2)]), "75.00");
    let many: Vec<_> = ["2023-01", "2023-02", "2023-03"].map(|m| (COUNTY_A, m, 9)).to_vec();
    assert_eq!(late(&many), "70.00", "12 points lost, 10 at most");
    assert_eq!(late(&[(STREET, "2023-01", 4), (COUNTY_A, "2023-04", 4)]), "80.00");
}

#[test]
fn counted_events_are_bounded() {
    for (count, expected) in [(3, "79.40"), (10, "78.00"), (50, "78.00")] {
        let set = |catalog: &Catalog, scheme: &mut Scheme, figures: &mut Typed<'_>| {
            let sent_back = Counted::Indicator(catalog.indicator_by_code("AA06").unwrap());
            scheme.deductions = vec![deduction("D2", "0.2", sent_back, 10)];
            figures.set(COUNTY_A, "AA06", "2023-Q1", count);
        };
        assert_eq!(total(&county(set, &Events::default())), expected, "{count}");
    }
}

#[test]
fn only_revisions_that_move_more_than_five_percent_cost() {
    let revision = |number, before: i64, after: i64, days, voluntary| LateRevision {
        key: key(COUNTY_A, "2023-01"),
        revision: number,
        indicator: model::IndicatorIx(0),
        before: Some(model::Amount { units: before, scale: 0 }),
        after: Some(model::Amount { units: after, scale: 0 }),
        days_after_lock: days,
        voluntary,
    };
    let cost = |late_revisions: Vec<LateRevision>| {
        let events = Events { late_revisions, ..Events::default() };
        let set = |_: &Catalog, scheme: &mut Scheme, _: &mut Typed<'_>| {
            let counted = Counted::LateRevisions { moved_percent: amount("5"), free_days: 3 };
            scheme.deductions = vec![deduction("D4", "0.5", counted, 6)];
        };
        total(&county(set, &events))
    };
    assert_eq!(cost(vec![revision(2, 100, 105, 9, false)]), "80.00", "exactly 5 % is free");
    assert_eq!(cost(vec![revision(2, 100, 106, 9, false)]), "79.50");
    assert_eq!(cost(vec![revision(2, 100, 94, 9, false)]), "79.50");
    assert_eq!(cost(vec![revision(2, 0, 1, 9, false)]), "79.50");
    assert_eq!(cost(vec![revision(2, 100, 200, 3, true)]), "80.00", "voluntary within three days");
    assert_eq!(cost(vec![revision(2, 100, 200, 4, true)]), "79.50");
    let twice = vec![revision(2, 100, 200, 9, false), revision(2, 5, 50, 9, false)];
    assert_eq!(cost(twice), "79.50", "two cells of one revision are one");
}
