//! What the language can't say by itself about the product's values: `derive(Table)` reads a row struct once
//! and writes down its columns, home, key, indexes and unique values; four attributes add what all values of
//! one shape have in common. What they accept is said in `attributes` and `shapes`. Nothing here runs.

mod attributes;
mod columns;
mod expand;
mod shapes;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemEnum, ItemStruct, parse_macro_input};

/// Describes a table. See the crate's `attributes` module for the words it understands. [`macro@row`] adds it.
#[proc_macro_derive(Table, attributes(table))]
pub fn table(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    answered(expand::table(&input))
}

/// A row of a table: what `derive(Table)` understands, the usual derives, and the columns that every row has
/// (`id`, `org_id`, `created_at`, `created_by`, `updated_at`, `updated_by`, `version`; with the word `trash`
/// also `archived_at` and `deleted_at`; with `lean`, where every byte counts, `version` alone), where the struct does
/// not name them itself.
///
/// ```ignore
/// /// A card.
/// #[row(name = "cards", id = 7, entity = "card", home = "board", by = "board_id", find)]
/// #[table(index(name = "by_rank", within = "board_id", sort = "status, rank", carry = "all but text"))]
/// #[table(unique(name = "slug", on = "org_id, slug"))]
/// pub struct Card {
///     /// The board.
///     pub board_id: BoardId,
/// }
/// ```
#[proc_macro_attribute]
pub fn row(words: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemStruct);
    answered(shapes::row(&words.into(), item))
}

/// An operation: REST body, socket call and typed request in one struct. Unknown fields are refused, fields of a
/// type with rules are held to them, `Patch`, `Edit` and `Query` fields may be absent.
#[proc_macro_attribute]
pub fn operation(_: TokenStream, item: TokenStream) -> TokenStream {
    answered(shapes::value(parse_macro_input!(item as ItemStruct), false))
}

/// A value inside an operation: the same, and it can be copied and compared.
#[proc_macro_attribute]
pub fn part(_: TokenStream, item: TokenStream) -> TokenStream {
    answered(shapes::value(parse_macro_input!(item as ItemStruct), true))
}

/// A value that is only answered, or stored inside a row: what is missing in an older one has its default.
#[proc_macro_attribute]
pub fn answer(_: TokenStream, item: TokenStream) -> TokenStream {
    shapes::answer(&parse_macro_input!(item as ItemStruct)).into()
}

/// A closed set of words: a state, a role, a kind. Each is its snake_case name on the wire, in the store and in an
/// index; the enum gets `ALL` and `word()`.
#[proc_macro_attribute]
pub fn words(_: TokenStream, item: TokenStream) -> TokenStream {
    answered(shapes::words(parse_macro_input!(item as ItemEnum)))
}

fn answered(outcome: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    outcome.unwrap_or_else(|error| error.to_compile_error()).into()
}
