//! Which returns are due in a quarter, and which base figures and targets the quarter reads.

use jiff::{ToSpan, civil::Date};
use model::{Catalog, FormIx, Level, Period, PeriodKind, form::Acceptance, form::BlockKey};

use super::{
    cells::{Asked, reader},
    moment::Window,
    world::day_of,
};

/// The form of base figures: denominators that are read as of the period's end.
const BASE_FORM: &str = "BS";

/// One sort of return for one period: every unit of the level owes one.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) form: FormIx,
    pub(super) form_code: String,
    pub(super) level: Level,
    pub(super) period: Period,
    /// The period as it is written.
    pub(super) period_text: String,
    /// Place of the period among those of its kind in the quarter.
    pub(super) k: usize,
    pub(super) cells: Vec<Asked>,
    pub(super) window: Window,
    /// Waits until a level above accepts it.
    pub(super) review: bool,
}

/// All jobs of a quarter, in the order in which the first of their returns may come.
pub(super) fn due(catalog: &Catalog, quarter: Period) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (block, indicators) in catalog.blocks() {
        let targets = catalog.is_set_ahead(*block);
        let form = catalog.form(block.form);
        for (k, period) in periods(block.frequency, quarter, targets, form.code == BASE_FORM) {
            if !form.in_force(period.end()) {
                continue;
            }
            let cells = indicators.iter().map(|&indicator| {
                let definition = catalog.indicator(indicator);
                Asked {
                    code: definition.code.clone(),
                    core: definition.core,
                    scale: definition.scale,
                    read: reader(block.level, &definition.code),
                }
            });
            jobs.push(Job {
                form: block.form,
                form_code: form.code.clone(),
                level: block.level,
                period,
                period_text: period.to_string(),
                k,
                cells: cells.collect(),
                window: window(catalog, block, period, targets),
                review: form.accept == Acceptance::Review,
            });
        }
    }
    jobs.sort_by_key(|job| (job.window.first(), job.period.kind(), job.form, job.level));
    jobs
}

/// Last days of the periods of all jobs, and of the months, ascending.
pub(super) fn days(jobs: &[Job], quarter: Period) -> Vec<Date> {
    let months = quarter.parts(PeriodKind::Month).map(Period::end);
    let mut days: Vec<Date> = jobs.iter().map(|job| job.period.end()).chain(months).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// Periods of a frequency with their places in the quarter: those that end in it; of base figures
/// the last one before it as well; of targets the year that holds it.
fn periods(
    frequency: PeriodKind,
    quarter: Period,
    targets: bool,
    base: bool,
) -> Vec<(usize, Period)> {
    if frequency == PeriodKind::Quarter {
        return vec![(0, quarter)];
    }
    if frequency < PeriodKind::Quarter {
        let place = |period: Period| match frequency {
            PeriodKind::Day => day_of(quarter, period.start()),
            _ => quarter.parts(frequency).position(|part| part == period).unwrap_or(0),
        };
        return quarter.parts(frequency).map(|period| (place(period), period)).collect();
    }
    let now = Period::containing(frequency, quarter.start());
    if targets {
        return vec![(0, now)];
    }
    let mut periods = Vec::new();
    if base {
        periods.push((0, now.previous()));
    }
    if now.end() == quarter.end() {
        periods.push((0, now));
    }
    periods
}

fn window(catalog: &Catalog, block: &BlockKey, period: Period, targets: bool) -> Window {
    let behind = if targets { period.start() } else { period.end() };
    let due = catalog.due(block.form, period, block.level);
    Window::new(behind.saturating_add(1.day()), due)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(frequency: PeriodKind, quarter: &str, targets: bool, base: bool) -> Vec<String> {
        let quarter = quarter.parse().unwrap();
        periods(frequency, quarter, targets, base).iter().map(|(_, p)| p.to_string()).collect()
    }

    #[test]
    fn a_quarter_reads_the_base_before_it_and_the_targets_of_its_year() {
        use PeriodKind::{Day, Half, Month, Quarter, TenDays, Year};
        assert_eq!(names(Month, "2023-Q1", false, false), ["2023-01", "2023-02", "2023-03"]);
        assert_eq!(names(TenDays, "2023-Q1", false, false).len(), 9);
        assert_eq!(names(Day, "2023-Q1", false, false).len(), 90);
        assert_eq!(names(Quarter, "2023-Q1", false, false), ["2023-Q1"]);
        assert_eq!(names(Year, "2023-Q1", false, true), ["2022"]);
        assert_eq!(names(Half, "2023-Q1", false, true), ["2022-H2"]);
        assert_eq!(names(Half, "2023-Q1", false, false), Vec::<String>::new());
        assert_eq!(names(Year, "2023-Q1", true, false), ["2023"]);
        assert_eq!(names(Half, "2023-Q2", false, true), ["2022-H2", "2023-H1"]);
        assert_eq!(names(Half, "2023-Q2", false, false), ["2023-H1"]);
    }
}
