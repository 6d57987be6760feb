//! What must be true of a conversation that went on while nodes came and went: nothing acknowledged is lost, nothing
//! was written twice, everybody hears the same, and nobody hears a gap.

use std::collections::BTreeMap;

/// A message that its speaker was told is written: its text, its id, its number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) id: String,
    pub(super) seq: u64,
}

/// What one listener heard from first to last, over however many connections.
#[derive(Clone, Default, Debug)]
pub(super) struct Heard {
    /// Where it began to listen.
    pub(super) after: u64,
    /// Every event, and its text where it is a message.
    pub(super) events: Vec<(u64, Option<String>)>,
}

/// Everything that is wrong; nothing, if nothing is.
pub(super) fn check(acknowledged: &[Said], stored: &[Said], heard: &[Heard]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut by_text: BTreeMap<&str, Vec<&Said>> = BTreeMap::new();
    for said in stored {
        by_text.entry(&said.text).or_default().push(said);
    }
    wrong.extend(
        by_text.iter().filter(|(_, all)| all.len() > 1).map(|(text, _)| format!("{text} was written twice")),
    );
    for said in acknowledged {
        if !stored.contains(said) {
            wrong.push(format!("{said:?} was acknowledged, and is not there"));
        }
    }
    let last = stored.iter().map(|said| said.seq).max().unwrap_or(0);
    for (who, listener) in heard.iter().enumerate() {
        let mut next = listener.after + 1;
        for (seq, _) in &listener.events {
            if *seq != next {
                wrong.push(format!("listener {who} heard {seq} where {next} comes"));
                break;
            }
            next += 1;
        }
        if next <= last {
            wrong.push(format!("listener {who} heard nothing from {next} to {last}"));
        }
        for said in stored.iter().filter(|said| said.seq > listener.after) {
            let told = listener.events.iter().find(|(seq, _)| *seq == said.seq);
            if told.is_some_and(|(_, text)| text.as_ref() != Some(&said.text)) {
                wrong.push(format!("listener {who} heard {told:?}, and {said:?} is stored"));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(seq: u64) -> Said {
        Said { text: format!("m{seq}"), id: format!("id{seq}"), seq }
    }

    fn heard(numbers: &[u64]) -> Heard {
        Heard { after: 0, events: numbers.iter().map(|seq| (*seq, Some(format!("m{seq}")))).collect() }
    }

    fn finds(acknowledged: &[Said], stored: &[Said], heard: Heard, what: &str) -> bool {
        check(acknowledged, stored, &[heard]).iter().any(|wrong| wrong.contains(what))
    }

    #[test]
    fn a_sound_conversation_is_sound() {
        let all = [said(1), said(2), said(3)];

        assert!(check(&all[..2], &all, &[heard(&[1, 2, 3])]).is_empty());
    }

    #[test]
    fn every_kind_of_fault_is_noticed() {
        let all = [said(1), said(2), said(3)];

        assert!(finds(&[said(4)], &all, heard(&[1, 2, 3]), "is not there"), "a loss");
        assert!(finds(&[Said { seq: 3, ..said(2) }], &all, heard(&[1, 2, 3]), "is not there"), "a fork");
        assert!(finds(&all, &[said(1), Said { seq: 2, ..said(1) }], heard(&[1, 2]), "twice"), "a duplicate");
        assert!(finds(&all, &all, heard(&[1, 3]), "where 2 comes"), "a gap");
        assert!(finds(&all, &all, heard(&[1, 2, 2, 3]), "where 3 comes"), "an event heard twice");
        assert!(finds(&all, &all, heard(&[1, 2]), "nothing from 3"), "a lost last one");
        let mut other = heard(&[1, 2, 3]);
        other.events[1].1 = Some("something else".into());
        assert!(finds(&all, &all, other, "is stored"), "another story");
    }
}
