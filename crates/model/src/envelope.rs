//! What travels in the journal: the versioned envelope of a return or a declared total.
//!
//! Amounts travel as text, since a JSON number is a float to most readers. A newer program reads
//! every version that was ever released; an unknown version is set aside, never guessed at.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap,
};

use crate::step::LeftOut;

/// Version of the envelope that this program writes.
pub const WIRE_VERSION: u16 = 1;

/// What an envelope holds; journal header `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A return of one unit for one form and period.
    Return,
    /// A total that a level declares itself (上报合计).
    Declared,
    /// A period is closed or opened again.
    Lock,
    /// Definitions that decide from here on: their hash, and where they lie.
    Catalog,
    /// A part of packed definitions.
    CatalogPart,
    /// A step in the life of a return or of a period.
    Step,
}

impl EntryKind {
    /// The value of the journal header.
    pub fn name(self) -> &'static str {
        match self {
            EntryKind::Return => "return",
            EntryKind::Declared => "declared",
            EntryKind::Lock => "lock",
            EntryKind::Catalog => "catalog",
            EntryKind::CatalogPart => "catalog_part",
            EntryKind::Step => "step",
        }
    }

    /// The kind with this [`EntryKind::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [
            EntryKind::Return,
            EntryKind::Declared,
            EntryKind::Lock,
            EntryKind::Catalog,
            EntryKind::CatalogPart,
            EntryKind::Step,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }

    /// Whether such entries are submissions, which the account counts (I6).
    pub fn is_submission(self) -> bool {
        matches!(self, EntryKind::Return | EntryKind::Declared)
    }
}

/// A return (报送): what one unit sent for one form and period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Return<'a> {
    /// Version of this envelope.
    pub wire: u16,
    /// Submission id, chosen by the sender; the same id with the same content is a replay.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// Code of the reporting unit.
    #[serde(borrow)]
    pub unit: Cow<'a, str>,
    /// Code of the form.
    #[serde(borrow)]
    pub form: Cow<'a, str>,
    /// The period, such as `2023-03` or `2023-Q1`.
    #[serde(borrow)]
    pub period: Cow<'a, str>,
    /// 1 for the first, one more for each correction.
    pub revision: u32,
    /// When it was handed in, RFC 3339 with the offset of Asia/Shanghai.
    #[serde(borrow)]
    pub submitted_at: Cow<'a, str>,
    /// Who answers for it.
    #[serde(borrow, default)]
    pub signers: Signers<'a>,
    /// Why it corrects an earlier revision.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'a, str>>,
    /// Indicator code and amount as text, each once.
    #[serde(borrow)]
    pub cells: Cells<'a>,
    /// Indicators that do not apply to this unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_applicable: Vec<String>,
    /// Qualifiers of cells: 约, 以上, 余, 不低于.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub qualifiers: BTreeMap<String, String>,
    /// Explanations of verify findings, by check id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub explanations: BTreeMap<String, String>,
    /// The column 上期数: indicator code and amount of the period before, as text. It is held against
    /// the figure that is stored (K75) and never stored in its place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prior: BTreeMap<String, String>,
    /// How it came in: `typed`, `file`, `system`, `historical`, or `生成` for generated samples.
    #[serde(borrow)]
    pub source: Cow<'a, str>,
}

/// Who answers for a return.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signers<'a> {
    /// 填表人
    #[serde(borrow, default)]
    pub filler: Cow<'a, str>,
    /// 审核人
    #[serde(borrow, default)]
    pub reviewer: Cow<'a, str>,
    /// 单位负责人
    #[serde(borrow, default)]
    pub head: Cow<'a, str>,
}

/// A total that a level, or a list of sibling units together, declares itself (上报合计).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// Version of this envelope.
    pub wire: u16,
    /// Submission id.
    pub id: String,
    /// One unit, or the siblings that the value covers together.
    pub units: Vec<String>,
    /// Indicator, or sum of indicators such as `DS04+DS05`.
    pub indicator: String,
    /// `value`, or what is stated in place of it: `increase` (增加额) or `growth` (增长率, %).
    #[serde(default = "stated_value")]
    pub states: String,
    /// What the value is to the catalogue: `actual`, `standard`, `target`, `floor`.
    pub role: String,
    /// The period, or nothing when the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// The source's own words of dating (截至10月底), compared when the period is unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub dated: String,
    /// Amount as printed, in the indicator's measure.
    pub value: String,
    /// Qualifier: 约, 以上, 余, 不低于.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub qualifier: String,
    /// The value as the source prints it, with its own measure (4.5 亿元, 745 元/月).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stated: String,
    /// Half a unit of the last printed digit, at the indicator's measure; text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub precision: String,
    /// When it was handed in, RFC 3339.
    pub submitted_at: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signer: String,
    /// How it came in: `typed`, `file`, `system` or `historical`.
    pub source: String,
    /// Document and place in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
}

