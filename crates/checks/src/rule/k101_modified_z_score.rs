//! K101 与本单位往期相差过大: the modified z-score of a value among the unit's own earlier values
//! (Iglewicz and Hoaglin 1993), |0.6745 (x - median) / MAD| at most a threshold.
//!
//! MAD is the median of the absolute deviations from the median. It is zero where more than half of
//! the values are the same; then their mean takes its place, |x - median| / (1.253314 mean). Where both
//! are zero nothing ever moved, no usual range is known, and nothing is said; K79 and K80 look at what
//! jumps. After a first change the mean is tiny: of 23 months with 30 persons and one with 31 it is
//! 1/24, and 32 would score 38. So with the mean a value is usual too as long as it lies no further
//! beyond the earlier ones than these are apart.
//!
//! Everything is compared by products of integers. Deviations are taken twice from twice the median,
//! which is an integer too: at most 24 amounts of 18 digits and parameters of seven keep every product
//! within 38 digits.

use model::check::CheckDefinition;

use crate::{
    context::series::{LOOKED_AT, Series},
    exact::Exact,
    says::{Says, checked_parameters, small},
};

pub(crate) const ID: &str = "K101";

/// How the rule is written in the catalogue.
pub(crate) const WRITTEN: &str = "modified_z_score(threshold > 0, least 3 to 24)";

/// 0.6745, the upper quartile of the normal distribution, by which MAD becomes a standard deviation.
const OF_MEDIAN: (i128, i128) = (6_745, 10_000);

/// 1.253314, the square root of half of π, by which the mean deviation becomes one.
const OF_MEAN: (i128, i128) = (1_253_314, 1_000_000);

/// Parameters of the rule.
pub(crate) struct Setting {
    /// What the score may be, as a fraction.
    threshold: (i128, i128),
    /// Earlier values that there must be.
    pub(crate) least: usize,
}

/// Reads the parameters; nothing where they are wrong.
pub(crate) fn setting(check: &CheckDefinition) -> Option<Setting> {
    let [threshold, least] = checked_parameters(check, "modified_z_score")?[..] else {
        return None;
    };
    let threshold = small(threshold).filter(|&(units, _)| units > 0)?;
    let (least, 1) = small(least)? else { return None };
    let least = usize::try_from(least).ok().filter(|least| (3..=LOOKED_AT).contains(least))?;
    Some(Setting { threshold, least })
}

/// Twice the median, and how far twice a value may be from it, as a fraction.
struct Usual {
    middle: i128,
    room: (i128, i128),
    /// What is usual whatever the room.
    near: Option<(i128, i128)>,
}

impl Usual {
    /// What is usual among earlier values; nothing where it is not known.
    fn of(setting: &Setting, earlier: &mut [i64]) -> Option<Self> {
        earlier.sort_unstable();
        let (low, high) = (i128::from(*earlier.first()?), i128::from(*earlier.last()?));
        let middle = twice_the_median(earlier, |&value| i128::from(value));
        let mut apart = [0; LOOKED_AT];
        let apart = &mut apart[..earlier.len()];
        for (apart, &value) in apart.iter_mut().zip(earlier.iter()) {
            *apart = (2 * i128::from(value) - middle).abs();
        }
        apart.sort_unstable();
        let (threshold, one) = setting.threshold;
        let spread = twice_the_median(apart, |&apart| apart);
        if spread > 0 {
            // Twice a deviation, and half of what is twice the median of such.
            let room = (threshold * OF_MEDIAN.1 * spread, 2 * one * OF_MEDIAN.0);
            return Some(Self { middle, room, near: None });
        }
        let (sum, count) = (apart.iter().sum::<i128>(), apart.len() as i128);
        let room = (threshold * OF_MEAN.0 * sum, one * OF_MEAN.1 * count);
        let near = Some((2 * low - high, 2 * high - low));
        (sum > 0).then_some(Self { middle, room, near })
    }

    fn holds(&self, value: i64) -> bool {
        let value = i128::from(value);
        let apart = (2 * value - self.middle).abs();
        apart * self.room.1 <= self.room.0
            || self.near.is_some_and(|(low, high)| (low..=high).contains(&value))
    }

    /// The smallest and the largest value that it holds; only for showing.
    fn ends(&self) -> (i128, i128) {
        let (room, one) = self.room;
        let (below, above) = (self.middle * one - room, self.middle * one + room);
        let (low, high) = (-(-below).div_euclid(2 * one), above.div_euclid(2 * one));
        let (least, most) = self.near.unwrap_or((low, high));
        (low.min(least), high.max(most))
    }
}

