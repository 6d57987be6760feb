//! Reads what strace saw and says whether every receipt left after a sync that came after its journal
//! write. Made for `strace -f -y -s <large> -o`: one line a call, paths beside the file numbers.

use std::collections::HashMap;

/// What a journal file has been given and what of it is known to last.
#[derive(Default)]
struct Journal {
    written: String,
    synced: usize,
}

/// A call that has begun: a write's text, or how much of the journal a sync will cover.
enum Begun {
    Write { path: String, text: String },
    Sync { path: String, covers: usize },
    Other,
}

/// Counts the receipts, or tells of the first that left too early. `token` gives the text by which a
/// receipt's commit is known in the journal, from the receipt's own words.
pub(crate) fn receipts(trace: &str, token: impl Fn(&str) -> String) -> Result<usize, String> {
    let mut journals: HashMap<String, Journal> = HashMap::new();
    let mut begun: HashMap<&str, Begun> = HashMap::new();
    let mut receipts = 0;
    for line in trace.lines() {
        let (thread, call) = line.split_once(' ').unwrap_or_default();
        let call = call.trim_start();
        if let Some(words) = receipt(call) {
            let token = token(words);
            let lasts = journals.values().any(|journal| {
                journal.written.find(&token).is_some_and(|at| at + token.len() <= journal.synced)
            });
            if !lasts {
                return Err(format!("{token} left before its journal write was synced"));
            }
            receipts += 1;
        }
        if !call.starts_with("<...") {
            begun.insert(thread, begin(call, &journals));
        }
        if let Some((_, result)) = call.rsplit_once(" = ") {
            end(begun.remove(thread).unwrap_or(Begun::Other), result, &mut journals);
        }
    }
    Ok(receipts)
}

/// The words of a receipt that is being written to standard output.
fn receipt(call: &str) -> Option<&str> {
    let text = call.strip_prefix("write(1<")?.split_once(", \"receipt ")?.1;
    text.split_once("\\n\"").map(|(words, _)| words)
}

fn begin(call: &str, journals: &HashMap<String, Journal>) -> Begun {
    let Some((name, rest)) = call.split_once('(') else { return Begun::Other };
    let Some(path) = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path)
    else {
        return Begun::Other;
    };
    if !path.ends_with(".jnl") {
        return Begun::Other;
    }
    let path = path.to_owned();
    match name {
        "write" => {
            let text = rest.split_once('"').and_then(|(_, rest)| rest.rsplit_once('"')).map(|(text, _)| text);
            Begun::Write { path, text: text.unwrap_or_default().to_owned() }
        }
        "fsync" | "fdatasync" => {
            let covers = journals.get(&path).map_or(0, |journal| journal.written.len());
            Begun::Sync { path, covers }
        }
        other => panic!("the journal is written in a way this check does not know: {other}"),
    }
}

fn end(begun: Begun, result: &str, journals: &mut HashMap<String, Journal>) {
    match begun {
        Begun::Write { path, text } => journals.entry(path).or_default().written.push_str(&text),
        Begun::Sync { path, covers } if result.trim() == "0" => {
            let journal = journals.entry(path).or_default();
            journal.synced = journal.synced.max(covers);
        }
        Begun::Sync { .. } | Begun::Other => {}
    }
}
