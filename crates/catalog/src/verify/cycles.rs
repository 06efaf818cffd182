//! Derived indicators that are derived from themselves.

use model::indicator::RollUpRule;

/// Places of the indicators that lie on a cycle, ascending.
pub(crate) fn closing(rules: &[RollUpRule]) -> Vec<usize> {
    let reads = |place: usize| -> Vec<usize> {
        let RollUpRule::Ratio(ratio) = &rules[place] else { return Vec::new() };
        let terms = ratio.numerator.iter().chain(&ratio.denominator);
        terms.map(|term| usize::from(term.indicator.0)).collect()
    };
    let reaches_itself = |start: usize| {
        let (mut open, mut seen) = (reads(start), vec![false; rules.len()]);
        while let Some(next) = open.pop() {
            if next == start {
                return true;
            }
            if next < rules.len() && !std::mem::replace(&mut seen[next], true) {
                open.extend(reads(next));
            }
        }
        false
    };
    (0..rules.len()).filter(|&place| reaches_itself(place)).collect()
}
