//! The worked rows of `README.md`: each says what it says there.

use std::{collections::BTreeMap, path::Path};

use checks::{Exact, Formula, Operand, Operands, Verdict};
use model::{Amount, Catalog, check::MissingOperand};

struct Cells<'a> {
    catalog: &'a Catalog,
    amounts: BTreeMap<String, Amount>,
}

impl Operands for Cells<'_> {
    fn read(&self, operand: &Operand) -> Option<Exact> {
        self.amounts.get(&operand.name(self.catalog)).map(|&amount| Exact::from(amount))
    }
}

#[test]
fn the_worked_rows_of_the_description_hold() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let catalog = catalog::load(&here.join("../../schemas/definitions")).expect("it loads");
    let text = std::fs::read_to_string(here.join("README.md")).expect("the description");
    let head = "| formula | missing | cells | verdict |";
    let rows = text.lines().skip_while(|line| *line != head).skip(2);
    let mut seen = 0;
    for row in rows.take_while(|line| line.starts_with('|')) {
        let parts: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [formula, missing, cells, verdict] = parts[..] else { panic!("{row}") };
        let formula = Formula::parse(formula.trim_matches('`'), &catalog, &[]).expect(row);
        let missing = match missing {
            "skip" => MissingOperand::Skip,
            "any" => MissingOperand::Any,
            "zero" => MissingOperand::Zero,
            _ => panic!("{row}"),
        };
        let cell = |text: &str| {
            let (code, amount) = text.split_once('=').expect(row);
            let indicator = catalog.indicator_by_code(code).expect(row);
            let scale = catalog.indicator(indicator).scale;
            (code.to_owned(), Amount::parse(amount, scale).expect(row))
        };
        let amounts = cells.split_whitespace().map(cell).collect();
        let judged = match formula.judge(missing, &Cells { catalog: &catalog, amounts }) {
            Verdict::Holds => "holds",
            Verdict::Fails => "fails",
            Verdict::Missing => "missing",
            Verdict::Overflow => "overflow",
        };
        assert_eq!(judged, verdict, "{row}");
        seen += 1;
    }
    assert_eq!(seen, 15);
}
