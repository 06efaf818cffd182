//! K102 与上期之比异于往期: the edit of Hidiroglou and Berthelot (1986) on the ratio of a value to that
//! of the period before.
//!
//! The method judges the ratios of many units in one period. Here the population is the unit's own
//! history of such ratios, so that a unit that swings every month is held against its swings. With the
//! median ratio R, a ratio r has s = 1 - R/r below R and s = r/R - 1 above it, which makes falls and
//! rises alike; its effect is E = s · max(x, x before)^u. Usual is what lies within C times the
//! distance of the quartiles from the median of the effects.
//!
//! Where this differs from the paper, and why:
//! * The number of ratios is made odd by leaving out the oldest, and quartiles are ratios that stand
//!   there, each with at least a quarter of all at or beyond it. Then nothing is averaged, all is
//!   compared by products of integers, and the median effect E_M is zero.
//! * So |A · E_M|, which keeps a series that hardly moves from being found at every small move, would
//!   be zero too. A itself does that: the distance is at least A · max(x, x before)^u, that is, nobody
//!   is asked about an s up to C · A.
//! * A distance of zero says nothing: three quarters of the ratios do not differ from the median, as of
//!   counts of a few persons, and no usual move is known.
//! * u is 0 or 1. With 1/2 the effects are sums of different roots, which no product decides.
//!
//! What does not fit in 38 digits is passed over: with u = 0 nothing that can be entered, as long as C
//! is a small whole number; with u = 1 amounts of more than nine digits. K80 and K101 look at those too.

use std::cmp::Ordering;

use model::check::CheckDefinition;

use crate::{
    context::series::Series,
    exact::Exact,
    says::{Says, checked_parameters, small},
};

pub(crate) const ID: &str = "K102";

/// How the rule is written in the catalogue.
pub(crate) const WRITTEN: &str = "hidiroglou_berthelot(u 0 or 1, a >= 0, c > 0)";

/// Ratios that there must be: with seven a quartile is the second from the end, so that one odd value
/// does not make the next one usual.
pub(crate) const LEAST: usize = 7;

/// Parameters of the rule.
pub(crate) struct Setting {
    /// Whether a move of more counts for more.
    by_size: bool,
    /// The least distance, as a fraction.
    a: (i128, i128),
    /// How many distances are usual, as a fraction.
    c: (i128, i128),
}

/// Reads the parameters; nothing where they are wrong.
pub(crate) fn setting(check: &CheckDefinition) -> Option<Setting> {
    let [u, a, c] = checked_parameters(check, "hidiroglou_berthelot")?[..] else { return None };
    let by_size = match small(u)? {
        (0, 1) => false,
        (1, 1) => true,
        _ => return None,
    };
    let c = small(c).filter(|&(units, _)| units > 0)?;
    Some(Setting { by_size, a: small(a)?, c })
}

/// A value and that of the period before, both above zero.
#[derive(Clone, Copy)]
struct Move {
    to: i128,
    from: i128,
}

impl Move {
    fn new(to: i64, from: i64) -> Option<Self> {
        (to > 0 && from > 0).then(|| Self { to: i128::from(to), from: i128::from(from) })
    }

    /// The same seen from the other end of time: a fall becomes a rise.
    fn back(self) -> Self {
        Self { to: self.from, from: self.to }
    }
}

/// One direction away from the median ratio, in which moves are rises.
struct Side<'a> {
    setting: &'a Setting,
    median: Move,
    /// The quartile effect of this side: R times it is this fraction. Above zero.
    quartile: (i128, i128),
}

