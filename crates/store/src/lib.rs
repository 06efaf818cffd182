//! The tables: Delta over Parquet in a folder or a bucket, one commit for rows and journal positions.
//!
//! - [`Store::commit_submissions`] appends what the ledger decided, with the journal positions that
//!   it covers, as one commit: either both are there after a crash, or neither.
//! - [`Store::commit_rows`] replaces (period, slice) parts of a form's wide table.
//! - [`Store::replace_table`] replaces a small table as a whole.
//! - [`Store::snapshot`] lists the files of one version for the query layer.
//!
//! Same input, same bytes: file names come from content and version, and whatever the log would
//! take from the clock or from chance comes from the clock that the caller hands in.

mod announced;
mod bucket;
mod compact;
mod compare;
mod decimal_read;
mod durable;
mod encode;
mod error;
mod error_zh;
mod files;
mod health;
mod log_actions;
mod plain;
mod replace;
mod schema_text;
mod snapshot;
mod store;
mod submission_columns;
mod submission_decode;
mod submission_row;
mod submissions;
mod table;
mod wide;
mod wide_batch;
mod wide_schema;
mod writer;

pub use announced::Announcement;
pub use bucket::Bucket;
pub use compare::Compared;
pub use decimal_read::{DecimalColumn, read_columns_decimal64};
pub use durable::Durable;
pub use error::{CommitError, StoreError};
pub use plain::PlainColumn;
pub use replace::Applied;
pub use schema_text::{submissions_schema_text, table_schema_text};
pub use snapshot::{FileEntry, TableSnapshot};
pub use store::{Clock, Store};
pub use submission_columns::submissions_schema;
pub use submission_row::SubmissionRow;
pub use submissions::{PositionMove, SUBMISSIONS};
pub use wide::SliceRows;
pub use wide_schema::{Count, WideColumn, WideKind, wide_columns, wide_schema};
