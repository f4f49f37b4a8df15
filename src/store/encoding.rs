//! postcard, the way the replica and the sheets write it.

use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Appends to what is there: postcard's own growing flavours either start with nothing or
/// push a text byte by byte.
struct Appended<'a>(&'a mut Vec<u8>);

impl Flavor for Appended<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Appends `value` to `bytes`.
///
/// # Errors
/// When the value refuses to be serialized; `bytes` may have a part of it then.
pub fn append<T: Serialize + ?Sized>(value: &T, bytes: &mut Vec<u8>) -> postcard::Result<()> {
    postcard::serialize_with_flavor(value, Appended(bytes))
}

/// A small file: its version, a checksum, and the value.
///
/// # Errors
/// When the value refuses to be serialized.
pub fn sealed<T: Serialize + ?Sized>(version: u32, value: &T) -> postcard::Result<Vec<u8>> {
    let mut body = Vec::new();
    append(value, &mut body)?;
    let mut bytes = version.to_le_bytes().to_vec();
    bytes.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// What [`sealed`] wrote; None when it is of another version, or damaged.
pub fn unsealed<T: DeserializeOwned>(version: u32, bytes: &[u8]) -> Option<T> {
    let number = |from: usize| {
        let four = bytes.get(from..from + 4)?.try_into().ok();
        four.map(u32::from_le_bytes)
    };
    let body = bytes.get(8..)?;
    (number(0)? == version && number(4)? == crc32fast::hash(body))
        .then(|| postcard::from_bytes(body).ok())?
}

#[cfg(test)]
mod tests {
    use super::append;

    #[test]
    fn what_is_appended_is_plain_postcard() {
        let value = (7_u64, Some("ü"), vec![1_i128, -1]);
        let mut bytes = b"before".to_vec();
        append(&value, &mut bytes).unwrap();
        let plain = postcard::to_stdvec(&value).unwrap();
        assert_eq!(bytes, [b"before", plain.as_slice()].concat());
    }
}
