//! Settling one partition's entries: read, check, decide.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use checks::{Examined, Intake, Resolved};
use journal::{Entry, partition_of};
use ledger::{ContentHash, Fact, Held, Ledger};
use model::{
    Amount, Catalog, Cell, Finding, FormIx, IndicatorIx, SubmissionKey,
    envelope::{EntryKind, Return, WIRE_VERSION, content_digest, hex},
    person,
    receipt::Decision,
    submission::KeyChange,
};
use store::SubmissionRow;

use crate::{
    catalogs::{Rulebook, announcement},
    declared,
    examined::{Caught, Change, Late, Place, Prior, Settled},
    foreign, late, locks, steps,
};

/// What settling needs besides the entry; shared by all partitions.
pub(crate) struct Rules<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) intake: &'a Intake,
    pub(crate) names: &'a Names,
    /// The catalogue of the state, where entries of this partition are decided under an older one.
    pub(crate) current: Option<&'a Catalog>,
    pub(crate) loaded: &'a Loaded,
}

/// Catalogues that entries of a batch announce, or why this program cannot use them.
pub(crate) type Loaded = BTreeMap<String, Result<Arc<Rulebook>, String>>;

impl<'a> Rules<'a> {
    fn of(rulebook: &'a Rulebook, state: &'a Catalog, loaded: &'a Loaded) -> Self {
        let Rulebook { catalog, intake, names } = rulebook;
        let current = (catalog.hash != state.hash).then_some(state);
        Self { catalog, intake, names, current, loaded }
    }

    /// A key in the words of the state's catalogue, where forms may have another place.
    pub(crate) fn in_state(&self, key: SubmissionKey) -> Result<SubmissionKey, String> {
        Ok(SubmissionKey { form: self.form_in_state(key.form)?, ..key })
    }

    /// A form in the words of the state's catalogue.
    pub(crate) fn form_in_state(&self, form: FormIx) -> Result<FormIx, String> {
        let Some(current) = self.current else { return Ok(form) };
        let code = &self.catalog.form(form).code;
        current
            .form_by_code(code)
            .ok_or_else(|| format!("form {code} is not in the newest definitions"))
    }

    /// A change as the state can take it in.
    pub(crate) fn fitting(&self, change: KeyChange) -> Option<KeyChange> {
        match self.current {
            Some(state) => foreign::fitting(state, change),
            None => Some(change),
        }
    }

    /// Cells in the words of the state's catalogue.
    fn cells_in_state(&self, cells: Vec<(IndicatorIx, Cell)>) -> Vec<(IndicatorIx, Cell)> {
        let Some(current) = self.current else { return cells };
        let place = |at| current.indicator_by_code(&self.catalog.indicator(at).code);
        cells.into_iter().filter_map(|(at, cell)| Some((place(at)?, cell))).collect()
    }
}

impl Rules<'_> {
    /// A column of the period before in the words of the state's catalogue.
    fn amounts_in_state(&self, column: Vec<(IndicatorIx, Amount)>) -> Vec<(IndicatorIx, Amount)> {
        let Some(current) = self.current else { return column };
        let place = |at| current.indicator_by_code(&self.catalog.indicator(at).code);
        column.into_iter().filter_map(|(at, amount)| Some((place(at)?, amount))).collect()
    }
}

/// The ways in which most entries come in.
const SOURCES: [&str; 4] = ["typed", "file", "system", "historical"];

/// Texts that stand in nearly every row, so that a million rows share them.
pub(crate) struct Names {
    forms: HashMap<String, Arc<str>>,
    sources: HashMap<&'static str, Arc<str>>,
    pub(crate) catalog_hash: Arc<str>,
}

impl Names {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let forms = catalog.forms.iter().map(|f| (f.code.clone(), Arc::from(f.code.as_str())));
        let sources = SOURCES.into_iter().map(|source| (source, Arc::from(source))).collect();
        Self { forms: forms.collect(), sources, catalog_hash: Arc::from(catalog.hash.as_str()) }
    }

    pub(crate) fn form(&self, code: &str) -> Arc<str> {
        self.forms.get(code).map_or_else(|| Arc::from(code), Arc::clone)
    }

    fn source(&self, source: &str) -> Arc<str> {
        self.sources.get(source).map_or_else(|| Arc::from(source), Arc::clone)
    }
}

