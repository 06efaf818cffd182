//! Parquet files as bytes: our own writer settings, so that the same rows give the same bytes.

use std::sync::Mutex;

use arrow::{
    array::RecordBatch,
    datatypes::{DataType, Schema, SchemaRef},
};
use bytes::Bytes;
use model::envelope::content_hash;
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    basic::{Compression, Encoding, ZstdLevel},
    errors::ParquetError,
    file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder},
    schema::types::ColumnPath,
};

/// Rows of one row group: a county's or a province's units in one, and still a few for two threads
/// where there are millions of rows.
const ROW_GROUP: usize = 131_072;

/// Threads that encode files.
const THREADS: usize = 2;

/// One Parquet file in memory.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    /// The file.
    pub(crate) bytes: Bytes,
    /// First 16 hex digits of the SHA-256 of the file, the part of its name that content decides.
    pub(crate) hash: String,
    /// Number of rows.
    pub(crate) rows: usize,
}

/// What a file mostly holds, and so how it is packed.
pub(crate) enum Packing<'a> {
    /// Texts: dictionaries and zstd. The columns named hold a different value in almost every row:
    /// they get no dictionary, and no range, which would leave out nothing.
    Texts(&'a [&'a str]),
    /// The same in a hurry: lz4 leaves twice the bytes of zstd, in a small part of its time.
    Hurried(&'a [&'a str]),
    /// Integers and decimals: differences in as few bits as they need, then lz4. That is half the
    /// bytes of a dictionary and read in half the time. Of amounts and counts no range is kept:
    /// every group of rows holds small ones and large ones.
    Numbers,
}

/// Encodes `batches` as one file.
pub(crate) fn to_parquet(
    schema: SchemaRef,
    batches: &[RecordBatch],
    packing: &Packing<'_>,
) -> Result<Encoded, ParquetError> {
    // Without the Arrow schema in its head the file holds nothing but what Parquet itself says:
    // decimals of 18 digits are INT64, and each reader maps them to its own type.
    let options = ArrowWriterOptions::new()
        .with_properties(properties(&schema, packing)?)
        .with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), schema, options)?;
    for batch in batches {
        writer.write(batch)?;
    }
    let bytes = writer.into_inner()?;
    let hash = content_hash(&bytes)[..16].to_owned();
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    Ok(Encoded { bytes: bytes.into(), hash, rows })
}

fn properties(schema: &Schema, packing: &Packing<'_>) -> Result<WriterProperties, ParquetError> {
    // Most files have one page for each column, which its chunk describes as well.
    let properties = WriterProperties::builder()
        .set_created_by("zhibao version 1 (build store)".to_owned())
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    let zstd = Compression::ZSTD(ZstdLevel::try_new(1)?);
    let properties = match packing {
        Packing::Texts(unique) => texts(properties.set_compression(zstd), schema, unique),
        Packing::Hurried(unique) => {
            texts(properties.set_compression(Compression::LZ4_RAW), schema, unique)
        }
        Packing::Numbers => numbers(properties.set_compression(Compression::LZ4_RAW), schema),
    };
    Ok(properties.build())
}

fn texts(
    properties: WriterPropertiesBuilder,
    schema: &Schema,
    unique: &[&str],
) -> WriterPropertiesBuilder {
    let unique = schema.fields().iter().filter(|field| unique.contains(&field.name().as_str()));
    unique.fold(properties, |properties, field| {
        let column = ColumnPath::from(field.name().as_str());
        match is_number(field.data_type()) {
            true => differences(properties, column),
            false => properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_statistics_enabled(column, EnabledStatistics::None),
        }
    })
}

fn numbers(properties: WriterPropertiesBuilder, schema: &Schema) -> WriterPropertiesBuilder {
    let numbers = schema.fields().iter().filter(|field| is_number(field.data_type()));
    numbers.fold(properties, |properties, field| {
        let column = ColumnPath::from(field.name().as_str());
        let properties = differences(properties, column.clone());
        match field.data_type() {
            // Codes of units, by which readers look for rows.
            DataType::Int64 => properties,
            _ => properties.set_column_statistics_enabled(column, EnabledStatistics::None),
        }
    })
}

/// The column as the differences from row to row.
fn differences(properties: WriterPropertiesBuilder, column: ColumnPath) -> WriterPropertiesBuilder {
    properties
        .set_column_dictionary_enabled(column.clone(), false)
        .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED)
}

/// Whether Parquet keeps the type as 32 or 64 bit integers.
fn is_number(kind: &DataType) -> bool {
    match kind {
        DataType::Decimal128(precision, _) | DataType::Decimal64(precision, _) => *precision <= 18,
        DataType::Int32 | DataType::Int64 | DataType::UInt32 => true,
        _ => false,
    }
}

/// `work` on each item, on two threads, results in the order of the items.
pub(crate) fn in_parallel<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    if items.len() < 2 {
        return items.into_iter().map(work).collect();
    }
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
    let run = || {
        let mut done = Vec::new();
        while let Some((place, item)) = next() {
            done.push((place, work(item)));
        }
        done
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..THREADS).map(|_| scope.spawn(run)).collect();
        let mut done = run();
        for other in others {
            match other.join() {
                Ok(part) => done.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Runs long work of the processor without holding up the other tasks of the runtime.
pub(crate) fn blocking<R>(work: impl FnOnce() -> R) -> R {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_their_items() {
        let doubled = in_parallel((0..1000).collect(), |n: u32| n * 2);
        assert_eq!(doubled, (0..2000).step_by(2).collect::<Vec<_>>());
    }
}