fn stated_value() -> String {
    "value".to_owned()
}

/// A period is closed (锁定) or opened again for a subtree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Version of this envelope.
    pub wire: u16,
    /// Id of the decision; written once to every partition that it touches.
    pub id: String,
    /// The form.
    pub form: String,
    /// The period.
    pub period: String,
    /// `true` locks, `false` opens again.
    pub locked: bool,
    /// The unit whose subtree it is about; without one it is about every unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Units of the subtree that stay as they are, with everything below them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// The unit that acts, at or above `unit`; without one it is whoever runs the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub signer: String,
    /// When, RFC 3339.
    pub submitted_at: String,
}

/// Definitions that decide about what comes behind in the same partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogNotice {
    /// Version of this envelope.
    pub wire: u16,
    /// SHA-256 over the definition files, in hex.
    pub hash: String,
    /// When it was announced, milliseconds since 1970 (UTC); of several catalogues the latest one
    /// holds for roll-ups.
    pub at: i64,
    /// Offsets of the parts of the packed definitions in partition 0, in their order.
    pub parts: Vec<u64>,
}

/// Cells in the order sent; a code that stands twice stays visible instead of winning silently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells<'a>(pub Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// A string that borrows from the input wherever it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Room for the cells of most returns.
const USUAL_CELLS: usize = 48;

impl<'de: 'a, 'a> Deserialize<'de> for Cells<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CellsVisitor;
        impl<'de> Visitor<'de> for CellsVisitor {
            type Value = Cells<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of indicator codes and amounts as text")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut cells = Vec::with_capacity(map.size_hint().unwrap_or(USUAL_CELLS));
                while let Some((code, amount)) = map.next_entry::<Text<'de>, Text<'de>>()? {
                    cells.push((code.0, amount.0));
                }
                Ok(Cells(cells))
            }
        }
        deserializer.deserialize_map(CellsVisitor)
    }
}

impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (code, amount) in &self.0 {
            map.serialize_entry(code, amount)?;
        }
        map.end()
    }
}

impl JsonSchema for Cells<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Cells".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        BTreeMap::<String, String>::json_schema(generator)
    }
}

impl Cells<'_> {
    /// The cells as JSON without blanks. `bytes` are those that they were read from: where they have
    /// that form already, which they mostly do, they are copied.
    pub fn to_json(&self, bytes: &[u8]) -> String {
        let copied = self.between(bytes).and_then(|part| std::str::from_utf8(part).ok());
        match copied {
            Some(part) => ["{", part, "}"].concat(),
            // Strings only; writing them cannot fail.
            None => serde_json::to_string(self).unwrap_or_default(),
        }
    }

    /// From the first quote to the last one, provided that nothing but what must be lies between.
    fn between<'b>(&self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let place = |text: &Cow<'_, str>| match text {
            // Borrowed: there is no escape in it.
            Cow::Borrowed(text) => Some(text.as_ptr().addr().wrapping_sub(bytes.as_ptr().addr())),
            Cow::Owned(_) => None,
        };
        let mut shortest = 0;
        for (code, amount) in &self.0 {
            place(code).and(place(amount))?;
            // Four quotes, a colon, a comma.
            shortest += code.len() + amount.len() + 6;
        }
        let (first, last) = (self.0.first()?, self.0.last()?);
        let begin = place(&first.0)?.checked_sub(1)?;
        let end = place(&last.1)?.checked_add(last.1.len() + 1)?;
        (end.checked_sub(begin)? == shortest - 1).then(|| bytes.get(begin..end)).flatten()
    }
}

impl Return<'_> {
    /// The received bytes without the text of `submitted_at`: what makes two returns the same. The
    /// time is stamped by whoever takes a file in, so that the same file sent again is a replay.
    ///
    /// `bytes` are those that this return was read from. Two parts, the second empty when the time
    /// does not lie in them as it is.
    pub fn content<'b>(&self, bytes: &'b [u8]) -> [&'b [u8]; 2] {
        let Cow::Borrowed(time) = &self.submitted_at else { return [bytes, &[]] };
        let start = time.as_ptr().addr().wrapping_sub(bytes.as_ptr().addr());
        let parts = bytes.get(..start).zip(bytes.get(start.saturating_add(time.len())..));
        parts.map_or([bytes, &[]], |(before, after)| [before, after])
    }
}

/// SHA-256 of an entry's content: of a return its [`Return::content`], of anything else its bytes.
pub fn content_digest(content: [&[u8]; 2]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    content.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize().into()
}

/// SHA-256 of bytes, in lower-case hex.
pub fn content_hash(bytes: &[u8]) -> String {
    hex(&content_digest([bytes, &[]]))
}

