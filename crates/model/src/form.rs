//! Forms (报表): dated versions of a set of asked numbers.

use jiff::civil::Date;

use crate::{Level, PeriodKind, UnitClass};

/// Place of a form in [`crate::Catalog::forms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormIx(pub u8);

/// How a return becomes effective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// At once, if no hard finding stands against it.
    Automatic,
    /// When a reviewer of the level above accepts it.
    Review,
}

/// One form.
///
/// A form without number, issuer, approval and term may be refused by the respondent, so they are
/// required parts of the definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Two letters, such as `SA`.
    pub code: String,
    /// Chinese name, also of its SQL view.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Version, part of the key of every value.
    pub version: String,
    /// Form number printed in the head.
    pub number: String,
    /// Issuing body.
    pub issuer: String,
    /// Approval number.
    pub approval: String,
    /// First day it is in force.
    pub valid_from: Date,
    /// First day it is no longer in force.
    pub valid_to: Option<Date>,
    /// How a return becomes effective.
    pub accept: Acceptance,
    /// Classes that do not report this form although their level does.
    pub silent: Vec<UnitClass>,
}

impl Form {
    /// The name of its table: the code in lower case.
    pub fn table(&self) -> String {
        self.code.to_ascii_lowercase()
    }

    /// Whether a unit of this class reports the form when its level does.
    pub fn asks(&self, class: UnitClass) -> bool {
        !class.is_container() && !self.silent.contains(&class)
    }

    /// Whether the form is in force on `day`.
    pub fn in_force(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day < end)
    }
}

/// What one return asks: the cells of a form with this frequency and entry level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockKey {
    /// The form.
    pub form: FormIx,
    /// Kind of the period that the return describes.
    pub frequency: PeriodKind,
    /// Level of the unit that enters it.
    pub level: Level,
}
