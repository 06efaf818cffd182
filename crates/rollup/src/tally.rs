//! What the verdicts said about keys: sent back, passed first time, findings left unexplained.

use model::{Node, SubmissionKey};

use crate::{State, block::FIRST_PASS, presence::belongs_to, record::Located};

/// One thing that happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tally {
    /// 退回: a reviewer sent it back.
    SentBack,
    /// 一次通过: the lowest revision that came in was accepted.
    FirstPass,
    /// A verify finding stands without an explanation.
    Unexplained,
}

/// What happened to a key so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    /// How often it was sent back.
    pub sent_back: u32,
    /// Verify findings without explanation.
    pub unexplained: u32,
}

impl State {
    /// Counts one verdict about a key. A key that no unit of the register has is not counted.
    pub fn tally(&mut self, key: SubmissionKey, what: Tally) {
        let Some(at) = self.located(key) else { return };
        if what == Tally::FirstPass {
            self.pass_first(key, at, true);
            return;
        }
        let mut tallies = self.tallies(key);
        match what {
            Tally::SentBack => tallies.sent_back += 1,
            Tally::Unexplained => tallies.unexplained += 1,
            Tally::FirstPass => {}
        }
        self.set_tallies(key, tallies);
    }

    /// Takes back that a key passed first time: a lower revision came in behind it and was refused.
    pub fn withdraw_first_pass(&mut self, key: SubmissionKey) {
        if let Some(at) = self.located(key) {
            self.pass_first(key, at, false);
        }
    }

    /// Replaces the counts of a key, for one whose findings were explained by a later revision.
    pub fn set_tallies(&mut self, key: SubmissionKey, tallies: Tallies) {
        let Some(at) = self.located(key) else { return };
        let sheet = &mut self.sheets[at.sheet as usize];
        let tree = &sheet.ground.tree;
        let prefecture = tree.prefecture(at.node).map(|node| tree.code(node));
        let span = sheet.ground.span;
        let Some(province) = sheet.provinces[at.root].as_mut() else { return };
        if tallies == Tallies::default() {
            province.tallies.remove(&at.node);
        } else {
            province.tallies.insert(at.node, tallies);
        }
        let shape = at.block.map(|b| &self.layout.shapes(key.form, key.period.kind())[b]);
        self.tallied.insert((belongs_to(key.period, shape), span, prefecture));
    }

    /// The counts of a key.
    pub fn tallies(&self, key: SubmissionKey) -> Tallies {
        let find = || {
            let sheet = self.sheet(key.form, key.period)?;
            let node: Node = sheet.ground.tree.node(key.unit)?;
            let province = sheet.provinces[sheet.ground.root_of(node)].as_ref()?;
            province.tallies.get(&node).copied()
        };
        find().unwrap_or_default()
    }

    fn located(&mut self, key: SubmissionKey) -> Option<Located> {
        let node = self.atlas.on(key.period.end()).tree.node(key.unit)?;
        self.locate(key, node, true)
    }

    fn pass_first(&mut self, key: SubmissionKey, at: Located, passed: bool) {
        let Some(block) = at.block else { return };
        let asked = self.asked_flag(key, at);
        let sheet = &mut self.sheets[at.sheet as usize];
        let Some(province) = sheet.provinces[at.root].as_mut() else { return };
        let target = &mut province.blocks[block];
        let Some(slot) = target.scope.slot(at.node) else { return };
        let flags = target.flags(slot);
        let flags = if passed { flags | FIRST_PASS | asked } else { flags & !FIRST_PASS };
        if target.set_flags(slot, flags) {
            self.mark(at, block, slot);
        }
    }
}
