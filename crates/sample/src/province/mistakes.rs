//! Planted mistakes of single returns: one per check of intake, per format rule, and what cannot
//! even be read.

use std::borrow::Cow;

use model::{
    Catalog, FormIx, Level, PeriodKind,
    envelope::{EntryKind, Return, WIRE_VERSION},
    indicator::Entry,
};

use super::{draft::Draft, draw::Draw, jobs::Job};

/// A way to spoil a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    UnknownUnit,
    MalformedUnit,
    UnknownForm,
    WrongKind,
    NoReviewer,
    OnePerson,
    Blank,
    Words,
    Decimals,
    TooLarge,
    Negative,
    Conflict,
    NoReason,
    TooEarly,
    PeriodText,
    TimeText,
    RevisionZero,
    UnknownCode,
    Twice,
    Foreign,
    OfTheSystem,
    ValueAndNotApplicable,
    Qualifier,
    NoId,
    BrokenJson,
    NewerHeader,
    NewerBody,
    OtherKind,
    NumberAmount,
}

use Mistake::{
    Blank, BrokenJson, Conflict, Decimals, Foreign, MalformedUnit, Negative, NewerBody,
    NewerHeader, NoId, NoReason, NoReviewer, NumberAmount, OfTheSystem, OnePerson, OtherKind,
    PeriodText, Qualifier, RevisionZero, TimeText, TooEarly, TooLarge, Twice, UnknownCode,
    UnknownForm, UnknownUnit, ValueAndNotApplicable, Words, WrongKind,
};

/// Checks with the mistakes that they must find; more than one take turns.
pub(super) const KINDS: &[(&str, &[Mistake])] = &[
    ("K01", &[UnknownUnit, MalformedUnit]),
    ("K02", &[UnknownForm, WrongKind]),
    ("K03", &[NoReviewer, OnePerson]),
    ("K04", &[Blank]),
    ("K05", &[Words, Decimals, TooLarge]),
    ("K06", &[Negative]),
    ("K07", &[Conflict]),
    ("K08", &[NoReason]),
    ("K10", &[TooEarly]),
    ("W01", &[PeriodText]),
    ("W02", &[TimeText]),
    ("W03", &[RevisionZero]),
    ("W04", &[UnknownCode]),
    ("W05", &[Twice]),
    ("W06", &[Foreign]),
    ("W07", &[OfTheSystem]),
    ("W08", &[ValueAndNotApplicable]),
    ("W09", &[Qualifier]),
    ("W10", &[NoId]),
    ("JSON", &[BrokenJson]),
    ("WIRE", &[NewerHeader, NewerBody]),
    ("KIND", &[OtherKind]),
    ("FIELD", &[NumberAmount]),
];

/// Whether a mistake of this name is set aside rather than refused.
pub(super) fn is_set_aside(check: &str) -> bool {
    matches!(check, "JSON" | "WIRE" | "KIND" | "FIELD")
}

/// A code that no village of a Chinese register has: 9xx in the last three digits.
const NOBODY: u64 = 987;

/// A spoilt return as it goes into the journal.
#[derive(Clone, Debug)]
pub(super) struct Spoilt {
    pub(super) kind: EntryKind,
    pub(super) wire: u16,
    pub(super) bytes: Vec<u8>,
    pub(super) id: String,
    pub(super) unit: String,
    pub(super) form: String,
    pub(super) period: String,
    /// The cell that the finding must name.
    pub(super) cell: String,
    /// Revision of a repair: 2 where the spoilt one took 1 of its key.
    pub(super) repaired_by: u32,
}

