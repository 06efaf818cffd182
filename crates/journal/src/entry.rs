//! Entries of the log.

/// An entry to append.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// Code of the unit as sent; decides the partition.
    pub unit: &'a str,
    /// What it is about, as text: unit, form and period joined by `|`. Kafka's message key.
    pub key: &'a str,
    /// A partition chosen by the sender: a lock goes into every partition that it touches.
    pub partition: Option<u32>,
    /// Header `kind`: what the bytes are.
    pub kind: &'a str,
    /// Header `wire`: version of the envelope.
    pub wire: &'a str,
    /// Header `catalog`: hash of the definitions that the sender had.
    pub catalog: Option<&'a str>,
    /// Header `trace`: id under which the sender's logs mention it.
    pub trace: Option<&'a str>,
    /// The envelope as sent.
    pub bytes: &'a [u8],
    /// When it was appended, UTC milliseconds; given by the caller, who has the clock.
    pub at: i64,
}

/// An entry that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it lies.
    pub place: Place,
    /// Header `kind`.
    pub kind: String,
    /// Header `wire`.
    pub wire: String,
    /// The envelope as sent.
    pub bytes: Vec<u8>,
    /// When it was appended, UTC milliseconds.
    pub at: i64,
}

/// Where an entry lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Partition, from 0.
    pub partition: u32,
    /// Offset in the partition, from 0.
    pub offset: u64,
}