/// Settles the entries of one partition in their order, and returns the rules behind them. `state` is
/// the catalogue of the ledger and of whatever takes the changes in.
pub(crate) fn settle(
    mut rulebook: Arc<Rulebook>,
    state: &Catalog,
    loaded: &Loaded,
    ledger: &mut Ledger,
    entries: &[Entry],
) -> (Vec<Settled>, Arc<Rulebook>) {
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries {
        let settled = settle_one(&Rules::of(&rulebook, state, loaded), ledger, entry);
        let row = &settled.row;
        if row.kind == EntryKind::Catalog
            && row.decision == Decision::Accepted
            && let Some(Ok(new)) = loaded.get(&row.id)
        {
            rulebook = Arc::clone(new);
        }
        all.push(settled);
    }
    (all, rulebook)
}

fn settle_one(rules: &Rules<'_>, ledger: &mut Ledger, entry: &Entry) -> Settled {
    // Hashing is work, and a return has another content.
    let content = || Content::of([&entry.bytes, &[]]);
    let list = entry.bytes.trim_ascii_start().first() == Some(&b'[');
    let kind = EntryKind::from_name(&entry.kind);
    let settled = if entry.wire.parse() != Ok(WIRE_VERSION) {
        Err(format!(
            "wire version {:?}, this program reads {WIRE_VERSION}; upgrade, then replay",
            entry.wire
        ))
    } else if list && kind.is_some_and(|kind| kind != EntryKind::CatalogPart) {
        // Values in the order of the fields would be read as if they were named.
        Err("invalid: a JSON array where an object is expected".to_owned())
    } else {
        match kind {
            Some(EntryKind::Return) => settle_return(rules, ledger, entry),
            Some(EntryKind::Declared) => declared::settle(rules, ledger, entry, &content()),
            Some(EntryKind::Lock) => locks::settle(rules, ledger, entry, &content()),
            Some(EntryKind::Step) => steps::settle(rules, ledger, entry, &content()),
            Some(EntryKind::Catalog) => settle_notice(rules, entry, &content()),
            Some(EntryKind::CatalogPart) => Ok(no_submission(rules, entry, &content())),
            None => Err(format!("unknown kind {:?}", entry.kind)),
        }
    };
    settled.unwrap_or_else(|why| set_aside(rules, ledger, entry, &content(), why))
}

/// Hash of an entry's content, short for the ledger and in full for the row.
pub(crate) struct Content {
    pub(crate) short: ContentHash,
    hex: String,
}

impl Content {
    fn of(content: [&[u8]; 2]) -> Self {
        let digest = content_digest(content);
        let mut short = ContentHash::default();
        short.copy_from_slice(&digest[..16]);
        Self { short, hex: hex(&digest) }
    }
}

