//! Closed sets of words, such as states and roles, for what works on any of them.

/// An enum without values in it. Implemented by `#[words]` only.
pub trait Word: Copy + PartialEq + 'static {
    /// All of them, in their order.
    const WORDS: &'static [Self];

    /// Its spelling on the wire and in the store.
    fn word(self) -> &'static str;
}
