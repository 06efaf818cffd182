//! Which column of a wide table holds what, found by the catalogue and not by name patterns.

use std::collections::HashMap;

use arrow::datatypes::{Field, Schema};
use model::{Catalog, FormIx, IndicatorIx, Level, form::BlockKey};
use store::{Count, WideColumn, WideKind, wide_columns};

use crate::describe::described;

/// What one column of a wide table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Code of the unit.
    Unit,
    /// Level of the unit.
    Level,
    /// The period.
    Period,
    /// Letter of the period's kind.
    PeriodKind,
    /// Code of the unit above at this level.
    Above(Level),
    /// Value of an indicator.
    Value(IndicatorIx),
    /// Lowest value of a standard.
    Lowest(IndicatorIx),
    /// Highest value of a standard.
    Highest(IndicatorIx),
    /// Count of the returns of one sort: due, received, on time, accepted.
    Count(BlockKey, usize),
    /// Whether something due is not in it.
    Partial,
    /// Codes of the indicators that do not apply.
    NotApplicable,
}

impl Role {
    /// Whether the column says which row this is.
    fn is_key(self) -> bool {
        use Role::{Above, Level, Period, PeriodKind, Unit};
        matches!(self, Unit | Level | Period | PeriodKind | Above(_))
    }

    /// The indicator of a value, lowest or highest.
    pub(crate) fn indicator(self) -> Option<IndicatorIx> {
        match self {
            Role::Value(i) | Role::Lowest(i) | Role::Highest(i) => Some(i),
            _ => None,
        }
    }
}

/// Columns of one wide table as it is stored, which may be older than the catalogue.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Role and place, in the order of the catalogue.
    columns: Vec<(Role, usize)>,
}

impl Layout {
    /// The columns of `form` that `stored` has.
    pub(crate) fn new(catalog: &Catalog, form: FormIx, stored: &Schema) -> Self {
        let roles = Roles::new(catalog, form);
        let columns = wide_columns(catalog, form)
            .iter()
            .filter_map(|c| Some((roles.of(c)?, stored.index_of(&c.name).ok()?)))
            .collect();
        Self { columns }
    }

    /// All columns in the order of the catalogue.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (Role, usize)> {
        self.columns.iter().copied()
    }

    /// Place of the column with this role.
    pub(crate) fn place(&self, role: Role) -> Option<usize> {
        self.columns.iter().find(|(r, _)| *r == role).map(|(_, place)| *place)
    }

    /// Places of the columns that say which row it is.
    pub(crate) fn keys(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().filter(|(role, _)| role.is_key()).map(|(_, place)| *place)
    }
}

/// Gives the stored fields of a form what the catalogue says about their indicators.
pub(crate) fn describer(catalog: &Catalog, form: FormIx) -> impl Fn(&Field) -> Field {
    let roles = Roles::new(catalog, form);
    let indicators: HashMap<String, _> = wide_columns(catalog, form)
        .into_iter()
        .filter_map(|c| {
            let place = roles.of(&c)?.indicator()?;
            Some((c.name, catalog.indicator(place).clone()))
        })
        .collect();
    move |field| match indicators.get(field.name()) {
        Some(indicator) => described(field, indicator),
        None => field.clone(),
    }
}

/// Value columns by name.
struct Roles(HashMap<String, Role>);

impl Roles {
    fn new(catalog: &Catalog, form: FormIx) -> Self {
        let mut values = HashMap::new();
        for (place, indicator) in catalog.indicators_of(form) {
            let code = indicator.code.to_ascii_lowercase();
            values.insert(format!("{code}_min"), Role::Lowest(place));
            values.insert(format!("{code}_max"), Role::Highest(place));
            values.insert(code, Role::Value(place));
        }
        Self(values)
    }

    fn of(&self, column: &WideColumn) -> Option<Role> {
        Some(match column.kind {
            WideKind::Unit => Role::Unit,
            WideKind::Level => Role::Level,
            WideKind::Period => Role::Period,
            WideKind::PeriodKind => Role::PeriodKind,
            WideKind::Ancestor(level) => Role::Above(level),
            WideKind::Value(_) => return self.0.get(&column.name).copied(),
            WideKind::Coverage(block, count) => {
                Role::Count(block, Count::ALL.iter().position(|&c| c == count)?)
            }
            WideKind::Partial => Role::Partial,
            WideKind::NotApplicable => Role::NotApplicable,
        })
    }
}
