//! The hash of the definition files, which editions name.

use std::{fs, io, path::Path};

use sha2::{Digest, Sha256};

/// SHA-256 in hex over the definition files (`.csv`, `.csv.gz`, `.toml`), sorted by relative path:
/// of each the path with `/`, a zero byte, the length as eight bytes (big-endian), the bytes.
///
/// Files of other sorts (README.md) and hidden ones do not count.
///
/// # Errors
/// A folder or file that cannot be read.
pub fn hash(dir: &Path) -> io::Result<String> {
    let mut sha = Sha256::new();
    for name in files(dir)? {
        let bytes = fs::read(dir.join(&name))?;
        sha.update(name.as_bytes());
        sha.update([0]);
        sha.update((bytes.len() as u64).to_be_bytes());
        sha.update(&bytes);
    }
    Ok(sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The definition files by their path with `/`, sorted.
pub(crate) fn files(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    collect(dir, "", &mut names)?;
    names.sort_unstable();
    Ok(names)
}

fn collect(dir: &Path, prefix: &str, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), names)?;
        } else if [".csv", ".csv.gz", ".toml"].iter().any(|end| name.ends_with(end)) {
            names.push(path);
        }
    }
    Ok(())
}
