//! Catalogues that were announced in the journal: kept in the log of table `submissions` beside the
//! positions, so that whoever opens the tables knows what decides before a row is read.

use crate::{Store, StoreError, submissions::SUBMISSIONS};

/// Application id before partition, offset, time and hash.
const PREFIX: &str = "catalog-";

/// A catalogue's notice in a partition of the journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Announcement {
    /// Partition of the notice.
    pub partition: u32,
    /// Its offset: what comes behind is decided under the catalogue.
    pub offset: u64,
    /// When it was announced, milliseconds since 1970 (UTC).
    pub at: i64,
    /// Hash of the catalogue.
    pub hash: String,
}

impl Announcement {
    /// Application id and version in the log.
    pub(crate) fn position(&self) -> (String, i64) {
        let Self { partition, offset, at, hash } = self;
        (format!("{PREFIX}{partition}-{offset}-{at}-{hash}"), *offset as i64)
    }

    fn read(application: &str) -> Option<Self> {
        let mut parts = application.strip_prefix(PREFIX)?.splitn(4, '-');
        Some(Self {
            partition: parts.next()?.parse().ok()?,
            offset: parts.next()?.parse().ok()?,
            at: parts.next()?.parse().ok()?,
            hash: parts.next()?.to_owned(),
        })
    }
}

impl Store {
    /// All notices that were settled, by partition and offset.
    pub async fn announced(&self) -> Result<Vec<Announcement>, StoreError> {
        let mut table = self.table(SUBMISSIONS).await?;
        table.refresh().await?;
        let mut all: Vec<Announcement> =
            table.positions().keys().filter_map(|app| Announcement::read(app)).collect();
        all.sort_unstable();
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let hash = "ab12".to_owned();
        let one = Announcement { partition: 7, offset: 3, at: 1_700_000_000_000, hash };
        let (application, version) = one.position();
        assert_eq!((Announcement::read(&application), version), (Some(one), 3));
        assert_eq!(Announcement::read("journal-7"), None);
        assert_eq!(Announcement::read("catalog-7-x-1-ab"), None);
    }
}
