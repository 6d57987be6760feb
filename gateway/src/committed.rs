//! A refusal that was committed: an operation may have to write something down and still say no, as a
//! counter of failed attempts does. Its stored reply is a problem, and is shown like one.

use schema::{code::Code, problem::Problem, reply::Reply};
use serde_json::Value;

/// The problem in a reply, if it is one: `code` and `detail`, anything else as members of their own.
pub(crate) fn refusal(reply: &Reply, french: bool) -> Option<Problem> {
    if reply.status < 400 {
        return None;
    }
    let mut members = reply.body.as_object().cloned().unwrap_or_default();
    let code = members.remove("code").and_then(|code| serde_json::from_value(code).ok());
    let detail = members.remove("detail");
    let detail = detail.as_ref().and_then(Value::as_str).unwrap_or("the request was refused");
    let mut problem = Problem::new(code.unwrap_or(Code::Internal), detail, french);
    problem.status = reply.status;
    problem.errors =
        members.remove("errors").and_then(|errors| serde_json::from_value(errors).ok()).unwrap_or_default();
    for name in ["type", "title", "status", "instance", "request_id"] {
        members.remove(name);
    }
    problem.extra = members;
    Some(problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stored_refusal_is_read_back_in_the_readers_language() {
        let body = json!({"code": "account-locked", "detail": "wait", "retry_after": 60, "title": "stored"});

        let problem = refusal(&Reply::of(423, body), true).unwrap();

        assert_eq!((problem.code, problem.status), (Code::AccountLocked, 423));
        assert_eq!(problem.title, "Le compte est verrouillé");
        assert_eq!(problem.extra["retry_after"], 60);
        assert!(refusal(&Reply::empty(), true).is_none());
    }
}
