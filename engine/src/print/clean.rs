//! What a text is rid of before it is set: characters that draw nothing, turn the reading direction or command a
//! terminal. Pure; it never judges which characters a font has.

/// The text as it will be set. Line ends of every kind become `\n`.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(char) = rest.next() {
        match char {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' => out.push(' '),
            // The narrow no-break space of French numbers, which the font lacks.
            '\u{202f}' => out.push('\u{a0}'),
            char if char.is_control() || is_unseen(char) => {}
            char => out.push(char),
        }
    }
    out
}

/// True for what has no form of its own (`Default_Ignorable_Code_Point` of Unicode, and the byte order marks).
const fn is_unseen(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_draws_nothing_or_turns_the_direction_is_left_out() {
        let hostile = "a\u{202e}b\u{200d}\0\u{1b}c\u{feff}\u{ad}d";

        assert_eq!(clean(hostile), "abcd");
        assert_eq!(clean("12\u{202f}%\tde\r\nx\ry\u{2028}z"), "12\u{a0}% de\nx\ny\nz");
    }
}
