//! The fields of a form, as browsers write them (`application/x-www-form-urlencoded`).

use percent_encoding::percent_encode_byte;

/// Puts one more field behind those that are there.
pub(super) fn push_field(name: &str, value: &str, form: &mut String) {
    if !form.is_empty() {
        form.push('&');
    }
    form.push_str(name);
    form.push('=');
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => {
                form.push(char::from(byte));
            }
            b' ' => form.push('+'),
            _ => form.push_str(percent_encode_byte(byte)),
        }
    }
}
