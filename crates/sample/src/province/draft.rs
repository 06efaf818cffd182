//! One return before it is sent: written fast as JSON, or as an envelope where it is to be spoilt.

use std::{borrow::Cow, collections::BTreeMap};

use model::{
    UnitCode,
    envelope::{Cells, Return, Signers, WIRE_VERSION},
};

use super::moment::Moment;

/// How the generated returns say where they come from.
pub(super) const SOURCE: &str = "生成";

const SURNAMES: [&str; 24] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    "何", "郭", "马", "罗", "梁", "宋", "郑", "谢",
];
const GIVEN: [&str; 20] = [
    "建国", "秀英", "伟", "芳", "志强", "丽娟", "军", "敏", "海燕", "国庆", "晓梅", "勇", "静",
    "文彬", "玉兰", "涛", "春霞", "明", "红梅", "永刚",
];

/// One filled-in cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filled<'a> {
    pub(super) code: &'a str,
    pub(super) units: i64,
    pub(super) scale: u8,
}

/// A return of a unit that is about to be sent.
#[derive(Clone, Debug)]
pub(super) struct Draft<'a> {
    pub(super) unit: UnitCode,
    pub(super) form: &'a str,
    pub(super) period: &'a str,
    pub(super) revision: u32,
    /// Stands behind the revision in the id, where one revision is sent twice.
    pub(super) mark: &'static str,
    pub(super) moment: Moment,
    pub(super) reason: Option<&'static str>,
    pub(super) cells: Vec<Filled<'a>>,
    pub(super) not_applicable: Vec<&'a str>,
    pub(super) explanation: Option<(&'static str, &'static str)>,
    /// The first cell is typed in full-width digits.
    pub(super) wide: bool,
}

impl Draft<'_> {
    /// The id: unit, form, period, revision.
    pub(super) fn id(&self) -> String {
        let (unit, form, period) = (self.unit, self.form, self.period);
        format!("{unit}-{form}-{period}-r{}{}", self.revision, self.mark)
    }

    /// Writes the JSON of [`Draft::envelope`] without building it: the same bytes as `serde_json`.
    /// None of the texts needs an escape.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let unit = self.unit.as_u64();
        out.extend_from_slice(b"{\"wire\":");
        number(out, u64::from(WIRE_VERSION));
        out.extend_from_slice(b",\"id\":\"");
        number(out, unit);
        for part in ["-", self.form, "-", self.period, "-r"] {
            out.extend_from_slice(part.as_bytes());
        }
        number(out, u64::from(self.revision));
        out.extend_from_slice(self.mark.as_bytes());
        out.extend_from_slice(b"\",\"unit\":\"");
        number(out, unit);
        text(out, "\",\"form\":\"", self.form);
        text(out, "\",\"period\":\"", self.period);
        out.extend_from_slice(b"\",\"revision\":");
        number(out, u64::from(self.revision));
        out.extend_from_slice(b",\"submitted_at\":\"");
        self.moment.write(out);
        out.extend_from_slice(b"\",\"signers\":{\"filler\":\"");
        for (place, part) in people(self.unit).into_iter().enumerate() {
            out.extend_from_slice(part.0.as_bytes());
            text(out, part.1, ["\",\"reviewer\":\"", "\",\"head\":\"", "\"}"][place]);
        }
        if let Some(reason) = self.reason {
            text(out, ",\"reason\":\"", reason);
            out.push(b'"');
        }
        self.write_cells(out);
        if let Some((check, words)) = self.explanation {
            for part in [",\"explanations\":{\"", check, "\":\"", words, "\"}"] {
                out.extend_from_slice(part.as_bytes());
            }
        }
        text(out, ",\"source\":\"", SOURCE);
        out.extend_from_slice(b"\"}");
    }

    fn write_cells(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"cells\":{");
        for (place, cell) in self.cells.iter().enumerate() {
            out.extend_from_slice(if place == 0 { b"\"" } else { b",\"" });
            text(out, cell.code, "\":\"");
            if self.wide && place == 0 {
                out.extend_from_slice(full_width(*cell).as_bytes());
            } else {
                amount(out, *cell);
            }
            out.push(b'"');
        }
        out.push(b'}');
        if !self.not_applicable.is_empty() {
            out.extend_from_slice(b",\"not_applicable\":[");
            for (place, code) in self.not_applicable.iter().enumerate() {
                text(out, if place == 0 { "\"" } else { ",\"" }, code);
                out.push(b'"');
            }
            out.push(b']');
        }
    }

    /// The same as an envelope.
    pub(super) fn envelope(&self) -> Return<'static> {
        let own = |text: &str| Cow::<'static, str>::Owned(text.to_owned());
        let [filler, reviewer, head] =
            people(self.unit).map(|(surname, given)| Cow::Owned(format!("{surname}{given}")));
        let cells = self.cells.iter().enumerate().map(|(place, cell)| {
            let wide = self.wide && place == 0;
            let text = if wide { full_width(*cell) } else { amount_text(*cell) };
            (own(cell.code), Cow::Owned(text))
        });
        let explained = |(check, words): (&str, &str)| (check.to_owned(), words.to_owned());
        Return {
            wire: WIRE_VERSION,
            id: Cow::Owned(self.id()),
            unit: Cow::Owned(self.unit.to_string()),
            form: own(self.form),
            period: own(self.period),
            revision: self.revision,
            submitted_at: Cow::Owned(self.moment.text()),
            signers: Signers { filler, reviewer, head },
            reason: self.reason.map(Cow::Borrowed),
            cells: Cells(cells.collect()),
            not_applicable: self.not_applicable.iter().map(|&code| code.to_owned()).collect(),
            qualifiers: BTreeMap::new(),
            explanations: self.explanation.into_iter().map(explained).collect(),
            prior: BTreeMap::new(),
            source: Cow::Borrowed(SOURCE),
        }
    }
}

