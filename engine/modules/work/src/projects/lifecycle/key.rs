//! Project keys: what one is, and how one comes from a title. Pure.

/// A key: a capital, then one to five capitals or digits.
pub(crate) fn is_key(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_uppercase())
        && (2..=6).contains(&key.len())
        && bytes.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Words that a key leaves out.
const SMALL_WORDS: &[&str] =
    &["a", "the", "of", "and", "for", "in", "de", "du", "des", "le", "la", "les", "et"];

/// A key made from a title: the initials of its words, or the front of its only one.
pub(super) fn of_title(title: &str) -> String {
    let folded: String = title.chars().map(fold).collect();
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && !SMALL_WORDS.contains(&word.to_ascii_lowercase().as_str()))
        .collect();
    let key: String = match words.as_slice() {
        [only] => only.chars().take(4).collect(),
        many => many.iter().filter_map(|word| word.chars().next()).take(6).collect(),
    };
    let key = key.to_ascii_uppercase();
    if is_key(&key) { key } else { "PRJ".to_owned() }
}

/// A key with a number at its end, shortened to fit; number 0 is the key itself.
pub(crate) fn numbered(key: &str, number: u64) -> String {
    if number == 0 {
        return key.to_owned();
    }
    let number = (number % 10_000).to_string();
    let front: String = key.chars().take(6 - number.len()).collect();
    format!("{front}{number}")
}

/// Latin letters without their accents; anything else as it is.
const fn fold(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' => 'a',
        'ç' | 'Ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => 'i',
        'ñ' | 'Ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'œ' | 'Œ' => 'o',
        'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' => 'u',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_come_from_titles_in_both_languages() {
        assert_eq!(of_title("Jardin partagé de la Médina"), "JPM");
        assert_eq!(of_title("Électricité"), "ELEC");
        assert_eq!(of_title("The spring campaign"), "SC");
        assert_eq!(of_title("42"), "PRJ");
        assert_eq!(numbered("JARDIN", 12), "JARD12");
    }

    proptest! {
        #[test]
        fn every_title_yields_a_key_and_so_does_every_number(title in ".{0,40}", number: u64) {
            let key = of_title(&title);

            prop_assert!(is_key(&key), "{key}");
            prop_assert!(is_key(&numbered(&key, number)), "{key}");
        }
    }
}
