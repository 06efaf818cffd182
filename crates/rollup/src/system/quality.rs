//! QA01 to QA08: returns due, on time, passed first time, received; sent back; left unexplained.

use std::sync::Arc;

use model::{Level, Node, Period, PeriodKind};

use super::{Counted, Located, SystemRule};
use crate::{
    State, atlas::Ground, coverage::ReturnsSource, presence::belongs_to, source::Source,
    tally::Tallies,
};

/// The rule of an indicator of reporting quality.
pub(super) fn rule(code: &str) -> Option<SystemRule> {
    Some(match code {
        "QA01" => SystemRule::Quality(Counted::Due),
        "QA02" => SystemRule::Quality(Counted::OnTime),
        "QA04" => SystemRule::SentBack,
        "QA05" => SystemRule::Quality(Counted::FirstPass),
        "QA07" => SystemRule::Unexplained,
        "QA08" => SystemRule::Quality(Counted::Received),
        _ => return None,
    })
}

impl State {
    /// Returns of every sort that belong to `period`: those whose own period ends in it, and targets
    /// whose year begins in it.
    pub(super) fn quality<'a>(
        &'a self,
        counted: Counted,
        period: Period,
        ground: &Arc<Ground>,
    ) -> Source<'a> {
        let mut returns = ReturnsSource::new(self, (None, period), ground, counted);
        for (block, shape) in self.layout.all_shapes() {
            let frequency = shape.key.frequency;
            if frequency == PeriodKind::Day {
                returns.add_days(self, shape.key, block, period);
                continue;
            }
            let first = Period::containing(frequency, period.start());
            let bases = std::iter::successors(Some(first), |base| Some(base.next()))
                .take_while(|base| belongs_to(*base, Some(shape)) <= period.end());
            for base in bases.filter(|base| period.holds(belongs_to(*base, Some(shape)))) {
                returns.add_base(self, shape.key, block, base);
            }
        }
        Source::Returns(Box::new(returns))
    }

    /// Counts of verdicts about returns that belong to `period`.
    pub(super) fn verdicts<'a>(
        &'a self,
        period: Period,
        ground: &Arc<Ground>,
        count: impl Fn(&Tallies) -> u32,
    ) -> Source<'a> {
        let mut events: Vec<(Node, u32)> = Vec::new();
        for sheet in &self.sheets {
            let passage = self.atlas.passage(sheet.ground.span, ground.span);
            let land = |node| passage.as_ref().map_or(Some(node), |p| p.landing(node));
            let shapes = self.layout.shapes(sheet.form, sheet.period.kind());
            for province in sheet.provinces.iter().flatten() {
                for (&node, tallies) in &province.tallies {
                    let level = sheet.ground.tree.level(node);
                    let shape = shapes.iter().find(|shape| shape.key.level == level);
                    if period.holds(belongs_to(sheet.period, shape)) {
                        events.extend(land(node).map(|node| (node, count(tallies))));
                    }
                }
            }
        }
        let mut located = Located::new(ground, Level::Institution, events);
        located.shown = ground.roots.iter().map(|&root| self.is_active(ground, root)).collect();
        Source::Located(located)
    }
}
