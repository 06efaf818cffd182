//! The rules, one per file, named by their id in the catalogue (`K…`) or among the format rules
//! (`W…`).

use model::check::{CheckDefinition, CheckKind};

pub(crate) mod k01_unit_known;
pub(crate) mod k02_form_in_force;
pub(crate) mod k03_signers;
pub(crate) mod k04_required_cells;
pub(crate) mod k05_scale;
pub(crate) mod k06_not_negative;
pub(crate) mod k07_same_revision_same_content;
pub(crate) mod k08_revision_has_reason;
pub(crate) mod k09_period_not_locked;
pub(crate) mod k101_modified_z_score;
pub(crate) mod k102_hidiroglou_berthelot;
pub(crate) mod k10_period_over;
pub(crate) mod k11_on_time;
pub(crate) mod k49_declared_ratio;
pub(crate) mod k73_ytd_not_falling;
pub(crate) mod k74_ytd_restarts;
pub(crate) mod k75_prior_column;
pub(crate) mod k79_change_yoy;
pub(crate) mod k80_factor_ten_thousand;
pub(crate) mod k82_unit_counts;
pub(crate) mod k83_copied_forward;
pub(crate) mod k84_round_numbers;
pub(crate) mod k85_declared_total;
pub(crate) mod k86_part_exceeds_whole;
pub(crate) mod k87_children_complete;
pub(crate) mod k88_declared_ratio;
pub(crate) mod k89_standard_in_range;
pub(crate) mod k91_virtual_units_silent;
pub(crate) mod k92_rounding_note;
pub(crate) mod k94_explained;
pub(crate) mod k95_part_exceeds_later_whole;
pub(crate) mod w01_period_text;
pub(crate) mod w02_submission_time;
pub(crate) mod w03_revision_number;
pub(crate) mod w04_unknown_indicator;
pub(crate) mod w05_stands_twice;
pub(crate) mod w06_not_asked;
pub(crate) mod w07_made_by_system;
pub(crate) mod w08_value_and_not_applicable;
pub(crate) mod w09_qualifiers;
pub(crate) mod w10_submission_id;
pub(crate) mod w13_step_refused;

/// Whether a check of the catalogue runs: every formula that can be read, and these rules. The format
/// rules W01 to W13 always do.
pub fn is_enforced(check: &CheckDefinition) -> bool {
    check.kind == CheckKind::Formula || RULES.contains(&check.id.as_str())
}

/// Named rules that run; K90 where the register is read.
const RULES: [&str; 32] = [
    "K01", "K02", "K03", "K04", "K05", "K06", "K07", "K08", "K09", "K10", "K11", "K49", "K73",
    "K74", "K75", "K79", "K80", "K82", "K83", "K84", "K85", "K86", "K87", "K88", "K89", "K90",
    "K91", "K92", "K94", "K95", "K101", "K102",
];
