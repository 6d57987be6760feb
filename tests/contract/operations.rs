//! `operations.md`: the timetable. What can be asked for, under which name and path, who may, and what
//! the rooms of the socket understand.

use super::{agrees, catalog::modules, paper::Table};
use engine::{Module, Rate};
use std::fmt::Write as _;

#[test]
fn the_operations_are_what_the_contract_says() {
    let mut out = String::from(
        "# Operations\n\nPrinted from the catalogue. An operation is called over REST by its method and path, or \
         over the socket as\n`{\"op\": \"call\", \"name\": \"<operation>\", \"d\": {…}}`, the names in braces among the \
         members of `d`.\n\n",
    );
    for module in modules() {
        writeln!(out, "## {} · {}\n", module.name, module.base).unwrap();
        timetable(module).write(&mut out);
        rooms(module).write(&mut out);
        short_names(module).write(&mut out);
    }

    agrees("operations.md", &format!("{}\n", out.trim_end()));
}

fn timetable(module: &Module) -> Table {
    let mut table = Table::of(["operation", "method", "path", "needs", "rate"]);
    for operation in module.endpoints {
        let rate = match operation.rate {
            Rate::Standard => "",
            Rate::Login => "login",
            Rate::Chat => "chat",
        };
        let path = format!("`{}{}`", module.base, operation.route.path);
        let method = operation.route.method.word();
        table.row([operation.name(), method, &path, &operation.needs.words(), rate]);
    }
    table
}

fn rooms(module: &Module) -> Table {
    let mut table = Table::of(["room", "heard by", "presence", "whispers"]);
    for room in module.rooms {
        let name = format!("`{}:`", room.kind);
        match &room.policy {
            Some(policy) => {
                let presence = if policy.presence { "told" } else { "" };
                table.row([&*name, &room.hears.words(), presence, &policy.whispers.join(", ")]);
            }
            None => table.row([&*name, "nobody", "", ""]),
        }
    }
    table
}

fn short_names(module: &Module) -> Table {
    let mut table = Table::of(["socket", "short name", "operation", "takes the room as"]);
    for socket in module.sockets {
        let path = format!("`{}`", socket.path);
        if socket.short.is_empty() {
            table.row([&*path, "", "", ""]);
        }
        for (short, operation, field) in socket.short {
            table.row([&*path, *short, *operation, *field]);
        }
    }
    table
}