fn settle_return(rules: &Rules<'_>, ledger: &mut Ledger, entry: &Entry) -> Result<Settled, String> {
    let sent = read_return(&entry.bytes).map_err(|e| e.to_string())?;
    must_fit_its_header(sent.wire, entry)?;
    must_be_at_home(&sent, entry)?;
    let content = Content::of(sent.content(&entry.bytes));
    let mut row = row(rules, entry, &content);
    row.kind = EntryKind::Return;
    row.id = sent.id.to_string();
    row.form = Some(rules.names.form(&sent.form));
    row.revision = Some(sent.revision);
    row.source = Some(rules.names.source(&sent.source));
    let resolved = match rules.intake.resolve(&sent) {
        Ok(resolved) => resolved,
        Err(findings) => {
            let decision = ledger.decide_without_key(content.short, Decision::Refused);
            row.unit = sent.unit.parse().ok();
            row.body = Some(entry.bytes.clone());
            let caught = close(&mut row, decision, findings, || place(&sent));
            return Ok(Settled { caught, ..Settled::row(row) });
        }
    };
    let key = rules.in_state(resolved.key)?;
    row.unit = Some(key.unit);
    row.period = Some(key.period);
    row.submitted_at = Some(resolved.submitted_at.as_microsecond());
    row.on_time = Some(resolved.on_time);
    let above = || steps::lineage(rules.catalog, key.unit, key.period);
    let Some(history) = ledger.history(key, sent.revision, content.short, above) else {
        row.decision = ledger.decide_without_key(content.short, Decision::Replayed);
        return Ok(Settled::row(row));
    };
    describe(&mut row, &sent, &entry.bytes);
    let examined = rules.intake.examine(&sent, &resolved, history);
    let verdict = ledger.decide(Fact {
        key,
        revision: sent.revision,
        content: content.short,
        hard: examined.is_refused(),
        on_time: resolved.on_time,
        accept: rules.catalog.form(resolved.key.form).accept,
        filler: person::mark(&sent.signers.filler),
    });
    if verdict.decision == Decision::Pending {
        ledger.hold(key, sent.revision, held(rules, &resolved, &examined));
    }
    let fitting = |status, cells| rules.fitting(KeyChange { key, status, cells });
    let change = verdict.status.and_then(|status| match verdict.takes_effect {
        true => fitting(status, rules.cells_in_state(examined.cells)).map(Change::Key),
        false => fitting(status, Vec::new()).map(Change::Status),
    });
    // A first revision without the column replaces none.
    let prior = (verdict.takes_effect && (sent.revision > 1 || !examined.prior.is_empty()))
        .then(|| Prior { key, column: rules.amounts_in_state(examined.prior) });
    let late = lateness(rules, ledger, key, &resolved, verdict.decision);
    let first_pass = first_pass(ledger, key, sent.revision);
    let caught = close(&mut row, verdict.decision, examined.findings, || place(&sent));
    Ok(Settled { row, change, caught, late, first_pass, prior })
}

/// Whether a text is UTF-8 is looked at for all of it at once, which is cheaper than text by text.
fn read_return(bytes: &[u8]) -> Result<Return<'_>, serde_json::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        // It says where.
        Err(_) => serde_json::from_slice(bytes),
    }
}

/// What waits: its cells count when a level above accepts it.
fn held(rules: &Rules<'_>, resolved: &Resolved, examined: &Examined) -> Held {
    Held {
        cells: rules.cells_in_state(examined.cells.clone()),
        prior: rules.amounts_in_state(examined.prior.clone()),
        submitted_at: resolved.submitted_at.as_microsecond(),
    }
}

/// An envelope names the version that its header names, which this program reads.
pub(crate) fn must_fit_its_header(wire: u16, entry: &Entry) -> Result<(), String> {
    match wire == WIRE_VERSION {
        true => Ok(()),
        false => Err(format!("wire version {wire} inside, {} in the header", entry.wire)),
    }
}

/// The history of a key lies in one partition; in another one it could be counted a second time.
fn must_be_at_home(sent: &Return<'_>, entry: &Entry) -> Result<(), String> {
    let home = partition_of(&sent.unit);
    if home == entry.place.partition {
        return Ok(());
    }
    Err(format!(
        "returns of unit {} belong into partition {home}: the sender chose another; correct it, then \
         replay",
        sent.unit
    ))
}

/// Whether a submission itself was accepted, in force or overtaken.
pub(crate) fn accepted(decision: Decision) -> bool {
    matches!(decision, Decision::Accepted | Decision::Overtaken)
}

/// Whether a key passed first time, told by the submission that is its lowest revision so far.
pub(crate) fn first_pass(
    ledger: &Ledger,
    key: SubmissionKey,
    revision: u32,
) -> Option<(SubmissionKey, bool)> {
    let (first, passed) = ledger.standing(key)?.first()?;
    (first == revision).then_some((key, passed))
}

/// How late an accepted return came; `None` where it was never in question.
fn lateness(
    rules: &Rules<'_>,
    ledger: &Ledger,
    key: SubmissionKey,
    resolved: &Resolved,
    decision: Decision,
) -> Option<Late> {
    let standing = ledger.standing(key)?;
    let several = standing.seen().len() > 1;
    if !accepted(decision) || (resolved.on_time && !several) {
        return None;
    }
    let on_time = standing.status().on_time;
    let micros = resolved.submitted_at.as_microsecond();
    let (catalog, level) = match rules.current {
        None => (rules.catalog, Some(resolved.level)),
        // As whoever reads the row back does.
        Some(state) => {
            (state, state.register.on(key.unit, key.period.end()).map(|unit| unit.level))
        }
    };
    let days = match level.filter(|_| !on_time) {
        Some(level) => late::days(catalog, key, level, micros),
        None => 0,
    };
    Some(Late { key, days })
}

