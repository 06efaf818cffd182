//! Where the tables lie: a folder of this machine, or a bucket; the same to all that is above.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{
    Error, ObjectStore, ObjectStoreExt, PutPayload, path::Path as Location, prefix::PrefixStore,
};
use url::Url;

use crate::{Bucket, Durable, StoreError};

/// Objects written to a bucket at the same time.
const PARALLEL: usize = 8;

/// What reads and writes the files of the tables, and what they are called.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    objects: Arc<dyn ObjectStore>,
    /// The same, where files must be synced by hand.
    durable: Option<Arc<Durable>>,
    /// Where the tables begin.
    top: Location,
    /// The same as an address, with `/` at its end.
    url: Url,
    /// The folder; none in a bucket.
    folder: Option<PathBuf>,
}

impl Files {
    /// The folder `root`, which is made if need be.
    pub(crate) fn in_folder(root: &Path, objects: Durable) -> Result<Self, StoreError> {
        let failed = |e| StoreError::of_io(root, e);
        let new = !root.exists();
        fs::create_dir_all(root).map_err(failed)?;
        let root = fs::canonicalize(root).map_err(failed)?;
        if let Some(above) = root.parent().filter(|_| new) {
            // The folder's own name must outlive a power cut too.
            fs::File::open(above).and_then(|above| above.sync_all()).map_err(failed)?;
        }
        let place = root.display().to_string();
        let top = Location::from_absolute_path(&root)
            .map_err(|error| StoreError::of_storage(&place, error))?;
        let url = Url::from_directory_path(&root)
            .map_err(|()| StoreError::of_storage(&place, "the folder's path is not absolute"))?;
        let durable = Arc::new(objects);
        let objects: Arc<dyn ObjectStore> = Arc::clone(&durable) as _;
        Ok(Self { objects, durable: Some(durable), top, url, folder: Some(root) })
    }

    /// A bucket, whose server acknowledges a put only when it is safe.
    pub(crate) fn in_bucket(bucket: &Bucket) -> Result<Self, StoreError> {
        let (objects, url) = bucket.connect()?;
        let top = Location::parse(url.path().trim_matches('/'))
            .map_err(|error| StoreError::of_storage(&bucket.url, error))?;
        Ok(Self { objects, durable: None, top, url, folder: None })
    }

    /// What reads and writes.
    pub(crate) fn objects(&self) -> &Arc<dyn ObjectStore> {
        &self.objects
    }

    /// The same, confined to the files of one table.
    pub(crate) fn objects_of(&self, table: &str) -> Arc<dyn ObjectStore> {
        Arc::new(PrefixStore::new(Arc::clone(&self.objects), self.table(table)))
    }

    /// Where the tables begin.
    pub(crate) fn top(&self) -> &Location {
        &self.top
    }

    /// The folder; none in a bucket.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Where a table lies.
    pub(crate) fn table(&self, name: &str) -> Location {
        self.top.clone().join(name)
    }

    /// The address of a table.
    pub(crate) fn url(&self, table: &str) -> Result<Url, StoreError> {
        self.url.join(&format!("{table}/")).map_err(|error| StoreError::of_storage(table, error))
    }

    /// A file as a person finds it: its path, or its address in the bucket.
    pub(crate) fn shown(&self, location: &Location) -> PathBuf {
        match (&self.folder, location.prefix_match(&self.top)) {
            (Some(folder), Some(parts)) => {
                parts.fold(folder.clone(), |path, part| path.join(part.as_ref()))
            }
            _ => {
                let mut url = self.url.clone();
                url.set_path(location.as_ref());
                PathBuf::from(url.as_str())
            }
        }
    }

    /// The bytes of a file; `None` when it is not there.
    pub(crate) async fn read(&self, location: &Location) -> Result<Option<Bytes>, Error> {
        match self.objects.get(location).await {
            Ok(found) => found.bytes().await.map(Some),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes files that nothing refers to yet; all are safe when it returns.
    pub(crate) async fn put_group(&self, files: &[(Location, Bytes)]) -> Result<(), Error> {
        if let Some(durable) = &self.durable {
            return durable.put_group(&self.top, files).await;
        }
        let put = |(path, bytes): &(Location, Bytes)| {
            let (objects, path) = (Arc::clone(&self.objects), path.clone());
            let payload = PutPayload::from(bytes.clone());
            async move { objects.put(&path, payload).await.map(drop) }
        };
        let puts: Vec<_> = files.iter().map(put).collect();
        stream::iter(puts).buffer_unordered(PARALLEL).try_collect().await
    }
}

/// Where a file of a table lies, whose path in the table is `path`.
pub(crate) fn within(table: &Location, path: &str) -> Location {
    table.parts().chain(path.split('/').map(Into::into)).collect()
}
