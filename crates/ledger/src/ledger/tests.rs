//! The revision rules, one test each, and their independence of the order of arrival.

use model::UnitCode;
use proptest::prelude::*;

use super::*;

fn key(village: u64) -> SubmissionKey {
    SubmissionKey {
        unit: UnitCode::from_u64(410_102_001_000 + village).unwrap(),
        form: FormIx(1),
        period: "2023-01".parse().unwrap(),
    }
}

fn fact(revision: u32, content: u8) -> Fact {
    Fact {
        key: key(1),
        revision,
        content: [content; 16],
        hard: false,
        on_time: true,
        accept: Acceptance::Automatic,
        filler: 0,
    }
}

#[test]
fn the_highest_accepted_revision_is_in_force_whatever_the_order() {
    let mut ledger = Ledger::default();
    assert!(ledger.decide(fact(2, 2)).takes_effect);
    let late_first = ledger.decide(fact(1, 1));
    assert_eq!((late_first.decision, late_first.takes_effect), (Decision::Overtaken, false));
    assert_eq!(ledger.standing(key(1)).unwrap().in_force(), Some(2));
    let account = ledger.account();
    assert_eq!((account.received, account.effective, account.superseded), (2, 1, 1));
}

#[test]
fn the_same_content_again_is_a_replay() {
    let mut ledger = Ledger::default();
    ledger.decide(fact(1, 1));
    assert_eq!(ledger.history(key(1), 1, [1; 16], Vec::new), None);
    let again = ledger.decide(fact(1, 1));
    assert_eq!((again.decision, again.status), (Decision::Replayed, None));
    let account = ledger.account();
    assert_eq!((account.received, account.replayed), (1, 1));
}

#[test]
fn the_same_revision_with_other_content_is_a_conflict() {
    let mut ledger = Ledger::default();
    ledger.decide(fact(1, 1));
    let history = ledger.history(key(1), 1, [9; 16], Vec::new).unwrap();
    assert!(history.conflicts);
    let refused = ledger.decide(Fact { hard: history.conflicts, ..fact(1, 9) });
    assert_eq!(refused.decision, Decision::Refused);
    assert_eq!(ledger.standing(key(1)).unwrap().in_force(), Some(1));
}

#[test]
fn a_refused_correction_leaves_the_older_in_force() {
    let mut ledger = Ledger::default();
    ledger.decide(fact(1, 1));
    let refused = ledger.decide(Fact { hard: true, ..fact(2, 2) });
    assert_eq!((refused.decision, refused.takes_effect), (Decision::Refused, false));
    assert_eq!(refused.status, None, "coverage does not change");
    assert_eq!(ledger.standing(key(1)).unwrap().in_force(), Some(1));
}

#[test]
fn a_form_under_review_waits() {
    let mut ledger = Ledger::default();
    let waiting = ledger.decide(Fact { accept: Acceptance::Review, ..fact(1, 1) });
    assert_eq!((waiting.decision, waiting.takes_effect), (Decision::Pending, false));
    let status = waiting.status.unwrap();
    assert!(status.received && !status.accepted);
}

#[test]
fn a_lock_closes_the_period_until_it_is_opened() {
    let mut ledger = Ledger::default();
    let (form, period) = (FormIx(1), "2023-01".parse().unwrap());
    ledger
        .lock(form, period, LockDecision { locked: true, ..LockDecision::default() }, &[])
        .unwrap();
    assert!(ledger.history(key(1), 1, [1; 16], Vec::new).unwrap().locked);
    ledger.lock(form, period, LockDecision::default(), &[]).unwrap();
    assert!(!ledger.history(key(1), 1, [1; 16], Vec::new).unwrap().locked);
}

#[test]
fn what_belongs_to_no_key_is_accounted_for_once() {
    let mut ledger = Ledger::default();
    for decision in [Decision::SetAside, Decision::Refused, Decision::Accepted] {
        let content = [decision as u8; 16];
        assert_eq!(ledger.decide_without_key(content, decision), decision);
        assert_eq!(ledger.decide_without_key(content, decision), Decision::Replayed);
    }
    let account = ledger.account();
    assert_eq!((account.set_aside, account.refused, account.effective), (1, 1, 1));
    assert_eq!((account.received, account.replayed), (3, 3));
    assert!(account.balances());
}

