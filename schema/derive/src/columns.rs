//! The columns of a row struct and the CQL type each field's Rust type stands for.

use syn::{Data, DeriveInput, Fields, GenericArgument, Ident, PathArguments, Result, Type};

pub(crate) struct Column {
    pub(crate) ident: Ident,
    pub(crate) name: String,
    pub(crate) cql: &'static str,
    /// Its type, where that is taken for a text because nothing else is known of it.
    pub(crate) text: Option<Type>,
    /// Marked `#[table(number)]`: filled from the room's counter of this table.
    pub(crate) number: bool,
}

pub(crate) fn read(input: &DeriveInput) -> Result<Vec<Column>> {
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(&input.ident, "a table is a struct"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(syn::Error::new_spanned(&input.ident, "a table has named fields"));
    };
    fields
        .named
        .iter()
        .map(|field| {
            let ident =
                field.ident.clone().ok_or_else(|| syn::Error::new_spanned(field, "a column needs a name"))?;
            if RESERVED.iter().any(|name| ident == name) {
                let why = "a wide-column store has a column of this name beside those of the row";
                return Err(syn::Error::new_spanned(ident, why));
            }
            let mut number = false;
            let mut nested = false;
            for attribute in field.attrs.iter().filter(|a| a.path().is_ident("table")) {
                attribute.parse_nested_meta(|meta| {
                    number |= meta.path.is_ident("number");
                    nested |= meta.path.is_ident("nested");
                    if number || nested {
                        Ok(())
                    } else {
                        Err(meta.error("a column is `number` or `nested`"))
                    }
                })?;
            }
            let cql = if nested { "blob" } else { cql_type(&field.ty) };
            let text = (cql == "text").then(|| field.ty.clone());
            Ok(Column { name: ident.to_string(), ident, cql, text, number })
        })
        .collect()
}

/// What stores keep beside the columns of a row.
const RESERVED: [&str; 3] = ["home", "place", "within"];

/// Enums are words, so an unknown name is text; a struct must be marked `#[table(nested)]`.
fn cql_type(ty: &Type) -> &'static str {
    let Type::Path(path) = ty else { return "blob" };
    let Some(last) = path.path.segments.last() else { return "blob" };
    let name = last.ident.to_string();
    match name.as_str() {
        "Option" => match &last.arguments {
            PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
                Some(GenericArgument::Type(inner)) => cql_type(inner),
                _ => "blob",
            },
            _ => "blob",
        },
        "bool" => "boolean",
        "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" => "bigint",
        "Timestamp" => "timestamp",
        "Date" => "date",
        "Uuid" => "uuid",
        "Vec" | "Value" | "Map" | "BTreeMap" | "Money" => "blob",
        id if id.ends_with("Id") && id != "RoomId" => "uuid",
        _ => "text",
    }
}
