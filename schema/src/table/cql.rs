//! The tables a wide-column store would keep a table in, printed from its description.

use super::Spec;

impl Spec {
    /// The CQL a wide-column store would keep this table in, indexes and claims included.
    #[must_use]
    pub fn cql(&self) -> String {
        use std::fmt::Write as _;
        let kind = |name: &str| self.column(name).map_or("text", |column| column.cql);
        let mut out = format!("CREATE TABLE {} (\n    home text,\n", self.name);
        for column in self.columns {
            let _ = writeln!(out, "    {} {},", column.name, column.cql);
        }
        let _ = writeln!(out, "    PRIMARY KEY ((home), {})\n);", self.key.join(", "));
        for index in self.indexes {
            let columns: Vec<&str> = unique_names(&[index.within, index.sort, self.key, index.carry]);
            let sort: Vec<&str> = unique_names(&[index.sort, self.key]);
            let _ = writeln!(out, "CREATE TABLE {}_{} (", self.name, index.name);
            for column in columns {
                let _ = writeln!(out, "    {column} {},", kind(column));
            }
            let _ = writeln!(
                out,
                "    PRIMARY KEY (({}), {})\n);",
                index.within.join(", "),
                sort.into_iter().filter(|c| !index.within.contains(c)).collect::<Vec<_>>().join(", ")
            );
        }
        for unique in self.uniques {
            let _ = writeln!(out, "CREATE TABLE {}_{}_claims (", self.name, unique.name);
            for column in unique.on {
                let _ = writeln!(out, "    {column} {},", kind(column));
            }
            let _ = writeln!(
                out,
                "    holder uuid,\n    home text,\n    confirmed boolean,\n    at timestamp,\n    \
                 PRIMARY KEY (({}))\n);",
                unique.on.join(", ")
            );
        }
        if self.find {
            let _ = writeln!(
                out,
                "CREATE TABLE {}_homes (\n    id uuid,\n    home text,\n    PRIMARY KEY ((id))\n);",
                self.name
            );
        }
        out
    }
}

fn unique_names<'a>(lists: &[&'a [&'a str]]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for name in lists.iter().copied().flatten().copied() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
