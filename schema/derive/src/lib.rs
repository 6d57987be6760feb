//! `#[derive(Table)]`: reads a row struct once and writes down its columns, home, key, indexes and
//! unique values. The only macro of the house; what it accepts is said in `attributes`.

mod attributes;
mod columns;
mod expand;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Describes a table. See the crate's `attributes` module for the words it understands:
///
/// ```ignore
/// #[derive(Table, Serialize, Deserialize, Clone, Debug)]
/// #[table(name = "cards", id = 7, entity = "card", home = "board", by = "board_id", find)]
/// #[table(index(name = "by_rank", within = "board_id", sort = "status, rank", carry = "title"))]
/// #[table(unique(name = "slug", on = "org_id, slug"))]
/// struct Card { id: CardId, org_id: OrgId, board_id: BoardId, #[table(number)] number: u64, /* … */ version: u64 }
/// ```
#[proc_macro_derive(Table, attributes(table))]
pub fn table(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::table(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