/// A notice is no submission: it is not in the account.
fn settle_notice(rules: &Rules<'_>, entry: &Entry, content: &Content) -> Result<Settled, String> {
    let announced = announcement(entry).ok_or("the notice of a catalogue cannot be read")?;
    match rules.loaded.get(&announced.hash) {
        Some(Ok(_)) => {}
        Some(Err(why)) => return Err(why.clone()),
        None => return Err(format!("catalogue {} was not loaded", announced.hash)),
    }
    let mut settled = no_submission(rules, entry, content);
    settled.row.id = announced.hash;
    settled.row.body = Some(entry.bytes.clone());
    Ok(settled)
}

/// The row of an entry that is neither return nor total and changes nothing by itself.
fn no_submission(rules: &Rules<'_>, entry: &Entry, content: &Content) -> Settled {
    let mut row = row(rules, entry, content);
    row.decision = Decision::Accepted;
    Settled::row(row)
}

fn set_aside(
    rules: &Rules<'_>,
    ledger: &mut Ledger,
    entry: &Entry,
    content: &Content,
    why: String,
) -> Settled {
    let mut row = row(rules, entry, content);
    row.decision = ledger.decide_without_key(content.short, Decision::SetAside);
    row.reason = Some(why);
    row.body = Some(entry.bytes.clone());
    Settled::row(row)
}

/// Writes decision and findings into the row, and says where the findings belong.
pub(crate) fn close(
    row: &mut SubmissionRow,
    decision: Decision,
    findings: Vec<Finding>,
    place: impl Fn() -> Place,
) -> Vec<Caught> {
    row.decision = decision;
    if findings.is_empty() || decision == Decision::Replayed {
        return Vec::new();
    }
    // Findings hold only strings; writing them cannot fail.
    row.findings = serde_json::to_string(&findings).ok();
    findings.into_iter().map(|finding| Caught { place: place(), finding }).collect()
}

/// The row of an entry before anything is known of it but where it lies.
pub(crate) fn row(rules: &Rules<'_>, entry: &Entry, content: &Content) -> SubmissionRow {
    SubmissionRow {
        kind: EntryKind::from_name(&entry.kind).unwrap_or(EntryKind::Return),
        step: None,
        id: String::new(),
        unit: None,
        form: None,
        period: None,
        revision: None,
        decision: Decision::SetAside,
        reason: None,
        correction: None,
        cells: None,
        not_applicable: None,
        qualifiers: None,
        explanations: None,
        prior: None,
        findings: None,
        signers: None,
        submitted_at: None,
        on_time: None,
        content_hash: content.hex.clone(),
        source: None,
        partition: entry.place.partition,
        offset: entry.place.offset,
        wire: entry.wire.parse().ok(),
        catalog_hash: Arc::clone(&rules.names.catalog_hash),
        body: None,
    }
}

fn place(sent: &Return<'_>) -> Place {
    Place {
        id: sent.id.to_string(),
        unit: sent.unit.to_string(),
        form: sent.form.to_string(),
        period: sent.period.to_string(),
    }
}

/// Strings and maps of strings only; writing them cannot fail.
fn describe(row: &mut SubmissionRow, sent: &Return<'_>, bytes: &[u8]) {
    row.correction = sent.reason.as_deref().map(str::to_owned);
    row.cells = Some(sent.cells.to_json(bytes));
    row.signers = serde_json::to_string(&sent.signers).ok();
    if !sent.not_applicable.is_empty() {
        row.not_applicable = Some(sent.not_applicable.join(","));
    }
    if !sent.qualifiers.is_empty() {
        row.qualifiers = serde_json::to_string(&sent.qualifiers).ok();
    }
    if !sent.explanations.is_empty() {
        row.explanations = serde_json::to_string(&sent.explanations).ok();
    }
    if !sent.prior.is_empty() {
        row.prior = serde_json::to_string(&sent.prior).ok();
    }
}
