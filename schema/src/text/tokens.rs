//! The words of a text as they are looked for: without accents, case and plural, so that whoever types what they
//! remember finds what somebody wrote.

use deunicode::deunicode;
use std::collections::BTreeSet;

/// Words of one row that are kept: a title has a dozen.
const TOKENS_MAX: usize = 32;
/// Letters of a word that count.
const LETTERS_MAX: usize = 24;

/// Lower case, without accents, in the letters a to z wherever there are some for it.
#[must_use]
pub fn fold(text: &str) -> String {
    deunicode(text).to_lowercase()
}

/// A word without its plural: French and English put the same letters there.
fn stem(word: &str) -> &str {
    let plural = word.len() > 3 && !word.ends_with("ss") && (word.ends_with('s') || word.ends_with('x'));
    if plural { word.get(..word.len() - 1).unwrap_or(word) } else { word }
}

fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| stem(word).chars().take(LETTERS_MAX).collect()).collect()
}

/// The words of a row's texts.
pub fn tokens<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    texts.into_iter().flat_map(words).take(TOKENS_MAX).collect()
}

/// What somebody looks for: whole words, and the beginning of the last one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sought {
    whole: Vec<String>,
    beginning: String,
}

impl Sought {
    /// Reads what was typed; `None` where there is no word in it.
    #[must_use]
    pub fn read(typed: &str) -> Option<Self> {
        let mut whole = words(typed);
        whole.truncate(TOKENS_MAX);
        let beginning = whole.pop()?;
        Some(Self { whole, beginning })
    }

    /// The beginning of the words to look through.
    #[must_use]
    pub fn beginning(&self) -> &str {
        &self.beginning
    }

    /// Whether these words are all there.
    #[must_use]
    pub fn is_in(&self, tokens: &BTreeSet<String>) -> bool {
        self.first_of(tokens).is_some() && self.whole.iter().all(|word| tokens.contains(word))
    }

    /// Whether these words are all in a text, however long it is: of a text that is looked through itself, every word
    /// counts.
    #[must_use]
    pub fn is_said_in(&self, text: &str) -> bool {
        self.is_in(&words(text).into_iter().collect())
    }

    /// The first word that begins as the last one typed: of the entries of a row, just that one answers.
    #[must_use]
    pub fn first_of<'a>(&self, tokens: &'a BTreeSet<String>) -> Option<&'a str> {
        let from = tokens.range(self.beginning.clone()..).next();
        from.map(String::as_str).filter(|word| word.starts_with(&self.beginning))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finds(typed: &str, text: &str) -> bool {
        Sought::read(typed).is_some_and(|sought| sought.is_in(&tokens([text])))
    }

    #[test]
    fn accents_case_and_plural_do_not_matter_and_the_last_word_may_be_unfinished() {
        let text = "Élèves du Château d'Œuvre, 12 GÂTEAUX";

        assert!(finds("eleve", text) && finds("ÉLÈVES", text) && finds("gateau chat", text));
        assert!(finds("oeuvre", text) && finds("12", text) && finds("gat", text));
        assert!(!finds("gat eleve", text), "only the last word may be unfinished");
        assert!(!finds("", text) && !finds(" ,;", text) && !finds("ecole", text));
    }

    #[test]
    fn a_long_text_is_looked_through_to_its_last_word() {
        let text = format!("{} baobab", "savane ".repeat(TOKENS_MAX));
        let sought = Sought::read("savane bao").unwrap();

        assert!(sought.is_said_in(&text) && !sought.is_said_in("savane"));
        assert!(!sought.is_in(&tokens([text.as_str()])), "a row keeps its first words only");
    }

    proptest! {
        #[test]
        fn every_text_is_found_by_each_of_its_words(text in "[a-zéèàùçïôœ ]{1,60}") {
            for word in text.split_whitespace() {
                prop_assert!(finds(word, &text), "{word}");
            }
        }
    }
}
