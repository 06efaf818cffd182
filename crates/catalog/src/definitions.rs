//! Everything that the definition files say, with everything that is wrong with it.

use std::path::Path;

use model::{
    Catalog, Form, Indicator, Register, UnitRecord, calendar::Calendar, check::CheckDefinition,
    scheme::Scheme, warning::WarningDefinition,
};

use crate::{
    Problem,
    consequences::Broken,
    digest,
    read::{self, units::Unreadable},
    verify,
};

/// What was read, as far as it could be.
pub(crate) struct Definitions {
    pub(crate) units: Vec<UnitRecord>,
    pub(crate) forms: Vec<Form>,
    pub(crate) indicators: Vec<Indicator>,
    pub(crate) checks: Vec<CheckDefinition>,
    pub(crate) warnings: Vec<WarningDefinition>,
    pub(crate) schemes: Vec<Scheme>,
    pub(crate) calendar: Calendar,
    pub(crate) hash: String,
    pub(crate) problems: Vec<Problem>,
}

impl Definitions {
    /// Reads the folder and verifies it together with `extra` units.
    pub(crate) fn read(dir: &Path, extra: Vec<UnitRecord>) -> Self {
        let (mut problems, mut broken) = (Vec::new(), Broken::default());
        let mut unreadable = Unreadable::default();
        let mut units = units(dir, &mut unreadable, &mut problems);
        units.extend(extra);
        verify::register::verify(&units, &unreadable, &mut problems);
        let heads = read::forms::read(dir, &mut problems);
        verify::files::unclaimed(dir, &heads, &mut broken, &mut problems);
        let indicators = read::indicators::read(dir, &heads.forms, &mut broken, &mut problems);
        let forms = heads.forms;
        let checks = read::checks::read(dir, &forms, &indicators, &mut broken, &mut problems);
        let warnings = read::warnings::read(dir, &forms, &indicators, &mut problems);
        let schemes = read::schemes::read(dir, &indicators, &checks, &mut problems);
        let calendar = read::calendar::read(dir, &forms, &mut problems);
        let hash = digest::hash(dir).unwrap_or_else(|error| {
            problems.push(
                Problem::new(
                    ".",
                    0,
                    format!("无法读取：{error}"),
                    format!("cannot be read: {error}"),
                )
                .remedy("改正路径或权限", "correct the path or its permissions"),
            );
            String::new()
        });
        broken.drop_consequences(&mut problems);
        problems.sort();
        problems.dedup();
        Self { units, forms, indicators, checks, warnings, schemes, calendar, hash, problems }
    }

    /// The catalogue.
    pub(crate) fn into_catalog(self) -> Catalog {
        Catalog::new(
            Register::new(self.units),
            self.forms,
            self.indicators,
            self.checks,
            self.schemes,
            self.calendar,
            self.hash,
        )
        .with_warnings(self.warnings)
    }
}

/// The units of all lists, with the dated changes applied.
fn units(dir: &Path, unreadable: &mut Unreadable, problems: &mut Vec<Problem>) -> Vec<UnitRecord> {
    let mut units = Vec::new();
    for name in read::units::files(dir, problems) {
        units.extend(read::units::read(dir, &name, unreadable, problems));
    }
    read::changes::apply(dir, &mut units, unreadable, problems);
    units
}
