//! `zhibao calendar reminders`: what is to be said to whom on a day. Nothing is sent: whoever delivers
//! takes the records, and sends each id once.

use jiff::civil::{Time, time};
use model::{
    calendar::SHANGHAI,
    obligation::Which,
    reminder::{Reminder, due_days, reminders},
};

use super::{Owed, days, now};
use crate::{
    arguments::ReminderArguments,
    command::{Context, print},
    failure::{Outcome, refused},
};

/// When the offices open.
const OPENING: Time = time(8, 0, 0, 0);

pub(super) async fn run(context: &Context, given: &ReminderArguments) -> anyhow::Result<Outcome> {
    let day = given.day.unwrap_or_else(|| SHANGHAI.to_datetime(now()).date());
    let catalog = context.place.catalog(&context.settings)?;
    let lang = context.lang;
    let Some((first, last)) = due_days(&catalog.calendar, day) else {
        return Err(refused(lang.pick(
            "制度中没有催报规则；请在 calendar/reminders.csv 中写明",
            "the definitions have no reminders; write them into calendar/reminders.csv",
        )));
    };
    let owed = Owed::open(context, Which::DueBetween(first, last), &given.unit).await?;
    // They are delivered when the offices open; what is due that day is not late then.
    let morning = SHANGHAI.to_timestamp(day.to_datetime(OPENING));
    let moment = morning.unwrap_or_else(|_| now());
    let all: Vec<Reminder> = reminders(&owed.catalog, day, owed.standings(moment)).collect();
    if context.json()? {
        print::json(&all)?;
        return Ok(Outcome::Done);
    }
    for one in &all {
        print::line(format!("→ {} {}", one.to, lang.pick(&one.zh, &one.en)))?;
    }
    print::line(format!("{} {}", all.len(), lang.pick("条", "reminders")))?;
    days::unknown(context, &owed.unknown_years())?;
    Ok(Outcome::Done)
}
