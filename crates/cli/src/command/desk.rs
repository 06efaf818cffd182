//! What the commands of reviewers share: the desk, what stands against a unit, and putting steps into the
//! journal.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aggregator::{Desk, NotTaken};
use journal::{NewEntry, PARTITIONS, Place};
use model::{
    Catalog, FormIx, Node, Period, SubmissionKey, UnitCode,
    envelope::{EntryKind, Lock, WIRE_VERSION},
    step::{Action, Step},
};
use query::{Format, Scope, Session};
use serde::{Deserialize, Serialize};
use store::Store;

use super::Context;
use crate::{
    arguments::Of,
    clock,
    failure::{OrRefuse, refused},
};

/// A subtree of one form and period, with everything that came in about it.
pub(crate) struct Counter {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) desk: Desk,
    pub(crate) form: FormIx,
    pub(crate) period: Period,
    pub(crate) unit: UnitCode,
    store: Option<Store>,
}

/// A finding from context.
#[derive(Deserialize)]
struct FromContext {
    units: String,
    check_id: String,
    severity: String,
    explanation: Option<String>,
    exception: Option<String>,
}

/// Why a unit is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Obstacle {
    pub(crate) unit: UnitCode,
    pub(crate) zh: String,
    pub(crate) en: String,
}

impl Counter {
    /// Opens the desk for a form, period and subtree.
    pub(crate) async fn open(context: &Context, of: &Of) -> anyhow::Result<Self> {
        let catalog = context.place.catalog(&context.settings)?;
        let form = catalog.form_by_code(&of.form).ok_or_else(|| {
            let all: Vec<&str> = catalog.forms.iter().map(|form| form.code.as_str()).collect();
            refused(format!("no form {:?}; there are {}", of.form, all.join(", ")))
        })?;
        let period: Period = of.period.parse().or_refuse()?;
        let unit: UnitCode = of.unit.parse().or_refuse()?;
        if catalog.register.tree(period.end()).node(unit).is_none() {
            return Err(refused(format!("unit {unit} does not exist at the end of {period}")));
        }
        let (store, desk) = if context.place.may_have_tables() {
            let store = context.place.store().await?;
            let periods = BTreeSet::from([period]);
            let desk = Desk::open(Arc::clone(&catalog), &store, &periods).await.or_refuse()?;
            (Some(store), desk)
        } else {
            (None, Desk::empty(Arc::clone(&catalog)))
        };
        Ok(Self { catalog, desk, form, period, unit, store })
    }

    /// The units of the subtree that owe this return, in the order of the tree.
    pub(crate) fn owing(&self) -> Vec<UnitCode> {
        let tree = self.catalog.register.tree(self.period.end());
        let Some(root) = tree.node(self.unit) else { return Vec::new() };
        let form = self.catalog.form(self.form);
        let owes = |node: &Node| {
            let asked = self.catalog.asked(self.form, self.period.kind(), tree.level(*node));
            !asked.is_empty() && form.asks(tree.class(*node))
        };
        tree.subtree(root).map(Node).filter(owes).map(|node| tree.code(node)).collect()
    }

    /// The key of a unit's return.
    pub(crate) fn key(&self, unit: UnitCode) -> SubmissionKey {
        SubmissionKey { unit, form: self.form, period: self.period }
    }

    /// What the checks from context have against units of the subtree: hard without an exception, or
    /// to be explained and not explained yet.
    pub(crate) async fn in_context(
        &self,
        verify_too: bool,
    ) -> anyhow::Result<BTreeMap<UnitCode, Obstacle>> {
        let Some(store) = &self.store else { return Ok(BTreeMap::new()) };
        let tables = store.tables().await.or_refuse()?;
        if !tables.iter().any(|(name, _)| name == "context_findings") {
            return Ok(BTreeMap::new());
        }
        let session = Session::open(store, Arc::clone(&self.catalog), Scope::Whole).await;
        let session = session.map_err(|error| refused(error.to_string()))?;
        let form = &self.catalog.form(self.form).code;
        let sql = format!(
            "SELECT units, check_id, severity, explanation, exception FROM context_findings \
             WHERE form = '{form}' AND period = '{}'",
            self.period
        );
        let mut out = Vec::new();
        query::run(&session, &sql, Format::Json, &mut out).await.or_refuse()?;
        let found: Vec<FromContext> = serde_json::from_slice(&out).or_refuse()?;
        let mut against: BTreeMap<UnitCode, BTreeSet<String>> = BTreeMap::new();
        for one in found {
            let blocks = match one.severity.as_str() {
                "强制" => one.exception.is_none(),
                "核实" => verify_too && one.explanation.is_none(),
                _ => false,
            };
            let first = one.units.split('+').next().and_then(|unit| unit.parse().ok());
            if let (true, Some(unit)) = (blocks, first) {
                against.entry(unit).or_default().insert(one.check_id);
            }
        }
        let inside = |unit: &UnitCode| self.desk.lineage(*unit, self.period).contains(&self.unit);
        let against = against.into_iter().filter(|(unit, _)| inside(unit));
        Ok(against.map(|(unit, checks)| (unit, stands(unit, &checks))).collect())
    }

