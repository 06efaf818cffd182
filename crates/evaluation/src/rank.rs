//! Ranks: by the rounded score, equals share a place (1, 2, 2, 4), vetoed units last.

use model::Amount;

/// What a unit's rank depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The rounded score of a unit that may be ranked.
    pub(crate) score: Option<Amount>,
    /// Whether a veto puts it behind all others.
    pub(crate) last: bool,
}

/// The rank of each unit; those without a score have none. Units that a veto puts last rank among
/// themselves by score.
pub(crate) fn ranks(standings: &[Standing]) -> Vec<Option<u32>> {
    let key = |s: &Standing| s.score.map(|score| (s.last, std::cmp::Reverse(score.units)));
    let mut keys: Vec<_> = standings.iter().filter_map(key).collect();
    keys.sort_unstable();
    standings
        .iter()
        .map(|s| key(s).map(|own| 1 + keys.partition_point(|other| *other < own) as u32))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(units: i64, last: bool) -> Standing {
        Standing { score: Some(Amount { units, scale: 2 }), last }
    }

    #[test]
    fn equals_share_a_rank_and_the_next_is_skipped() {
        let scores = [9000, 9500, 9000, 8999].map(|units| standing(units, false));
        assert_eq!(ranks(&scores), [Some(2), Some(1), Some(2), Some(4)]);
    }

    #[test]
    fn a_veto_puts_the_best_last_and_no_score_means_no_rank() {
        let none = Standing { score: None, last: false };
        let standings = [standing(9900, true), standing(100, false), none, standing(9000, true)];
        assert_eq!(ranks(&standings), [Some(2), Some(1), None, Some(3)]);
    }
}
