//! The modules as the server puts them together, for the printed contracts.

use engine::{Catalog, Listing, Module};

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

#[test]
fn words_are_looked_for_in_columns_that_each_row_of_a_list_has() {
    let catalog = Catalog::new(modules());

    let lists =
        catalog.operations().filter_map(|entry| Some((entry.operation.name(), entry.operation.listing?)));
    let unseen = |(name, list): (&'static str, &'static Listing)| {
        let carried = list.carried();
        // A list without an order of its own shows whole rows.
        let missing =
            list.spec.sought().iter().filter(|column| !list.sorts.is_empty() && !carried.contains(column));
        missing.map(|column| format!("{name}: {column}")).collect::<Vec<_>>()
    };
    assert_eq!(lists.flat_map(unseen).collect::<Vec<_>>(), Vec::<String>::new());
}

/// A path without the names in its braces: `/{project}/` and `/{id}/` are one place.
fn in_general(path: &str) -> String {
    let segments = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    segments.collect::<Vec<_>>().join("/")
}
