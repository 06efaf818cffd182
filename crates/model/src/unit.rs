//! Who reports: the code, level and class of a unit (填报单位).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Area code of 12 digits, or institution code of 15: the 12 digits of its township and a serial.
///
/// Codes are reused over the decades (419001 was 义马市 before it became 济源市), so a code names
/// a unit only together with a date; see [`crate::Register`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitCode(u64);

/// Why a text is no unit code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no unit code: 12 digits for an area, 15 for an institution")]
pub struct UnitCodeError(pub String);

impl UnitCode {
    /// The code as the integer that the tables store.
    pub fn as_u64(self) -> u64 {
        self.0
    }

    /// The code from the integer that the tables store.
    pub const fn from_u64(code: u64) -> Option<Self> {
        let area = code >= 100_000_000_000 && code < 1_000_000_000_000;
        let institution = code >= 100_000_000_000_000 && code < 1_000_000_000_000_000;
        if area || institution { Some(Self(code)) } else { None }
    }

    /// An institution's code is its township's code and three more digits.
    pub fn institution(township: UnitCode, serial: u16) -> Option<Self> {
        (serial < 1000 && !township.is_institution())
            .then(|| Self(township.0 * 1000 + u64::from(serial)))
    }

    /// Whether this is the code of an institution.
    pub fn is_institution(self) -> bool {
        self.0 >= 100_000_000_000_000
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for UnitCode {
    type Err = UnitCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.bytes().all(|b| b.is_ascii_digit()) && matches!(text.len(), 12 | 15);
        let code = digits.then(|| text.parse().ok()).flatten();
        code.and_then(Self::from_u64).ok_or_else(|| UnitCodeError(text.to_owned()))
    }
}

impl Serialize for UnitCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UnitCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Level of a unit, from the bottom up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 民政服务机构
    Institution,
    /// 村(社区)
    Village,
    /// 乡镇(街道)
    Township,
    /// 县(市、区)
    County,
    /// 地级市
    City,
    /// 省
    Province,
}

impl Level {
    /// All levels from the bottom up.
    pub const ALL: [Level; 6] = [
        Level::Institution,
        Level::Village,
        Level::Township,
        Level::County,
        Level::City,
        Level::Province,
    ];

    /// The name in definitions, on the wire and in column names.
    pub fn name(self) -> &'static str {
        match self {
            Level::Institution => "institution",
            Level::Village => "village",
            Level::Township => "township",
            Level::County => "county",
            Level::City => "city",
            Level::Province => "province",
        }
    }

    /// The name in the Chinese views (层级).
    pub fn zh(self) -> &'static str {
        match self {
            Level::Institution => "机构",
            Level::Village => "村",
            Level::Township => "乡",
            Level::County => "县",
            Level::City => "市",
            Level::Province => "省",
        }
    }

    /// The level with this [`Level::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// What kind of unit it is within its level; data of the register, never read off the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitClass {
    /// Ordinary province, prefecture or county.
    Admin,
    /// County governed by the province itself (省直辖), such as 济源 419001.
    Direct,
    /// Statistical zone (digits 71-80), absent from the civil-affairs list.
    Zone,
    /// 街道
    Street,
    /// 镇
    Town,
    /// 乡
    Township,
    /// Quasi township or village, not recognised by civil affairs.
    Quasi,
    /// 居委会
    Neighbourhood,
    /// 村委会
    VillageCommittee,
    /// Filled in where a township has no village; never a reporting unit.
    Virtual,
    /// A container of the code list (市辖区, 省直辖县级); never a reporting unit.
    Pseudo,
    /// 机构, directly run by the bureau.
    Run,
    /// 机构, run by others.
    Licensed,
}

impl UnitClass {
    /// All classes.
    pub const ALL: [UnitClass; 13] = [
        UnitClass::Admin,
        UnitClass::Direct,
        UnitClass::Zone,
        UnitClass::Street,
        UnitClass::Town,
        UnitClass::Township,
        UnitClass::Quasi,
        UnitClass::Neighbourhood,
        UnitClass::VillageCommittee,
        UnitClass::Virtual,
        UnitClass::Pseudo,
        UnitClass::Run,
        UnitClass::Licensed,
    ];

    /// The name in definitions.
    pub fn name(self) -> &'static str {
        match self {
            UnitClass::Admin => "admin",
            UnitClass::Direct => "direct",
            UnitClass::Zone => "zone",
            UnitClass::Street => "street",
            UnitClass::Town => "town",
            UnitClass::Township => "township",
            UnitClass::Quasi => "quasi",
            UnitClass::Neighbourhood => "neighbourhood",
            UnitClass::VillageCommittee => "village_committee",
            UnitClass::Virtual => "virtual",
            UnitClass::Pseudo => "pseudo",
            UnitClass::Run => "run",
            UnitClass::Licensed => "licensed",
        }
    }

    /// The class with this [`UnitClass::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Whether units of this class exist only in the code list and never report.
    pub fn is_container(self) -> bool {
        matches!(self, UnitClass::Virtual | UnitClass::Pseudo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_bad_ones_are_refused() {
        for text in ["410102001002", "410102001000007"] {
            assert_eq!(text.parse::<UnitCode>().unwrap().to_string(), text);
        }
        for text in ["", "4101", "41010200100x", "010102001002", "4101020010021"] {
            assert!(text.parse::<UnitCode>().is_err(), "{text}");
        }
        let township: UnitCode = "410102001000".parse().unwrap();
        let home = UnitCode::institution(township, 7).unwrap();
        assert_eq!(home.to_string(), "410102001000007");
        assert!(home.is_institution() && !township.is_institution());
    }
}
