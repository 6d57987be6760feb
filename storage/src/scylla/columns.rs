//! Between the bytes of the seam and the columns of a table. A row is a named MessagePack map; each of its
//! members becomes the column of its name, in the column's own type, and comes back as the same member.

use super::statement::Values;
use crate::Error;
use bytes::Bytes;
use rmpv::ValueRef;
use schema::{
    table::{Column, Wide},
    time::{Date, Timestamp},
};
use scylla::value::{CqlDate, CqlTimestamp, CqlValue};
use uuid::Uuid;

/// What a date of CQL adds to the days since 1970: it counts from the middle of its range.
const DATE_ZERO: i64 = 1 << 31;

/// A key's bytes, or a value that is no map, as the column that holds them.
pub(super) fn plain(column: Column, bytes: &[u8]) -> Result<CqlValue, Error> {
    let value = match column.cql {
        "text" => std::str::from_utf8(bytes).ok().map(|text| CqlValue::Text(text.to_owned())),
        "uuid" => Uuid::from_slice(bytes).ok().map(CqlValue::Uuid),
        _ => Some(CqlValue::Blob(bytes.to_vec())),
    };
    value.ok_or_else(|| untyped(column, "its bytes are of another kind"))
}

/// The bytes of a column that holds them as they are.
pub(super) fn bytes_of(value: Option<CqlValue>) -> Bytes {
    match value {
        Some(CqlValue::Blob(bytes)) => bytes.into(),
        Some(CqlValue::Text(text)) => text.into(),
        Some(CqlValue::Uuid(id)) => Bytes::copy_from_slice(id.as_bytes()),
        _ => Bytes::new(),
    }
}

/// The columns beside the key, in the table's order.
pub(super) fn spread(wide: &Wide, value: &[u8]) -> Result<Values, Error> {
    if let Some(column) = wide.value {
        return Ok(vec![Some(plain(column, value)?)]);
    }
    let torn = || Error::Untyped(format!("a row of {} is no map", wide.name));
    let mut rest = value;
    let members = rmp::decode::read_map_len(&mut rest).map_err(|_| torn())?;
    let mut values: Values = vec![None; wide.columns.len()];
    for _ in 0..members {
        let ValueRef::String(name) = rmpv::decode::read_value_ref(&mut rest).map_err(|_| torn())? else {
            return Err(torn());
        };
        let name = name.as_str().ok_or_else(torn)?;
        let before = rest;
        let member = rmpv::decode::read_value_ref(&mut rest).map_err(|_| torn())?;
        let packed = before.get(..before.len() - rest.len()).ok_or_else(torn)?;
        let mut columns = wide.columns.iter().zip(&mut values);
        let Some((column, slot)) = columns.find(|(column, _)| column.name == name) else {
            return Err(Error::Untyped(format!("{} has no column {name}", wide.name)));
        };
        *slot = typed(*column, &member, packed)?;
    }
    Ok(values)
}

fn typed(column: Column, member: &ValueRef<'_>, packed: &[u8]) -> Result<Option<CqlValue>, Error> {
    if *member == ValueRef::Nil {
        return Ok(None);
    }
    let text = || if let ValueRef::String(text) = member { text.as_str() } else { None };
    let value = match column.cql {
        "boolean" => {
            if let ValueRef::Boolean(truth) = member {
                Some(CqlValue::Boolean(*truth))
            } else {
                None
            }
        }
        "bigint" => {
            if let ValueRef::Integer(number) = member {
                number.as_i64().map(CqlValue::BigInt)
            } else {
                None
            }
        }
        "text" => text().map(|text| CqlValue::Text(text.to_owned())),
        "uuid" => text().and_then(|text| text.parse().ok()).map(CqlValue::Uuid),
        "timestamp" => text()
            .and_then(|text| text.parse::<Timestamp>().ok())
            .map(|at| CqlValue::Timestamp(CqlTimestamp(at.ms()))),
        "date" => text()
            .and_then(|text| text.parse::<Date>().ok())
            .and_then(|date| u32::try_from(i64::from(date.days()) + DATE_ZERO).ok())
            .map(|days| CqlValue::Date(CqlDate(days))),
        _ => Some(CqlValue::Blob(packed.to_vec())),
    };
    value.map(Some).ok_or_else(|| untyped(column, &member.to_string()))
}

fn untyped(column: Column, what: &str) -> Error {
    Error::Untyped(format!("{} is a {}, not {what}", column.name, column.cql))
}

