//! What cannot be rolled up, with unit, cell and period.

use model::{Level, Period, UnitCode};

/// Why a change or a sum was refused. After an error of [`crate::State::record`] nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RollUpError {
    /// The unit is not in the register on the last day of the period.
    #[error(
        "单位 {unit} 在 {period} 末日不在库: 先维护单位库, 再汇总 / unit {unit} is not in the register \
         on the last day of {period}: add it to the register, then roll up again"
    )]
    UnknownUnit {
        /// Code as recorded.
        unit: UnitCode,
        /// Period of the return.
        period: Period,
    },
    /// The cell does not belong to a return of this unit for this form and period.
    #[error(
        "单位 {unit} ({level_zh}级) {period} 的报表 {form} 不含指标 {indicator} / indicator {indicator} is \
         not asked of unit {unit} ({level_en}) on form {form} for {period}: expected an indicator of \
         that form and frequency, entered at the unit's level or below",
        level_zh = level.zh(), level_en = level.name()
    )]
    NotAsked {
        /// Code of the unit.
        unit: UnitCode,
        /// Level of the unit.
        level: Level,
        /// Code of the form.
        form: String,
        /// Code of the indicator.
        indicator: String,
        /// Period of the return.
        period: Period,
    },
    /// The cell stands twice in one return.
    #[error(
        "单位 {unit} {period} 的指标 {indicator} 出现两次 / indicator {indicator} stands twice in the \
         return of unit {unit} for {period}: send it once"
    )]
    Twice {
        /// Code of the unit.
        unit: UnitCode,
        /// Code of the indicator.
        indicator: String,
        /// Period of the return.
        period: Period,
    },
    /// The amount is not at the scale of its indicator or has more than 18 digits.
    #[error(
        "单位 {unit} {period} 的指标 {indicator} 应为 {expected} 位小数、不超过 18 位数字 / the amount of \
         {indicator} of unit {unit} for {period} must have scale {expected} and at most 18 digits, found \
         scale {found}"
    )]
    Scale {
        /// Code of the unit.
        unit: UnitCode,
        /// Code of the indicator.
        indicator: String,
        /// Period of the return.
        period: Period,
        /// Scale of the indicator.
        expected: u8,
        /// Scale of the amount.
        found: u8,
    },
    /// A sum needs more than 18 digits.
    #[error(
        "单位 {unit} {period} 的指标 {indicator} 汇总后超过 18 位数字: 检查下级数值 / the sum of {indicator} for \
         unit {unit} in {period} needs more than 18 digits: look for a wrong value below that unit"
    )]
    Overflow {
        /// Unit whose sum it is.
        unit: UnitCode,
        /// Code of the indicator.
        indicator: String,
        /// Period of the sum.
        period: Period,
    },
}
