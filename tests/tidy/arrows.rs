//! Arrows between crates only go down. What a crate may know of the house is this table; a crate that
//! is not in it has no place yet.

use super::{
    forgives, holds,
    house::{House, key},
    notices,
};

/// A crate, the folder of its manifest, and the crates it may know.
const ARROWS: &[(&str, &str, &[&str])] = &[
    ("derive", "schema/derive", &[]),
    ("schema", "schema", &["derive"]),
    ("storage", "storage", &["schema"]),
    ("actors", "actors", &["schema", "storage"]),
    ("engine", "engine", &["actors", "schema", "storage"]),
    ("people", "engine/modules/people", &["engine", "actors", "schema", "storage"]),
    ("work", "engine/modules/work", &["people", "engine", "actors", "schema", "storage"]),
    ("gateway", "gateway", &["people", "work", "engine", "actors", "schema", "storage"]),
    // Its program knows the wire alone; what it measures of the store by itself stands in `benches`.
    ("bench", "bench", &["schema", "storage"]),
    ("tests", "tests", &["gateway", "people", "work", "engine", "actors", "schema", "storage"]),
    ("xtask", "xtask", &[]),
];

/// Crates that stand on the standard library alone.
const ALONE: [&str; 1] = ["xtask"];

/// Every kind of dependency counts: a test that reaches up is an arrow too.
pub(super) const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

fn offences(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for manifest in house.like("", "Cargo.toml") {
        let Some(folder) = manifest.path.strip_suffix("/Cargo.toml") else { continue };
        // Another workspace, built by another toolchain.
        if manifest.text.contains("\n[workspace]") {
            continue;
        }
        let Some((name, _, may)) = ARROWS.iter().find(|(_, home, _)| *home == folder) else {
            found.push(format!("{}: this crate has no row in the table of arrows", manifest.path));
            continue;
        };
        for known in SECTIONS.into_iter().flat_map(|section| manifest.section(section)).map(key) {
            let is_ours = ARROWS.iter().any(|(ours, ..)| *ours == known);
            if (is_ours && !may.contains(&known)) || ALONE.contains(name) {
                found.push(format!("{}: {name} must not know {known}", manifest.path));
            }
        }
    }
    found
}

#[test]
fn arrows_between_crates_only_go_down() {
    holds(offences);
}

#[test]
fn an_arrow_that_goes_up_is_noticed() {
    let up = "[dependencies]\nschema.workspace = true\n\n[dev-dependencies]\nengine = { workspace = true }\n";

    notices(offences, &[("storage/Cargo.toml", up)], "storage must not know engine");
    notices(offences, &[("bench/Cargo.toml", "[dependencies]\nactors.workspace = true\n")], "bench must not");
    notices(
        offences,
        &[("xtask/Cargo.toml", "[dependencies]\nserde = \"1\"\n")],
        "xtask must not know serde",
    );
    forgives(offences, &[("storage/Cargo.toml", "[dependencies]\nschema.workspace = true\nfjall = \"3\"\n")]);
}

#[test]
fn a_crate_without_a_place_is_noticed() {
    notices(offences, &[("helpers/Cargo.toml", "[dependencies]\n")], "no row");
}
