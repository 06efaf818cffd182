//! What can go wrong with a query, in both languages.

use datafusion::common::DataFusionError;
use thiserror::Error;

/// Why a query gave no result. `Display` is English; [`Error::zh`] is the same in Chinese.
#[derive(Debug, Error)]
pub enum Error {
    /// Longer than a session takes.
    #[error("the statement has {found} bytes, at most {allowed} are read; split it or use a view")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        allowed: usize,
    },
    /// More words and operators than a session takes.
    #[error(
        "the statement has {found} words and operators, at most {allowed} are planned; write \
         x IN (…) for a chain of OR, or split it"
    )]
    TooDeep {
        /// Words and operators found.
        found: usize,
        /// Words and operators allowed.
        allowed: usize,
    },
    /// Not SQL.
    #[error("not a valid statement: {0}")]
    Syntax(String),
    /// More than one statement, or none.
    #[error("expected one statement, found {0}; send them one by one")]
    OneStatement(usize),
    /// Would change something.
    #[error("only queries are allowed here (SELECT, EXPLAIN, SHOW, DESCRIBE): {0}")]
    ReadOnly(String),
    /// No such table or view.
    #[error("no table or view {name:?}{}; there are: {}", hint_en(near), known.join(", "))]
    UnknownTable {
        /// Name asked for.
        name: String,
        /// Names like it.
        near: Vec<String>,
        /// All names.
        known: Vec<String>,
    },
    /// The name is known, its table was never written.
    #[error("nothing has been aggregated yet for {0:?}: run `zhibao aggregate --until-idle` first")]
    NothingYet(String),
    /// No such column.
    #[error("no column {name:?}{}; there are: {}", hint_en(near), known.join(", "))]
    UnknownColumn {
        /// Name asked for.
        name: String,
        /// Names like it.
        near: Vec<String>,
        /// All names.
        known: Vec<String>,
    },
    /// A sum or mean over values that do not add up.
    #[error("{function}({column}) is refused: {indicator} is a {}; {remedy_en}", kind_en(*standard))]
    DoesNotAddUp {
        /// `sum` or `avg`.
        function: String,
        /// Column as the query names it.
        column: String,
        /// Code and name of the indicator.
        indicator: String,
        /// A standard (标准), otherwise a ratio.
        standard: bool,
        /// What to compute in place of it, in Chinese.
        remedy_zh: String,
        /// What to compute in place of it, in English.
        remedy_en: String,
    },
    /// The unit that the session is confined to is not in the register.
    #[error("the scope's unit {0} is not in the register; ask an administrator for the right code")]
    UnknownScope(String),
    /// The memory of the session is used up.
    #[error("the query needs more than {0} bytes of memory; narrow it to fewer periods or columns")]
    OutOfMemory(usize),
    /// A table could not be read.
    #[error("table {table}: {reason}")]
    Table {
        /// Which.
        table: String,
        /// Why not.
        reason: String,
    },
    /// The result could not be written.
    #[error("the result could not be written: {0}")]
    Output(#[from] std::io::Error),
    /// Planning or running failed in another way.
    #[error("{0}")]
    Query(String),
}

impl Error {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::TooLong { found, allowed } => {
                format!("语句有 {found} 字节，最多 {allowed} 字节；请拆分语句或改用视图")
            }
            Self::TooDeep { found, allowed } => format!(
                "语句有 {found} 个词和运算符，最多 {allowed} 个；多个 OR 请改写为 IN (…)，或拆分语句"
            ),
            Self::Syntax(why) => format!("语句有误：{why}"),
            Self::OneStatement(found) => {
                format!("一次只能执行一条语句，收到 {found} 条；请逐条提交")
            }
            Self::ReadOnly(what) => {
                format!("这里只能查询（SELECT、EXPLAIN、SHOW、DESCRIBE）：{what}")
            }
            Self::UnknownTable { name, near, known } => {
                format!("没有名为“{name}”的表或视图{}；现有：{}", hint_zh(near), known.join("、"))
            }
            Self::NothingYet(name) => {
                format!("“{name}”还没有汇总数据：请先运行 `zhibao aggregate --until-idle`")
            }
            Self::UnknownColumn { name, near, known } => {
                format!("没有名为“{name}”的列{}；现有：{}", hint_zh(near), known.join("、"))
            }
            Self::DoesNotAddUp { function, column, indicator, standard, remedy_zh, .. } => {
                let kind = if *standard { "标准" } else { "比率" };
                format!(
                    "不允许 {function}({column})：{indicator} 是{kind}，不能相加或平均；{remedy_zh}"
                )
            }
            Self::UnknownScope(unit) => {
                format!("授权范围的单位 {unit} 不在名录中；请联系管理员更正代码")
            }
            Self::OutOfMemory(bytes) => {
                format!("查询所需内存超过 {bytes} 字节；请减少报告期或列")
            }
            Self::Table { table, reason } => format!("表 {table}：{reason}"),
            Self::Output(error) => format!("结果无法写出：{error}"),
            Self::Query(why) => format!("查询失败：{why}"),
        }
    }

    /// Whether the statement is at fault rather than the program or the machine.
    pub fn is_users(&self) -> bool {
        !matches!(self, Self::Table { .. } | Self::Output(_))
    }
}

fn hint_en(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(", did you mean {}?", near.join(" or ")) }
}

fn hint_zh(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("，是否指 {}？", near.join(" 或 ")) }
}

fn kind_en(standard: bool) -> &'static str {
    if standard { "standard, which never adds up" } else { "ratio, which never adds up" }
}

/// The library's own error without its prefixes, which name its parts.
pub(crate) fn plain(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    let prefixes =
        ["Error during planning: ", "Schema error: ", "Execution error: ", "SQL error: "];
    let mut rest = text.as_str();
    while let Some(shorter) = prefixes.iter().find_map(|prefix| rest.strip_prefix(prefix)) {
        rest = shorter;
    }
    rest.to_owned()
}
