//! Reads `schemes/groups.csv`: who is compared with whom.

use std::path::Path;

use model::{Level, scheme::PeerGroup};

use crate::{
    Problem,
    csv_file::CsvFile,
    read::words::{self, expected},
};

/// Reads the peer groups in the order of the file, and says whether every row was good.
pub(super) fn read(dir: &Path, problems: &mut Vec<Problem>) -> (Vec<PeerGroup>, bool) {
    let before = problems.len();
    let columns = ["id", "zh", "en", "level", "classes", "note"];
    let Some(file) = CsvFile::open(dir, "schemes/groups.csv", &columns, problems) else {
        return (Vec::new(), false);
    };
    let mut groups: Vec<PeerGroup> = Vec::new();
    for row in file.rows() {
        let texts =
            ["id", "zh", "en"].map(|column| row.required(column, problems).map(str::to_owned));
        let level = row.parse("level", expected::LEVEL, problems, Level::from_name);
        let classes = row.parse("classes", expected::CLASS, problems, words::classes);
        let ([Some(id), Some(zh), Some(en)], Some(level), Some(classes)) = (texts, level, classes)
        else {
            continue;
        };
        if groups.iter().any(|group| group.id == id) {
            problems.push(
                row.problem(format!("分组 {id} 重复"), format!("peer group {id} stands twice"))
                    .remedy("每个编号只留一行", "keep one row for each id"),
            );
            continue;
        }
        groups.push(PeerGroup { id, zh, en, level, classes });
    }
    (groups, problems.len() == before)
}
