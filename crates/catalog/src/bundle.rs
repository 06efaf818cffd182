//! Definitions in one piece: a compressed archive of the files that the hash covers.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use tar::{Archive, Builder, Header};

use crate::digest;

/// A bundle that unpacks to more is refused: the register of the whole country has 60 MB.
const LARGEST: u64 = 1 << 30;

/// Packs the definition files of a folder; the same files give the same bytes.
///
/// # Errors
/// A folder or file that cannot be read.
pub fn pack(dir: &Path) -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for name in digest::files(dir)? {
        let bytes = fs::read(dir.join(&name))?;
        // No times and owners: they would make other bytes of the same definitions.
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, &name, &bytes[..])?;
    }
    archive.into_inner()?.finish()
}

/// Unpacks a bundle into a folder. Names that would leave the folder are refused.
///
/// # Errors
/// It is no bundle, is too large, or the folder cannot be written.
pub fn unpack(bundle: &[u8], into: &Path) -> io::Result<()> {
    let limited = GzDecoder::new(bundle).take(LARGEST);
    let mut archive = Archive::new(limited);
    for entry in archive.entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            return Err(io::Error::other("a bundle holds files only"));
        }
        if !entry.unpack_in(into)? {
            return Err(io::Error::other("a file of the bundle lies outside of its folder"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_has_the_same_hash_and_bytes() {
        let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
        let bundle = pack(&definitions).unwrap();
        assert_eq!(bundle, pack(&definitions).unwrap());
        let folder = tempfile::tempdir().unwrap();
        unpack(&bundle, folder.path()).unwrap();
        assert_eq!(digest::hash(folder.path()).unwrap(), digest::hash(&definitions).unwrap());
        assert!(unpack(&bundle[..bundle.len() / 2], folder.path()).is_err());
        assert!(unpack(b"no bundle", folder.path()).is_err());
    }

    #[test]
    fn a_bundle_cannot_write_beside_its_folder() {
        let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut header = Header::new_gnu();
        header.set_size(1);
        header.as_old_mut().name[..8].copy_from_slice(b"../x.csv");
        header.set_cksum();
        archive.append(&header, &b"x"[..]).unwrap();
        let bundle = archive.into_inner().unwrap().finish().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        fs::create_dir(&inside).unwrap();
        assert!(unpack(&bundle, &inside).is_err());
        assert!(!folder.path().join("x.csv").exists());
    }
}
