//! The router: every operation of the catalogue at its place, and the operational pages beside them. A
//! path that lacks its last slash is redirected for reads and served in place for writes.

use super::{answer, cors, input, stream};
use crate::{carry::carry, door::Door, health, visit::Visit};
use axum::{
    Router,
    body::Body,
    extract::RawPathParams,
    response::{IntoResponse as _, Response},
    routing::{any, get},
};
use engine::{Error, catalog::Entry};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use schema::code::Code;
use std::{collections::BTreeMap, sync::Arc};

/// An operation at a place, with the names of the values in its path.
struct Offer {
    entry: Entry,
    names: Vec<&'static str>,
}

/// A path and what can be done there.
struct Place {
    door: Arc<Door>,
    offers: Vec<Offer>,
}

/// Builds the router.
pub(crate) fn router(door: &Arc<Door>) -> Router {
    let mut router = pages(door);
    for (pattern, offers) in places(door) {
        let place = Arc::new(Place { door: Arc::clone(door), offers });
        let bare = pattern.trim_end_matches('/').to_owned();
        let here = Arc::clone(&place);
        router = router.route(
            &pattern,
            any(move |params: RawPathParams, request: Request<Body>| async move {
                here.answer(&params, request).await
            }),
        );
        router = router.route(
            &bare,
            any(move |params: RawPathParams, request: Request<Body>| async move {
                if reads(request.method()) { slashed(&request) } else { place.answer(&params, request).await }
            }),
        );
    }
    router.fallback(nowhere).layer(cors::layer(door))
}

/// Operations by path. Values in a path are numbered, since two operations may name the same one
/// differently.
fn places(door: &Door) -> BTreeMap<String, Vec<Offer>> {
    let mut places: BTreeMap<String, Vec<Offer>> = BTreeMap::new();
    for entry in door.engine.catalog().operations() {
        let (mut pattern, mut names) = (entry.base.to_owned(), Vec::new());
        for part in entry.operation.route.path.split('/').skip(1) {
            pattern.push('/');
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) => {
                    pattern.push_str(&format!("{{v{}}}", names.len()));
                    names.push(name);
                }
                None => pattern.push_str(part),
            }
        }
        places.entry(pattern).or_default().push(Offer { entry: *entry, names });
    }
    places
}

fn pages(door: &Arc<Door>) -> Router {
    let page = |show: fn(&Door) -> Response| {
        let door = Arc::clone(door);
        get(move || async move { show(&door) })
    };
    let streaming = Arc::clone(door);
    let stream = move |params: RawPathParams, request: Request<Body>| {
        let door = Arc::clone(&streaming);
        async move {
            let room = params.iter().next().map(|(_, room)| room.to_owned()).unwrap_or_default();
            match visit_of(&request) {
                Some(visit) => stream::answer(&door, &visit, &room, request).await,
                None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        }
    };
    let redirect = || get(|request: Request<Body>| async move { slashed(&request) });
    Router::new()
        .route("/health/live/", get(|| async { health::live() }))
        .route("/health/ready/", page(health::ready))
        .route("/health/", page(health::whole))
        .route("/health/live", redirect())
        .route("/health/ready", redirect())
        .route("/health", redirect())
        .route("/metrics", page(health::metrics))
        .route(stream::PATH, get(stream))
        .route(stream::PATH.trim_end_matches('/'), redirect())
        .route("/api/schema/", page(|door| door.pages().document()))
        .route("/api/docs/", page(|door| door.pages().docs()))
        .route("/api/redoc/", page(|door| door.pages().redoc()))
        .route("/api/schema", redirect())
        .route("/api/docs", redirect())
        .route("/api/redoc", redirect())
}

impl Place {
    async fn answer(&self, params: &RawPathParams, request: Request<Body>) -> Response {
        let Some(visit) = visit_of(&request) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let Some(offer) = self.offers.iter().find(|offer| offer.takes(request.method())) else {
            return self.refuse_method(&visit, request.method());
        };
        let entry = &offer.entry;
        let path = offer.names.iter().copied().zip(params.iter().map(|(_, text)| text.to_owned())).collect();
        let asked = request.headers().clone();
        let call = match input::read(&self.door, &visit, entry, path, request).await {
            Ok(call) => call,
            Err(refused) => {
                return answer::refusal(&visit, &self.door.limits.charge_guess(refused, visit.ip));
            }
        };
        let carried = carry(&self.door, entry, call).await;
        match carried.outcome {
            Ok(called) => {
                answer::reply(&visit, &asked, entry.operation.route.is_read(), called, carried.left)
            }
            Err(refused) => answer::refused(&visit, &offer.lost(refused), carried.left),
        }
    }

    fn refuse_method(&self, visit: &Visit, method: &Method) -> Response {
        let mut words: Vec<&str> =
            self.offers.iter().map(|offer| offer.entry.operation.route.method.word()).collect();
        if words.contains(&"GET") {
            words.push("HEAD");
        }
        words.push("OPTIONS");
        let allowed = words.join(", ");
        let mut response = if method == Method::OPTIONS {
            StatusCode::NO_CONTENT.into_response()
        } else {
            answer::refusal(visit, &Error::new(Code::MethodNotAllowed, format!("here you may {allowed}")))
        };
        if let Ok(allowed) = HeaderValue::from_str(&allowed) {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        response
    }
}

impl Offer {
    /// An id in the path that is none names no record: there is no form whose field could be marked.
    fn lost(&self, refused: Error) -> Error {
        let of_path = |pointer: &str| {
            let named = |name: &&str| name.ends_with("id") && pointer.strip_prefix('/') == Some(*name);
            self.names.iter().any(named)
        };
        if refused.code() == Code::Validation && refused.fields().any(of_path) {
            return Error::new(Code::NotFound, "there is nothing at this path").because(refused);
        }
        refused
    }

    fn takes(&self, method: &Method) -> bool {
        let word = self.entry.operation.route.method.word();
        method.as_str() == word || (method == Method::HEAD && word == "GET")
    }
}

fn visit_of(request: &Request<Body>) -> Option<Arc<Visit>> {
    request.extensions().get().cloned()
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// 308 to the same path with its slash.
fn slashed(request: &Request<Body>) -> Response {
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let place = format!("{}/{query}", request.uri().path());
    let headers: [(HeaderName, String); 1] = [(header::LOCATION, place)];
    (StatusCode::PERMANENT_REDIRECT, headers).into_response()
}

async fn nowhere(request: Request<Body>) -> Response {
    let error = Error::new(Code::NotFound, "there is nothing at this path");
    visit_of(&request)
        .map_or_else(|| StatusCode::NOT_FOUND.into_response(), |visit| answer::refusal(&visit, &error))
}
