//! Every check and warning of the catalogue at work: one example that passes, one that fails, and with
//! the check taken out of the catalogue nothing is found of it. Printed as a table:
//!
//! ```text
//! cargo test -p checks --test hundred -- --nocapture
//! ```

mod declared;
mod filled;
mod outliers;
mod place;
mod returns;
mod rows;
mod warned;

use std::{collections::BTreeMap, sync::Arc};

use model::Catalog;
use place::{FullCatalog, county};

/// Runs an example and says which checks were found.
type Run = Box<dyn Fn(&Arc<Catalog>) -> Vec<String>>;

/// A pair of examples for one check.
pub(crate) struct Pair {
    check: &'static str,
    passing: (String, Run),
    failing: (String, Run),
}

/// Looked at where the register is read (`crates/catalog/tests`), so it cannot be taken out here.
const OF_THE_REGISTER: &str = "K90";
/// A return has no place without them, so they stand whether the catalogue has them or not.
const INDISPENSABLE: [&str; 3] = ["K01", "K02", "K91"];

fn pairs() -> Vec<Pair> {
    let mut all = returns::pairs();
    all.extend(rows::pairs());
    all.extend(declared::pairs());
    all
}

#[test]
fn each_of_the_hundred_and_those_beyond_passes_fails_and_is_silent_when_taken_out() {
    let full = FullCatalog::load();
    let whole = Arc::new(county(&full, None));
    let mut open: BTreeMap<&str, Pair> = BTreeMap::new();
    for pair in pairs() {
        assert!(open.insert(pair.check, pair).is_none(), "two pairs for one check");
    }
    let mut shown = 0;
    for check in &full.checks {
        let id = check.id.as_str();
        if id == OF_THE_REGISTER {
            println!("{id:<5} elsewhere  {}", check.message_zh);
            continue;
        }
        let pair = open.remove(id).unwrap_or_else(|| panic!("no example for {id}"));
        let without = Arc::new(county(&full, Some(id)));
        let (good, run_good) = &pair.passing;
        let (bad, run_bad) = &pair.failing;
        let found = run_good(&whole);
        assert!(!found.contains(&id.to_owned()), "{id} finds {good}: {found:?}");
        let found = run_bad(&whole);
        assert!(found.contains(&id.to_owned()), "{id} does not find {bad}: {found:?}");
        let found = run_bad(&without);
        if INDISPENSABLE.contains(&id) {
            assert!(found.contains(&id.to_owned()), "{id} must not be taken out");
            println!("{id:<5} {:<7} cannot be taken out", check.severity.en());
            shown += 1;
            continue;
        }
        assert!(!found.contains(&id.to_owned()), "{id} was taken out and found {bad}: {found:?}");
        println!("{id:<5} {:<7} passes: {good:<60} fails: {bad}", check.severity.en());
        shown += 1;
    }
    assert!(open.is_empty(), "examples of no check: {:?}", open.keys());
    println!("{shown} checks shown, {} elsewhere", full.checks.len() - shown);
    // All of the hundred but K90, and two beyond them.
    assert_eq!(shown, 99 + 2);
}
