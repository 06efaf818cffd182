//! What one session may use.

/// Limits of a session. The defaults suit one analyst at the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that running queries may hold before they spill or are refused.
    pub memory: usize,
    /// Longest statement, in bytes of UTF-8.
    pub statement: usize,
    /// Most words and operators of a statement; values in lists do not count. A chain of operators
    /// is as deep as it is long, and the planner's stack is finite.
    pub terms: usize,
    /// Most rows of a table for people ([`crate::Format::Table`]); the rest is counted, not shown.
    pub shown_rows: usize,
    /// Threads that one query may keep busy.
    pub partitions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 1 << 30,
            statement: 64 << 10,
            terms: 1_000,
            shown_rows: 10_000,
            partitions: 2,
        }
    }
}
