//! Units of the small province: ragged, with containers and institutions, and what may become of them.

use std::sync::Arc;

use jiff::civil::{Date, date};
use model::{Level, UnitClass, UnitCode, UnitRecord};

pub const PROVINCE: u64 = 410_000_000_000;
pub const CITY_A: u64 = 410_100_000_000;
pub const COUNTY_A1: u64 = 410_102_000_000;
pub const STREET: u64 = 410_102_001_000;
pub const COMMUNITY_1: u64 = 410_102_001_001;
pub const COMMUNITY_2: u64 = 410_102_001_002;
pub const TOWN_T: u64 = 410_102_100_000;
pub const VILLAGE_T1: u64 = 410_102_100_201;
pub const VILLAGE_T2: u64 = 410_102_100_202;
pub const TOWN_U: u64 = 410_102_101_000;
pub const VILLAGE_U1: u64 = 410_102_101_201;
pub const COUNTY_A2: u64 = 410_103_000_000;
pub const TOWN_A2: u64 = 410_103_100_000;
pub const VILLAGE_A2: u64 = 410_103_100_201;
pub const CITY_B: u64 = 410_200_000_000;
pub const COUNTY_B1: u64 = 410_202_000_000;
pub const TOWNSHIP_B: u64 = 410_202_200_000;
pub const VILLAGE_B1: u64 = 410_202_200_201;
pub const VILLAGE_B2: u64 = 410_202_200_202;
pub const ZONE: u64 = 410_271_000_000;
pub const JIYUAN: u64 = 419_001_000_000;
pub const STREET_J: u64 = 419_001_001_000;
pub const COMMUNITY_J: u64 = 419_001_001_001;
pub const HOME_A: u64 = 410_102_001_000_001;
pub const HOME_B: u64 = 410_202_200_000_001;
pub const OTHER_PROVINCE: u64 = 420_000_000_000;
pub const OTHER_CITY: u64 = 420_100_000_000;
pub const OTHER_COUNTY: u64 = 420_102_000_000;
pub const OTHER_STREET: u64 = 420_102_001_000;
pub const OTHER_VILLAGE: u64 = 420_102_001_001;

/// Units that come to be by the merger.
pub const TOWN_M: u64 = 410_102_102_000;
pub const VILLAGE_M1: u64 = 410_102_102_201;
pub const VILLAGE_S1: u64 = 410_103_100_202;
pub const VILLAGE_S2: u64 = 410_103_100_203;

/// The day on which everything changes.
pub const MERGER: Date = date(2023, 2, 15);

pub fn code(code: u64) -> UnitCode {
    UnitCode::from_u64(code).unwrap()
}

pub fn record(of: u64, level: Level, class: UnitClass, parent: u64, above: Level) -> UnitRecord {
    UnitRecord {
        code: code(of),
        name: of.to_string(),
        level,
        class,
        parent: (parent != 0).then(|| (code(parent), above)),
        eval_group: None,
        valid_from: None,
        valid_to: None,
        successors: Vec::new(),
        source: (Arc::from("test"), 1),
    }
}

/// The register without any change.
pub fn standing() -> Vec<UnitRecord> {
    use Level::{City, County, Institution, Province, Township, Village};
    use UnitClass::{
        Admin, Direct, Licensed, Neighbourhood, Pseudo, Run, Street, Town, VillageCommittee,
        Virtual, Zone,
    };
    let container = 419_000_000_000;
    vec![
        record(PROVINCE, Province, Admin, 0, Province),
        record(CITY_A, City, Admin, PROVINCE, Province),
        record(COUNTY_A1, County, Admin, CITY_A, City),
        record(STREET, Township, Street, COUNTY_A1, County),
        record(COMMUNITY_1, Village, Neighbourhood, STREET, Township),
        record(COMMUNITY_2, Village, Neighbourhood, STREET, Township),
        record(HOME_A, Institution, Run, STREET, Township),
        record(TOWN_T, Township, Town, COUNTY_A1, County),
        record(VILLAGE_T1, Village, VillageCommittee, TOWN_T, Township),
        record(VILLAGE_T2, Village, VillageCommittee, TOWN_T, Township),
        record(TOWN_U, Township, Town, COUNTY_A1, County),
        record(VILLAGE_U1, Village, VillageCommittee, TOWN_U, Township),
        record(COUNTY_A2, County, Admin, CITY_A, City),
        record(TOWN_A2, Township, Town, COUNTY_A2, County),
        record(VILLAGE_A2, Village, VillageCommittee, TOWN_A2, Township),
        record(CITY_B, City, Admin, PROVINCE, Province),
        record(COUNTY_B1, County, Admin, CITY_B, City),
        record(TOWNSHIP_B, Township, UnitClass::Township, COUNTY_B1, County),
        record(VILLAGE_B1, Village, VillageCommittee, TOWNSHIP_B, Township),
        record(VILLAGE_B2, Village, VillageCommittee, TOWNSHIP_B, Township),
        record(410_202_200_498, Village, Virtual, TOWNSHIP_B, Township),
        record(HOME_B, Institution, Licensed, TOWNSHIP_B, Township),
        record(ZONE, County, Zone, CITY_B, City),
        record(container, City, Pseudo, PROVINCE, Province),
        record(JIYUAN, County, Direct, container, City),
        record(STREET_J, Township, Street, JIYUAN, County),
        record(COMMUNITY_J, Village, Neighbourhood, STREET_J, Township),
        record(OTHER_PROVINCE, Province, Admin, 0, Province),
        record(OTHER_CITY, City, Admin, OTHER_PROVINCE, Province),
        record(OTHER_COUNTY, County, Admin, OTHER_CITY, City),
        record(OTHER_STREET, Township, Street, OTHER_COUNTY, County),
        record(OTHER_VILLAGE, Village, Neighbourhood, OTHER_STREET, Township),
    ]
}

/// On 2023-02-15 two towns merge; one village of each merges with one of the other, one moves as it
/// is; a village of another county splits; one is dissolved without heir.
pub fn merged() -> Vec<UnitRecord> {
    use Level::{County, Township, Village};
    use UnitClass::{Town, VillageCommittee};
    let mut records = standing();
    let mut end = |of: u64, heirs: &[u64]| {
        let ended = records.iter_mut().find(|r| r.code == code(of)).unwrap();
        ended.valid_to = Some(MERGER);
        ended.successors = heirs.iter().map(|&heir| code(heir)).collect();
    };
    end(TOWN_T, &[TOWN_M]);
    end(TOWN_U, &[TOWN_M]);
    end(VILLAGE_T1, &[VILLAGE_M1]);
    end(VILLAGE_U1, &[VILLAGE_M1]);
    end(VILLAGE_T2, &[]);
    end(VILLAGE_A2, &[VILLAGE_S1, VILLAGE_S2]);
    end(VILLAGE_B2, &[]);
    let fresh = [
        record(TOWN_M, Township, Town, COUNTY_A1, County),
        record(VILLAGE_M1, Village, VillageCommittee, TOWN_M, Township),
        // The same village under the new town.
        record(VILLAGE_T2, Village, VillageCommittee, TOWN_M, Township),
        record(VILLAGE_S1, Village, VillageCommittee, TOWN_A2, Township),
        record(VILLAGE_S2, Village, VillageCommittee, TOWN_A2, Township),
    ];
    for mut begun in fresh {
        begun.valid_from = Some(MERGER);
        records.push(begun);
    }
    records
}
