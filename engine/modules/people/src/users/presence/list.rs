//! Looking how people are. Each is known where their own room lives, so a question about many goes to several nodes.

use super::{known::of_person, state::Presence};
use crate::{authentication::Auth, rooms};
use actors::Host as _;
use engine::{Call, Context, Endpoint, Error, Needs, Outcome, Param, Query, Result, Route, Scope, Whole};
use schema::{answer, caller::Caller, code::Code, id::UserId, operation};
use serde_json::json;
use std::{collections::HashMap, sync::Arc};

/// People of one question.
const PEOPLE_MAX: usize = 100;

/// How some people are.
#[answer]
pub(in crate::users) struct People {
    /// In the order asked for, without those whom the caller may not see.
    data: Vec<Presence>,
}

/// Shows how up to 100 people are. Whoever is invisible, or hides it, is offline; people with whom the caller shares
/// nothing are left out.
#[operation]
pub(in crate::users) struct ListPresence {
    /// `ids`, with commas between them.
    query: Query,
}

impl Endpoint for ListPresence {
    const ROUTE: Route = Route::get("/presence/");
    const NEEDS: Needs = Needs::Auth;
    const ASKS: &'static [Param] = &[Param {
        name: "ids",
        format: "text",
        help: "Up to 100 people, with commas between them.",
        required: true,
    }];
    type Output = Whole<People>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Nowhere
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["ids"])?;
        let asked = self.people()?;
        let (mut found, mut seen) = (HashMap::new(), Vec::new());
        for user in &asked {
            if *user == cx.caller.user || cx.engine().may_hear(&cx.caller, &of_person(*user)).await.is_ok() {
                seen.push(rooms::of_user(*user));
            }
        }
        let groups = cx.engine().node().by_home(seen);
        let alone = groups.len() == 1;
        for (home, rooms) in groups {
            let people: Vec<UserId> = rooms.iter().map(|room| UserId::new(room.id())).collect();
            match (home, rooms.first()) {
                (None, _) => found.extend(known(cx, &people)?),
                // The whole question goes there.
                (Some(_), Some(room)) if alone => cx.at_home(room)?,
                (Some(_), _) => found.extend(asked_there(cx, &people).await?),
            }
        }
        Outcome::ok(&People { data: asked.iter().filter_map(|user| found.remove(user)).collect() })
    }
}

impl ListPresence {
    fn people(&self) -> Result<Vec<UserId>> {
        let refused = || {
            let error = Error::new(Code::InvalidFilter, format!("ids: 1 to {PEOPLE_MAX} people"));
            error.and_field("/query/ids", "invalid", "ids with commas between them")
        };
        let ids = self.query.get("ids").ok_or_else(refused)?.split(',').map(str::trim);
        let people: Result<Vec<UserId>> = ids.map(|id| id.parse().map_err(|_| refused())).collect();
        people.and_then(|people| if people.len() > PEOPLE_MAX { Err(refused()) } else { Ok(people) })
    }
}

/// How people are who live here.
fn known(cx: &Context, people: &[UserId]) -> Result<Vec<(UserId, Presence)>> {
    let auth: &Arc<Auth> = cx.part()?;
    let presences = auth.presences();
    let each = people.iter().map(|user| {
        let of = if *user == cx.caller.user {
            presences.own(*user, cx.now())
        } else {
            presences.seen(*user, cx.now())
        };
        (*user, of)
    });
    Ok(each.collect())
}

/// How people are who live together elsewhere.
async fn asked_there(cx: &Context, people: &[UserId]) -> Result<Vec<(UserId, Presence)>> {
    let ids: Vec<String> = people.iter().map(UserId::to_string).collect();
    let call = Call {
        caller: Some(cx.caller),
        operation: "ListPresence".to_owned(),
        input: json!({"query": {"ids": ids.join(",")}}),
        key: None,
        if_match: None,
        request: cx.request.clone(),
    };
    let mut reply = Box::pin(cx.engine().call(call)).await?.into_reply();
    let data = reply.body.get_mut("data").map(serde_json::Value::take).unwrap_or_default();
    let data: Vec<Presence> = serde_json::from_value(data).unwrap_or_default();
    Ok(data.into_iter().map(|presence| (presence.user_id, presence)).collect())
}