/// A digest in lower-case hex.
pub fn hex(digest: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * digest.len());
    for byte in digest {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = r#"{"wire":1,"id":"a1","unit":"410102001002","form":"SA","period":"2023-01",
        "revision":1,"submitted_at":"2023-02-02T09:00:00+08:00",
        "signers":{"filler":"甲","reviewer":"乙","head":"丙"},
        "cells":{"SA02":"12","SA01":"7","SA02":"13"},"source":"typed"}"#;

    #[test]
    fn the_time_of_handing_in_is_no_part_of_the_content() {
        let at = |time: &str, amount: &str| {
            format!(
                r#"{{"wire":1,"id":"a","unit":"410102001002","form":"SA","period":"2023-03","revision":1,"submitted_at":"{time}","cells":{{"SA01":"{amount}"}},"source":"file"}}"#
            )
        };
        let digest = |text: &str| {
            let sent: Return<'_> = serde_json::from_str(text).unwrap();
            content_digest(sent.content(text.as_bytes()))
        };
        let first = at("2023-04-02T09:00:00+08:00", "7");
        assert_eq!(digest(&first), digest(&at("2023-04-03T10:30:00+08:00", "7")));
        assert_ne!(digest(&first), digest(&at("2023-04-02T09:00:00+08:00", "8")));
        assert_eq!(hex(&digest(&first)).len(), 64);
        // Bytes that it was not read from are taken whole.
        let sent: Return<'_> = serde_json::from_str(&first).unwrap();
        assert_eq!(sent.content(b"other"), [&b"other"[..], &[]]);
    }

    #[test]
    fn a_return_keeps_order_and_double_cells() {
        let sent: Return<'_> = serde_json::from_str(SENT).unwrap();
        let codes: Vec<_> = sent.cells.0.iter().map(|(c, a)| (c.as_ref(), a.as_ref())).collect();
        assert_eq!(codes, [("SA02", "12"), ("SA01", "7"), ("SA02", "13")]);
        assert!(matches!(sent.unit, Cow::Borrowed(_)));
        let written = serde_json::to_string(&sent).unwrap();
        let again: Return<'_> = serde_json::from_str(&written).unwrap();
        assert_eq!(again, sent);
    }

    #[test]
    fn the_column_of_the_period_before_may_be_absent_and_is_part_of_the_content() {
        let plain: Return<'_> = serde_json::from_str(SENT).unwrap();
        assert!(plain.prior.is_empty());
        assert!(!serde_json::to_string(&plain).unwrap().contains("prior"));
        let with = SENT.replace("\"source\"", "\"prior\":{\"SA02\":\"11\"},\"source\"");
        let sent: Return<'_> = serde_json::from_str(&with).unwrap();
        assert_eq!(sent.prior["SA02"], "11");
        assert_ne!(
            content_digest(sent.content(with.as_bytes())),
            content_digest(plain.content(SENT.as_bytes()))
        );
        let written = serde_json::to_string(&sent).unwrap();
        assert_eq!(serde_json::from_str::<Return<'_>>(&written).unwrap(), sent);
        let number = with.replace("\"11\"", "11");
        assert!(serde_json::from_str::<Return<'_>>(&number).is_err());
    }

    #[test]
    fn cells_are_written_as_they_were_read_or_anew() {
        for (cells, json) in [
            (r#"{"SA01":"7","SA02":"13"}"#, r#"{"SA01":"7","SA02":"13"}"#),
            (r#"{"SA01":"7", "SA02":"13"}"#, r#"{"SA01":"7","SA02":"13"}"#),
            (r#"{ "SA01":"7","SA02":"13" }"#, r#"{"SA01":"7","SA02":"13"}"#),
            (r#"{"SA01":"\u0037","SA02":"13"}"#, r#"{"SA01":"7","SA02":"13"}"#),
            (r#"{"SA01":"约7","SA01":""}"#, r#"{"SA01":"约7","SA01":""}"#),
            (r#"{"a\"b":"7"}"#, r#"{"a\"b":"7"}"#),
            ("{}", "{}"),
        ] {
            let sent: Cells<'_> = serde_json::from_str(cells).unwrap();
            assert_eq!(sent.to_json(cells.as_bytes()), json, "{cells}");
            assert_eq!(sent.to_json(b"other bytes"), json, "{cells}");
            assert_eq!(serde_json::to_string(&sent).unwrap(), json, "{cells}");
        }
    }

    #[test]
    fn unknown_fields_and_number_amounts_are_refused() {
        let with_typo = SENT.replace("\"form\"", "\"from\"");
        assert!(serde_json::from_str::<Return<'_>>(&with_typo).is_err());
        let with_number = SENT.replace("\"12\"", "12");
        assert!(serde_json::from_str::<Return<'_>>(&with_number).is_err());
    }
}
