//! Pieces of rows that are made and not committed yet: while they are on their way to the tables, the
//! state may go on.

use std::{collections::BTreeMap, sync::Arc};

use model::{Catalog, FormIx, UnitCode};
use store::{Applied, SliceRows, Store};

use crate::{AggregateError, Aggregator, in_turn::in_turn, waiting::Taking};

/// Pieces without any value that are written beside others, and when there is nothing else to do.
const FEW_PIECES: usize = 4;
const MANY_PIECES: usize = 40;

/// Rows of a few pieces, with everything that their commit needs.
pub(crate) struct Pieces {
    store: Arc<Store>,
    catalog: Arc<Catalog>,
    provinces: Vec<UnitCode>,
    /// As in [`Applied`].
    submissions: u64,
    complete: u64,
    taken: u64,
    forms: Vec<(FormIx, Vec<SliceRows>, BTreeMap<UnitCode, u64>)>,
    /// How many rows there are.
    pub(crate) rows: u64,
}

impl Pieces {
    /// Commits them, the tables of two forms at a time; the new version of each table.
    ///
    /// # Errors
    /// The aggregator that made them must be opened again.
    pub(crate) async fn commit(self) -> Result<BTreeMap<String, u64>, AggregateError> {
        let Self { store, catalog, provinces, submissions, complete, taken, forms, .. } = self;
        let (hash, provinces) = (catalog.hash.as_str(), &provinces[..]);
        let (store, catalog) = (&store, &catalog);
        let commits = forms.into_iter().map(|(form, slices, turns)| async move {
            let turns = &turns;
            let applied = Applied { submissions, complete, catalog: hash, provinces, turns, taken };
            let commit = store.commit_rows_of(form, slices, |slice| slice, catalog, applied);
            Ok::<_, AggregateError>((catalog.form(form).table(), commit.await?))
        });
        let mut versions = BTreeMap::new();
        in_turn(commits, |(table, version)| {
            versions.insert(table, version);
        })
        .await?;
        Ok(versions)
    }
}

impl Aggregator {
    /// Takes in a part of what waits and makes the rows of these provinces that it changes.
    pub(crate) fn prepare(
        &mut self,
        what: Taking,
        provinces: &[UnitCode],
    ) -> Result<Pieces, AggregateError> {
        // Rows without a value that it brings are missing for as long as the oldest change was.
        let since = self.complete() + 1;
        self.take_in(what)?;
        self.touch(provinces, since)?;
        let empty = match what {
            Taking::Corrections => 0,
            Taking::Longest => FEW_PIECES,
            Taking::Nothing => MANY_PIECES,
            Taking::All => usize::MAX,
        };
        self.fill_up(provinces, empty);
        let wanted = self.pending_of(provinces);
        // They are told to be missing until they are committed.
        let complete = self.complete();
        let made = wanted.into_iter().map(|(form, pieces)| {
            let slices = self.all_piece_rows(form, &pieces);
            (form, slices, self.turns_of(form, provinces))
        });
        let forms: Vec<_> = made.collect();
        let slices = forms.iter().flat_map(|(_, slices, _)| slices);
        let rows = slices.map(|slice| slice.rows.nodes.len() as u64).sum();
        self.written(provinces);
        Ok(Pieces {
            store: Arc::clone(&self.store),
            catalog: Arc::clone(&self.catalog),
            provinces: provinces.to_vec(),
            submissions: self.applied,
            complete,
            taken: self.taken,
            forms,
            rows,
        })
    }

    /// The versions with which rows of the provinces were last written here.
    fn turns_of(&self, form: FormIx, provinces: &[UnitCode]) -> BTreeMap<UnitCode, u64> {
        let table = self.catalog.form(form).table();
        let ours = |&one: &UnitCode| Some((one, *self.turns.get(&(table.clone(), one))?));
        provinces.iter().filter_map(ours).collect()
    }

    /// Tables have new versions with rows of the provinces.
    pub(crate) fn committed(&mut self, provinces: &[UnitCode], tables: &BTreeMap<String, u64>) {
        for (table, &version) in tables {
            for &province in provinces {
                self.turns.insert((table.clone(), province), version);
            }
        }
    }
}
