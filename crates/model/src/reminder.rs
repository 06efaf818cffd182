//! Reminders (催报) of one day as records: who is told about which owed return, in what words.

use jiff::{
    ToSpan,
    civil::{Date, DateTime},
};
use serde::Serialize;

use crate::{
    Catalog, Level, Period, PeriodKind, UnitCode, calendar::Calendar, obligation::Obligation,
    standing::Standing,
};

/// Whom a reminder is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Whom {
    /// The unit that owes the return.
    Unit,
    /// The unit above it.
    Parent,
}

impl Whom {
    /// The name in definitions.
    pub fn name(self) -> &'static str {
        match self {
            Whom::Unit => "unit",
            Whom::Parent => "parent",
        }
    }

    /// The one with this [`Whom::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Whom::Unit, Whom::Parent].into_iter().find(|whom| whom.name() == name)
    }
}

/// One line of `calendar/reminders.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReminderRule {
    /// Kind of the period of the return.
    pub frequency: PeriodKind,
    /// Entry level; without one, any.
    pub level: Option<Level>,
    /// Days behind the day of the deadline; before it they are negative.
    pub days: i16,
    /// Whom it is sent to.
    pub whom: Whom,
    /// Chinese text with [`PLACEHOLDERS`].
    pub zh: String,
    /// English text with [`PLACEHOLDERS`].
    pub en: String,
}

impl ReminderRule {
    fn is_for(&self, owed: &Obligation, day: Date) -> bool {
        let sent = owed.due.date().saturating_add(i32::from(self.days).days());
        self.frequency == owed.key.period.kind()
            && self.level.is_none_or(|level| level == owed.level)
            && sent == day
    }
}

/// What a text may name in braces: name and code of the unit that owes, the form, the period, the
/// deadline, the days until it or since, and whether anything came in.
pub const PLACEHOLDERS: [&str; 7] = ["unit", "code", "form", "period", "due", "days", "standing"];

/// One reminder, to be sent once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reminder {
    /// The same for the same return, addressee and distance from the deadline, whenever and however
    /// often it is made; what was sent under it is not sent again.
    pub id: String,
    /// The unit that it is sent to.
    pub to: UnitCode,
    /// Whether that is the unit that owes, or the one above.
    pub whom: Whom,
    /// The unit that owes the return.
    pub unit: UnitCode,
    /// Code of the form.
    pub form: String,
    /// The period.
    pub period: Period,
    /// Last moment on time, Asia/Shanghai.
    pub due: DateTime,
    /// Where the return stood.
    #[serde(flatten)]
    pub standing: Standing,
    /// Chinese text.
    pub zh: String,
    /// English text.
    pub en: String,
}

/// The reminders of one day about `owed` returns, in their order; none about accepted ones.
///
/// A unit without one above it has nobody else to be reminded.
pub fn reminders<'a>(
    catalog: &'a Catalog,
    day: Date,
    owed: impl IntoIterator<Item = (Obligation, Standing)> + 'a,
) -> impl Iterator<Item = Reminder> + 'a {
    let open = owed.into_iter().filter(|(_, standing)| standing.is_open());
    open.flat_map(move |(owed, standing)| {
        let rules = catalog.calendar.reminders.iter().filter(move |rule| rule.is_for(&owed, day));
        rules.filter_map(move |rule| reminder(catalog, rule, owed, standing))
    })
}

/// The first and last day on which a return may be due that is spoken of on `day`, to be given to
/// [`crate::obligation::Which::DueBetween`]; `None` without any rule.
pub fn due_days(calendar: &Calendar, day: Date) -> Option<(Date, Date)> {
    let days = || calendar.reminders.iter().map(|rule| i32::from(rule.days));
    let due = |days: i32| day.saturating_sub(days.days());
    Some((due(days().max()?), due(days().min()?)))
}

fn reminder(
    catalog: &Catalog,
    rule: &ReminderRule,
    owed: Obligation,
    standing: Standing,
) -> Option<Reminder> {
    let key = owed.key;
    // Who has sent it waits for the level above, and only that one is to be reminded.
    if rule.whom == Whom::Unit && matches!(standing, Standing::Waiting { .. }) {
        return None;
    }
    let tree = catalog.register.tree(key.period.end());
    let node = tree.node(key.unit)?;
    let to = match rule.whom {
        Whom::Unit => key.unit,
        Whom::Parent => tree.code(tree.parent(node)?),
    };
    let form = catalog.form(key.form);
    let name = &catalog.register.record(tree.record(node)).name;
    let due = owed.due.strftime("%Y-%m-%d %H:%M").to_string();
    let say = |text: &str, form: &str, standing: &str| {
        fill(text, |placeholder| match placeholder {
            "unit" => Some(name.clone()),
            "code" => Some(key.unit.to_string()),
            "form" => Some(form.to_owned()),
            "period" => Some(key.period.to_string()),
            "due" => Some(due.clone()),
            "days" => Some(rule.days.unsigned_abs().to_string()),
            "standing" => Some(standing.to_owned()),
            _ => None,
        })
    };
    let (zh, en) = match standing {
        Standing::Waiting { .. } => ("待审", "waiting for your review"),
        Standing::Received { .. } => ("已收到但未通过", "received but not accepted"),
        _ => ("未收到", "not received"),
    };
    Some(Reminder {
        id: format!(
            "{}:{}:{}:{}:{:+}",
            form.code,
            key.period,
            key.unit,
            rule.whom.name(),
            rule.days
        ),
        to,
        whom: rule.whom,
        unit: key.unit,
        form: form.code.clone(),
        period: key.period,
        due: owed.due,
        standing,
        zh: say(&rule.zh, &form.zh, zh),
        en: say(&rule.en, &form.en, en),
    })
}

/// A text with its placeholders filled; what is no placeholder stays as it is.
fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len() * 2);
    let mut rest = text;
    // What is filled in is not looked at again, so a name with braces is safe.
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        match behind.split_once('}').and_then(|(name, after)| Some((value(name)?, after))) {
            Some((value, after)) => {
                filled.push_str(&value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = behind;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// The first thing in a text that looks like a placeholder and is none; an open brace that is not
/// closed gives the rest of the text.
pub fn unknown_placeholder(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        if before.contains('}') {
            return Some("}");
        }
        match behind.split_once('}') {
            Some((name, after)) if PLACEHOLDERS.contains(&name) => rest = after,
            Some((name, _)) => return Some(name),
            None => return Some(behind),
        }
    }
    rest.contains('}').then_some("}")
}

#[cfg(test)]
mod tests;
