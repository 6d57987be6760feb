//! The part of a URL behind the question mark (the `application/x-www-form-urlencoded` serialisation of
//! the URL standard). It decodes; what a name means is not its business.

/// Names and texts in order, percent-decoded. Bytes that are not UTF-8 become U+FFFD.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(text))
    })
}

/// The first text of a name.
pub(crate) fn first(query: Option<&str>, name: &str) -> Option<String> {
    pairs(query?).find(|(found, _)| found == name).map(|(_, text)| text)
}

fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match (byte, escaped(behind)) {
            (b'%', Some((byte, behind))) => {
                out.push(byte);
                rest = behind;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(*byte),
        }
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The byte that two hexadecimal digits name, and what stands behind them.
fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let ([high, low], behind) = text.split_first_chunk::<2>()?;
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(high)? * 16 + digit(low)?, behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_plus_signs_and_bare_names_are_understood() {
        let found: Vec<_> = pairs("q=d%C3%A9j%c3%a0+vu&flag&sort=-due_date%2Ctitle&&x=100%").collect();

        let expected = [("q", "déjà vu"), ("flag", ""), ("sort", "-due_date,title"), ("x", "100%")];
        assert_eq!(found, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    proptest! {
        #[test]
        fn no_query_makes_it_panic_and_escaped_text_comes_back(text in ".{0,40}") {
            let _ = pairs(&text).count();
            let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();

            prop_assert_eq!(first(Some(&format!("a=1&t={escaped}")), "t"), Some(text));
        }
    }
}
