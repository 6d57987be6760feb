//! One page of a list: `{"data":[…],"page":{…}}`.

use serde::{Deserialize, Serialize};

/// A slice of a longer list and how to go on from it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Page<T> {
    /// The records, in the order asked for.
    pub data: Vec<T>,
    /// Where this page stands.
    pub page: PageInfo,
}

/// Where a page stands in its list.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PageInfo {
    /// How many records were asked for, 1 to 100.
    pub limit: usize,
    /// Whether the list goes on. A short page with `has_more` is legal: the search stopped at its bound.
    pub has_more: bool,
    /// Opaque: pass it back as `cursor` with the same filters.
    pub next_cursor: Option<String>,
    /// Always null: lists are read forward.
    pub prev_cursor: Option<String>,
    /// How many records match, when `with_total` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// True when counting stopped at its bound and `total` is a minimum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_capped: Option<bool>,
}
