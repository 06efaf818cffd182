//! Returns of villages of Henan, and aggregators for them.

use std::{fmt::Display, path::Path, sync::Arc};

use aggregator::Aggregator;
use journal::{Entry, PARTITIONS, Place, partition_of};
use model::{Catalog, UnitCode};
use store::Store;

const HENAN: &str = "410000000000";

/// The definitions of the project.
pub(crate) fn catalog() -> Arc<Catalog> {
    let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
    Arc::new(catalog::load(&definitions).unwrap())
}

/// An aggregator on the tables of a folder.
pub(crate) async fn open(catalog: &Arc<Catalog>, folder: &Path) -> Aggregator {
    let store = Store::open(folder, Arc::new(|| 1_700_000_000_000)).await.unwrap();
    Aggregator::open(Arc::clone(catalog), Arc::new(store)).await.unwrap()
}

/// The end of the journal's partitions, for entries to be put there.
#[derive(Clone, Default)]
pub(crate) struct Ends([u64; PARTITIONS as usize]);

impl Ends {
    /// A return with this many persons; one without revision 1 gives its reason.
    pub(crate) fn entry(
        &mut self,
        village: &str,
        month: &str,
        revision: u32,
        persons: impl Display,
    ) -> Entry {
        let reason = if revision > 1 { r#""reason":"更正","# } else { "" };
        let bytes = format!(
            r#"{{"wire":1,"id":"{village}-{month}-{revision}","unit":"{village}","form":"SA","period":"{month}","revision":{revision},"submitted_at":"2023-04-02T09:00:00+08:00","signers":{{"filler":"甲","reviewer":"乙","head":"丙"}},{reason}"cells":{{"SA01":"{persons}","SA02":"{persons}","SA03":"0","SA04":"0","SA17":"0","SA18":"0"}},"source":"file"}}"#
        );
        let partition = partition_of(village);
        let end = &mut self.0[partition as usize];
        let place = Place { partition, offset: *end };
        *end += 1;
        let (kind, wire) = ("return".to_owned(), "1".to_owned());
        Entry { place, kind, wire, bytes: bytes.into_bytes(), at: 0 }
    }
}

/// The one shard.
pub(crate) fn henan() -> [UnitCode; 1] {
    [HENAN.parse().unwrap()]
}
