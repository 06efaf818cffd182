//! What makes places differ: how well a county works, how rich it is, what it pays.

use model::UnitCode;

use super::draw::{Draw, Purpose};

/// Marks the stream of a prefecture: a county directly below the province has both with one code.
const AS_PREFECTURE: u64 = 1 << 60;

/// Traits of a county, from its own code and its prefecture's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Traits {
    /// How well it works, in thousandths; most rates follow it.
    pub(super) quality: i64,
    /// Whether it reports the optional indicators too.
    pub(super) optional: bool,
    /// Whether the price linkage was triggered.
    pub(super) price_linked: bool,
    /// Whether an accident happened in the quarter.
    pub(super) accident: bool,
    /// Whether the bureau itself reports hazards beside its townships (本级).
    pub(super) own_share: bool,
    /// Standards in yuan.
    pub(super) standards: Standards,
}

/// Standards of a county, in whole yuan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standards {
    /// 城市低保, per month.
    pub(super) urban: i64,
    /// 农村低保, per year.
    pub(super) rural: i64,
    /// 城市特困, per month: 1.3 times dibao, rounded up.
    pub(super) urban_destitute: i64,
    /// 农村特困, per month, likewise.
    pub(super) rural_destitute: i64,
    /// 特困照料护理上限, per month.
    pub(super) care: i64,
    /// 机构孤儿, per month.
    pub(super) orphans: i64,
    /// 散居孤儿, per month: four fifths.
    pub(super) orphans_at_home: i64,
    /// 重点困境儿童, per month.
    pub(super) children: i64,
    /// 困难残疾人生活补贴, per month.
    pub(super) living: i64,
    /// 护理补贴一档, per month.
    pub(super) nursing: i64,
    /// 护理补贴二档, per month.
    pub(super) nursing_second: i64,
}

impl Traits {
    /// Traits of `county` under `prefecture`; a county directly below the province is its own.
    pub(super) fn of(seed: u64, county: UnitCode, prefecture: UnitCode) -> Self {
        let mut above = Draw::keyed(seed, Purpose::Traits, AS_PREFECTURE | prefecture.as_u64());
        let base = above.between(300, 850);
        let mut draw = Draw::keyed(seed, Purpose::Traits, county.as_u64());
        let quality = (base + draw.between(-250, 250)).clamp(40, 985);
        Self {
            quality,
            optional: draw.chance(800),
            price_linked: draw.chance(300),
            accident: draw.chance(12),
            own_share: draw.chance(100),
            standards: standards(&mut draw),
        }
    }

    /// A rate in thousandths that goes from `worst` to `best` with the quality.
    pub(super) fn rate(&self, worst: i64, best: i64) -> i64 {
        worst + (best - worst) * self.quality / 1000
    }
}

fn standards(draw: &mut Draw) -> Standards {
    let urban = 590 + 10 * draw.between(0, 16);
    let rural = 60 * (urban * draw.between(62, 86) / 500);
    let living = 60 + 5 * draw.between(0, 3);
    let orphans = 1350 + 50 * draw.between(0, 8);
    Standards {
        urban,
        rural,
        urban_destitute: (urban * 13 + 9) / 10,
        rural_destitute: (rural * 13 + 119) / 120,
        care: urban / 2,
        orphans,
        orphans_at_home: orphans * 4 / 5,
        children: orphans * 3 / 5,
        living,
        nursing: living,
        nursing_second: living + 40,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standards_keep_their_relations() {
        for county in 410_102_000_000..410_102_000_200 {
            let code = UnitCode::from_u64(county).unwrap();
            let s = Traits::of(5, code, code).standards;
            assert!(10 * s.urban_destitute >= 13 * s.urban, "K63");
            assert!(120 * s.rural_destitute >= 13 * s.rural, "K64");
            assert!(s.rural <= 12 * s.urban && s.rural > 3000, "K65: {}", s.rural);
            assert!(s.orphans_at_home <= s.orphans, "K68");
        }
    }
}
