//! The errors of the tables in Chinese, for those that a user can do something about.

use crate::StoreError;

impl StoreError {
    /// Whether the user or the machine is the cause, and the message says what to do. Otherwise the
    /// caller broke a promise, or a library refused: an error of the program.
    pub fn is_remediable(&self) -> bool {
        self.message_zh().is_some()
    }

    /// The message in Chinese; `None` for errors of the program itself.
    pub fn message_zh(&self) -> Option<String> {
        Some(match self {
            Self::EmptyCommitFile { table, path, newest } => {
                format!("表 {table}：提交文件 {} 是空的；{}", path.display(), remedy(*newest))
            }
            Self::UnreadableCommitFile { table, path, line, newest, .. } => format!(
                "表 {table}：提交文件 {} 第 {line} 行无法读取；{}",
                path.display(),
                remedy(*newest)
            ),
            Self::MissingVersion { table, version, path } => format!(
                "表 {table}：缺少版本 {version}，文件 {} 不存在；{}",
                path.display(),
                remedy(false)
            ),
            Self::DamagedDataFile { table, path, .. } => {
                format!("表 {table}：数据文件 {} 缺失或大小不符；{}", path.display(), remedy(false))
            }
            Self::StorageFull { place, .. } => format!(
                "写入 {place} 时磁盘已满：请腾出空间后重新运行；没有写入一半的内容，上一版本仍然有效"
            ),
            Self::NotWritable { place, .. } => format!(
                "{place} 无法写入：请给当前用户该文件夹的写权限（或用 --data 另选文件夹）后重新运行；\
                 没有任何改动"
            ),
            Self::PositionMoved { partition, stored, from } => format!(
                "日志分区 {partition}：表已到位置 {stored}，本次提交从 {from} 开始：另一进程已提交，\
                 请从 {stored} 继续"
            ),
            Self::Conflict { table } => {
                format!("表 {table}：另一进程先提交了，请重新读取后再试")
            }
            Self::RollUpBehind { table, stored, applied } => format!(
                "表 {table}：已汇总到 submissions 版本 {stored}，本次汇总只读到 {applied}，\
                 请重新读取后再试"
            ),
            Self::RollUpTaken { table, province } => format!(
                "表 {table}：另一进程在此期间写入了 {province} 的行，其内容可能比本进程所知更多，\
                 请重新读取后再试"
            ),
            Self::NoTable(table) => {
                format!("没有表 {table}；首次 `zhibao aggregate` 之后才有表")
            }
            Self::NoVersion { table, version, newest } => {
                format!("表 {table} 没有版本 {version}，最新版本是 {newest}")
            }
            Self::StoredRow { table, file, row, .. } => format!(
                "表 {table}，文件 {file}，第 {row} 行：内容不是本程序写入的，或由更新的程序写入"
            ),
            Self::Bucket { url, reason, .. } => format!("{url} 处的表无法使用：{reason}"),
            Self::Io { path, source } => format!("{}：{source}", path.display()),
            Self::RowOutsideMove { .. }
            | Self::Slices { .. }
            | Self::Column { .. }
            | Self::TableName(_)
            | Self::Delta { .. }
            | Self::Format { .. } => return None,
        })
    }
}

/// What to do about a table that has lost something.
fn remedy(newest: bool) -> &'static str {
    if newest {
        "它是该表最新的提交，尚未确认：请移走此文件后重新运行，日志中仍有这些条目"
    } else {
        "请从备份恢复，或移走该表并从日志重建"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_name_the_place_and_the_remedy() {
        let path = std::path::PathBuf::from("data/sa/_delta_log/00000000000000000003.json");
        let error = StoreError::EmptyCommitFile { table: "sa".to_owned(), path, newest: true };
        let (zh, en) = (error.message_zh().unwrap(), error.to_string());
        for text in [&zh, &en] {
            assert!(text.contains("00000000000000000003.json"), "{text}");
        }
        assert!(zh.contains("移走此文件") && en.contains("move this file away"));
        assert!(!StoreError::TableName(String::new()).is_remediable());
    }
}
