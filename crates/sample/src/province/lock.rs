//! A locked period: who corrects it afterwards is refused (K09), and late besides (K11).

use jiff::{ToSpan, civil::Date};
use model::{
    FormIx, Level, Period, UnitCode,
    envelope::{EntryKind, Lock as LockEnvelope, WIRE_VERSION},
};

use super::{
    Sent,
    cells::reader,
    draft::{Draft, Filled},
    moment::Moment,
    office::{Office, REASON},
};

/// A period that is closed, and who sends a correction all the same.
#[derive(Clone, Debug)]
pub(super) struct Lock {
    pub(super) form: FormIx,
    pub(super) period: Period,
    /// Day on which it is closed.
    pub(super) day: Date,
    pub(super) late_comers: Vec<UnitCode>,
}

impl Office<'_> {
    /// Closes the staged period in every partition; who corrects it afterwards is refused (K09),
    /// and late besides (K11).
    pub(super) fn close_period(&mut self) {
        let Some(lock) = self.lock.take() else { return };
        let noon = Moment { day: lock.day, second: 12 * 3600 };
        let envelope = LockEnvelope {
            wire: WIRE_VERSION,
            id: format!("lock-{}-{}", self.catalog.form(lock.form).code, lock.period),
            form: self.catalog.form(lock.form).code.clone(),
            period: lock.period.to_string(),
            locked: true,
            unit: None,
            left_out: Vec::new(),
            by: None,
            reason: "本期数据已汇总上报".to_owned(),
            signer: "省厅统计处".to_owned(),
            submitted_at: noon.text(),
        };
        (self.sink)(Sent {
            kind: EntryKind::Lock,
            wire: WIRE_VERSION,
            unit: String::new(),
            form: Some(lock.form),
            period: Some(lock.period),
            submitted_at: noon.timestamp(),
            // Strings and numbers only; writing them cannot fail.
            bytes: serde_json::to_vec(&envelope).unwrap_or_default(),
        });
        for unit in &lock.late_comers {
            self.too_late(&lock, *unit);
        }
    }

    fn too_late(&mut self, lock: &Lock, unit: UnitCode) {
        let (form, period) = (lock.form, lock.period);
        let kind = period.kind();
        let asked = self.catalog.asked(form, kind, Level::Township);
        let Some(place) = self.world.place(unit) else { return };
        let (form_code, period_text) = (self.catalog.form(form).code.clone(), period.to_string());
        let cells = asked.iter().filter_map(|&indicator| {
            let cell = self.catalog.indicator(indicator);
            let units = reader(Level::Township, &cell.code)(self.world, place, 0)?;
            Some(Filled { code: &cell.code, units, scale: cell.scale })
        });
        let draft = Draft {
            unit,
            form: &form_code,
            period: &period_text,
            revision: 2,
            mark: "",
            moment: Moment::on(lock.day.saturating_add(1.day()), &mut self.habits),
            reason: Some(REASON),
            cells: cells.collect(),
            not_applicable: Vec::new(),
            explanation: None,
            wide: false,
        };
        let mut bytes = Vec::new();
        draft.write(&mut bytes);
        for check in ["K09", "K11"] {
            self.plant(check, &draft.id(), &draft, "");
        }
        self.planted.tally.received += 1;
        self.planted.tally.refused += 1;
        (self.sink)(Sent {
            kind: EntryKind::Return,
            wire: WIRE_VERSION,
            unit: unit.to_string(),
            form: Some(form),
            period: Some(period),
            submitted_at: draft.moment.timestamp(),
            bytes,
        });
    }
}
