//! What one corrected return costs in instructions, however much else is held.
//!
//! ```text
//! cargo bench -p tests --bench correction
//! ```
//!
//! Counts the example `correction` of the roll-up under valgrind's callgrind, which sees the same
//! number in every run: once with one province and with ten, and with townships of 10 to 80 villages.
//! The first ratio must stay below 1.10; the cost must follow the children that the touched ancestors
//! have, not the units of the province.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Children of the corrected village's ancestors beside the township: townships of the county,
/// counties of the city, cities of the province.
const OTHER_CHILDREN: u64 = 15 + 10 + 18;

/// Villages of a township in the register of Henan, about.
const USUAL: u64 = 20;

fn main() {
    let program = build();
    println!(
        "{:>9} {:>9} {:>12} {:>13} {:>10}",
        "provinces", "villages", "instructions", "fan-out", "per child"
    );
    let count = |provinces: u64, villages: u64| {
        let instructions = instructions(&program, provinces, villages);
        let children = OTHER_CHILDREN + villages;
        let each = instructions / children;
        println!("{provinces:>9} {villages:>9} {instructions:>12} {children:>13} {each:>10}");
        instructions
    };
    let (one, ten) = (count(1, USUAL), count(10, USUAL));
    let (few, many) = (count(1, 10), count(1, 80));
    let growth = |more: u64, less: u64| more as f64 / less as f64;
    println!("ten provinces instead of one: {:.3} times the instructions", growth(ten, one));
    let fan_out = growth(OTHER_CHILDREN + 80, OTHER_CHILDREN + 10);
    println!(
        "eight times the villages: {:.3} times the instructions, {fan_out:.3} times the fan-out",
        growth(many, few)
    );
    assert!(growth(ten, one) < 1.10, "a correction must not depend on what else is held");
    assert!(growth(many, few) <= fan_out, "a correction must follow the fan-out of its ancestors");
}

/// Builds the example with the profile of the benchmarks and returns it.
fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--release", "--quiet", "-p", "rollup", "--example", "correction"])
        .current_dir(tests::repository())
        .status();
    assert!(built.is_ok_and(|status| status.success()), "the example could not be built");
    let own = std::env::current_exe().expect("a program knows its own path");
    own.ancestors().nth(2).expect("benches lie in the target folder").join("examples/correction")
}

fn instructions(program: &Path, provinces: u64, villages: u64) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*one_correction*")
        .arg(program)
        .args([provinces.to_string(), villages.to_string()])
        .output()
        .expect("valgrind is needed: apt-get install valgrind");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let collected = text.lines().find_map(|line| line.split_once("Collected :"));
    let collected = collected.and_then(|(_, number)| number.trim().parse().ok());
    collected.filter(|&count| count > 0).unwrap_or_else(|| panic!("nothing was counted: {text}"))
}