impl<'a> Side<'a> {
    /// Nothing where the quartile is at the median, or too large for exact arithmetic.
    fn new(setting: &'a Setting, median: Move, moves: impl Iterator<Item = Move>) -> Option<Self> {
        let of = |one: Move| Some((effect(setting, median, one)?.max(0), one.from));
        let mut effects: Vec<(i128, i128)> = moves.map(of).collect::<Option<_>>()?;
        let most = |part: fn(&(i128, i128)) -> i128| effects.iter().map(part).max();
        // The largest product of all comparisons.
        most(|effect| effect.0)?.checked_mul(most(|effect| effect.1)?)?;
        effects.sort_by(|one, other| (other.0 * one.1).cmp(&(one.0 * other.1)));
        let quartile = effects[quarter(effects.len()) - 1];
        (quartile.0 > 0).then_some(Self { setting, median, quartile })
    }

    /// Whether a move goes beyond what is usual on this side.
    fn exceeds(&self, one: Move) -> Option<bool> {
        let Setting { a, c, .. } = self.setting;
        let reached = effect(self.setting, self.median, one)?;
        if reached <= 0 {
            return Some(false);
        }
        let beyond_quartile = reached.checked_mul(self.quartile.1)?.checked_mul(c.1)?
            > self.quartile.0.checked_mul(one.from)?.checked_mul(c.0)?;
        // Without the size, which stands on both sides.
        let apart = apart(self.median, one)?;
        let beyond_least = apart.checked_mul(a.1 * c.1)?
            > self.median.to.checked_mul(one.from)?.checked_mul(a.0 * c.0)?;
        Some(beyond_quartile && beyond_least)
    }
}

/// How far a ratio lies above the median ratio, times the denominators of both.
fn apart(median: Move, one: Move) -> Option<i128> {
    one.to.checked_mul(median.from)?.checked_sub(one.from.checked_mul(median.to)?)
}

/// The effect of a move, times the value before and the numerator of the median.
fn effect(setting: &Setting, median: Move, one: Move) -> Option<i128> {
    let size = if setting.by_size { one.to.max(one.from) } else { 1 };
    apart(median, one)?.checked_mul(size)
}

/// The ratios of neighbouring earlier values, the latest first.
fn moves(past: &[Option<i64>]) -> impl Iterator<Item = Move> {
    past.windows(2).filter_map(|pair| Move::new(pair[0]?, pair[1]?))
}

/// How many of so many ratios stand at a quartile or beyond it.
fn quarter(count: usize) -> usize {
    count.div_ceil(4)
}

/// Compares ratios. Amounts have at most 19 digits, so that the products fit.
fn order(one: Move, other: Move) -> Ordering {
    (one.to * other.from).cmp(&(other.to * one.from))
}

/// Whether a quarter of the ratios, or one more, lie at or beyond this one on either side, so that it
/// cannot exceed a quartile: most cells are passed by with that.
fn is_among(now: Move, past: &[Option<i64>]) -> bool {
    let (mut below, mut above, mut count) = (0, 0, 0);
    for one in moves(past) {
        let order = order(one, now);
        below += usize::from(order.is_le());
        above += usize::from(order.is_ge());
        count += 1;
    }
    below.min(above) > quarter(count)
}

/// Judges the ratio of a value to that of the period before among the earlier ratios.
pub(crate) fn check(setting: &Setting, series: Series<'_>) -> Option<Says> {
    let before = series.past.first().copied().flatten()?;
    let now = Move::new(series.now, before)?;
    // By size, or with less than one distance, a small move can be found among larger ones.
    let by_rank = !setting.by_size && setting.c.0 >= setting.c.1;
    if by_rank && is_among(now, series.past) {
        return None;
    }
    let mut moves: Vec<Move> = moves(series.past).collect();
    if moves.len().is_multiple_of(2) {
        moves.pop();
    }
    if moves.len() < LEAST {
        return None;
    }
    let mut sorted = moves.clone();
    sorted.sort_by(|&one, &other| order(one, other));
    let median = sorted[sorted.len() / 2];
    let rises = order(now, median).is_gt();
    let side = match rises {
        true => Side::new(setting, median, moves.iter().copied())?,
        false => Side::new(setting, median.back(), moves.iter().map(|one| one.back()))?,
    };
    let exceeds = |to: i128| {
        let one = Move { to, ..now };
        side.exceeds(if rises { one } else { one.back() })
    };
    if !exceeds(now.to)? {
        return None;
    }
    let usual = last_usual(now, median, rises, &exceeds);
    Some(says(series, (now, usual), median, (moves.len(), rises)))
}

