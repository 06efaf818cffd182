//! K95 部分(较早)大于整体(较晚): a year-to-date value of units below at an earlier date is at most
//! the declared total at a later date of the same year, also for a declared sum of indicators.
//!
//! A year-to-date value never falls, so an earlier part is below the later part, and that below the
//! later whole. The rule found six counties that had paid more by September than their whole city
//! by October.

use model::{Period, PeriodKind, indicator::Kind};

use crate::{
    context::{
        Evaluated, Outcome, Scene, codes,
        parts::{Part, Whole, compared, shortened, strongest, wholes},
    },
    says::{Says, of_check},
};

const ID: &str = "K95";

/// Compares every declared year-to-date total with the strongest earlier part of its year.
pub(crate) fn check(scene: Scene<'_>, outcomes: &mut Vec<Outcome>) {
    let Some(check) = scene.definition(ID) else { return };
    let cumulative = |kind| matches!(kind, Kind::FlowYtd | Kind::DistinctYtd);
    for whole in wholes(scene, check, cumulative) {
        let parts = earlier(scene, &whole).into_iter();
        let parts = parts.filter_map(|period| strongest(scene, &whole, period));
        // The earliest of the largest excesses, so that the finding does not move from run to run.
        let worst = parts.reduce(|worst, next| if larger(&next, &worst) { next } else { worst });
        let Some(part) = worst else { continue };
        let holds = !part.exceeds(&whole);
        outcomes.push(Outcome {
            form: scene.catalog.indicator(whole.terms[0]).form,
            finding: (!holds).then(|| of_check(check, says(scene, &whole, &part))),
            evaluated: Evaluated {
                check: ID.to_owned(),
                found: compared(scene, &whole, &part),
                units: whole.units,
                period: Some(whole.period),
                holds,
            },
        });
    }
}

fn larger(one: &Part, other: &Part) -> bool {
    one.value.compare(other.value).is_some_and(|order| order.is_gt())
}

/// Periods that end no later than the whole's and lie in its year: those for which the roll-up has
/// values, and those for which something is declared.
fn earlier(scene: Scene<'_>, whole: &Whole) -> Vec<Period> {
    let year = Period::containing(PeriodKind::Year, whole.period.end());
    let frequencies = whole.terms.iter().map(|&term| scene.catalog.indicator(term).frequency);
    let rolled_up = frequencies.max().map(|kind| year.parts(kind)).into_iter().flatten();
    let declared = scene.declared.iter().filter_map(|declared| declared.period);
    let before = |period: &Period| {
        *period != whole.period
            && period.end() <= whole.period.end()
            && year.start() <= period.start()
    };
    let mut periods: Vec<Period> = rolled_up.chain(declared).filter(before).collect();
    periods.sort_unstable();
    periods.dedup();
    periods
}

fn says(scene: Scene<'_>, whole: &Whole, part: &Part) -> Says {
    let cell = codes(scene.catalog, &whole.terms);
    let (below, above) = (shortened(&part.units), shortened(&whole.units));
    let excess = part.excess(whole);
    let percent = excess.percent_of(whole.value).map_or_else(|| "—".to_owned(), |p| p.to_string());
    let (then, later) = (part.period, whole.period);
    Says {
        found: format!("{} ({then})", part.value),
        expected: format!("≤ {} ({later})", whole.value),
        zh: format!(
            "{cell}：{below} 截至 {} 累计 {}，{above} 截至 {} 累计 {}，部分较早却多 {percent}%；原因未明，两数不得一并发布，请两地核对口径、范围和起算时间后更正",
            then.end(),
            part.value,
            later.end(),
            whole.value
        ),
        en: format!(
            "{cell}: {below} to {} {}, {above} to {} {}, the earlier part exceeds the later whole by {percent} %; cause unknown, publish neither beside the other until both places have cleared scope, place and start of counting",
            then.end(),
            part.value,
            later.end(),
            whole.value
        ),
        cell,
        head: None,
    }
}

#[cfg(test)]
mod tests {
    use model::envelope::Declared;

    use crate::fixture::{CITY, SIX_COUNTIES, Written, declared, evaluations, found, found_ids};