proptest! {
    /// Without conflicts the order of arrival decides nothing: revision in force, status, account.
    #[test]
    fn order_of_arrival_does_not_matter(
        order in Just((1u32..=6).collect::<Vec<_>>()).prop_shuffle(),
        hard in proptest::collection::vec(any::<bool>(), 6),
        on_time in proptest::collection::vec(any::<bool>(), 6),
    ) {
        let facts: Vec<Fact> = (1u32..=6)
            .map(|r| Fact {
                hard: hard[r as usize - 1],
                on_time: on_time[r as usize - 1],
                ..fact(r, r as u8)
            })
            .collect();
        let run = |revisions: &mut dyn Iterator<Item = u32>| {
            let mut ledger = Ledger::default();
            for r in revisions {
                ledger.decide(facts[r as usize - 1]);
            }
            let standing = ledger.standing(key(1)).unwrap();
            (standing.in_force(), standing.status(), ledger.account())
        };
        let in_order = run(&mut (1..=6));
        prop_assert!(in_order.2.balances());
        prop_assert_eq!(in_order, run(&mut order.into_iter()));
    }
}

/// Lock, three approvals, publish.
fn publish(
    ledger: &mut Ledger,
    of: (FormIx, Period),
    lineage: &[UnitCode],
) -> Result<u32, Illegal> {
    let lock = LockDecision { root: Some(lineage[0]), locked: true, ..LockDecision::default() };
    ledger.lock(of.0, of.1, lock, lineage)?;
    for (round, signer) in [(1, "甲"), (2, "乙"), (3, "丙")] {
        ledger.approve(of, lineage, round, signer)?;
    }
    ledger.publish(of, lineage)
}

#[test]
fn what_is_published_again_is_another_edition() {
    let (mut ledger, of) = (Ledger::default(), (FormIx(1), "2023-01".parse().unwrap()));
    let county = [UnitCode::from_u64(410_102_000_000).unwrap()];
    assert_eq!(publish(&mut ledger, of, &county), Ok(1));
    let open = LockDecision { root: Some(county[0]), ..LockDecision::default() };
    ledger.lock(of.0, of.1, open, &county).unwrap();
    assert_eq!(publish(&mut ledger, of, &county), Ok(2));
}

#[test]
fn nobody_approves_twice_by_another_spelling() {
    let (mut ledger, of) = (Ledger::default(), (FormIx(1), "2023-01".parse().unwrap()));
    let county = [UnitCode::from_u64(410_102_000_000).unwrap()];
    let lock = LockDecision { root: Some(county[0]), locked: true, ..LockDecision::default() };
    ledger.lock(of.0, of.1, lock, &county).unwrap();
    ledger.approve(of, &county, 1, "张三").unwrap();
    let again = ledger.approve(of, &county, 2, "张\u{3000}三");
    assert_eq!(again, Err(Illegal::ApprovedAlready("张\u{3000}三".to_owned())));
}

#[test]
fn who_filled_in_is_known_whatever_became_of_it() {
    let mut ledger = Ledger::default();
    ledger.decide(Fact { filler: model::person::mark("张三"), ..fact(1, 1) });
    assert!(ledger.filled_in(key(1), 1, "张 三"));
    assert!(!ledger.filled_in(key(1), 1, "李四"));
    ledger.step(key(1), 1, model::step::Action::SendBack, Vec::new).unwrap();
    assert!(ledger.filled_in(key(1), 1, "张三"));
}

#[test]
fn what_is_overtaken_is_not_kept_for_a_reviewer() {
    let mut ledger = Ledger::default();
    ledger.decide(fact(2, 2));
    ledger.decide(Fact { accept: Acceptance::Review, ..fact(1, 1) });
    ledger.hold(key(1), 1, Held::default());
    assert!(ledger.held.is_empty());
}