/// The value nearest to the one found that would have been usual; only for showing.
fn last_usual(
    now: Move,
    median: Move,
    rises: bool,
    exceeds: &dyn Fn(i128) -> Option<bool>,
) -> i128 {
    // With this value the ratio is at the median, or the next one on its other side.
    let mut usual = now.from * median.to / median.from + i128::from(!rises);
    let mut found = now.to;
    while (found - usual).abs() > 1 {
        let between = (found + usual) / 2;
        match exceeds(between) {
            Some(false) => usual = between,
            _ => found = between,
        }
    }
    usual
}

fn says(
    series: Series<'_>,
    (now, usual): (Move, i128),
    median: Move,
    (count, rises): (usize, bool),
) -> Says {
    let shown = |one: Move| {
        let quotient = Exact::new(one.to, 0).divided_by(Exact::new(one.from, 0), 2);
        quotient.map_or_else(|| "—".to_owned(), |quotient| quotient.to_string())
    };
    let (ratio, middle) = (shown(now), shown(median));
    let (name_zh, name_en) = series.name();
    let (found, last) = (series.text(now.to), series.text(now.from));
    let (earlier, usual) = (series.period.previous(), series.text(usual));
    let (most_zh, most_en, sign) = match rises {
        true => ("不高于", "at most", '≤'),
        false => ("不低于", "at least", '≥'),
    };
    Says {
        cell: series.indicator.code.clone(),
        zh: format!(
            "{name_zh} 为 {found}，{earlier} 为 {last}，是其 {ratio} 倍；本单位此前 {count} 期与上期之比的中位数为 {middle}，本期通常{most_zh} {usual}；请核对，填错的改正，属实的不必处理"
        ),
        en: format!(
            "{name_en} is {found}, it was {last} in {earlier}, {ratio} times as much; the median of the unit's {count} earlier ratios is {middle}, usual now is {most_en} {usual}; check it, correct it if it is wrong, leave it if it is so"
        ),
        expected: format!("{sign} {usual}"),
        found,
        head: None,
    }
}

#[cfg(test)]
mod tests {
    use model::{Period, check::CheckDefinition};
    use proptest::prelude::*;

    use super::*;
    use crate::{
        fixture::{catalog, ix},
        says::definition,
    };

    fn set(parameters: &str) -> Setting {
        let shipped = definition(&catalog(), ID).unwrap().clone();
        let expression = format!("hidiroglou_berthelot({parameters})");
        setting(&CheckDefinition { expression, ..shipped }).unwrap()
    }

    fn says_of(setting: &Setting, past: &[Option<i64>], now: i64) -> Option<Says> {
        let catalog = catalog();
        let indicator = catalog.indicator(ix("SA09"));
        let period: Period = "2023-03".parse().unwrap();
        check(setting, Series { indicator, period, now, past })
    }

    fn some(past: &[i64]) -> Vec<Option<i64>> {
        past.iter().copied().map(Some).collect()
    }

    fn fires(setting: &Setting, past: &[i64], now: i64) -> bool {
        says_of(setting, &some(past), now).is_some()
    }

    /// The latest first. Seven ratios: 4/5 4/5 4/5 1 5/4 5/4 5/4. The median is 1, the quartiles (the
    /// second from either end) are 4/5 and 5/4, with s = -1/4 and 1/4.
    const EIGHT: [i64; 8] = [2400, 3000, 2400, 3000, 2400, 3000, 3000, 2400];

