//! The modules as the server puts them together, for the printed contracts.

use engine::{Catalog, Module};

/// Every module, in the order of the crates.
pub(super) fn modules() -> Vec<&'static Module> {
    [people::modules(), work::modules()].concat()
}

/// What can't be printed because it contradicts itself stops here.
#[test]
fn the_modules_make_one_catalogue() {
    let catalog = Catalog::new(modules());

    let operations: usize = catalog.modules.iter().map(|module| module.endpoints.len()).sum();
    assert_eq!(catalog.operations().count(), operations);
}

#[test]
fn no_two_operations_stand_on_one_method_and_path() {
    let mut places: Vec<String> = modules()
        .iter()
        .flat_map(|module| {
            module
                .endpoints
                .iter()
                .map(|op| format!("{} {}{}", op.route.method.word(), module.base, op.route.path))
        })
        .map(|place| in_general(&place))
        .collect();
    places.sort();
    let mut unique = places.clone();
    unique.dedup();

    assert_eq!(places, unique);
}

/// A path without the names in its braces: `/{project}/` and `/{id}/` are one place.
fn in_general(path: &str) -> String {
    let segments = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    segments.collect::<Vec<_>>().join("/")
}
