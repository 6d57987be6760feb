//! The house stands on any machine: no file names the folders of one, or the registry that one was
//! served by.

use super::{forgives, holds, house::House, notices};

/// Folders in which one person or one machine keeps things. Spelled without their slash, so that this
/// file keeps the rule.
const PLACES: [&str; 7] = ["home", "root", "work", "tmp", "Users", "mnt", "srv"];

/// Hosts that packages come from, in pieces for the same reason: which one a machine uses is its own
/// affair.
const HOSTS: [&str; 8] = [
    "crates+.io",
    "static.rust-lang+.org",
    "registry.npmjs+.org",
    "pypi+.org",
    "pythonhosted+.org",
    "proxy.golang+.org",
    "deb.debian+.org",
    "maven+.org",
];

/// Tables of a cargo configuration that point to one machine's registry.
const SOURCES: [&str; 3] = ["[source", "[registr", "[net"];

fn offences(house: &House) -> Vec<String> {
    let hosts = HOSTS.map(|host| host.replace('+', ""));
    let mut found = Vec::new();
    // The lock names the public index by the address that cargo gives it everywhere.
    for page in house.pages().filter(|page| !page.path.ends_with("Cargo.lock")) {
        for (number, line) in page.lines() {
            let place =
                PLACES.iter().find(|place| names_folder(line, place)).map(|place| format!("/{place}"));
            let host = hosts.iter().find(|host| line.contains(*host)).cloned();
            let is_config = page.path.ends_with(".cargo/config.toml");
            let source = SOURCES.iter().find(|table| is_config && line.starts_with(*table));
            if let Some(what) = place.or(host).or(source.map(|table| (*table).to_owned())) {
                found.push(format!("{}:{number}: `{what}` is of one machine", page.path));
            }
        }
    }
    found
}

/// True when the line holds `/place` as the start of a path: nothing of a path before it, and after it a
/// slash or the end of the word.
fn names_folder(line: &str, place: &str) -> bool {
    let folder = format!("/{place}");
    line.match_indices(&folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + folder.len()..].chars().next();
        let starts = before.is_none_or(|c| !c.is_alphanumeric() && !"_-.}>)]*/:".contains(c));
        let ends = after.is_none_or(|c| c == '/' || !(c.is_alphanumeric() || "_-{".contains(c)));
        starts && ends
    })
}

#[test]
fn no_file_names_a_machine() {
    holds(offences);
}

#[test]
fn a_path_of_one_machine_is_noticed() {
    for place in PLACES {
        notices(offences, &[("README.md", &format!("see `/{place}/main`"))], place);
        notices(offences, &[("engine/src/a.rs", &format!("const DIR: &str = \"/{place}\";"))], place);
    }
    forgives(
        offences,
        &[("README.md", "engine/modules/work/src, /workload/, a key/root/leaf and target/tmp")],
    );
}

#[test]
fn a_registry_is_noticed() {
    for host in HOSTS.map(|host| host.replace('+', "")) {
        notices(offences, &[("DECISIONS.md", &format!("from https://{host}/x"))], &host);
    }
    notices(offences, &[(".cargo/config.toml", "[source.mirror]\n")], "[source");
    forgives(offences, &[(".cargo/config.toml", "[alias]\nxtask = \"run\"\n")]);
}