    #[test]
    fn a_worked_example_at_its_bounds() {
        // Twice the distance is 1/2: from 2400 up to 3600 and down to 1600, s = 1600/2400 - 1.
        let setting = set("0, 0.05, 2");
        assert!(!fires(&setting, &EIGHT, 3600) && !fires(&setting, &EIGHT, 1600));
        assert!(fires(&setting, &EIGHT, 3601) && fires(&setting, &EIGHT, 1599));
        let rise = says_of(&setting, &some(&EIGHT), 4800).unwrap();
        assert_eq!((rise.found.as_str(), rise.expected.as_str()), ("4800", "≤ 3600"));
        let told = "2023-02 为 2400，是其 2.00 倍；本单位此前 7 期与上期之比的中位数为 1.00，本期通常不高于 3600";
        assert!(rise.zh.contains(told), "{}", rise.zh);
        assert_eq!(says_of(&setting, &some(&EIGHT), 100).unwrap().expected, "≥ 1600");
    }

    #[test]
    fn a_small_distance_counts_as_at_least_a() {
        // 2 × 0.3 = 0.6: up to 3840, down to 1500.
        let setting = set("0, 0.3, 2");
        assert!(!fires(&setting, &EIGHT, 3840) && !fires(&setting, &EIGHT, 1500));
        assert!(fires(&setting, &EIGHT, 3841) && fires(&setting, &EIGHT, 1499));
    }

    #[test]
    fn with_size_a_move_of_more_counts_for_more() {
        // Effects of the quartiles ±750. x²/2400 - x is 1499.84 at 3444 and 1500.01 at 3445.
        let setting = set("1, 0.05, 2");
        assert!(!fires(&setting, &EIGHT, 3444) && fires(&setting, &EIGHT, 3445));
        // Downwards (2400/x - 1) × 2400: 1499.75 at 1477, 1502.03 at 1476.
        assert!(!fires(&setting, &EIGHT, 1477) && fires(&setting, &EIGHT, 1476));
    }

    #[test]
    fn it_agrees_with_another_computation() {
        // Parameters, earlier values, and the smallest and largest value that is usual.
        let cases: [(&str, &[i64], i64, i64); 7] = [
            // Falling all the time: what rises beside the median still falls.
            ("1, 0, 2", &[300, 480, 648, 875, 1400, 1680, 2520, 3276, 3931, 5110][..], 140, 427),
            ("0, 0.05, 2", &[184, 224, 260, 239, 242, 231, 228, 207][..], 138, 213),
            ("0, 0.05, 7", &[4309, 4709, 3869, 3722, 4784, 4098, 4388, 4350, 3546][..], 2533, 9132),
            ("1, 0.05, 2", &[54, 48, 33, 38, 32, 23, 30, 34, 41, 38, 32, 44][..], 41, 65),
            (
                "0, 0.3, 1.5",
                &[797, 1007, 1050, 861, 658, 778, 932, 971, 1109, 764, 900, 988, 879, 580, 1009][..],
                528,
                1108,
            ),
            (
                "1, 0.01, 4.25",
                &[
                    97788, 92056, 83633, 85847, 88626, 98563, 90360, 88152, 94480, 87296, 95812,
                    84652, 85573, 90813, 93897, 90520, 88976, 79670, 84530, 84978, 85315, 90224,
                    86185, 91106,
                ][..],
                80807,
                120122,
            ),
            (
                "0, 0, 4",
                &[
                    61, 54, 62, 68, 75, 51, 56, 35, 89, 86, 57, 51, 38, 63, 64, 99, 64, 46, 16, 85,
                    63, 31, 63, 31,
                ][..],
                32,
                163,
            ),
        ];
        for (parameters, past, least, most) in cases {
            let setting = set(parameters);
            let verdicts = [least - 1, least, most, most + 1].map(|now| fires(&setting, past, now));
            assert_eq!(verdicts, [true, false, false, true], "{parameters} {past:?}");
        }
    }

