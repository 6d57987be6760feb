//! What makes a password acceptable: its length, that it is neither common nor taken from the person's
//! own name or address, and that guessing it would take long. Nothing here keeps or hashes one.

use engine::{Error, Result};

/// Passwords that everybody tries first, one a line, folded.
const COMMON: &str = include_str!("common.txt");
/// In Unicode scalar values.
const LENGTH: std::ops::RangeInclusive<usize> = 10..=128;
/// Of 4. Below it, guessing offline is a matter of hours.
const STRENGTH_MIN: u8 = 3;
/// A shorter name occurs in too many words to forbid.
const NAME_CHARS_MIN: usize = 3;
/// Rows of the keyboards people slide along.
const SLIDES: [&str; 7] =
    ["qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "1234567890"];

/// Whose password it is, as far as a guesser would know.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// The e-mail address.
    pub email: &'a str,
    /// Given name.
    pub first_name: &'a str,
    /// Family name.
    pub last_name: &'a str,
}

/// Accepts a password or says what is wrong with it.
///
/// # Errors
/// `validation`, pointing at `/password`.
pub fn check(password: &str, owner: Owner<'_>) -> Result<()> {
    let refused = |code, message: &str| Err(Error::field("/password", code, message));
    if !LENGTH.contains(&password.chars().count()) {
        return refused("length", "a password has 10 to 128 characters");
    }
    if is_common(password) {
        return refused("common", "everybody tries this password first");
    }
    if names_owner(password, owner) {
        return refused("personal", "a password must not contain your name or address");
    }
    if strength(password) < STRENGTH_MIN {
        return refused("weak", "this password is too easy to guess: make it longer or less regular");
    }
    Ok(())
}

fn names_owner(password: &str, owner: Owner<'_>) -> bool {
    let password = password.to_lowercase();
    let local = owner.email.split('@').next().unwrap_or_default();
    let names = owner.first_name.split_whitespace().chain(owner.last_name.split_whitespace());
    names
        .chain([local])
        .map(str::to_lowercase)
        .any(|name| name.chars().count() >= NAME_CHARS_MIN && password.contains(&name))
}

/// True for a common password, also when dressed up: letters swapped for look-alikes, digits and signs
/// hung on.
fn is_common(password: &str) -> bool {
    let folded = password.to_lowercase();
    let bare = folded.trim_matches(|c: char| !c.is_alphabetic());
    let candidates = [folded.as_str(), bare, &unleet(&folded), &unleet(bare)];
    COMMON.lines().any(|common| candidates.contains(&common))
}

fn unleet(text: &str) -> String {
    let spell = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(spell).collect()
}

/// How hard a password is to guess, 0 to 4: the bits of its alphabet for each character that could not
/// be foretold from those before it.
#[must_use]
pub fn strength(password: &str) -> u8 {
    let bits = f64::from(alphabet(password)).log2() * f64::from(surprises(password));
    match bits {
        ..20.0 => 0,
        20.0..30.0 => 1,
        30.0..40.0 => 2,
        40.0..60.0 => 3,
        _ => 4,
    }
}

fn alphabet(password: &str) -> u32 {
    let size = |class: fn(char) -> bool, size| if password.chars().any(class) { size } else { 0 };
    let sizes = size(|c| c.is_ascii_lowercase(), 26)
        + size(|c| c.is_ascii_uppercase(), 26)
        + size(|c| c.is_ascii_digit(), 10)
        + size(|c| c.is_ascii_punctuation() || c == ' ', 33)
        + size(|c| !c.is_ascii(), 60);
    sizes.max(2)
}

/// How many characters come as a surprise. One that repeats or continues a run does not, nor does a
/// piece that already stood in the password.
fn surprises(password: &str) -> u32 {
    let chars: Vec<char> = password.to_lowercase().chars().collect();
    let mut surprises = 0;
    for (at, c) in chars.iter().enumerate() {
        let before = chars.get(..at).unwrap_or_default();
        let foretold = before.last().is_some_and(|last| follows(*last, *c)) || repeats(before, *c);
        surprises += u32::from(!foretold);
    }
    surprises
}

fn follows(last: char, next: char) -> bool {
    let (a, b) = (u32::from(last), u32::from(next));
    if a.abs_diff(b) <= 1 {
        return true;
    }
    let pair: String = [last, next].iter().collect();
    let back: String = [next, last].iter().collect();
    SLIDES.iter().any(|row| row.contains(&pair) || row.contains(&back))
}

/// True when the last two characters and this one stood together before.
fn repeats(before: &[char], next: char) -> bool {
    let Some(tail) = before.len().checked_sub(2).and_then(|at| before.get(at..)) else { return false };
    before.windows(3).any(|three| three.starts_with(tail) && three.last() == Some(&next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OWNER: Owner<'_> =
        Owner { email: "awa.ndiaye@example.sn", first_name: "Awa", last_name: "Ndiaye Fall" };

    fn fault(password: &str) -> String {
        check(password, OWNER).unwrap_err().problem(false).errors[0].code.clone()
    }

    #[test]
    fn each_fault_has_its_word() {
        assert_eq!(fault("court9!Xz"), "length");
        assert_eq!(fault("P@ssw0rd2024"), "common");
        assert_eq!(fault("motdepasse!!"), "common");
        assert_eq!(fault("xNDIAYEx-39-kol"), "personal");
        assert_eq!(fault("awa.ndiaye_7Gh2"), "personal");
        assert_eq!(fault("aaaaaaaaaaaaa"), "weak");
        assert_eq!(fault("abcdefghijklmnop"), "weak");
        assert_eq!(fault("poiuytreza987654"), "weak");
        assert_eq!(fault("abcabcabcabcabcabc"), "weak");
    }

    #[test]
    fn a_long_sentence_and_a_random_word_are_both_good() {
        assert!(check("le baobab danse au soleil", OWNER).is_ok());
        assert!(check("vK8#qLz2pW", OWNER).is_ok());
    }

    proptest! {
        #[test]
        fn whatever_holds_the_family_name_is_refused(before in "[a-z0-9]{0,12}", after in "[A-Z!?]{0,12}") {
            let password = format!("{before}NdIaYe{after}");

            prop_assert!(check(&password, OWNER).is_err());
        }

        #[test]
        fn more_of_the_same_never_makes_it_stronger(c in proptest::char::range('a', 'z'), n in 10_usize..128) {
            prop_assert!(strength(&c.to_string().repeat(n)) < STRENGTH_MIN);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            let _ = check(&text, OWNER);
        }
    }
}
