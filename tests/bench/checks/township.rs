//! A township's batch: 30 returns of its villages as JSON, decoded and checked as intake does.

use std::{sync::Arc, time::Instant};

use checks::Intake;
use model::{Catalog, Level, Period, envelope::Return, submission::KeyHistory};

const RETURNS: usize = 30;
/// What a township waits at most, in seconds.
const MOST: f64 = 0.005;

/// Prints how long one batch takes.
pub(crate) fn measure(catalog: Catalog, runs: usize) {
    let month: Period = "2023-01".parse().expect("a month");
    let form = catalog.form_by_code("SA").expect("social assistance");
    let tree = catalog.register.tree(month.end());
    let asked = catalog.asked(form, month.kind(), Level::Village);
    let cells: Vec<String> =
        asked.iter().map(|&i| format!("\"{}\":\"7\"", catalog.indicator(i).code)).collect();
    let villages = tree.nodes().filter(|&node| tree.level(node) == Level::Village);
    let batch: Vec<String> = villages
        .take(RETURNS)
        .map(|node| {
            let unit = tree.code(node);
            format!(
                r#"{{"wire":1,"id":"{unit}","unit":"{unit}","form":"SA","period":"{month}","revision":1,"submitted_at":"2023-02-02T09:00:00+08:00","signers":{{"filler":"甲","reviewer":"乙","head":"丙"}},"cells":{{{}}},"source":"typed"}}"#,
                cells.join(",")
            )
        })
        .collect();
    let catalog = Arc::new(catalog);
    let intake = Intake::new(catalog);
    let mut times = Vec::new();
    for _ in 0..10 * runs {
        let start = Instant::now();
        let mut found = 0;
        for text in &batch {
            let sent: Return<'_> = serde_json::from_str(text).expect("an envelope");
            let resolved = intake.resolve(&sent).expect("the return finds its place");
            found += intake.examine(&sent, &resolved, KeyHistory::default()).findings.len();
        }
        times.push(start.elapsed().as_secs_f64());
        assert_eq!(found, 0, "the batch is clean");
    }
    let median = super::median(&times);
    println!(
        "a batch of {RETURNS} returns: median {:.3} ms, at most {:.0}: {}",
        median * 1e3,
        MOST * 1e3,
        super::verdict(median <= MOST)
    );
}
