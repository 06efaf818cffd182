//! What the tests of the whole program share: where it is, and how to run it.

mod installation;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

pub use installation::Installation;

/// The repository's folder.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The definitions of the repository.
pub fn definitions() -> PathBuf {
    repository().join("schemas/definitions")
}

/// The program as built beside this test.
///
/// # Panics
/// If it was not built; `tests/run` builds it first.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.parent().and_then(Path::parent).expect("tests lie in the target folder");
    let program = folder.join("zhibao");
    assert!(
        program.is_file(),
        "{} is missing: cargo build --release --bin zhibao",
        program.display()
    );
    program
}

/// Runs the program on a data folder, in English, with the repository's definitions.
pub fn zhibao(data: &Path, arguments: &[&str]) -> Output {
    Command::new(program())
        .args(["--lang", "en", "--no-progress", "--data"])
        .arg(data)
        .arg("--definitions")
        .arg(definitions())
        .args(arguments)
        .output()
        .expect("the program can be started")
}

/// Standard output and standard error of a run, as text.
pub fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// A copy of the definitions in a folder, to plant mistakes in.
pub fn copied_definitions(folder: &Path) -> PathBuf {
    let copied = folder.join("definitions");
    copy(&definitions(), &copied).expect("the definitions can be copied");
    copied
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
