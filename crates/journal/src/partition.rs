//! Which partition an entry belongs to. Fixed for ever: changing it would put one key into two.

/// Number of partitions, fixed when a journal is created.
pub const PARTITIONS: u32 = 24;

/// The partition of a unit code as sent: FNV-1a (64 bit) over the bytes of its first six
/// characters, modulo [`PARTITIONS`].
///
/// Six digits are the county, so a county's returns stay in one partition. The code is taken as it
/// was sent and never looked up in the dated register: a merger must not move a key. Any text has a
/// partition, a code that is none included.
pub fn partition_of(unit: &str) -> u32 {
    let county = unit.char_indices().nth(6).map_or(unit, |(end, _)| &unit[..end]);
    let hash = county.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (hash % u64::from(PARTITIONS)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These numbers are part of the format: a journal of years ago must still be found.
    #[test]
    fn the_partition_of_a_county_never_changes() {
        let of = |code| partition_of(code);
        assert_eq!(of("410102001002"), of("410102"));
        assert_eq!(of("410102001002001"), of("410102999999"));
        assert_eq!([of("410102"), of("419001"), of("320282"), of("")], [3, 4, 16, 5]);
    }
}
