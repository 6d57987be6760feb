//! The three shapes that repeat in every module, as attributes on a plain struct or enum: what comes in
//! ([`value`]), what is stored ([`row`]), and a closed set of words ([`words`]). Each adds the derives and
//! the field attributes that all of its kind have, and nothing that runs.

use crate::{attributes::flag, expand};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    DeriveInput, Field, Fields, FieldsNamed, GenericArgument, Ident, ItemEnum, ItemStruct, PathArguments,
    Result, Type, parse_quote,
};

/// What holds another value, or none.
const WRAPPERS: [&str; 5] = ["Option", "Vec", "Patch", "Edit", "Box"];
/// What has no rule of its own that could be looked into.
const PLAIN: [&str; 16] = [
    "bool", "u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "String", "Uuid", "Value", "Map",
    "BTreeMap", "IpAddr",
];

/// An operation, or a value inside one: unknown fields are refused, every field that has rules is held to them.
pub(crate) fn value(mut item: ItemStruct, copied: bool) -> Result<TokenStream> {
    for field in &mut named(&mut item)?.named {
        let ty = last(&field.ty);
        if matches!(ty.as_deref(), Some("Patch" | "Edit")) {
            let keep = format!("{}::is_keep", ty.unwrap_or_default());
            field.attrs.push(parse_quote!(#[serde(default, skip_serializing_if = #keep)]));
        } else if ty.as_deref() == Some("Query") {
            field.attrs.push(parse_quote!(#[serde(default)]));
        }
        if has_rules(field) {
            field.attrs.push(parse_quote!(#[garde(dive)]));
        }
    }
    let copied = copied.then(|| quote!(#[derive(Clone, PartialEq, Debug)]));
    Ok(quote! {
        #[derive(::serde::Serialize, ::serde::Deserialize, ::schema::schemars::JsonSchema, ::garde::Validate)]
        #copied
        #[serde(deny_unknown_fields)]
        #[schemars(crate = "::schema::schemars")]
        #[garde(allow_unvalidated)]
        #item
    })
}

/// What is only answered, or stored inside a row.
pub(crate) fn answer(item: &ItemStruct) -> TokenStream {
    quote! {
        #[derive(::serde::Serialize, ::serde::Deserialize, ::schema::schemars::JsonSchema, Clone, PartialEq, Debug, Default)]
        #[schemars(crate = "::schema::schemars")]
        #[serde(default)]
        #item
    }
}

/// A row: the columns that every row has are added where the struct does not name them itself.
pub(crate) fn row(words: &TokenStream, mut item: ItemStruct) -> Result<TokenStream> {
    let (trash, lean) = (flag(words, "trash"), flag(words, "lean"));
    let ident = item.ident.clone();
    let fields = named(&mut item)?;
    let before: [Field; 2] = [
        parse_quote!(/// The record.
            pub id: ::schema::id::Id<#ident>),
        parse_quote!(/// The organization.
            pub org_id: ::schema::id::OrgId),
    ];
    let trashed: [Field; 2] = [
        parse_quote!(/// When it was put aside; absent while it is in use.
            pub archived_at: ::std::option::Option<::schema::time::Timestamp>),
        parse_quote!(/// When it was put into the trash, from where it can come back for 30 days.
            pub deleted_at: ::std::option::Option<::schema::time::Timestamp>),
    ];
    let after: [Field; 5] = [
        parse_quote!(/// When it was made.
            pub created_at: ::schema::time::Timestamp),
        parse_quote!(/// Who made it; absent for the server itself.
            pub created_by: ::std::option::Option<::schema::id::UserId>),
        parse_quote!(/// When it was last changed.
            pub updated_at: ::schema::time::Timestamp),
        parse_quote!(/// Who changed it last.
            pub updated_by: ::std::option::Option<::schema::id::UserId>),
        parse_quote!(/// Counts changes, from 1.
            pub version: u64),
    ];
    for field in before.into_iter().rev().filter(|_| !lean) {
        if !names(fields, &field) {
            fields.named.insert(0, field);
        }
    }
    let version = |field: &Field| field.ident.as_ref().is_some_and(|name| name == "version");
    let after = after.into_iter().filter(|field| !lean || version(field));
    for field in trashed.into_iter().filter(|_| trash).chain(after) {
        if !names(fields, &field) {
            fields.named.push(field);
        }
    }
    item.attrs.push(parse_quote!(#[table(#words)]));
    let table = expand::table(&DeriveInput::from(item.clone()))?;
    // They are read; left on the struct, a lint would find words that two indexes have in common.
    item.attrs.retain(|attribute| !attribute.path().is_ident("table"));
    for field in &mut named(&mut item)?.named {
        field.attrs.retain(|attribute| !attribute.path().is_ident("table"));
    }
    let kept = trash.then(|| {
        quote! {
            impl #ident {
                /// True while it is not in the trash: what an index of a list asks.
                #[must_use]
                pub const fn is_kept(&self) -> bool {
                    self.deleted_at.is_none()
                }
            }
        }
    });
    Ok(quote! {
        #[derive(
            ::serde::Serialize, ::serde::Deserialize, ::schema::schemars::JsonSchema,
            Clone, PartialEq, Debug, Default,
        )]
        #[schemars(crate = "::schema::schemars")]
        #[serde(default)]
        #item
        #kept
        #table
    })
}

/// A closed set of words; the first is the default unless another one is marked.
pub(crate) fn words(mut item: ItemEnum) -> Result<TokenStream> {
    let marked =
        item.variants.iter().flat_map(|variant| &variant.attrs).any(|a| a.path().is_ident("default"));
    if let Some(first) = item.variants.first_mut().filter(|_| !marked) {
        first.attrs.push(parse_quote!(#[default]));
    }
    let ident = &item.ident;
    let mut variants: Vec<&Ident> = Vec::new();
    for variant in &item.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(syn::Error::new_spanned(variant, "a word holds nothing"));
        }
        variants.push(&variant.ident);
    }
    let (count, spelt) = (variants.len(), variants.iter().map(|variant| snake(&variant.to_string())));
    Ok(quote! {
        #[derive(
            ::serde::Serialize, ::serde::Deserialize, ::schema::schemars::JsonSchema, ::garde::Validate,
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default,
        )]
        #[serde(rename_all = "snake_case")]
        #[schemars(crate = "::schema::schemars", inline)]
        #[garde(allow_unvalidated)]
        #item

        impl #ident {
            /// All of them, in their order.
            pub const ALL: [Self; #count] = [#(Self::#variants),*];

            /// Its spelling on the wire and in the store.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    #(Self::#variants => #spelt),*
                }
            }
        }

        impl ::schema::table::Textual for #ident {}

        impl ::schema::word::Word for #ident {
            const WORDS: &'static [Self] = &Self::ALL;
            fn word(self) -> &'static str {
                Self::word(self)
            }
        }
    })
}

fn named(item: &mut ItemStruct) -> Result<&mut FieldsNamed> {
    match &mut item.fields {
        Fields::Named(fields) => Ok(fields),
        other => Err(syn::Error::new_spanned(other, "its fields have names")),
    }
}

fn names(fields: &FieldsNamed, field: &Field) -> bool {
    fields.named.iter().any(|known| known.ident == field.ident)
}

fn has_rules(field: &Field) -> bool {
    let ruled = field.attrs.iter().any(|attribute| attribute.path().is_ident("garde"));
    !ruled && innermost(&field.ty).is_some_and(|name| !PLAIN.contains(&name.as_str()))
}

fn last(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    path.path.segments.last().map(|segment| segment.ident.to_string())
}

fn innermost(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    let name = segment.ident.to_string();
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) if WRAPPERS.contains(&name.as_str()) => {
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(inner) => innermost(inner),
                _ => None,
            })
        }
        _ => Some(name),
    }
}

/// `InProgress` → `in_progress`, as serde's `snake_case` writes it.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}
