//! Commits of several tables, of which two are under way at a time: while the files of one are on their way
//! to the disk, those of the next are made.

use futures::{StreamExt, stream::FuturesOrdered};

/// Tables that are written at a time.
const TABLES: usize = 2;

/// Runs the commits; `done` is told of each that succeeded, in their order. Behind a failure none is begun,
/// and what is under way is waited for, so that its end is known.
///
/// # Errors
/// The first failure.
pub(crate) async fn in_turn<T, E>(
    mut commits: impl Iterator<Item: Future<Output = Result<T, E>>>,
    mut done: impl FnMut(T),
) -> Result<(), E> {
    let mut failed = None;
    let mut under_way = FuturesOrdered::new();
    loop {
        while failed.is_none() && under_way.len() < TABLES {
            let Some(next) = commits.next() else { break };
            under_way.push_back(next);
        }
        match under_way.next().await {
            Some(Ok(one)) => done(one),
            Some(Err(error)) => failed = failed.or(Some(error)),
            None => return failed.map_or(Ok(()), Err),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn behind_a_failure_none_is_begun_and_what_is_under_way_ends() {
        let (begun, ended) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let commits = (0..6).map(|number| {
            begun.borrow_mut().push(number);
            async move {
                // Later ones take longer than the failing one.
                for _ in 0..number * 10 {
                    tokio::task::yield_now().await;
                }
                if number == 1 || number == 3 { Err(number) } else { Ok(number) }
            }
        });
        let result = in_turn(commits, |number| ended.borrow_mut().push(number)).await;
        assert_eq!(result, Err(1));
        assert_eq!((&begun.borrow()[..], &ended.borrow()[..]), (&[0, 1, 2][..], &[0, 2][..]));
    }

    #[tokio::test]
    async fn all_that_succeed_are_told_in_their_order() {
        let commits = [30, 0, 20, 10].into_iter().map(|turns| async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            Ok::<_, ()>(turns)
        });
        let mut told = Vec::new();
        assert_eq!(in_turn(commits, |turns| told.push(turns)).await, Ok(()));
        assert_eq!(told, [30, 0, 20, 10]);
    }
}
