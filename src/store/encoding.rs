//! postcard, the way the replica and the sheets write it.

use postcard::ser_flavors::Flavor;
use serde::Serialize;

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
