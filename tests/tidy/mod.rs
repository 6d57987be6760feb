//! The manners of the house, checked by reading its files: a rule that nobody checks is a wish. Each
//! rule stands in a file of its own beside a bad sample, which proves that it can fail.

mod arrows;
mod house;
mod machine;
mod names;
mod pages;
mod shape;
mod words;

use house::House;

/// A rule: what it finds wrong, one line each.
type Rule = fn(&House) -> Vec<String>;

/// The checkout keeps a rule.
#[track_caller]
fn holds(rule: Rule) {
    let offences = rule(&House::here());
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

/// A sample breaks a rule, and what is said about it names what is wrong.
#[track_caller]
fn notices(rule: Rule, samples: &[(&str, &str)], what: &str) {
    let offences = rule(&House::of(samples));
    assert!(
        offences.iter().any(|offence| offence.contains(what)),
        "nothing about `{what}` was noticed, only {offences:?}"
    );
}

/// A sample that looks like an offence is none.
#[track_caller]
fn forgives(rule: Rule, samples: &[(&str, &str)]) {
    assert_eq!(rule(&House::of(samples)), Vec::<String>::new());
}