/// Which of the village returns are spoilt, and how: places in the order of sending.
#[derive(Debug)]
pub(super) struct Mistakes {
    /// Descending, so that the next one is the last.
    open: Vec<(u64, &'static str, Mistake)>,
    seen: u64,
}

impl Mistakes {
    /// Spreads `each` mistakes of every kind over `total` returns.
    pub(super) fn spread(draw: &mut Draw, total: u64, each: u32) -> Self {
        let total = u32::try_from(total).unwrap_or(u32::MAX);
        let mut open = Vec::new();
        for (check, kinds) in KINDS {
            for turn in 0..each as usize {
                open.push((u64::from(draw.below(total)), *check, kinds[turn % kinds.len()]));
            }
        }
        // Of several in one place the others wait for the next return; the order among them is that
        // of the list.
        open.sort_by_key(|(place, ..)| *place);
        open.reverse();
        Self { open, seen: 0 }
    }

    /// Whether a mistake falls on the next return that may be spoilt. A guarded return hands it on.
    pub(super) fn next(&mut self, guarded: bool) -> Option<(&'static str, Mistake)> {
        self.seen += 1;
        let falls = self.open.last().is_some_and(|(place, ..)| *place < self.seen);
        if falls && !guarded {
            self.open.pop().map(|(_, check, mistake)| (check, mistake))
        } else {
            None
        }
    }
}

/// Spoils a return. `Conflict` and `NoReason` are second revisions, which the caller has prepared.
pub(super) fn spoil(catalog: &Catalog, job: &Job, mistake: Mistake, draft: &Draft<'_>) -> Spoilt {
    let mut sent = draft.envelope();
    let mut spoilt = Spoilt {
        kind: EntryKind::Return,
        wire: WIRE_VERSION,
        bytes: Vec::new(),
        id: String::new(),
        unit: String::new(),
        form: String::new(),
        period: String::new(),
        cell: String::new(),
        repaired_by: 2,
    };
    if !spoil_head(mistake, job, &mut sent, &mut spoilt) {
        spoil_cells(catalog, mistake, job, &mut sent, &mut spoilt);
    }
    spoilt.id = sent.id.to_string();
    spoilt.unit = sent.unit.to_string();
    spoilt.form = sent.form.to_string();
    spoilt.period = sent.period.to_string();
    // Strings and numbers only; writing them cannot fail.
    spoilt.bytes = serde_json::to_vec(&sent).unwrap_or_default();
    if mistake == BrokenJson {
        spoilt.bytes.truncate(spoilt.bytes.len() * 2 / 3);
    }
    if mistake == NumberAmount {
        spoilt.bytes = with_number(&spoilt.bytes);
    }
    spoilt
}

/// Mistakes outside the cells; `false` when it is none of those.
fn spoil_head(
    mistake: Mistake,
    job: &Job,
    sent: &mut Return<'static>,
    spoilt: &mut Spoilt,
) -> bool {
    match mistake {
        UnknownUnit => {
            let township = sent.unit.parse::<u64>().unwrap_or_default() / 1000;
            sent.unit = Cow::Owned((township * 1000 + NOBODY).to_string());
            spoilt.repaired_by = 1;
        }
        MalformedUnit => {
            let short = sent.unit.len().saturating_sub(1);
            sent.unit.to_mut().truncate(short);
            spoilt.repaired_by = 1;
        }
        UnknownForm => {
            sent.form = Cow::Borrowed("ZZ");
            spoilt.repaired_by = 1;
        }
        WrongKind => {
            let week = model::Period::containing(PeriodKind::Week, job.period.start());
            sent.period = Cow::Owned(week.next().to_string());
            spoilt.repaired_by = 1;
        }
        NoReviewer => sent.signers.reviewer = Cow::Borrowed(""),
        OnePerson => sent.signers.reviewer = sent.signers.filler.clone(),
        NoReason => sent.reason = None,
        Conflict | TooEarly => {}
        PeriodText => {
            sent.period = Cow::Owned(format!("{}年{}月", job.period.year(), job.k + 1));
            spoilt.repaired_by = 1;
        }
        TimeText => {
            sent.submitted_at =
                Cow::Owned(sent.submitted_at.replace('T', " ").replace("+08:00", ""));
            spoilt.repaired_by = 1;
        }
        RevisionZero => {
            sent.revision = 0;
            spoilt.repaired_by = 1;
        }
        NoId => sent.id = Cow::Borrowed(""),
        BrokenJson | NewerHeader | NewerBody | OtherKind | NumberAmount => {
            sent.id = Cow::Owned(format!("{}-unreadable", sent.id));
            spoilt.repaired_by = 1;
            spoilt.kind =
                if mistake == OtherKind { EntryKind::Declared } else { EntryKind::Return };
            spoilt.wire = if mistake == NewerHeader { WIRE_VERSION + 8 } else { WIRE_VERSION };
            sent.wire = if matches!(mistake, NewerHeader | NewerBody) {
                WIRE_VERSION + 8
            } else {
                sent.wire
            };
        }
        _ => return false,
    }
    true
}

fn spoil_cells(
    catalog: &Catalog,
    mistake: Mistake,
    job: &Job,
    sent: &mut Return<'static>,
    spoilt: &mut Spoilt,
) {
    let core = job.cells.iter().find(|cell| cell.core).map(|cell| cell.code.clone());
    let at = core.and_then(|core| sent.cells.0.iter().position(|(code, _)| *code == core));
    let Some(at) = at else { return };
    let (code, text) = sent.cells.0[at].clone();
    let mut retype = |text: &str| sent.cells.0[at].1 = Cow::Owned(text.to_owned());
    spoilt.cell = code.to_string();
    match mistake {
        Blank => drop(sent.cells.0.remove(at)),
        Words => retype("约二十"),
        Decimals => retype(&format!("{text}.5")),
        TooLarge => retype("12345678901234567890"),
        Negative => retype("-3"),
        Twice => sent.cells.0.push((code, Cow::Owned(format!("{text}1")))),
        ValueAndNotApplicable => sent.not_applicable.push(code.to_string()),
        Qualifier => {
            sent.qualifiers.insert(code.to_string(), "大概".to_owned());
        }
        UnknownCode => push(sent, spoilt, format!("{}99", job.form_code)),
        Foreign => {
            if let Some(code) = foreign(catalog, job.form) {
                push(sent, spoilt, code);
            }
        }
        OfTheSystem => {
            if let Some(code) = of_the_system(catalog, job.form) {
                push(sent, spoilt, code);
            }
        }
        _ => {}
    }
}

fn push(sent: &mut Return<'static>, spoilt: &mut Spoilt, code: String) {
    sent.cells.0.push((Cow::Owned(code.clone()), Cow::Borrowed("1")));
    spoilt.cell = code;
}

/// An indicator of another form.
fn foreign(catalog: &Catalog, form: FormIx) -> Option<String> {
    let other = |i: &&model::Indicator| i.form != form && i.entry == Entry::At(Level::Village);
    catalog.indicators.iter().find(other).map(|i| i.code.clone())
}

/// An indicator that nobody enters, of the same form where it has one.
fn of_the_system(catalog: &Catalog, form: FormIx) -> Option<String> {
    let made =
        || catalog.indicators.iter().filter(|i| matches!(i.entry, Entry::Derived | Entry::System));
    made().find(|i| i.form == form).or_else(|| made().next()).map(|i| i.code.clone())
}

/// The first amount as a JSON number, which to most readers is a float.
fn with_number(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, cells)) = text.split_once("\"cells\":{") else { return bytes.to_vec() };
    let Some((first, rest)) = cells.split_once("\":\"") else { return bytes.to_vec() };
    let Some((amount, rest)) = rest.split_once('"') else { return bytes.to_vec() };
    let digits: String = amount.chars().filter(char::is_ascii_digit).collect();
    format!("{head}\"cells\":{{{first}\":{}{rest}", digits.parse().unwrap_or(0u64)).into_bytes()
}
