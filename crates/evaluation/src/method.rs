//! Share of an item's weight that a unit earns: one file for each method.

use model::{
    IndicatorIx, Node,
    scheme::{DenZero, Item, Method, Metric, Quotient},
};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use crate::{
    absence::{Absence, Why},
    events::Events,
    exact::{Exact, raised, short},
    metric::{Measured, Quantity, Reader},
    result::ItemState,
};

mod ceiling_count;
mod linear;
mod progress;
mod rank_percentile;
mod step_deduct;
mod threshold;

pub(crate) use rank_percentile::Peers;

/// What a method decided for one unit and item.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// Whether it counts.
    pub(crate) state: ItemState,
    /// Share of the weight, between 0 and 1.
    pub(crate) share: BigRational,
    /// Above the line.
    pub(crate) numerator: Option<Exact>,
    /// Below the line.
    pub(crate) denominator: Option<Exact>,
    /// What was judged.
    pub(crate) value: Option<Exact>,
    /// What it was judged by, printable.
    pub(crate) bar: String,
    /// The judgement in Chinese.
    pub(crate) zh: String,
    /// The judgement in English.
    pub(crate) en: String,
    /// What would raise it.
    pub(crate) gap: Option<Gap>,
}

/// What would raise a share, and by how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The indicator to raise; `None` if it is no single one.
    pub(crate) indicator: Option<IndicatorIx>,
    /// How much is missing; negative where less is better.
    pub(crate) missing: BigRational,
    /// Measure of what is missing.
    pub(crate) measure: String,
    /// What the share would gain.
    pub(crate) share: BigRational,
    /// In Chinese, without the points.
    pub(crate) zh: String,
    /// In English, without the points.
    pub(crate) en: String,
}

/// Everything a method may look at.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    /// The figures of the period.
    pub(crate) reader: &'a Reader<'a>,
    /// Facts outside the figures.
    pub(crate) events: &'a Events,
    /// The scheme, for whom its groups hold.
    pub(crate) scheme: &'a model::scheme::Scheme,
    /// The item.
    pub(crate) item: &'a Item,
    /// The unit.
    pub(crate) node: Node,
    /// Values of the group's units, for ranks.
    pub(crate) peers: Option<&'a Peers>,
}

/// Judges one unit by one item.
pub(crate) fn judge(case: Case<'_>) -> Verdict {
    match (&case.item.method, &case.item.metric) {
        (Method::Threshold { bar, share_of }, Metric::Quotients(parts)) => {
            threshold::judge(case, bar, *share_of, parts)
        }
        (Method::StepDeduct { target, floor }, Metric::FindingMonths { checks, shown_by }) => {
            step_deduct::judge_months(case, (*target, *floor), checks, shown_by)
        }
        (method, Metric::Quotients(parts)) => match &parts[..] {
            [quotient] => judge_one(case, method, quotient),
            _ => Verdict::withdrawn("项目定义有误", "the item is defined wrongly"),
        },
        _ => Verdict::withdrawn("项目定义有误", "the item is defined wrongly"),
    }
}

/// Judges a single quotient, of which a zero denominator and a missing part are told the same way
/// for all methods.
fn judge_one(case: Case<'_>, method: &Method, quotient: &Quotient) -> Verdict {
    let quantity = match case.reader.measure(case.node, quotient) {
        Measured::Known(quantity) => quantity,
        Measured::DenZero { numerator } => return den_zero(case.item, numerator),
        Measured::Absent(absence) => return absent(case.reader, absence),
    };
    let mut verdict = match method {
        Method::Linear { floor, target } => linear::judge(case, &quantity, *floor, *target),
        Method::CeilingCount { target } => ceiling_count::judge(case, &quantity, *target),
        Method::Progress { target, plan } => progress::judge(case, &quantity, *target, plan),
        Method::StepDeduct { target, floor } => {
            step_deduct::judge_value(case, &quantity, *target, *floor)
        }
        Method::RankPercentile => match case.peers {
            Some(peers) => rank_percentile::judge(case, &quantity, peers),
            None => Verdict::withdrawn("项目定义有误", "the item is defined wrongly"),
        },
        Method::Threshold { .. } => {
            Verdict::withdrawn("项目定义有误", "the item is defined wrongly")
        }
    };
    verdict.numerator = Some(Exact(quantity.numerator.clone()));
    verdict.denominator = quantity.denominator.clone().map(Exact);
    verdict.value = Some(Exact(quantity.value));
    verdict
}

