//! Generated institutions (民政服务机构). No public register of them exists, so each is marked 生成.

use std::sync::Arc;

use jiff::civil::Date;
use model::{Level, Node, Register, UnitClass, UnitCode, UnitRecord};

use super::{
    draw::{Draw, Purpose},
    largest,
};

/// Of a thousand townships so many have a first home, and of those so many a second.
const FIRST: i64 = 430;
const SECOND: i64 = 90;

/// Homes for the townships of the largest province of the register: about 1,200 for 2,600
/// townships. Their codes are the township's and a serial, their names say 生成.
///
/// Townships that no longer exist get none, so that a home's parent holds in every period.
pub fn institutions(register: &Register, seed: u64) -> Vec<UnitRecord> {
    let mut homes = Vec::new();
    let tree = register.tree(Date::MAX);
    let Some(province) = largest(&tree) else { return homes };
    let townships = tree.subtree(province).map(Node).filter(|&n| tree.level(n) == Level::Township);
    let from: Arc<str> = Arc::from("生成");
    for township in townships.map(|node| register.record(tree.record(node))) {
        let mut draw = Draw::keyed(seed, Purpose::Institutions, township.code.as_u64());
        let count = match draw.chance(FIRST) {
            true => 1 + u16::from(draw.chance(SECOND)),
            false => 0,
        };
        for serial in 1..=count {
            let Some(code) = UnitCode::institution(township.code, serial) else { continue };
            // The first home of a township is most often its own 敬老院.
            let run = serial == 1 && draw.chance(650);
            let (class, kind) = if run {
                (UnitClass::Run, "敬老院")
            } else {
                (UnitClass::Licensed, "养老院")
            };
            homes.push(UnitRecord {
                code,
                name: format!("{}{kind}{serial}（生成）", township.name),
                level: Level::Institution,
                class,
                parent: Some((township.code, Level::Township)),
                eval_group: None,
                valid_from: township.valid_from,
                valid_to: None,
                successors: Vec::new(),
                source: (Arc::clone(&from), homes.len() as u32 + 1),
            });
        }
    }
    homes
}
