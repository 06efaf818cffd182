//! What the tables know of the keys that a file is about: the dry run says with it what would become of
//! each return.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use aggregator::Desk;
use model::{
    Catalog, SubmissionKey,
    envelope::{EntryKind, Return, content_digest, hex},
    receipt::Decision,
    submission::KeyHistory,
};
use query::{Format, Scope, Session};
use serde::{Deserialize, Serialize};

use super::Context;
use crate::failure::{OrRefuse, refused};

/// Units asked for in one statement, which may not be longer than the query layer takes.
const UNITS: usize = 2000;

/// What would become of a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// The first of its key.
    New,
    /// A higher revision with other cells than the one in force.
    Changed,
    /// It came in before, or it says what the revision in force says.
    Unchanged,
    /// A higher revision is in force already.
    Superseded,
    /// Hard findings stand against it.
    Refused,
}

/// What became of the same content when it came in before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// It was refused.
    Refused,
    /// It was taken, whatever became of it since.
    Taken,
}

/// One submission that came in earlier.
#[derive(Clone, Debug, Deserialize)]
struct Earlier {
    unit: u64,
    form: String,
    period: String,
    revision: u32,
    /// As the view `returns` names it.
    state: String,
    content_hash: String,
    cells: Option<String>,
    not_applicable: Option<String>,
    qualifiers: Option<String>,
    prior: Option<String>,
}

/// The state of a revision in force, in the view `returns`.
const EFFECTIVE: &str = "effective";

#[derive(Deserialize)]
struct StepRow {
    partition: u32,
    kind: String,
    body: String,
}

type Key = (String, String, String);

/// What came in earlier, by key, and what is locked or rests.
pub(crate) struct History {
    earlier: HashMap<Key, Vec<Earlier>>,
    catalog: Arc<Catalog>,
    /// Locks and exceptions.
    desk: Desk,
    /// Whether there were tables to look at.
    pub(crate) known: bool,
}

impl History {
    /// Reads what the tables have on the keys of these returns; nothing where there are no tables.
    pub(crate) async fn read<'r>(
        context: &Context,
        returns: impl Iterator<Item = &'r Return<'static>>,
    ) -> anyhow::Result<Self> {
        let (mut history, session) = Self::open(context).await?;
        let Some(session) = session else { return Ok(history) };
        history.known = true;
        let mut wanted: BTreeMap<(&str, &str), BTreeSet<u64>> = BTreeMap::new();
        for sent in returns {
            let period = sent.period.parse::<model::Period>();
            let form = sent.form.bytes().all(|b| b.is_ascii_alphanumeric());
            if let (Ok(unit), Ok(_), true) = (sent.unit.parse(), period, form) {
                wanted.entry((&sent.form, &sent.period)).or_default().insert(unit);
            }
        }
        for ((form, period), units) in wanted {
            let units: Vec<u64> = units.into_iter().collect();
            for units in units.chunks(UNITS) {
                let rows: Vec<Earlier> = ask(&session, &statement(form, period, units)).await?;
                for row in rows {
                    let key = (row.unit.to_string(), row.form.clone(), row.period.clone());
                    history.earlier.entry(key).or_default().push(row);
                }
            }
        }
        Ok(history)
    }

    /// Reads locks and exceptions alone.
    pub(crate) async fn of_steps(context: &Context) -> anyhow::Result<Self> {
        Ok(Self::open(context).await?.0)
    }

    /// Locks and exceptions, and a session where there are tables to ask.
    async fn open(context: &Context) -> anyhow::Result<(Self, Option<Session>)> {
        let catalog = context.place.catalog(&context.settings)?;
        let desk = Desk::empty(Arc::clone(&catalog));
        let mut history =
            Self { earlier: HashMap::new(), catalog: Arc::clone(&catalog), desk, known: false };
        if !context.place.may_have_tables() {
            return Ok((history, None));
        }
        let store = context.place.store().await?;
        let tables = store.tables().await.or_refuse()?;
        if !tables.iter().any(|(name, _)| name == "submissions") {
            return Ok((history, None));
        }
        let say = |error: query::Error| refused(context.lang.pick(&error.zh(), &error.to_string()));
        let session = Session::open(&store, catalog, Scope::Whole).await.map_err(say)?;
        let steps: Vec<StepRow> = ask(&session, STEPS).await?;
        for StepRow { partition, kind, body } in steps {
            let body = unhex(&body);
            match EntryKind::from_name(&kind) {
                Some(EntryKind::Lock) => {
                    let lock = serde_json::from_slice(&body).or_refuse()?;
                    history.desk.lay_lock(partition, &lock);
                }
                _ => {
                    let step = serde_json::from_slice(&body).or_refuse()?;
                    history.desk.lay_step(partition, &step);
                }
            }
        }
        Ok((history, Some(session)))
    }

    /// What became of the same content, if it came in before: the ledger does not look at it again.
    pub(crate) fn before(&self, sent: &Return<'_>) -> Option<Before> {
        let hash = content_hash(sent);
        let same = self.key(sent).iter().find(|one| one.content_hash == hash)?;
        let refused = same.state == Decision::Refused.name();
        Some(if refused { Before::Refused } else { Before::Taken })
    }

    /// What intake may know of the key of a return that did not come in before.
    pub(crate) fn of(&self, sent: &Return<'_>) -> KeyHistory {
        let conflicts = self.key(sent).iter().any(|one| one.revision == sent.revision);
        let none = KeyHistory { conflicts, ..KeyHistory::default() };
        let (Ok(unit), Some(form), Ok(period)) =
            (sent.unit.parse(), self.catalog.form_by_code(&sent.form), sent.period.parse())
        else {
            return none;
        };
        let key = SubmissionKey { unit, form, period };
        let (locked, exceptions) = (self.desk.is_locked(key), self.desk.exceptions(key));
        KeyHistory { locked, conflicts, exceptions }
    }

    /// What would become of a return that no hard finding stands against.
    pub(crate) fn standing(&self, sent: &Return<'_>) -> Standing {
        let in_force = self.key(sent).iter().filter(|one| one.state == EFFECTIVE);
        match in_force.max_by_key(|one| one.revision) {
            None => Standing::New,
            Some(now) if now.revision > sent.revision => Standing::Superseded,
            Some(now) if now.says_the_same(sent) => Standing::Unchanged,
            Some(_) => Standing::Changed,
        }
    }

    /// Counts a return as come in: the next one of its key in the same files is held against it.
    pub(crate) fn note(&mut self, sent: &Return<'_>, decision: Decision) {
        let (unit, form, period) = key(sent);
        let earlier = Earlier {
            unit: unit.parse().unwrap_or_default(),
            form: form.clone(),
            period: period.clone(),
            revision: sent.revision,
            state: match decision {
                Decision::Accepted => EFFECTIVE,
                other => other.name(),
            }
            .to_owned(),
            content_hash: content_hash(sent),
            cells: serde_json::to_string(&sent.cells).ok(),
            not_applicable: Some(sent.not_applicable.join(",")),
            qualifiers: serde_json::to_string(&sent.qualifiers).ok(),
            prior: serde_json::to_string(&sent.prior).ok(),
        };
        self.earlier.entry((unit, form, period)).or_default().push(earlier);
    }

    fn key(&self, sent: &Return<'_>) -> &[Earlier] {
        self.earlier.get(&key(sent)).map_or(&[], Vec::as_slice)
    }
}