/// A zero denominator: full marks with a flag, or the weight goes to others.
fn den_zero(item: &Item, numerator: Option<BigRational>) -> Verdict {
    let mut verdict = match &item.den_zero {
        DenZero::Redistribute => {
            Verdict::withdrawn("分母为 0，不适用", "the denominator is 0, so it does not apply")
        }
        DenZero::Full { flag_zh, flag_en } => Verdict {
            state: ItemState::FullByZero,
            share: BigRational::one(),
            ..Verdict::scored(
                BigRational::one(),
                String::new(),
                format!("分母为 0，标记“{flag_zh}”，得满分"),
                format!("the denominator is 0, flagged \"{flag_en}\", full marks"),
            )
        },
    };
    verdict.numerator = numerator.map(Exact);
    verdict.denominator = Some(Exact(BigRational::zero()));
    verdict
}

/// A missing operand: nothing if it is owed, otherwise the weight goes to others.
fn absent(reader: &Reader<'_>, absence: Absence) -> Verdict {
    let indicator = reader.catalog().indicator(absence.indicator);
    let (code, zh, en) = (&indicator.code, &indicator.zh, &indicator.en);
    match absence.why {
        Why::Unreported => Verdict {
            state: ItemState::Unreported,
            ..Verdict::scored(
                BigRational::zero(),
                String::new(),
                format!("未报：{code} {zh}"),
                format!("not reported: {code} {en}"),
            )
        },
        Why::NotAsked => Verdict::withdrawn(
            &format!("本单位及下级不填 {code} {zh}"),
            &format!("nobody at or below the unit enters {code} {en}"),
        ),
        Why::NotApplicable => Verdict::withdrawn(
            &format!("{code} {zh} 报为不适用"),
            &format!("{code} {en} was declared not applicable"),
        ),
    }
}

impl Verdict {
    /// A share that counts.
    fn scored(share: BigRational, bar: String, zh: String, en: String) -> Self {
        Self {
            state: ItemState::Scored,
            share,
            numerator: None,
            denominator: None,
            value: None,
            bar,
            zh,
            en,
            gap: None,
        }
    }

    /// An item that does not apply, so that its weight goes to others.
    fn withdrawn(zh: &str, en: &str) -> Self {
        Self {
            state: ItemState::Redistributed,
            ..Self::scored(BigRational::zero(), String::new(), zh.to_owned(), en.to_owned())
        }
    }

    fn with_gap(mut self, gap: Option<Gap>) -> Self {
        self.gap = gap;
        self
    }
}

/// What must be added to the numerator so that the value becomes `value`, in whole steps of the
/// indicator's scale. `None` if the value is there already.
fn gap_to(
    case: Case<'_>,
    quantity: &Quantity,
    wanted: &BigRational,
    share: BigRational,
) -> Option<Gap> {
    let catalog = case.reader.catalog();
    let open = wanted - &quantity.numerator;
    let (indicator, missing, measure) = match &quantity.step {
        Some((ix, factor)) => {
            let definition = catalog.indicator(*ix);
            let missing = raised(&(open / factor), definition.scale);
            (Some(*ix), missing, definition.measure.clone())
        }
        None => (None, open, case.item.measure.clone()),
    };
    if !missing.is_positive() || !share.is_positive() {
        return None;
    }
    let (name_zh, name_en) = match indicator.map(|ix| catalog.indicator(ix)) {
        Some(definition) => (definition.zh.as_str(), definition.en.as_str()),
        None => ("分子", "the numerator"),
    };
    let amount = short(&missing, 4);
    Some(Gap {
        indicator,
        zh: format!("{name_zh}再增加 {amount} {measure}"),
        en: format!("{amount} ({measure}) more of {name_en}"),
        missing,
        measure,
        share,
    })
}

/// `2/3 = 66.67%`, or the value alone where there is no denominator.
fn shown(quantity: &Quantity, item: &Item) -> String {
    let value = with_measure(&quantity.value, quantity.percent, &item.measure);
    match &quantity.denominator {
        Some(denominator) => {
            format!("{}/{} = {value}", short(&quantity.numerator, 4), short(denominator, 4))
        }
        None => value,
    }
}

/// A value as text: percentages with two decimals, everything else with up to four.
fn with_measure(value: &BigRational, percent: bool, measure: &str) -> String {
    if percent {
        return format!("{}%", short(value, 2));
    }
    let number = short(value, 4);
    if measure.is_empty() { number } else { format!("{number} {measure}") }
}
