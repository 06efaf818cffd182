//! The column path of formulas against the row path: the same verdict in every row.

use std::{path::Path, sync::LazyLock};

use checks::{Column, Exact, Formula, Operand, Operands, Verdict};
use model::{
    Catalog,
    check::{CheckKind, MissingOperand},
};
use proptest::prelude::*;

fn shipped() -> &'static Catalog {
    static SHIPPED: LazyLock<Catalog> = LazyLock::new(|| {
        let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
        catalog::load(&definitions).expect("the shipped definitions load")
    });
    &SHIPPED
}

/// Every formula that ships, and shapes that none of them has.
fn formulas() -> &'static [Formula] {
    static FORMULAS: LazyLock<Vec<Formula>> = LazyLock::new(|| {
        let catalog = shipped();
        let shipped = catalog.checks.iter().filter(|check| check.kind == CheckKind::Formula);
        let more = [
            "SA11 * SA11 <= SA12 * 0.5",
            "-SA01 + 7 = SA02 - (SA03 - SA04)",
            "least(SA01, SA11, 9.25) < abs(SA02 - SA12)",
            "SA11 NOT BETWEEN 2 AND SA12",
            "NOT (SA01 = 1 OR SA02 <> 2) AND (SA01 > SA02) = (SA11 >= SA12)",
            "1 = 1",
            "SA01 * SA02 * SA03 * SA04 >= SA11",
        ];
        let texts = shipped.map(|check| check.expression.as_str()).chain(more);
        texts.map(|text| Formula::parse(text, catalog, &[]).expect(text)).collect()
    });
    &FORMULAS
}

struct OneRow<'a> {
    formula: &'a Formula,
    cells: &'a [Option<i64>],
}

impl Operands for OneRow<'_> {
    fn read(&self, operand: &Operand) -> Option<Exact> {
        let place = self.formula.operands().iter().position(|other| other == operand)?;
        Some(Exact::new(i128::from(self.cells[place]?), operand.scale))
    }
}

fn amount() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        2 => Just(None),
        2 => Just(Some(0)),
        8 => (0i64..30).prop_map(Some),
        2 => (-5i64..0).prop_map(Some),
        2 => (0i64..4).prop_map(|n| Some(n * 10_000)),
        1 => (0i64..3).prop_map(|n| Some(n * 3_037_000_500)),
        1 => Just(Some(i64::MAX)),
        1 => Just(Some(999_999_999_999)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn columns_judge_as_rows_do(
        place in 0usize..77,
        strategy in 0u8..3,
        whole in any::<bool>(),
        // Small amounts keep to the fast loops, a large one sends its piece to the exact path.
        rows in prop_oneof![
            proptest::collection::vec(proptest::collection::vec(amount(), 8), 0..40),
            proptest::collection::vec(proptest::collection::vec((0i64..6).prop_map(Some), 8), 0..40),
        ],
        times in 1usize..60,
    ) {
        let formula = &formulas()[place % formulas().len()];
        let missing = [MissingOperand::Skip, MissingOperand::Any, MissingOperand::Zero]
            [usize::from(strategy)];
        let width = formula.operands().len();
        prop_assert!(width <= 8);
        let mut rows: Vec<Vec<Option<i64>>> =
            rows.iter().cycle().take(rows.len() * times).cloned().collect();
        if whole {
            rows.iter_mut().flatten().for_each(|cell| *cell = Some(cell.unwrap_or(3)));
        }
        let units: Vec<Vec<i64>> = (0..width)
            .map(|at| rows.iter().map(|row| row[at].unwrap_or(if times % 2 == 0 { i64::MIN } else { 7 })).collect())
            .collect();
        let valid: Vec<Vec<bool>> =
            (0..width).map(|at| rows.iter().map(|row| row[at].is_some()).collect()).collect();
        let columns: Vec<Column<'_>> = units
            .iter()
            .zip(&valid)
            .map(|(units, valid)| Column { units, valid: (!whole).then_some(&valid[..]) })
            .collect();
        let mut found = Vec::new();
        formula.judge_columns(missing, &columns, rows.len(), &mut |row, verdict| {
            found.push((row, verdict));
        });
        let one_by_one: Vec<(usize, Verdict)> = rows
            .iter()
            .enumerate()
            .map(|(at, cells)| (at, formula.judge(missing, &OneRow { formula, cells })))
            .filter(|(_, verdict)| matches!(verdict, Verdict::Fails | Verdict::Overflow))
            .collect();
        prop_assert_eq!(found, one_by_one, "{} {:?}", formula, missing);
    }
}