    /// Whether the tables show everything that lies in the journal.
    pub(crate) async fn is_summed(&self, context: &Context) -> anyhow::Result<bool> {
        let Some(store) = &self.store else { return Ok(true) };
        let settled = store.positions().await.or_refuse()?;
        let journal = context.place.open_journal(&context.settings)?;
        let behind = |(partition, end): (&u32, &u64)| settled.get(partition).unwrap_or(&0) < end;
        if journal.ends().or_refuse()?.iter().any(behind) {
            return Ok(false);
        }
        let tree = self.catalog.register.tree(self.period.end());
        let top = tree.node(self.unit).and_then(|node| tree.ancestors(node).last().or(Some(node)));
        let Some(top) = top.map(|node| tree.code(node)) else { return Ok(true) };
        let hash = &self.catalog.hash;
        let shown = store.applied_under("context_findings", hash, &[top]).await.or_refuse()?;
        let newest = store.newest_submissions().await.or_refuse()?;
        Ok(shown.get(&top).copied().flatten() >= newest)
    }

    /// Refuses where a lock, or its end, has reached some partitions only.
    pub(crate) fn must_be_whole(&self, context: &Context) -> anyhow::Result<()> {
        match self.desk.is_half_locked(self.form, self.period, self.unit) {
            true => Err(refused(context.lang.pick(
                "上次锁定或解锁只写入了部分分区；请先再执行一次锁定或解锁",
                "a lock or unlock was interrupted and holds in part; run it once more first",
            ))),
            false => Ok(()),
        }
    }
}

fn stands(unit: UnitCode, checks: &BTreeSet<String>) -> Obstacle {
    let checks: Vec<&str> = checks.iter().map(String::as_str).collect();
    Obstacle {
        unit,
        zh: format!("有未了结的跨表、跨期、上下级审核结果：{}", checks.join("、")),
        en: format!("findings from context stand against it: {}", checks.join(", ")),
    }
}

/// A refusal in the language of the user.
pub(crate) fn not_taken(context: &Context, why: &NotTaken) -> anyhow::Error {
    refused(context.lang.pick(&why.zh, &why.en))
}

/// A step of now.
pub(crate) fn step(of: &Of, action: Action, hand: (&str, &str, &str)) -> Step {
    let (by, signer, reason) = hand;
    Step {
        wire: WIRE_VERSION,
        id: format!("{}-{}-{}-{}-{}", action.name(), of.unit, of.form, of.period, now()),
        action,
        unit: of.unit.clone(),
        form: of.form.clone(),
        period: of.period.clone(),
        revision: None,
        check: String::new(),
        round: None,
        by: by.to_owned(),
        signer: signer.to_owned(),
        reason: reason.to_owned(),
        submitted_at: clock::now_shanghai(),
    }
}

/// What makes the id of an act its own.
pub(crate) fn now() -> String {
    format!("{}-{}", clock::now_millis(), std::process::id())
}

/// Puts steps into the journal, each into the partition of its unit.
pub(crate) fn append_steps(context: &Context, steps: &[Step]) -> anyhow::Result<Vec<Place>> {
    let bodies = steps.iter().map(serde_json::to_vec).collect::<Result<Vec<_>, _>>()?;
    let keys: Vec<String> =
        steps.iter().map(|s| format!("{}|{}|{}", s.unit, s.form, s.period)).collect();
    let all = steps.iter().zip(&keys).zip(&bodies);
    let all = all.map(|((step, key), bytes)| (&*step.unit, key.as_str(), None, &bytes[..]));
    append(context, EntryKind::Step, all)
}

/// Puts a lock into every partition.
pub(crate) fn append_lock(context: &Context, lock: &Lock) -> anyhow::Result<Vec<Place>> {
    let bytes = serde_json::to_vec(lock)?;
    let unit = lock.unit.as_deref().unwrap_or_default();
    let key = format!("{unit}|{}|{}", lock.form, lock.period);
    let all = (0..PARTITIONS).map(|partition| (unit, key.as_str(), Some(partition), &bytes[..]));
    append(context, EntryKind::Lock, all)
}

fn append<'a>(
    context: &Context,
    kind: EntryKind,
    entries: impl Iterator<Item = (&'a str, &'a str, Option<u32>, &'a [u8])>,
) -> anyhow::Result<Vec<Place>> {
    let mut journal = context.place.open_journal(&context.settings)?;
    let (wire, at) = (WIRE_VERSION.to_string(), clock::now_millis());
    let entries: Vec<NewEntry<'_>> = entries
        .map(|(unit, key, partition, bytes)| NewEntry {
            unit,
            key,
            partition,
            catalog: None,
            trace: None,
            kind: kind.name(),
            wire: &wire,
            bytes,
            at,
        })
        .collect();
    journal.append(&entries).or_refuse()
}
