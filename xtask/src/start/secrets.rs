//! What three servers on one machine share and a person signs in with: made by chance once, kept beside
//! their data, and never anywhere else.

use crate::error::{Error, Result};
use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    path::Path,
};

/// What lies in the file; where there is none, it is made and written there, for its owner's eyes.
pub(super) fn kept(file: &Path, make: impl FnOnce() -> Result<String>) -> Result<String> {
    // An empty file is what an interruption left.
    if let Some(text) = fs::read_to_string(file).ok().filter(|text| !text.is_empty()) {
        return Ok(text);
    }
    let text = make()?;
    let refused = || Error::refused(format!("writing {}", file.display()));
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map_err(refused())?.write_all(text.as_bytes()).map_err(refused())?;
    Ok(text)
}

/// So many bytes of the system's own chance, in base64.
pub(super) fn chance<const BYTES: usize>() -> Result<String> {
    let mut bytes = [0; BYTES];
    let source = File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    source.map_err(Error::refused("asking the system for chance"))?;
    Ok(base64(&bytes))
}

/// Base64 with its padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut rest = three.iter().copied();
        let mut next = || rest.next().unwrap_or(0);
        let (a, b, c) = (next(), next(), next());
        let letters = [a >> 2, (a & 3) << 4 | b >> 4, (b & 15) << 2 | c >> 6, c & 63].map(letter);
        text.extend(letters.iter().take(three.len() + 1));
        text.extend(std::iter::repeat_n('=', 3 - three.len()));
    }
    text
}

fn letter(of: u8) -> char {
    char::from(match of {
        0..26 => b'A' + of,
        26..52 => b'a' + (of - 26),
        52..62 => b'0' + (of - 52),
        62 => b'+',
        _ => b'/',
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn chance_is_never_twice_the_same() {
        let (one, other) = (chance::<32>().unwrap(), chance::<32>().unwrap());

        assert_eq!(one.len(), 44);
        assert_ne!(one, other);
    }

    #[test]
    fn what_is_kept_is_made_once() {
        let file = std::env::temp_dir().join(format!("ecosystia-kept-{}", std::process::id()));

        let first = kept(&file, chance::<18>).unwrap();
        let again = kept(&file, chance::<18>).unwrap();
        fs::write(&file, "").unwrap();
        let after_an_interruption = kept(&file, chance::<18>).unwrap();
        fs::remove_file(&file).unwrap();

        assert_eq!(first, again);
        assert!(!after_an_interruption.is_empty() && after_an_interruption != first);
    }
}
