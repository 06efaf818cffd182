//! Vetoes (一票否决): what triggers them, and what they do to place and grade.

use model::{
    IndicatorIx, Node, Period,
    indicator::Reading,
    scheme::{Scheme, Veto, VetoCause, VetoEffect},
};
use num_rational::BigRational;
use num_traits::Zero;

use crate::{
    absence::{Absence, Why},
    events::Events,
    exact::{of, short},
    metric::Reader,
    result::{VetoResult, VetoState},
};

/// Vetoes of one unit and what they do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vetoed {
    /// Those that apply or could not be excluded.
    pub(crate) results: Vec<VetoResult>,
    /// Effects of those that apply, with the place of the veto in the scheme.
    pub(crate) effects: Vec<(usize, VetoEffect)>,
}

impl Vetoed {
    /// Whether any veto applies.
    pub(crate) fn any(&self) -> bool {
        !self.effects.is_empty()
    }

    /// The veto with this effect, by place in the scheme.
    pub(crate) fn with(&self, effect: VetoEffect) -> Option<usize> {
        self.effects.iter().find(|(_, e)| *e == effect).map(|&(place, _)| place)
    }
}

/// Looks for vetoes of a unit.
pub(crate) fn of_unit(reader: &Reader<'_>, node: Node, scheme: &Scheme, events: &Events) -> Vetoed {
    let mut vetoed = Vetoed::default();
    let kind = reader.period().kind();
    for (place, veto) in scheme.vetoes.iter().enumerate() {
        if !veto.cycles.contains(&kind) {
            continue;
        }
        let results = match veto.cause {
            VetoCause::Above { indicator, bar } => {
                by_figure(reader, node, veto, indicator, &of(bar)).into_iter().collect()
            }
            VetoCause::Decision => by_decision(reader, node, veto, events),
        };
        if results.iter().any(|result| result.state == VetoState::Applies) {
            vetoed.effects.extend(veto.effects.iter().map(|&effect| (place, effect)));
        }
        vetoed.results.extend(results);
    }
    vetoed
}

/// A figure from the first day of the year to the end of the period. What others above enter, and
/// what nobody owes, excludes nothing and triggers nothing.
fn by_figure(
    reader: &Reader<'_>,
    node: Node,
    veto: &Veto,
    indicator: IndicatorIx,
    bar: &BigRational,
) -> Option<VetoResult> {
    let mut sum = BigRational::zero();
    let mut missing = Vec::new();
    let definition = reader.catalog().indicator(indicator);
    for period in year_to_date(reader.period(), definition.kind.adds_over_time()) {
        let reader = reader.at(period);
        match reader.value(node, indicator, Reading::Value, period) {
            Some(value) => sum += value,
            None if Absence::of(&reader, node, indicator).why == Why::Unreported => {
                missing.push(period.to_string());
            }
            None => {}
        }
    }
    let result = |state, text_zh, text_en| VetoResult {
        id: veto.id.clone(),
        state,
        document: String::new(),
        text_zh,
        text_en,
    };
    if sum > *bar {
        let (value, bar) = (short(&sum, 4), short(bar, 4));
        return Some(result(
            VetoState::Applies,
            format!("否决 {} {}：本年 {value} {}，超过 {bar}", veto.id, veto.zh, veto.measure),
            format!("veto {} {}: {value} this year, above {bar}", veto.id, veto.en),
        ));
    }
    let periods = missing.join(" ");
    (!missing.is_empty()).then(|| {
        result(
            VetoState::Unreported,
            format!("{} {} 未报（{periods}），零也须填报", definition.code, definition.zh),
            format!(
                "{} {} is not reported ({periods}); zero must be typed",
                definition.code, definition.en
            ),
        )
    })
}

/// The periods of the year up to this one; of a year-to-date or closing value the last is enough.
fn year_to_date(period: Period, adds: bool) -> Vec<Period> {
    let mut periods = vec![period];
    while adds && !periods[periods.len() - 1].is_first_of_year() {
        periods.push(periods[periods.len() - 1].previous());
    }
    periods.reverse();
    periods
}

/// Decisions of the year up to the end of the period.
fn by_decision(reader: &Reader<'_>, node: Node, veto: &Veto, events: &Events) -> Vec<VetoResult> {
    let unit = reader.tree().code(node);
    let period = reader.period();
    let mut decisions: Vec<_> = events
        .vetoes
        .iter()
        .filter(|d| d.unit == unit && d.veto == veto.id)
        .filter(|d| d.decided.year() == period.year() && d.decided <= period.end())
        .collect();
    decisions.sort_by_key(|d| (d.decided, &d.document));
    decisions
        .into_iter()
        .map(|d| VetoResult {
            id: veto.id.clone(),
            state: VetoState::Applies,
            document: d.document.clone(),
            text_zh: format!("否决 {} {}：{} {}", veto.id, veto.zh, d.decided, d.document),
            text_en: format!("veto {} {}: {} {}", veto.id, veto.en, d.decided, d.document),
        })
        .collect()
}
