//! The shipped definitions, and copies of them to plant mistakes in.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The shipped definitions.
pub(crate) fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions")
}

/// A copy of the shipped definitions that goes away with the value.
pub(crate) struct Copy(tempfile::TempDir);

impl Copy {
    /// Makes the copy.
    pub(crate) fn new() -> Self {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(&shipped(), copy.path());
        Self(copy)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The lines of a file.
    pub(crate) fn lines(&self, file: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path().join(file)).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Replaces a file.
    pub(crate) fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path().join(file), bytes).unwrap();
    }

    /// Replaces `from` by `to` in the one line of `file` that begins with `start`; gives its number.
    pub(crate) fn plant(&self, file: &str, start: &str, from: &str, to: &str) -> u32 {
        let mut lines = self.lines(file);
        let hits: Vec<usize> = (0..lines.len()).filter(|&i| lines[i].starts_with(start)).collect();
        assert_eq!(hits.len(), 1, "{file}: lines that begin with {start}");
        let line = &mut lines[hits[0]];
        assert!(line.contains(from), "{file}: {line} holds no {from}");
        *line = line.replacen(from, to, 1);
        self.write(file, lines.join("\n") + "\n");
        hits[0] as u32 + 1
    }

    /// Adds a line at the end of a file; gives its number.
    pub(crate) fn append(&self, file: &str, line: &str) -> u32 {
        let mut lines = self.lines(file);
        lines.push(line.to_owned());
        self.write(file, lines.join("\n") + "\n");
        lines.len() as u32
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
