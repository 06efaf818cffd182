//! The tables of steps in `README.md` are those of the code.

use std::{fs, path::Path};

const BEGIN: &str = "<!-- steps -->\n";
const END: &str = "<!-- end of steps -->\n";

#[test]
fn the_readme_prints_the_state_machines() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once(BEGIN).expect("the mark where the tables begin");
    let (printed, tail) = rest.split_once(END).expect("the mark where the tables end");
    let tables = format!("\n{}\n", ledger::transition_tables());
    if std::env::var_os("ZHIBAO_REGENERATE").is_some() {
        fs::write(&path, format!("{head}{BEGIN}{tables}{END}{tail}")).unwrap();
    } else {
        assert_eq!(printed, tables, "run again with ZHIBAO_REGENERATE=1");
    }
}
