//! Text bodies: fields closed by a NUL, read leniently and written as IB writes them.

use bytes::BufMut;

use super::DecodeError;

/// The fields of a text body, in order.
///
/// A last field without its NUL counts too; the emptiness after the last NUL does not.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    /// Passes over `count` fields.
    pub(super) fn skip_fields(&mut self, count: usize) -> &mut Self {
        for _ in 0..count {
            self.next();
        }
        self
    }

    /// The next field, with what is not UTF-8 replaced; empty if there is none.
    pub(super) fn string(&mut self) -> String {
        self.next().map(lossy).unwrap_or_default()
    }

    /// The next field as a number or a flag, or the default if it is anything else.
    pub(super) fn value<T: std::str::FromStr + Default>(&mut self) -> T {
        self.parse().unwrap_or_default()
    }

    /// The next field as a number, which must be one.
    pub(super) fn number<T: std::str::FromStr>(
        &mut self,
        id: u32,
        field: &'static str,
    ) -> Result<T, DecodeError> {
        self.parse().ok_or(DecodeError::Field { id, field })
    }

    /// The next field as a flag: `1` or `true` in any case.
    pub(super) fn flag(&mut self) -> bool {
        self.next()
            .is_some_and(|field| field == b"1" || field.eq_ignore_ascii_case(b"true"))
    }

    fn parse<T: std::str::FromStr>(&mut self) -> Option<T> {
        std::str::from_utf8(self.next()?).ok()?.parse().ok()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|&byte| byte == 0);
        let field = &self.rest[..end.unwrap_or(self.rest.len())];
        self.rest = end
            .and_then(|end| self.rest.get(end + 1..))
            .unwrap_or_default();
        Some(field)
    }
}

/// The message id at the beginning of a text frame, and the offset of what follows it.
pub(super) fn leading_id(payload: &[u8]) -> Option<(u32, usize)> {
    /// Ten digits hold every `u32`.
    const LONGEST_ID: usize = 10;
    let end = payload
        .iter()
        .take(LONGEST_ID + 1)
        .position(|&byte| byte == 0)?;
    Some((digits(&payload[..end])?, end + 1))
}

/// The number that digits make.
fn digits(text: &[u8]) -> Option<u32> {
    let mut value = (!text.is_empty()).then_some(0_u32)?;
    for byte in text {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    Some(value)
}

/// The number that a field is, with or without a sign.
pub(crate) fn number(field: &[u8]) -> Option<i32> {
    match digits(field) {
        Some(value) => i32::try_from(value).ok(),
        None => std::str::from_utf8(field).ok()?.parse().ok(),
    }
}

/// Text with what is not UTF-8 replaced.
pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Appends a field and its NUL; a NUL inside is left out, since it would begin another field.
pub(super) fn put_field(bytes: &mut Vec<u8>, value: &str) {
    bytes.extend(value.bytes().filter(|&byte| byte != 0));
    bytes.put_u8(0);
}

/// A value that can be written as one text field.
pub(super) trait Field {
    /// Appends the value and its NUL.
    fn put(self, bytes: &mut Vec<u8>);
}

impl Field for &str {
    fn put(self, bytes: &mut Vec<u8>) {
        put_field(bytes, self);
    }
}

impl Field for &String {
    fn put(self, bytes: &mut Vec<u8>) {
        put_field(bytes, self);
    }
}

impl Field for i32 {
    fn put(self, bytes: &mut Vec<u8>) {
        put_field(bytes, &self.to_string());
    }
}

impl Field for i64 {
    fn put(self, bytes: &mut Vec<u8>) {
        put_field(bytes, &self.to_string());
    }
}

impl Field for bool {
    fn put(self, bytes: &mut Vec<u8>) {
        put_field(bytes, if self { "1" } else { "0" });
    }
}

impl Field for f64 {
    fn put(self, bytes: &mut Vec<u8>) {
        // Debug keeps the point of a whole number, as IB does: 0.0, not 0.
        put_field(bytes, &format!("{self:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_end_at_their_nul_and_the_last_may_lack_it() {
        let fields = |body| Fields::new(body).map(lossy).collect::<Vec<_>>();
        assert_eq!(fields(b"a\0\0b\0"), ["a", "", "b"]);
        assert_eq!(fields(b"a\0b"), ["a", "b"]);
        assert_eq!(fields(b"\0"), [""]);
        assert!(fields(b"").is_empty());
    }

    #[test]
    fn a_nul_inside_a_value_cannot_begin_another_field() {
        let mut bytes = Vec::new();
        put_field(&mut bytes, "DU1\x005");
        assert_eq!(bytes, b"DU15\0");
    }

    #[test]
    fn a_message_id_is_digits_and_its_nul() {
        assert_eq!(leading_id(b"15\x001\0"), Some((15, 3)));
        for broken in [&b""[..], b"\0", b"15", b"+5\0", b"x\0", b"99999999999\0"] {
            assert_eq!(leading_id(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn a_field_is_the_number_that_the_library_reads() {
        for field in [
            "0",
            "7",
            "007",
            "-1",
            "+5",
            "",
            "-",
            "1.0",
            " 7",
            "2147483647",
            "2147483648",
            "-2147483648",
            "4294967295",
            "4294967296",
            "99999999999",
            "\u{661}",
        ] {
            assert_eq!(number(field.as_bytes()), field.parse().ok(), "{field}");
        }
        assert_eq!(number(b"1\xff"), None);
    }
}
