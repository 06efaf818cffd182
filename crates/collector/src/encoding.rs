//! Which encoding a file is in.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8};

/// The text of a file; an error is the line of the first byte that fits no encoding.
///
/// A mark decides. Without one UTF-8 is tried first, since GB18030 accepts nearly any bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, u64> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]);
        return text.ok_or(1);
    }
    [UTF_8, GB18030]
        .into_iter()
        .find_map(|encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes))
        .ok_or_else(|| {
            let good = std::str::from_utf8(bytes).map_or_else(|e| e.valid_up_to(), str::len);
            1 + bytes[..good].iter().filter(|&&byte| byte == b'\n').count() as u64
        })
}
