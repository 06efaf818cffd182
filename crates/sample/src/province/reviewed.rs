//! Returns that a level above reviews: most are accepted, some sent back and corrected, a few still wait.

use jiff::{ToSpan, civil::Date};
use model::{
    UnitCode,
    envelope::{EntryKind, WIRE_VERSION},
    step::{Action, Step},
};

use super::{
    Sent,
    draft::{Draft, people_of},
    moment::Moment,
    office::{Fate, Office, REPAIR, Turn},
    planted::Why,
};

/// Of a thousand reviewed returns.
const WAIT: u32 = 20;
const SENT_BACK: u32 = 40;

impl Office<'_> {
    /// What the level above does about a return that was just sent, on the days behind.
    pub(super) fn review(&mut self, turn: &Turn<'_>, draft: &Draft<'_>) {
        let roll = if self.messy { self.habits.below(1_000) } else { u32::MAX };
        let first = draft.moment.day.max(turn.job.window.last());
        let day = |days: i32| first.saturating_add(days.days());
        if roll < WAIT {
            self.planted.absent.push((turn.key, Why::Pending));
            return self.count(Fate::Pending);
        }
        if roll >= WAIT + SENT_BACK {
            self.step(turn, Action::Accept, draft, day(1));
            return self.count(Fate::Accepted);
        }
        self.step(turn, Action::SendBack, draft, day(1));
        self.count(Fate::Superseded);
        let mut again = draft.clone();
        again.revision += 1;
        again.reason = Some(REPAIR);
        again.moment = Moment::on(day(2), &mut self.habits);
        // The first one was never accepted, so the key is late.
        self.plant("K11", &again.id(), &again, "");
        self.planted.late += 1;
        self.planted.sent_back += 1;
        let sent = self.sent(turn, &again);
        self.put_off(sent);
        self.step(turn, Action::Accept, &again, day(3));
        self.count(Fate::Accepted);
    }

    fn step(&mut self, turn: &Turn<'_>, action: Action, draft: &Draft<'_>, day: Date) {
        let moment = Moment::on(day, &mut self.habits);
        let (form, period) = (draft.form.to_owned(), draft.period.to_owned());
        let step = Step {
            wire: WIRE_VERSION,
            id: format!("{}-{}", action.name(), draft.id()),
            action,
            unit: draft.unit.to_string(),
            form,
            period,
            revision: Some(draft.revision),
            check: String::new(),
            round: None,
            by: turn.above.to_string(),
            signer: reviewer(turn.above, draft.unit),
            reason: match action {
                Action::SendBack => "与重点工作台账不符，请核对后重报".to_owned(),
                _ => String::new(),
            },
            submitted_at: moment.text(),
        };
        let sent = Sent {
            kind: EntryKind::Step,
            wire: WIRE_VERSION,
            unit: step.unit.clone(),
            form: Some(turn.key.form),
            period: Some(turn.key.period),
            submitted_at: moment.timestamp(),
            // Strings and numbers only; writing them cannot fail.
            bytes: serde_json::to_vec(&step).unwrap_or_default(),
        };
        self.put_off(sent);
    }
}

/// Somebody of the level above who has not filled in the return.
fn reviewer(above: UnitCode, unit: UnitCode) -> String {
    let [filler, ..] = people_of(unit);
    let them = people_of(above);
    them.into_iter().find(|name| *name != filler).unwrap_or_default()
}