    #[test]
    fn too_little_to_go_by_says_nothing() {
        let setting = set("0, 0.05, 2");
        assert!(!fires(&setting, &EIGHT[..7], 90_000));
        // Three quarters of the ratios are the same.
        assert!(!fires(&setting, &[5, 5, 5, 5, 5, 5, 5, 5, 5, 4, 5], 90_000));
        // From nothing and to nothing there is no ratio.
        assert!(!fires(&setting, &EIGHT, 0));
        assert!(!fires(&setting, &[&[0], &EIGHT[..]].concat(), 90_000));
        // A gap takes two ratios away.
        let mut longer = some(&EIGHT);
        longer.extend(some(&[3000, 2400]));
        assert!(says_of(&setting, &longer, 90_000).is_some());
        longer[4] = None;
        assert!(says_of(&setting, &longer, 90_000).is_some());
        longer[6] = None;
        assert!(says_of(&setting, &longer, 90_000).is_none());
        longer[0] = None;
        assert!(says_of(&setting, &longer, 90_000).is_none());
    }

    #[test]
    fn what_cannot_be_compared_exactly_is_passed_over() {
        let large = |by: i64| EIGHT.map(|value| value * by);
        // Twelve digits, the most that can be entered, and u = 0.
        assert!(fires(&set("0, 0.05, 7"), &large(100_000_000), 999_999_999_999));
        // Nine digits and u = 1; of twelve the products do not fit.
        assert!(fires(&set("1, 0.05, 2"), &large(100_000), 999_999_999));
        assert!(!fires(&set("1, 0.05, 2"), &large(100_000_000), 999_999_999_999));
        assert!(!fires(&set("0, 0.05, 2"), &[i64::MAX, 1, i64::MAX, 1, i64::MAX, 1, 1, 2], 1));
    }

    proptest! {
        #[test]
        fn the_measure_does_not_decide(
            past in prop::collection::vec(0i64..60, 8..25), now in 0i64..300, factor in 1i64..10_000,
            by_size in any::<bool>(),
        ) {
            let setting = set(if by_size { "1, 0.05, 2" } else { "0, 0.05, 2" });
            let scaled: Vec<i64> = past.iter().map(|value| value * factor).collect();
            let verdict = fires(&setting, &past, now);
            prop_assert_eq!(fires(&setting, &scaled, now * factor), verdict);
        }

        #[test]
        fn passing_by_changes_no_verdict_and_the_bound_that_is_shown_is_usual(
            past in prop::collection::vec(1i64..40, 8..25), now in 1i64..300,
        ) {
            let setting = set("0, 0, 1");
            if is_among(Move::new(now, past[0]).unwrap(), &some(&past)) {
                // The same sum without passing by: by size, but all of one size.
                let around = quartiles(&past, now);
                prop_assert!(around, "{past:?} {now}");
            }
            let Some(says) = says_of(&setting, &some(&past), now) else { return Ok(()) };
            let (_, bound) = says.expected.split_once(' ').unwrap();
            let bound: i64 = bound.parse().unwrap();
            prop_assert!(!fires(&setting, &past, bound));
            let next = if says.expected.starts_with('≤') { bound + 1 } else { bound - 1 };
            prop_assert!(fires(&setting, &past, next));
        }
    }

    /// Whether the ratio lies between the quartiles of the earlier ones, both included.
    fn quartiles(past: &[i64], now: i64) -> bool {
        let past = some(past);
        let mut sorted: Vec<Move> = moves(&past).collect();
        if sorted.len().is_multiple_of(2) {
            sorted.pop();
        }
        sorted.sort_by(|&one, &other| order(one, other));
        let now = Move::new(now, past[0].unwrap()).unwrap();
        let place = quarter(sorted.len()) - 1;
        let (low, high) = (sorted[place], sorted[sorted.len() - 1 - place]);
        order(low, now).is_le() && order(now, high).is_le()
    }
}