impl Earlier {
    /// Whether cells, declared blanks and qualifiers are those of a return, whatever their order.
    fn says_the_same(&self, sent: &Return<'_>) -> bool {
        let cells: BTreeMap<String, String> =
            self.cells.as_deref().and_then(|c| serde_json::from_str(c).ok()).unwrap_or_default();
        let theirs: BTreeMap<String, String> =
            sent.cells.0.iter().map(|(c, t)| (c.to_string(), t.to_string())).collect();
        let blanks = self.not_applicable.as_deref().unwrap_or_default();
        let blanks: BTreeSet<&str> = blanks.split(',').filter(|code| !code.is_empty()).collect();
        let theirs_blank: BTreeSet<&str> = sent.not_applicable.iter().map(String::as_str).collect();
        let read = |text: &Option<String>| -> BTreeMap<String, String> {
            text.as_deref().and_then(|q| serde_json::from_str(q).ok()).unwrap_or_default()
        };
        let (words, prior) = (read(&self.qualifiers), read(&self.prior));
        cells == theirs && blanks == theirs_blank && words == sent.qualifiers && prior == sent.prior
    }
}

fn key(sent: &Return<'_>) -> Key {
    (sent.unit.to_string(), sent.form.to_string(), sent.period.to_string())
}

/// The hash that the tables keep of a return: of its bytes as they would be sent, without the time.
fn content_hash(sent: &Return<'_>) -> String {
    // Strings, numbers and maps of strings; writing and reading them back cannot fail.
    let bytes = serde_json::to_vec(sent).unwrap_or_default();
    let again = serde_json::from_slice::<Return<'_>>(&bytes);
    again.map(|again| hex(&content_digest(again.content(&bytes)))).unwrap_or_default()
}

fn statement(form: &str, period: &str, units: &[u64]) -> String {
    let units: Vec<String> = units.iter().map(u64::to_string).collect();
    format!(
        "SELECT unit, form, period, revision, state, content_hash, cells, not_applicable, \
         qualifiers, prior FROM returns WHERE state NOT IN ('replayed', 'set_aside') AND form = '{form}' AND period = '{period}' AND unit IN ({})",
        units.join(", ")
    )
}

/// What holds of locks and exceptions; one that was refused or set aside does not.
const STEPS: &str = "SELECT \"partition\", kind, body FROM submissions \
     WHERE kind IN ('lock', 'step') AND decision = 'accepted' \
     AND step IN ('lock', 'unlock', 'except') ORDER BY \"partition\", \"offset\"";

async fn ask<T: for<'de> Deserialize<'de>>(
    session: &Session,
    statement: &str,
) -> anyhow::Result<Vec<T>> {
    let mut out = Vec::new();
    query::run(session, statement, Format::Json, &mut out).await.or_refuse()?;
    serde_json::from_slice(&out).or_refuse()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or(0) as u8;
    text.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
