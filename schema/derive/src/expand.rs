//! Writes the `impl Table` from what was read. Every column named in an attribute is checked here, so
//! that a spelling mistake is a compile error at the struct.

use crate::{
    attributes::{self, Attributes, Carry},
    columns::{self, Column},
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Ident, Result};

pub(crate) fn table(input: &DeriveInput) -> Result<TokenStream> {
    let attributes = attributes::read(input)?;
    let columns = columns::read(input)?;
    let row = Row { input, attributes: &attributes, columns: &columns };
    let ident = &input.ident;
    let spec = row.spec()?;
    let home = row.home()?;
    let entity_id = row.entity_id()?;
    let key = row.idents(&attributes.key)?;
    let stamp = row.stamp();
    let indexes = row.index_entries()?;
    let uniques = row.unique_values()?;
    let texts = columns.iter().filter_map(|column| column.text.as_ref());
    Ok(quote! {
        // A nested value must say so, or one store would take it for a text and refuse it.
        const _: () = {
            const fn text<T: ::schema::table::Textual>() {}
            #(text::<#texts>();)*
        };

        impl ::schema::table::Table for #ident {
            const SPEC: &'static ::schema::table::Spec = &#spec;
            fn home(&self) -> ::schema::room::RoomId { #home }
            fn entity_id(&self) -> ::schema::uuid::Uuid { #entity_id }
            fn key_parts(&self) -> ::schema::key::KeyWriter {
                ::schema::key::KeyWriter::new() #(.with(&self.#key))*
            }
            fn version(&self) -> u64 { self.version }
            fn stamp(&mut self, stamp: &::schema::table::Stamp) { #stamp }
            fn index_entries(&self) -> ::std::vec::Vec<::schema::table::Entry> {
                let mut entries = ::std::vec::Vec::new();
                #(#indexes)*
                entries
            }
            fn unique_values(&self) -> ::std::vec::Vec<::std::option::Option<::schema::bytes::Bytes>> {
                ::std::vec![#(#uniques),*]
            }
        }
    })
}

struct Row<'a> {
    input: &'a DeriveInput,
    attributes: &'a Attributes,
    columns: &'a [Column],
}

impl Row<'_> {
    fn column(&self, name: &str) -> Result<&Column> {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .ok_or_else(|| syn::Error::new_spanned(&self.input.ident, format!("no column `{name}`")))
    }

    fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }

    fn sequenced(&self) -> bool {
        self.attributes.key.iter().any(|name| name == "seq")
    }

    fn idents(&self, names: &[String]) -> Result<Vec<&Ident>> {
        names.iter().map(|name| self.column(name).map(|column| &column.ident)).collect()
    }

    fn spec(&self) -> Result<TokenStream> {
        let Attributes { name, id, entity, home, by, key, find, private, .. } = self.attributes;
        let topic = match &self.attributes.topic {
            Some(topic) => quote! { ::std::option::Option::Some(#topic) },
            None => quote! { ::std::option::Option::None },
        };
        let names = self.columns.iter().map(|c| &c.name);
        let types = self.columns.iter().map(|c| c.cql);
        let sequenced = self.sequenced();
        let numbered = self.columns.iter().any(|c| c.number);
        let words = &self.attributes.words;
        for name in words {
            self.column(name)?;
        }
        let mut indexes = Vec::new();
        for index in &self.attributes.indexes {
            let carry = self.carried(index);
            let but = match &index.carry {
                Carry::AllBut(but) => but.as_slice(),
                Carry::These(_) => &[],
            };
            for name in index.within.iter().chain(&index.sort).chain(&carry).chain(but) {
                self.column(name)?;
            }
            let attributes::Index { name, within, sort, text, .. } = index;
            indexes.push(quote! { ::schema::table::Index {
                name: #name, within: &[#(#within),*], sort: &[#(#sort),*], carry: &[#(#carry),*], text: &[#(#text),*],
            }});
        }
        let uniques = self.attributes.uniques.iter().map(|unique| {
            let attributes::Unique { name, on, .. } = unique;
            quote! { ::schema::table::Unique { name: #name, on: &[#(#on),*] } }
        });
        Ok(quote! { ::schema::table::Spec {
            name: #name, id: #id, entity: #entity, home: #home, by: #by, topic: #topic, find: #find, sequenced: #sequenced, numbered: #numbered, private: #private,
            columns: &[#(::schema::table::Column { name: #names, cql: #types }),*],
            key: &[#(#key),*],
            words: &[#(#words),*],
            indexes: &[#(#indexes),*],
            uniques: &[#(#uniques),*],
        }})
    }

    /// What an entry holds besides the columns that place it.
    fn carried(&self, index: &attributes::Index) -> Vec<String> {
        match &index.carry {
            // Words are looked at again in the entry, and its row is found through its home.
            _ if !index.text.is_empty() => index.text.iter().chain([&self.attributes.by]).cloned().collect(),
            Carry::These(names) => names.clone(),
            Carry::AllBut(but) => {
                let places = [&index.within, &index.sort, &self.attributes.key, but];
                let others = self.columns.iter().map(|column| column.name.clone());
                others.filter(|name| !places.iter().any(|list| list.contains(name))).collect()
            }
        }
    }

    fn home(&self) -> Result<TokenStream> {
        let by = &self.column(&self.attributes.by)?.ident;
        let kind = &self.attributes.home;
        if kind == "*" {
            return Ok(quote! { self.#by.clone() });
        }
        Ok(match &self.attributes.topic {
            Some(topic) => quote! { ::schema::room::RoomId::with_topic(#kind, self.#by.uuid(), #topic) },
            None => quote! { ::schema::room::RoomId::new(#kind, self.#by.uuid()) },
        })
    }

    /// The `id` column; a membership row without one is named by the last column of its key, and where that is a number
    /// or a text, by what its room belongs to.
    fn entity_id(&self) -> Result<TokenStream> {
        let last = self.attributes.key.last().map(String::as_str).unwrap_or("id");
        let named = self.column(if self.has("id") { "id" } else { last })?;
        let column = if named.cql == "uuid" { named } else { self.column(&self.attributes.by)? };
        let ident = &column.ident;
        Ok(quote! { self.#ident.uuid() })
    }

    fn stamp(&self) -> TokenStream {
        let when = |name: &str, code: TokenStream| self.has(name).then_some(code);
        let sequenced = self.sequenced().then(|| {
            let id = self.has("id").then(|| quote! { self.id = self.id.with_seq(stamp.seq); });
            quote! { self.seq = stamp.seq; #id }
        });
        let number = self.columns.iter().filter(|c| c.number).map(|c| {
            let ident = &c.ident;
            quote! { self.#ident = stamp.number; }
        });
        let created_at = when("created_at", quote! { self.created_at = stamp.at; });
        let created_by = when("created_by", quote! { self.created_by = stamp.by; });
        let updated_at = when("updated_at", quote! { self.updated_at = stamp.at; });
        let updated_by = when("updated_by", quote! { self.updated_by = stamp.by; });
        quote! {
            if stamp.new {
                #sequenced
                #(#number)*
                #created_at
                #created_by
            }
            #updated_at
            #updated_by
            self.version += 1;
        }
    }

    fn index_entries(&self) -> Result<Vec<TokenStream>> {
        let id = self.attributes.id;
        let key = self.idents(&self.attributes.key)?;
        self.attributes
            .indexes
            .iter()
            .zip(0_u16..)
            .map(|(index, at)| {
                let within = self.idents(&index.within)?;
                let sort = self.idents(&index.sort)?;
                let mut carried: Vec<&String> = Vec::new();
                let carry = self.carried(index);
                let lists = [&index.within, &index.sort, &self.attributes.key, &carry];
                for name in lists.into_iter().flatten() {
                    if !carried.contains(&name) {
                        carried.push(name);
                    }
                }
                let columns = carried
                    .iter()
                    .map(|name| self.column(name).map(|c| &c.ident))
                    .collect::<Result<Vec<_>>>()?;
                let text = self.idents(&index.text)?;
                let entry = if text.is_empty() {
                    quote! {{
                        let mut value = ::schema::table::Carried::new();
                        #(value.put(#carried, &self.#columns);)*
                        entries.push(::schema::table::index_entry(
                            #id, #at,
                            ::schema::key::KeyWriter::new() #(.with(&self.#within))*,
                            ::schema::key::KeyWriter::new() #(.with(&self.#sort))* #(.with(&self.#key))*,
                            value,
                        ));
                    }}
                } else {
                    quote! {{
                        let mut value = ::schema::table::Carried::new();
                        #(value.put(#carried, &self.#columns);)*
                        entries.extend(::schema::table::text_entries(
                            (#id, #at),
                            ::schema::key::KeyWriter::new() #(.with(&self.#within))*,
                            &(::schema::key::KeyWriter::new() #(.with(&self.#key))*),
                            &[#(&self.#text),*],
                            value,
                        ));
                    }}
                };
                Ok(match &index.when {
                    Some(when) => quote! { if self.#when() #entry },
                    None => entry,
                })
            })
            .collect()
    }

    fn unique_values(&self) -> Result<Vec<TokenStream>> {
        self.attributes
            .uniques
            .iter()
            .map(|unique| {
                let on = self.idents(&unique.on)?;
                let value = quote! { ::schema::key::KeyWriter::new() #(.with(&self.#on))*.finish() };
                Ok(match &unique.when {
                    Some(when) => quote! { self.#when().then(|| #value) },
                    None => quote! { ::std::option::Option::Some(#value) },
                })
            })
            .collect()
    }
}