/// Names of the filler, the reviewer and the head of a unit.
pub(super) fn people_of(unit: UnitCode) -> [String; 3] {
    people(unit).map(|(surname, given)| [surname, given].concat())
}

/// Filler, reviewer and head of a unit: three people with three surnames.
fn people(unit: UnitCode) -> [(&'static str, &'static str); 3] {
    let mix = (unit.as_u64() ^ (unit.as_u64() >> 13)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    let surname = |step: u64| SURNAMES[((mix + step) % SURNAMES.len() as u64) as usize];
    let given = |shift: u32| GIVEN[((mix >> shift) % GIVEN.len() as u64) as usize];
    [(surname(0), given(8)), (surname(5), given(16)), (surname(11), given(24))]
}

fn text(out: &mut Vec<u8>, first: &str, second: &str) {
    out.extend_from_slice(first.as_bytes());
    out.extend_from_slice(second.as_bytes());
}

fn number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Writes an amount as people type it: without zeros at the end.
fn amount(out: &mut Vec<u8>, cell: Filled<'_>) {
    if cell.units < 0 {
        out.push(b'-');
    }
    let one = 10u64.pow(u32::from(cell.scale));
    let (whole, mut fraction) = (cell.units.unsigned_abs() / one, cell.units.unsigned_abs() % one);
    number(out, whole);
    if fraction == 0 {
        return;
    }
    out.push(b'.');
    let mut place = one / 10;
    while fraction > 0 {
        out.push(b'0' + (fraction / place) as u8);
        fraction %= place;
        place = (place / 10).max(1);
    }
}

/// An amount as people type it.
pub(super) fn amount_text(cell: Filled<'_>) -> String {
    let mut out = Vec::new();
    amount(&mut out, cell);
    String::from_utf8_lossy(&out).into_owned()
}

fn full_width(cell: Filled<'_>) -> String {
    let wide = |c: char| match c {
        '0'..='9' => char::from_u32('０' as u32 + (c as u32 - '0' as u32)).unwrap_or(c),
        '.' => '．',
        '-' => '－',
        other => other,
    };
    amount_text(cell).chars().map(wide).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn filled(units: i64, scale: u8) -> Filled<'static> {
        Filled { code: "SA25", units, scale }
    }

    #[test]
    fn amounts_are_typed_without_trailing_zeros_and_read_as_they_were() {
        for (units, scale, text) in [
            (0, 4, "0"),
            (10_000, 4, "1"),
            (10_500, 4, "1.05"),
            (7, 4, "0.0007"),
            (-25, 1, "-2.5"),
            (120, 0, "120"),
        ] {
            assert_eq!(amount_text(filled(units, scale)), text);
            let read = model::Amount::parse(&full_width(filled(units, scale)), scale).unwrap();
            assert_eq!(read.units, units);
        }
    }

    proptest! {
        #[test]
        fn fast_bytes_are_those_of_serde(
            code in 410_000_000_000u64..420_000_000_000, revision in 1u32..4, second in 0u32..86_400,
            units in proptest::collection::vec((-1_000_000_000_000i64..1_000_000_000_000, 0u8..6), 1..6),
            extras in 0u8..32,
        ) {
            let on = |bit: u8| extras & (1 << bit) != 0;
            let draft = Draft {
                unit: UnitCode::from_u64(code).unwrap(),
                form: "SA",
                period: "2023-01",
                revision,
                mark: if on(0) { "-x" } else { "" },
                moment: Moment { day: date(2023, 2, 3), second },
                reason: on(1).then_some("核对底册后更正"),
                cells: units.iter().map(|&(units, scale)| filled(units, scale)).collect(),
                not_applicable: if on(2) { vec!["SA27", "SA28"] } else { vec![] },
                explanation: on(3).then_some(("K93", "已附调查报告")),
                wide: on(4),
            };
            let mut fast = Vec::new();
            draft.write(&mut fast);
            prop_assert_eq!(fast, serde_json::to_vec(&draft.envelope()).unwrap());
        }
    }

    #[test]
    fn filler_and_reviewer_are_two_people() {
        for code in 410_102_001_001..410_102_001_200 {
            let [filler, reviewer, head] = people(UnitCode::from_u64(code).unwrap());
            assert!(filler.0 != reviewer.0 && reviewer.0 != head.0);
        }
    }
}