    /// The two disability subsidies in the 2020 report of 平顶山: six counties to September, the
    /// whole city to October.
    fn report() -> Vec<Declared> {
        vec![
            declared(SIX_COUNTIES, "DS08", "2020-09", "48701"),
            declared(SIX_COUNTIES, "DS04", "2020-09", "2744.216"),
            declared(SIX_COUNTIES, "DS09", "2020-09", "55439"),
            declared(SIX_COUNTIES, "DS05", "2020-09", "3524.88"),
            declared(CITY, "DS08", "2020-10", "38624"),
            declared(CITY, "DS09", "2020-10", "47951"),
            declared(CITY, "DS04+DS05", "2020-10", "5524.54"),
        ]
    }

    #[test]
    fn the_six_counties_exceed_their_city_three_times() {
        let findings = found(&Written::default(), &report());
        let found: Vec<(&str, &str)> =
            findings.iter().map(|f| (f.finding.check.as_str(), f.finding.cell.as_str())).collect();
        assert_eq!(found, [("K95", "DS04+DS05"), ("K95", "DS08"), ("K95", "DS09")]);
        let percent = ["13.5%", "26.1%", "15.6%"];
        for (one, percent) in findings.iter().zip(percent) {
            let message = &one.finding.message_zh;
            assert!(message.contains(percent), "{message}");
            assert!(message.contains("2020-09-30") && message.contains("2020-10-31"));
            assert!(message.contains(SIX_COUNTIES.split('+').next().unwrap()));
        }
        assert_eq!(findings[0].finding.found, "6269.096 (2020-09)");
        assert_eq!(findings[0].finding.expected, "≤ 5524.54 (2020-10)");
    }

    #[test]
    fn lower_counties_make_it_vanish() {
        let mut lower = report();
        for (one, value) in lower.iter_mut().zip(["38624", "2000", "47951", "3524.54"]) {
            one.value = value.to_owned();
        }
        assert!(found_ids(&Written::default(), &lower).is_empty());
        assert_eq!(evaluations(&Written::default(), &lower, "K95"), [true; 3]);
        lower[1].value = "2000.02".to_owned();
        assert_eq!(found_ids(&Written::default(), &lower), ["K95"]);
    }

    #[test]
    fn other_units_years_and_later_parts_are_left_alone() {
        let none = Written::default();
        let mut elsewhere = report();
        elsewhere.iter_mut().take(4).for_each(|d| d.units = vec!["419001000000".to_owned()]);
        assert!(found_ids(&none, &elsewhere).is_empty());
        for period in ["2019-12", "2020-11"] {
            let mut other = report();
            other.iter_mut().take(4).for_each(|d| d.period = Some(period.to_owned()));
            assert!(found_ids(&none, &other).is_empty(), "{period}");
        }
        // Read as the whole city, the case is a falling value (K73), not a part.
        let mut falling = report();
        falling.iter_mut().for_each(|d| d.units = vec![CITY.to_owned()]);
        assert!(found_ids(&none, &falling).is_empty());
    }

    #[test]
    fn a_sum_declared_below_meets_its_terms_declared_above() {
        let sent = |below: &str| {
            [
                declared("410421000000", "DS04+DS05", "2020-09", below),
                declared(CITY, "DS04", "2020-10", "40.0"),
                declared(CITY, "DS05", "2020-10", "60.0"),
            ]
        };
        assert!(found_ids(&Written::default(), &sent("100.1")).is_empty());
        assert_eq!(found_ids(&Written::default(), &sent("100.2")), ["K95"]);
    }

    #[test]
    fn rolled_up_children_count_in_any_earlier_month() {
        let city = [declared(CITY, "DS08", "2020-06", "100")];
        let figures =
            |persons: i64| Written::default().value("410421000000", "DS08", "2020-03", persons);
        assert!(found_ids(&figures(100), &city).is_empty());
        assert_eq!(found_ids(&figures(101), &city), ["K95"]);
    }

    #[test]
    fn a_stock_may_fall() {
        let sent = [
            declared("410421000000", "SA02", "2020-09", "200"),
            declared(CITY, "SA02", "2020-10", "100"),
        ];
        assert!(found_ids(&Written::default(), &sent).is_empty());
    }
}
