//! K82 区划数变动无调整记录: a declared number of units moves only as far as the register's does, where
//! every change has its day and its record.

use model::indicator::RollUpRule;

use crate::{
    context::{Evaluated, Outcome, Scene, codes},
    declared::{Bound, DeclaredTotal},
    exact::Exact,
    says::{Says, of_check},
};

const ID: &str = "K82";

/// Compares each declared count of units with the one that the same unit declared before.
pub(crate) fn check(scene: Scene<'_>, outcomes: &mut Vec<Outcome>) {
    let Some(check) = scene.definition(ID) else { return };
    let counts = |d: &&DeclaredTotal| {
        let rule = |&term| &scene.catalog.indicator(term).rollup;
        d.is_actual_value()
            && d.bound() == Bound::Exact
            && d.units.len() == 1
            && matches!(d.terms[..], [_])
            && d.terms.iter().map(rule).all(|rule| *rule == RollUpRule::CountUnits)
            && d.period.is_some()
    };
    let mut all: Vec<&DeclaredTotal> = scene.declared.iter().filter(counts).collect();
    // Of several for one period the last handed in counts.
    all.sort_by_key(|d| (&d.units, &d.terms, d.period, std::cmp::Reverse(d.submitted_at)));
    all.dedup_by_key(|d| (&d.units, &d.terms, d.period));
    all.sort_by_key(|d| (&d.units, &d.terms, d.period.map(model::Period::end)));
    for pair in all.windows(2) {
        let same = (&pair[0].units, &pair[0].terms) == (&pair[1].units, &pair[1].terms);
        let Some(moved) = same.then(|| moved(scene, pair[0], pair[1])).flatten() else { continue };
        let (cell, holds) = (codes(scene.catalog, &pair[1].terms), moved.holds());
        let (before, now) = (pair[0].exact_value(), pair[1].exact_value());
        let (Moves { register_before, register_now }, unit) = (moved.register, pair[1].units[0]);
        let says = Says {
            found: format!("{before} → {now}"),
            expected: format!("{register_before} → {register_now}"),
            zh: format!(
                "{unit} {cell} 由 {before} 变为 {now}，登记库由 {register_before} 变为 {register_now}；请先登记调整事件，或改正其中一期"
            ),
            en: format!(
                "{unit} declares {before}, then {now} for {cell}, the register moves from {register_before} to {register_now}; record the change there first, or correct one of the two"
            ),
            cell: cell.clone(),
            head: None,
        };
        outcomes.push(Outcome {
            form: scene.catalog.indicator(pair[1].terms[0]).form,
            finding: (!holds).then(|| of_check(check, says)),
            evaluated: Evaluated {
                check: ID.to_owned(),
                units: pair[1].units.clone(),
                period: pair[1].period,
                found: format!("{cell} {before} → {now}"),
                holds,
            },
        });
    }
}

struct Moved {
    declared: Exact,
    register: Moves,
}

#[derive(Clone, Copy)]
struct Moves {
    register_before: Exact,
    register_now: Exact,
}

impl Moved {
    fn holds(&self) -> bool {
        let register = self.register.register_now.minus(self.register.register_before);
        let order = register.and_then(|register| register.compare(self.declared));
        order.is_some_and(|order| order.is_eq())
    }
}

fn moved(scene: Scene<'_>, before: &DeclaredTotal, now: &DeclaredTotal) -> Option<Moved> {
    let count = |declared: &DeclaredTotal| {
        let value = scene.figures.value(declared.units[0], declared.terms[0], declared.period?)?;
        Some(Exact::from(value))
    };
    Some(Moved {
        declared: now.exact_value().minus(before.exact_value())?,
        register: Moves { register_before: count(before)?, register_now: count(now)? },
    })
}

#[cfg(test)]
mod tests {
    use crate::fixture::{CITY, Written, declared, evaluations};

    fn register(before: i64, now: i64) -> Written {
        Written::default().value(CITY, "BS06", "2022", before).value(CITY, "BS06", "2023", now)
    }

    #[test]
    fn a_count_moves_as_the_register_does() {
        let sent = |before: &str, now: &str| {
            [declared(CITY, "BS06", "2023", now), declared(CITY, "BS06", "2022", before)]
        };
        assert_eq!(evaluations(&register(114, 113), &sent("114", "113"), "K82"), [true]);
        // Off by one in both years: another check's matter.
        assert_eq!(evaluations(&register(113, 112), &sent("114", "113"), "K82"), [true]);
        assert_eq!(evaluations(&register(114, 114), &sent("114", "113"), "K82"), [false]);
        assert_eq!(evaluations(&register(114, 113), &sent("114", "114"), "K82"), [false]);
        assert!(evaluations(&register(114, 114), &sent("114", "113")[..1], "K82").is_empty());
        // A correction of the same period is no move.
        let mut corrected =
            [declared(CITY, "BS06", "2023", "114"), declared(CITY, "BS06", "2023", "113")];
        corrected[1].submitted_at = "2023-08-02T09:00:00+08:00".to_owned();
        assert!(evaluations(&register(114, 113), &corrected, "K82").is_empty());
    }
}
