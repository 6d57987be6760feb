//! States and the moves between them, as a table. A state is changed by a move of its table and in no other way.

use crate::{Error, Result};
use schema::{code::Code, word::Word};

/// Which states each state may become.
#[derive(Clone, Copy, Debug)]
pub struct Moves<S: 'static>(pub &'static [(S, &'static [S])]);

impl<S: Word> Moves<S> {
    /// The states that one may become.
    #[must_use]
    pub fn from(&self, state: S) -> &'static [S] {
        self.0.iter().find(|(from, _)| *from == state).map_or(&[], |(_, to)| to)
    }

    /// Whether one may become the other.
    ///
    /// # Errors
    /// `invalid-transition`, with the states that are `allowed`.
    pub fn check(&self, from: S, to: S) -> Result<()> {
        let allowed = self.from(from);
        if allowed.contains(&to) {
            return Ok(());
        }
        let detail = format!("what is {} can't become {}", from.word(), to.word());
        let words: Vec<&str> = allowed.iter().map(|state| state.word()).collect();
        Err(Error::new(Code::InvalidTransition, detail).with("allowed", words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, PartialEq)]
    enum Light {
        Red,
        Green,
    }
    impl Word for Light {
        const WORDS: &'static [Self] = &[Self::Red, Self::Green];
        fn word(self) -> &'static str {
            if self == Self::Red { "red" } else { "green" }
        }
    }

    #[test]
    fn a_move_that_is_not_in_the_table_names_those_that_are() {
        let moves = Moves(&[(Light::Red, &[Light::Green])]);

        assert!(moves.check(Light::Red, Light::Green).is_ok());
        let refused = moves.check(Light::Red, Light::Red).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidTransition);
        assert_eq!(refused.problem(false).extra["allowed"][0], "green");
        assert!(moves.check(Light::Green, Light::Red).is_err());
    }
}
