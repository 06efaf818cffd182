//! K01 单位代码不在库: the code is a reporting unit of the register on the period's last day.

use model::{Catalog, Finding, Period, UnitCode, UnitRecord};

use crate::says::{Says, indispensable, quote};

const ID: &str = "K01";
const HEADS: (&str, &str) = ("单位代码不在库", "unit code unknown on the as-of date");

/// Nothing when the unit is known on the last day of `period`; without a period the unit must be
/// known on some day.
pub(crate) fn check(catalog: &Catalog, text: &str, period: Option<Period>) -> Option<Finding> {
    let Ok(code) = text.parse::<UnitCode>() else {
        let zh = format!("“{}”不是单位代码，行政区划写 12 位数字，机构写 15 位数字", quote(text));
        let en = format!(
            "{:?} is no unit code; write 12 digits for an area, 15 for an institution",
            quote(text)
        );
        return Some(found(catalog, text, zh, en));
    };
    let known = match period {
        Some(period) => catalog.register.tree(period.end()).node(code).is_some(),
        None => catalog.register.spans_of(code).next().is_some(),
    };
    (!known).then(|| {
        let (zh, en) = reason(catalog, code, period);
        found(catalog, text, zh, en)
    })
}

fn found(catalog: &Catalog, text: &str, zh: String, en: String) -> Finding {
    let expected = "register".to_owned();
    indispensable(
        catalog,
        ID,
        HEADS,
        Says { found: quote(text), expected, zh, en, ..Says::default() },
    )
}

/// Why the code is not known, as precisely as the register can say.
fn reason(catalog: &Catalog, code: UnitCode, period: Option<Period>) -> (String, String) {
    let register = &catalog.register;
    if register.records().iter().any(|r| r.code == code && r.class.is_container()) {
        return (
            format!("{code} 是区划代码表中的虚拟单位，不填报；请用实际填报单位的代码"),
            format!("{code} is only a container of the code list; report under the real unit"),
        );
    }
    let nearest = period.and_then(|period| {
        let day = period.end();
        let earlier = register.spans_of(code).filter(|r| r.valid_to.is_some_and(|to| to <= day));
        let later = register.spans_of(code).filter(|r| r.valid_from.is_some_and(|from| day < from));
        earlier.max_by_key(|r| r.valid_to).or_else(|| later.min_by_key(|r| r.valid_from))
    });
    match (nearest, period) {
        (Some(record), Some(period)) => dated(record, period),
        _ => (
            format!("登记库中没有 {code}；请核对代码，新设单位先入库再报数"),
            format!(
                "{code} is not in the register; check the code, or have the unit registered first"
            ),
        ),
    }
}

/// The unit exists, but not on the period's last day.
fn dated(record: &UnitRecord, period: Period) -> (String, String) {
    let (code, name, day) = (record.code, &record.name, period.end());
    match record.valid_to.filter(|&to| to <= day) {
        Some(to) => {
            let heirs: Vec<String> = record.successors.iter().map(ToString::to_string).collect();
            let heirs = if heirs.is_empty() { "-".to_owned() } else { heirs.join(", ") };
            (
                format!("{code} {name} 已于 {to} 撤销，{day} 不存在；请由承接单位（{heirs}）报送"),
                format!(
                    "{code} {name} ended on {to}, before {day}; its successor ({heirs}) reports"
                ),
            )
        }
        None => {
            let from = record.valid_from.map_or_else(|| "-".to_owned(), |from| from.to_string());
            (
                format!("{code} {name} 自 {from} 起设立，{day} 尚不存在；请核对报告期"),
                format!("{code} {name} exists from {from} on, not on {day}; check the period"),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{ids, intake, sent, township_return};

    #[test]
    fn a_unit_of_the_register_passes_and_others_do_not() {
        let intake = intake();
        assert!(intake.resolve(&sent(&township_return())).is_ok());
        for (unit, word) in [
            ("410421999000", "not in the register"),
            ("4104", "12 digits"),
            ("410400000000x", "12 digits"),
            ("419000000000", "container"),
            ("410421101000", "successor (410421100000)"),
        ] {
            let mut bad = township_return();
            bad.unit = unit;
            let findings = intake.resolve(&sent(&bad)).unwrap_err();
            assert_eq!(ids(&findings), ["K01"], "{unit}");
            assert!(findings[0].message_en.contains(word), "{}", findings[0].message_en);
            assert!(findings[0].message_zh.starts_with("单位代码不在库"));
        }
    }

    #[test]
    fn the_register_of_the_period_decides() {
        // Town 101 was merged into 100 on 2022-07-01.
        let intake = intake();
        let mut before = township_return();
        (before.unit, before.period) = ("410421101000", "2022-05");
        before.submitted_at = "2022-06-02T09:00:00+08:00";
        assert!(intake.resolve(&sent(&before)).is_ok());
        before.period = "2022-07";
        assert_eq!(ids(&intake.resolve(&sent(&before)).unwrap_err()), ["K01"]);
    }
}
