//! The name of a file in a header (RFC 6266): once in ASCII for whoever reads no more, once in UTF-8 (RFC 8187).

use std::fmt::Write as _;

/// The header of a file that is shown where it can be.
pub(super) fn inline(name: &str) -> String {
    let plain: String = name.chars().map(|char| if is_plain(char) { char } else { '_' }).collect();
    let mut header = format!("inline; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        match char::from(byte) {
            char if char.is_ascii_alphanumeric() || "-._~".contains(char) => header.push(char),
            // Writing into a string can't fail.
            _ => drop(write!(header, "%{byte:02X}")),
        }
    }
    header
}

/// True for what may stand between quotes, and in a name on any disk.
fn is_plain(char: char) -> bool {
    matches!(char, ' '..='~') && !"\"\\/%:*?<>|".contains(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_not_end_its_header() {
        let hostile = inline("a\"; x=\r\n/../é");

        assert_eq!(
            hostile,
            "inline; filename=\"a_; x=___..__\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0A%2F..%2F%C3%A9"
        );
    }
}
