//! View `预警`: early warnings with the names of who is warned about whom.

/// Name of the view.
pub(super) const NAME: &str = "预警";

/// The stored table, whose columns are codes.
pub(super) const STORED: &str = "early_warnings";

/// One row per warning, for the unit above (收件单位).
pub(super) const SQL: &str = "
SELECT unit_name(to_unit, period) AS \"收件单位\", to_unit AS \"收件单位代码\",
    unit_name(unit, period) AS \"单位\", unit AS \"单位代码\", form AS \"报表代码\",
    period AS \"报告期\", warning_id AS \"预警编号\",
    CASE urgency WHEN 'red' THEN '红' WHEN 'yellow' THEN '黄' WHEN 'blue' THEN '蓝'
        ELSE urgency END AS \"级别\",
    message_zh AS \"内容\", found AS \"依据\", partial AS \"未报齐\"
FROM early_warnings";
