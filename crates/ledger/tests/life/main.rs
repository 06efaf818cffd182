//! The life of a key: a million random sequences of events against a slow reference that works
//! everything out anew from the list of what happened.

mod draw;
mod reference;

use std::collections::BTreeMap;

use draw::{Draw, FORM, Happening, PERIOD, UNITS, key, lineage};
use ledger::{Fact, Held, Ledger, LockDecision, PeriodState, RevisionState};
use model::{form::Acceptance, receipt::Decision};
use reference::Reference;

const SEQUENCES: u64 = 1_000_000;

/// A short word for why something was refused, to count by.
fn sort(refusal: &ledger::Illegal) -> &'static str {
    use ledger::Illegal::{
        ApprovalOutOfTurn, ApprovedAlready, Locked, LockedAbove, NotTheNewest, NothingSubmitted,
        OpenBelow, Period, Revision,
    };
    match refusal {
        NothingSubmitted => "nothing submitted",
        NotTheNewest { .. } => "not the newest",
        Revision(..) => "leads nowhere (revision)",
        Period(..) => "leads nowhere (period)",
        Locked => "locked",
        OpenBelow(_) => "open below",
        LockedAbove(_) => "locked above",
        ApprovalOutOfTurn { .. } => "approval out of turn",
        ApprovedAlready(_) => "approved already",
    }
}

/// Lets the ledger take one event, and says what came of it in words that both sides share.
fn take(ledger: &mut Ledger, event: &Happening) -> Result<String, &'static str> {
    match event {
        Happening::Sent { village, revision, content, hard, review } => {
            let (key, content) = (key(*village), [*content; 16]);
            let lineage = || lineage(*village);
            let Some(history) = ledger.history(key, *revision, content, lineage) else {
                let again = ledger.decide_without_key(content, Decision::Replayed);
                return Ok(again.name().to_owned());
            };
            let verdict = ledger.decide(Fact {
                key,
                revision: *revision,
                content,
                hard: *hard || history.conflicts || history.locked,
                on_time: true,
                accept: if *review { Acceptance::Review } else { Acceptance::Automatic },
                filler: 0,
            });
            if verdict.decision == Decision::Pending {
                // The time tells which one it is.
                let submitted_at = draw::number(*village, *revision, content[0]);
                ledger.hold(key, *revision, Held { submitted_at, ..Held::default() });
            }
            Ok(format!("{} {}", verdict.decision.name(), verdict.takes_effect))
        }
        Happening::Step { village, revision, action } => {
            let effect = ledger.step(key(*village), *revision, *action, || lineage(*village));
            let effect = effect.map_err(|why| sort(&why))?;
            Ok(effect.takes_effect.map_or(String::new(), |held| held.submitted_at.to_string()))
        }
        Happening::Lock { root, by, locked, left_out } => {
            let place = root.map_or(Vec::new(), lineage);
            let decision = LockDecision {
                root: root.map(|at| UNITS[at]),
                by: by.map(|at| UNITS[at]),
                locked: *locked,
                left_out: left_out.iter().map(|&at| lineage(at)).collect(),
            };
            let done = ledger.lock(FORM, PERIOD(), decision, &place);
            done.map(|()| String::new()).map_err(|why| sort(&why))
        }
        Happening::Approve { unit, round, signer } => {
            let of = (FORM, PERIOD());
            let done = ledger.approve(of, &lineage(*unit), *round, &signer.to_string());
            done.map(|()| String::new()).map_err(|why| sort(&why))
        }
        Happening::Publish { unit } => {
            let edition = ledger.publish((FORM, PERIOD()), &lineage(*unit));
            edition.map(|edition| edition.to_string()).map_err(|why| sort(&why))
        }
    }
}

/// Everything that can be asked of a ledger and of the reference, side by side.
fn compare(ledger: &Ledger, reference: &Reference, told: &dyn Fn() -> String) {
    let account = ledger.account();
    assert!(account.balances(), "{account:?}\n{}", told());
    assert_eq!(account, reference.account(), "{}", told());
    for village in draw::VILLAGES {
        let standing = ledger.standing(key(village));
        let in_force = standing.and_then(ledger::Standing::in_force);
        assert_eq!(in_force, reference.in_force(village), "{village}\n{}", told());
        let states: BTreeMap<(u32, u8), &str> = standing
            .map_or(&[][..], ledger::Standing::seen)
            .iter()
            .map(|seen| ((seen.revision, seen.content[0]), seen.state.name()))
            .collect();
        assert_eq!(states, reference.states(village), "{village}\n{}", told());
        let locked = ledger.is_locked(key(village), || lineage(village));
        assert_eq!(locked, reference.is_locked(village), "{village}\n{}", told());
    }
    for unit in 0..UNITS.len() {
        let state = ledger.period_state(FORM, PERIOD(), &lineage(unit)).name();
        assert_eq!(state, reference.period_state(unit), "{unit}\n{}", told());
    }
}

/// The states in which a ledger has left its revisions and periods.
fn states(ledger: &Ledger) -> impl Iterator<Item = &'static str> {
    let revisions = ledger.keys().flat_map(|(_, standing)| standing.seen().to_vec());
    let periods = (0..UNITS.len()).map(|unit| ledger.period_state(FORM, PERIOD(), &lineage(unit)));
    revisions.map(|seen| seen.state.name()).chain(periods.map(PeriodState::name))
}

#[test]
fn a_million_lives_go_as_the_slow_reference_says() {
    let mut draw = Draw::new(20_230_630);
    let (mut events, mut done) = (0_u64, 0_u64);
    let mut refused: BTreeMap<&str, u64> = BTreeMap::new();
    let mut reached: BTreeMap<&str, u64> = BTreeMap::new();
    for sequence in 0..SEQUENCES {
        let (mut ledger, mut reference) = (Ledger::default(), Reference::default());
        let mut happened = Vec::new();
        for _ in 0..draw.below(18) + 2 {
            let event = draw.event();
            let got = take(&mut ledger, &event);
            let expected = reference.take(&event);
            let told = || format!("sequence {sequence}: {happened:?}, then {event:?}");
            assert_eq!(got, expected, "{}", told());
            match got {
                Ok(_) => done += 1,
                Err(why) => *refused.entry(why).or_default() += 1,
            }
            happened.push(event);
        }
        events += happened.len() as u64;
        compare(&ledger, &reference, &|| format!("sequence {sequence}: {happened:?}"));
        for state in states(&ledger) {
            *reached.entry(state).or_default() += 1;
        }
    }
    println!("{SEQUENCES} sequences, {events} events, {done} done");
    println!("refused: {refused:?}");
    println!("reached: {reached:?}");
    assert_eq!(refused.len(), 9, "every reason to refuse was met: {refused:?}");
    let all = RevisionState::ALL.len() + PeriodState::ALL.len();
    assert_eq!(reached.len(), all, "every state was reached: {reached:?}");
    let few = refused.values().chain(reached.values()).min().copied().unwrap_or(0);
    assert!(few > 1_000, "and none of them rarely");
}
