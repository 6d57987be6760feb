//! REST, read from the catalogue: which operation stands where, what a request says, what an answer looks
//! like. No operation is known here by name, and nothing is decided that the engine decides.

mod answer;
mod body;
mod conditional;
mod config;
mod cookie;
mod cors;
mod disposition;
mod headers;
mod input;
mod stream;
mod timetable;

pub(crate) use answer::refusal;
pub(crate) use conditional::if_match;
pub use config::Config;
pub(crate) use cookie::without_cookie;
pub(crate) use stream::PATH as STREAM;
pub(crate) use timetable::router;

use crate::{door::Door, visit::Visit};
use axum::{Router, body::Body, response::Response};
use http::Request;
use hyper::body::Incoming;
use std::{net::IpAddr, sync::Arc};
use tower::Service as _;

/// Answers one request.
pub(crate) async fn serve(
    door: &Door,
    mut router: Router,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Response {
    let visit = Arc::new(Visit::of(&request, peer, &door.config, door.engine.node().clock()));
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(Arc::clone(&visit));
    let mut response = match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    headers::dress(&mut response, &visit, &door.config);
    response
}
