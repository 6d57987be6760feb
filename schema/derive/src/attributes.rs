//! The words inside `#[table(…)]` on a struct.
//!
//! - `name`, `id`, `entity`: the table's name, its number for life, its records' type in events;
//! - `home`, `by`, `topic`: the kind of room that owns a row, the column naming it, an optional topic; `home = "*"` where
//!   the column holds the whole name of a room of any kind;
//! - `key`: columns that name a row inside its home (default `id`; `seq` makes it sequenced);
//! - `find`: a row can be found by its id alone; `private`: rows hold secrets, keep them out of audit lines;
//! - `trash`, `lean`: which columns `#[row]` adds: those of rows that are put aside and come back too, or `version` alone;
//! - `index(name, within, sort, carry, when)`: a sorted copy; `carry` lists columns, or is `all` or
//!   `all but …`; `when` names a `fn(&self) -> bool`;
//! - `text(within, of, when)`: the words of these columns, by which a list finds a row;
//! - `words = "…"`: columns in which words are looked for row by row, where lists are short and need no entries for it;
//! - `unique(name, on, when)`: a value nobody else may hold.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, DeriveInput, Ident, LitInt, LitStr, Result, meta::ParseNestedMeta};

#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) name: String,
    pub(crate) id: u16,
    pub(crate) entity: String,
    pub(crate) home: String,
    pub(crate) by: String,
    pub(crate) topic: Option<String>,
    pub(crate) key: Vec<String>,
    pub(crate) words: Vec<String>,
    pub(crate) find: bool,
    pub(crate) private: bool,
    pub(crate) indexes: Vec<Index>,
    pub(crate) uniques: Vec<Unique>,
}

#[derive(Default)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) within: Vec<String>,
    pub(crate) sort: Vec<String>,
    pub(crate) carry: Carry,
    pub(crate) text: Vec<String>,
    pub(crate) when: Option<Ident>,
}

/// Which columns an index entry holds besides those that place it.
pub(crate) enum Carry {
    These(Vec<String>),
    AllBut(Vec<String>),
}

impl Default for Carry {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

#[derive(Default)]
pub(crate) struct Unique {
    pub(crate) name: String,
    pub(crate) on: Vec<String>,
    pub(crate) when: Option<Ident>,
}

pub(crate) fn read(input: &DeriveInput) -> Result<Attributes> {
    let mut found = Attributes::default();
    for attribute in input.attrs.iter().filter(|a| a.path().is_ident("table")) {
        read_one(attribute, &mut found)?;
    }
    if found.key.is_empty() {
        found.key.push("id".into());
    }
    let missing =
        [("name", &found.name), ("entity", &found.entity), ("home", &found.home), ("by", &found.by)];
    if let Some((word, _)) = missing.iter().find(|(_, value)| value.is_empty()) {
        return Err(syn::Error::new_spanned(&input.ident, format!("#[table({word} = …)] is missing")));
    }
    if !(1..=4_000).contains(&found.id) || found.indexes.len() > 9 || found.uniques.len() > 4 {
        let limits = "a table has an id from 1 to 4000, at most 9 indexes and 4 unique values";
        return Err(syn::Error::new_spanned(&input.ident, limits));
    }
    Ok(found)
}

fn read_one(attribute: &Attribute, into: &mut Attributes) -> Result<()> {
    attribute.parse_nested_meta(|meta| {
        match word(&meta).as_str() {
            "name" => into.name = text(&meta)?,
            "id" => into.id = meta.value()?.parse::<LitInt>()?.base10_parse()?,
            "entity" => into.entity = text(&meta)?,
            "home" => into.home = text(&meta)?,
            "by" => into.by = text(&meta)?,
            "topic" => into.topic = Some(text(&meta)?),
            "key" => into.key = names(&meta)?,
            "words" => into.words = names(&meta)?,
            "find" => into.find = true,
            "private" => into.private = true,
            "trash" | "lean" => {}
            "index" => into.indexes.push(index(&meta)?),
            "text" => into.indexes.push(text_index(&meta)?),
            "unique" => into.uniques.push(unique(&meta)?),
            other => return Err(meta.error(format!("unknown word `{other}`"))),
        }
        Ok(())
    })
}

fn index(meta: &ParseNestedMeta<'_>) -> Result<Index> {
    let mut index = Index::default();
    meta.parse_nested_meta(|inner| {
        match word(&inner).as_str() {
            "name" => index.name = text(&inner)?,
            "within" => index.within = names(&inner)?,
            "sort" => index.sort = names(&inner)?,
            "carry" => index.carry = carry(&inner)?,
            "when" => index.when = Some(ident(&inner)?),
            other => return Err(inner.error(format!("unknown word `{other}`"))),
        }
        Ok(())
    })?;
    Ok(index)
}

fn text_index(meta: &ParseNestedMeta<'_>) -> Result<Index> {
    let mut index = Index { name: "text".into(), ..Index::default() };
    meta.parse_nested_meta(|inner| {
        match word(&inner).as_str() {
            "within" => index.within = names(&inner)?,
            "of" => index.text = names(&inner)?,
            "when" => index.when = Some(ident(&inner)?),
            other => return Err(inner.error(format!("unknown word `{other}`"))),
        }
        Ok(())
    })?;
    Ok(index)
}

fn unique(meta: &ParseNestedMeta<'_>) -> Result<Unique> {
    let mut unique = Unique::default();
    meta.parse_nested_meta(|inner| {
        match word(&inner).as_str() {
            "name" => unique.name = text(&inner)?,
            "on" => unique.on = names(&inner)?,
            "when" => unique.when = Some(ident(&inner)?),
            other => return Err(inner.error(format!("unknown word `{other}`"))),
        }
        Ok(())
    })?;
    Ok(unique)
}

fn word(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(ToString::to_string).unwrap_or_default()
}

fn text(meta: &ParseNestedMeta<'_>) -> Result<String> {
    Ok(meta.value()?.parse::<LitStr>()?.value())
}

fn ident(meta: &ParseNestedMeta<'_>) -> Result<Ident> {
    meta.value()?.parse::<LitStr>()?.parse()
}

fn names(meta: &ParseNestedMeta<'_>) -> Result<Vec<String>> {
    Ok(listed(&text(meta)?))
}

fn carry(meta: &ParseNestedMeta<'_>) -> Result<Carry> {
    let text = text(meta)?;
    Ok(match text.strip_prefix("all but ") {
        Some(but) => Carry::AllBut(listed(but)),
        None if text == "all" => Carry::AllBut(Vec::new()),
        None => Carry::These(listed(&text)),
    })
}

fn listed(text: &str) -> Vec<String> {
    text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// Whether a word stands among others, by itself.
pub(crate) fn flag(words: &TokenStream, word: &str) -> bool {
    words.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(ident) if ident == word))
}