fn twice_the_median<T>(sorted: &[T], value: impl Fn(&T) -> i128) -> i128 {
    let half = sorted.len() / 2;
    match sorted.len() % 2 {
        0 => value(&sorted[half - 1]) + value(&sorted[half]),
        _ => 2 * value(&sorted[half]),
    }
}

/// Judges a value among the earlier ones.
pub(crate) fn check(setting: &Setting, series: Series<'_>) -> Option<Says> {
    let mut earlier = [0; LOOKED_AT];
    let mut count = 0;
    for (place, value) in earlier.iter_mut().zip(series.past.iter().flatten()) {
        (*place, count) = (*value, count + 1);
    }
    let earlier = &mut earlier[..count];
    // Most cells are as they mostly were: then the value is the median.
    let same = earlier.iter().filter(|&&value| value == series.now).count();
    if count < setting.least || 2 * same > count {
        return None;
    }
    let usual = Usual::of(setting, earlier).filter(|usual| !usual.holds(series.now))?;
    let (low, high) = usual.ends();
    let (name_zh, name_en) = series.name();
    let found = series.text(i128::from(series.now));
    // No value is below zero, even if so much room would be left.
    let (low, high) = (series.text(low.max(0)), series.text(high));
    let median = Exact::new(usual.middle * 5, series.indicator.scale + 1);
    Some(Says {
        cell: series.indicator.code.clone(),
        zh: format!(
            "{name_zh} 为 {found}，本单位此前 {count} 期的中位数为 {median}，通常在 {low} 至 {high} 之间；请核对，填错的改正，属实的不必处理"
        ),
        en: format!(
            "{name_en} is {found}; the median of the unit's {count} earlier periods is {median}, usual is {low} to {high}; check it, correct it if it is wrong, leave it if it is so"
        ),
        expected: format!("{low} – {high}"),
        found,
        head: None,
    })
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

    fn set(threshold: &str, least: usize) -> Setting {
        let shipped = definition(&catalog(), ID).unwrap().clone();
        let expression = format!("modified_z_score({threshold}, {least})");
        setting(&CheckDefinition { expression, ..shipped }).unwrap()
    }

    fn says(setting: &Setting, past: &[i64], now: i64) -> Option<Says> {
        let catalog = catalog();
        let indicator = catalog.indicator(ix("SA09"));
        let past: Vec<Option<i64>> = past.iter().copied().map(Some).collect();
        let period: Period = "2023-03".parse().unwrap();
        check(setting, Series { indicator, period, now, past: &past })
    }

    fn fires(setting: &Setting, past: &[i64], now: i64) -> bool {
        says(setting, past, now).is_some()
    }

    /// Median 12; deviations 0 0 1 1 2 2, so that MAD is 1: 3.5 / 0.6745 = 5.189 away is the most.
    const SIX: [i64; 6] = [10, 12, 11, 13, 12, 14];

    #[test]
    fn a_worked_example() {
        let setting = set("3.5", 6);
        let expected = [(6, true), (7, false), (12, false), (17, false), (18, true)];
        assert_eq!(expected.map(|(now, _)| (now, fires(&setting, &SIX, now))), expected);
        let says = says(&setting, &SIX, 18).unwrap();
        assert_eq!((says.found.as_str(), says.expected.as_str()), ("18", "7 – 17"));
        assert!(says.zh.contains("此前 6 期的中位数为 12，通常在 7 至 17 之间"), "{}", says.zh);
        // One period less says nothing.
        assert!(!fires(&setting, &SIX[..5], 1_000));
        assert!(!fires(&set("3.5", 7), &SIX, 1_000));
        // No value is below zero.
        assert!(says_range(&setting, &[1, 2, 1, 3, 2, 4], 20).starts_with("0 – "));
        // A value that stood there three times in eight is no median yet: 4.5 ± 15.6.
        assert!(fires(&setting, &[1, 2, 3, 4, 5, 100, 100, 100], 100));
        // A median between two values.
        let even = [2, 4, 6, 9, 11, 13];
        assert!(self::says(&setting, &even, 90).unwrap().en.contains("is 7.5, usual"));
    }

    fn says_range(setting: &Setting, past: &[i64], now: i64) -> String {
        says(setting, past, now).unwrap().expected
    }

    /// Verdicts of a computation in fractions that shares nothing with this one.
    #[test]
    fn it_agrees_with_another_computation() {
        // Earlier values, the largest that is usual, the smallest above it that is found.
        let cases: [(&[i64], i64, i64); 6] = [
            (&[15, 22, 24, 18, 15, 20][..], 37, 38),
            (&[419, 444, 351, 348, 428, 419, 461][..], 548, 549),
            (&[46, 29, 27, 71, 27, 19, 13, 32, 33][..], 49, 50),
            (
                &[4483, 4907, 5410, 6039, 6645, 5315, 2315, 6053, 2870, 4743, 2789, 5003][..],
                8992,
                8993,
            ),
            (
                &[
                    84242, 88591, 102118, 87441, 91346, 81854, 86392, 90557, 87248, 89276, 88107,
                    83244, 90125, 84095, 95857, 85440, 90661, 87664, 91828, 85015, 92032, 87111,
                    93191, 90390,
                ][..],
                101894,
                101895,
            ),
            (&[3, 3, 3, 3, 4, 3, 3, 3, 3, 3, 3, 3, 2][..], 6, 7),
        ];
        let setting = set("3.5", 6);
        for (past, usual, found) in cases {
            assert!(!fires(&setting, past, usual), "{past:?} {usual}");
            assert!(fires(&setting, past, found), "{past:?} {found}");
        }
    }

    #[test]
    fn exactly_at_the_threshold_is_usual() {
        // 6.745 / 0.6745 is 10, so that 12 ± 10 scores just the threshold.
        let setting = set("6.745", 6);
        assert!(!fires(&setting, &SIX, 22) && !fires(&setting, &SIX, 2));
        assert!(fires(&setting, &SIX, 23) && fires(&setting, &SIX, 1));
        // Six zeros and four of a million: MAD 0, mean deviation 400000, 5 × 1.253314 × 400000.
        let setting = set("5", 6);
        let past = [0, 0, 1_000_000, 0, 1_000_000, 1_000_000, 0, 1_000_000, 0, 0];
        assert!(!fires(&setting, &past, 2_506_628));
        assert!(fires(&setting, &past, 2_506_629));
        assert_eq!(says_range(&setting, &past, 2_506_629), "0 – 2506628");
    }

    #[test]
    fn where_most_values_are_the_same_a_step_as_before_is_usual() {
        let setting = set("3.5", 6);
        // Nothing ever moved.
        assert!(!fires(&setting, &[2; 12], 3) && !fires(&setting, &[2; 12], 900));
        // Mean deviation 1/6: 3.5 × 1.253314 / 6 = 0.73, so that a step of one would be too far. The
        // earlier values are one apart: one step beyond them is usual, two are not.
        let past = [2, 2, 2, 2, 2, 3];
        let verdicts = [0, 1, 2, 3, 4, 5].map(|now| fires(&setting, &past, now));
        assert_eq!(verdicts, [true, false, false, false, false, true]);
        assert_eq!(says_range(&setting, &past, 5), "1 – 4");
    }

    #[test]
    fn the_largest_amounts_and_parameters_fit() {
        let setting = set("1000", 3);
        let past: Vec<i64> =
            (0..24).map(|n| if n % 2 == 0 { i64::MAX } else { i64::MIN }).collect();
        assert!(!fires(&setting, &past, i64::MAX));
        let mut past = [i64::MIN; 24];
        past[0] = i64::MAX;
        assert!(!fires(&setting, &past, 0));
        assert!(fires(&set("0.0001", 3), &[1, 2, 3], i64::MAX));
    }

    proptest! {
        #[test]
        fn neither_the_measure_nor_the_order_decides(
            past in prop::collection::vec(0i64..60, 6..24), now in 0i64..200, factor in 1i64..100_000,
            shift in 0usize..24,
        ) {
            let setting = set("3.5", 6);
            let verdict = fires(&setting, &past, now);
            let scaled: Vec<i64> = past.iter().map(|value| value * factor).collect();
            prop_assert_eq!(fires(&setting, &scaled, now * factor), verdict);
            let mut turned = past.clone();
            turned.rotate_left(shift % past.len());
            prop_assert_eq!(fires(&setting, &turned, now), verdict);
            turned.reverse();
            prop_assert_eq!(fires(&setting, &turned, now), verdict);
        }

        #[test]
        fn the_range_that_is_shown_is_the_range_that_passes(
            past in prop::collection::vec(0i64..60, 6..24), now in 0i64..400,
        ) {
            let setting = set("3.5", 6);
            let Some(says) = says(&setting, &past, now) else { return Ok(()) };
            let ends: Vec<i64> =
                says.expected.split(" – ").map(|end| end.parse().unwrap()).collect();
            prop_assert!(now < ends[0] || ends[1] < now);
            prop_assert!(!fires(&setting, &past, ends[1]));
            prop_assert!(ends[0] == 0 || !fires(&setting, &past, ends[0]));
        }
    }
}
