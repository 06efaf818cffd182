//! An object store that does not acknowledge what a power cut could still take away.
//!
//! `object_store` writes local files without ever asking the system to put them on the disk, so a
//! power cut can lose commits that were acknowledged, or leave them as files of no bytes. Here a
//! single put is written under a hidden name, synced, moved to its place, and the folder synced: a
//! name is visible only with its bytes, and acknowledged only when both are on the disk.

use std::{
    fmt,
    fs::File,
    io,
    ops::Range,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    RenameOptions, Result, UploadPart, local::LocalFileSystem, path::Path,
};

/// Files written and synced at the same time; the file system then shares its journal commits.
const PARALLEL: usize = 4;

/// Makes a store of local files durable. Locations are absolute paths of the file system.
#[derive(Debug)]
pub struct Durable {
    inner: Arc<dyn ObjectStore>,
    local: LocalFileSystem,
    staged: AtomicU64,
}

impl fmt::Display for Durable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Durable({})", self.inner)
    }
}

impl Default for Durable {
    fn default() -> Self {
        Self::new(Arc::new(LocalFileSystem::new()))
    }
}

impl Durable {
    /// Wraps `inner`, which must put its objects into local files at their absolute paths: it is
    /// the local file system, or something that adds faults to it.
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner, local: LocalFileSystem::new(), staged: AtomicU64::new(0) }
    }

    /// Writes files that nothing refers to yet, then syncs them, then each folder up to `top` once.
    ///
    /// Cheaper than single puts, since a file without a reference may be visible before it is safe.
    pub(crate) async fn put_group(&self, top: &Path, files: &[(Path, Bytes)]) -> Result<()> {
        let put = |(path, bytes): &(Path, Bytes)| {
            let (inner, path) = (Arc::clone(&self.inner), path.clone());
            let payload = PutPayload::from(bytes.clone());
            async move { inner.put(&path, payload).await.map(drop) }
        };
        let puts: Vec<_> = files.iter().map(put).collect();
        stream::iter(puts).buffer_unordered(PARALLEL).try_collect::<()>().await?;
        let paths: Vec<Path> = files.iter().map(|(path, _)| path.clone()).collect();
        self.sync_all(&paths).await?;
        self.sync_all(&folders(top, &paths)).await
    }

    /// Syncs files or folders, several at a time.
    async fn sync_all(&self, paths: &[Path]) -> Result<()> {
        let syncs = paths.iter().map(|path| self.sync(path)).collect::<Result<Vec<_>>>()?;
        stream::iter(syncs).buffer_unordered(PARALLEL).try_collect::<()>().await
    }

    /// Puts one file or folder on the disk.
    fn sync(&self, path: &Path) -> Result<impl Future<Output = Result<()>> + Send + 'static> {
        let file: PathBuf = self.local.path_to_filesystem(path)?;
        Ok(async move { tokio::task::spawn_blocking(move || sync_file(&file)).await? })
    }

    async fn sync_one(&self, path: &Path) -> Result<()> {
        self.sync(path)?.await
    }

    /// Puts a file and the name that leads to it on the disk.
    async fn sync_with_folder(&self, path: &Path) -> Result<()> {
        self.sync(path)?.await?;
        self.sync_folder(path).await
    }

    /// Puts the names on the disk that lead to a file from the folder of the tables: its own, and
    /// those of a log and a table that may just have been made.
    async fn sync_folder(&self, path: &Path) -> Result<()> {
        for folder in ancestors(path).take(3) {
            self.sync(&folder)?.await?;
        }
        Ok(())
    }

    /// A hidden name beside `location` that no list of the log or of data takes in.
    fn staging(&self, location: &Path) -> Path {
        let name = location.filename().unwrap_or_default();
        let serial = self.staged.fetch_add(1, Ordering::Relaxed);
        let hidden = format!(".{}-{serial}-{name}.tmp", std::process::id());
        let folder = ancestors(location).next().unwrap_or_default();
        folder.join(hidden)
    }
}

/// The folders of a location, nearest first, without the root of the file system.
fn ancestors(location: &Path) -> impl Iterator<Item = Path> {
    std::iter::successors(location.parent(), Path::parent).take_while(|folder| !folder.is_root())
}

/// The folders of `paths` up to and including `top`, deepest first, each once.
fn folders(top: &Path, paths: &[Path]) -> Vec<Path> {
    let all = paths.iter().flat_map(|path| ancestors(path).take_while(|f| f.prefix_matches(top)));
    let mut folders: Vec<Path> = all.collect();
    folders.sort_by(|a, b| b.cmp(a));
    folders.dedup();
    folders
}

fn sync_file(path: &std::path::Path) -> Result<()> {
    let wrap = |source: io::Error| Error::Generic { store: "Durable", source: source.into() };
    File::open(path).and_then(|file| file.sync_all()).map_err(wrap)
}

#[async_trait]
impl ObjectStore for Durable {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        let mode = opts.mode.clone();
        let (staging, result) = self.stage(location, payload, opts).await?;
        let placed = match self.sync_one(&staging).await {
            Ok(()) => self.place(&staging, location, &mode).await,
            failed => failed,
        };
        if placed.is_err() {
            // Best effort: a hidden file that stays behind is in nobody's way.
            let _ = self.inner.delete(&staging).await;
        }
        placed?;
        self.sync_folder(location).await?;
        Ok(result)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let inner = self.inner.put_multipart_opts(location, opts).await?;
        let file = self.local.path_to_filesystem(location)?;
        Ok(Box::new(DurableUpload { inner, file }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.sync_one(from).await?;
        self.inner.copy_opts(from, to, options).await?;
        self.sync_with_folder(to).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.sync_one(from).await?;
        self.inner.rename_opts(from, to, options).await?;
        self.sync_with_folder(to).await?;
        self.sync_folder(from).await
    }
}

impl Durable {
    /// Writes the bytes under a hidden name that nobody else has: not another store of this
    /// process, not a process of the same number in another container, not one that was killed.
    async fn stage(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<(Path, PutResult)> {
        loop {
            let staging = self.staging(location);
            let alone = PutOptions { mode: PutMode::Create, ..opts.clone() };
            match self.inner.put_opts(&staging, payload.clone(), alone).await {
                Err(Error::AlreadyExists { .. }) => {}
                written => return Ok((staging, written?)),
            }
        }
    }

    /// Gives a synced hidden file its name, if the mode allows.
    async fn place(&self, staging: &Path, location: &Path, mode: &PutMode) -> Result<()> {
        match mode {
            PutMode::Overwrite => self.inner.rename(staging, location).await,
            PutMode::Create => self.inner.rename_if_not_exists(staging, location).await,
            PutMode::Update(_) => Err(Error::NotImplemented {
                operation: "put with an expected version".to_owned(),
                implementer: self.to_string(),
            }),
        }
    }
}

/// An upload in parts whose end is durable.
#[derive(Debug)]
struct DurableUpload {
    inner: Box<dyn MultipartUpload>,
    file: PathBuf,
}

#[async_trait]
impl MultipartUpload for DurableUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.inner.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let result = self.inner.complete().await?;
        let file = self.file.clone();
        tokio::task::spawn_blocking(move || {
            sync_file(&file)?;
            file.parent().map_or(Ok(()), sync_file)
        })
        .await??;
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}