/// The row that [`spread`] made these columns of.
pub(super) fn gather(wide: &Wide, values: Values) -> Result<Bytes, Error> {
    if wide.value.is_some() {
        return Ok(bytes_of(values.into_iter().next().flatten()));
    }
    let said = |value: &Option<CqlValue>| wide.says_nothing || value.is_some();
    let members = u32::try_from(values.iter().filter(|value| said(value)).count()).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(32 * values.len());
    let unreadable =
        |column: &Column| Error::Read(format!("{}.{} is of another type", wide.name, column.name));
    // Writing to memory can't fail.
    let _ = rmp::encode::write_map_len(&mut out, members);
    for (column, value) in wide.columns.iter().zip(values).filter(|(_, value)| said(value)) {
        let _ = rmp::encode::write_str(&mut out, column.name);
        let mut say = |text: String| rmp::encode::write_str(&mut out, &text).map_err(|_| unreadable(column));
        match value {
            Some(CqlValue::Text(text)) => say(text)?,
            Some(CqlValue::Uuid(id)) => say(id.to_string())?,
            Some(CqlValue::Timestamp(at)) => say(Timestamp::from_ms(at.0).to_string())?,
            Some(CqlValue::Date(date)) => {
                let days = i32::try_from(i64::from(date.0) - DATE_ZERO).ok();
                say(days.and_then(Date::from_days).ok_or_else(|| unreadable(column))?.to_string())?;
            }
            Some(CqlValue::BigInt(number)) => {
                let _ = rmp::encode::write_sint(&mut out, number);
            }
            Some(CqlValue::Boolean(truth)) => {
                let _ = rmp::encode::write_bool(&mut out, truth);
            }
            Some(CqlValue::Blob(packed)) => out.extend_from_slice(&packed),
            None => {
                let _ = rmp::encode::write_nil(&mut out);
            }
            Some(_) => return Err(unreadable(column)),
        }
    }
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use schema::codec;
    use serde_json::{Map, Value, json};

    const COLUMNS: [Column; 7] = [
        Column { name: "id", cql: "uuid" },
        Column { name: "title", cql: "text" },
        Column { name: "number", cql: "bigint" },
        Column { name: "done", cql: "boolean" },
        Column { name: "at", cql: "timestamp" },
        Column { name: "due", cql: "date" },
        Column { name: "tags", cql: "blob" },
    ];

    fn wide(says_nothing: bool) -> Wide {
        Wide {
            name: "cards".to_owned(),
            number: 16,
            partition: Column { name: "home", cql: "text" },
            ordered: true,
            columns: COLUMNS.to_vec(),
            value: None,
            says_nothing,
        }
    }

    fn row() -> impl Strategy<Value = Map<String, Value>> {
        let tags = proptest::collection::vec("\\PC{0,6}", 0..3);
        let values = (any::<u128>(), "\\PC{0,12}", any::<i64>(), any::<bool>(), 0..4_000_000_000_000_i64);
        (values, 0..40_000_i32, tags, any::<[bool; 7]>()).prop_map(|(values, days, tags, present)| {
            let (id, title, number, done, ms) = values;
            let values = [
                json!(Uuid::from_u128(id)),
                json!(title),
                json!(number),
                json!(done),
                json!(Timestamp::from_ms(ms)),
                json!(Date::from_days(days)),
                json!({"all": tags, "none": null}),
            ];
            let named = COLUMNS.iter().zip(values).zip(present);
            named
                .map(|((c, value), here)| (c.name.to_owned(), if here { value } else { Value::Null }))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn a_row_comes_back_from_its_columns(row in row()) {
            let packed = codec::to_bytes(&row).unwrap();

            let entry = gather(&wide(true), spread(&wide(true), &packed).unwrap()).unwrap();
            let stored = gather(&wide(false), spread(&wide(false), &packed).unwrap()).unwrap();

            prop_assert_eq!(&codec::from_msgpack::<Map<String, Value>>(&entry).unwrap(), &row);
            let said: Map<String, Value> = row.into_iter().filter(|(_, value)| !value.is_null()).collect();
            prop_assert_eq!(codec::from_msgpack::<Map<String, Value>>(&stored).unwrap(), said);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_before_anything_is_written() {
        let refused = [
            json!({"id": "no uuid"}),
            json!({"number": u64::MAX}),
            json!({"number": "7"}),
            json!({"at": "yesterday"}),
            json!({"unknown": 1}),
            json!([1]),
        ];
        for row in refused {
            let packed = codec::to_bytes(&row).unwrap();
            assert!(matches!(spread(&wide(false), &packed), Err(Error::Untyped(_))), "{row}");
        }
    }
}
