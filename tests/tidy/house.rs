//! The files of the house as the rules see them: a path from the root, and the text. They come from the
//! checkout, or from a sample.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Folders that hold what tools made.
const MADE: [&str; 6] = ["target", ".git", "node_modules", "reports", "corpus", "artifacts"];

/// A house to be looked over.
pub(super) struct House {
    pages: BTreeMap<String, String>,
}

/// One file.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    /// From the root, with slashes.
    pub(super) path: &'a str,
    /// All of it.
    pub(super) text: &'a str,
}

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

impl House {
    /// The checkout.
    pub(super) fn here() -> Self {
        let root = root();
        let mut pages = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy();
                if path.is_dir() && !MADE.contains(&&*name) {
                    folders.push(path);
                } else if let Ok(text) = fs::read_to_string(&path) {
                    let inside = path.strip_prefix(&root).unwrap().to_string_lossy();
                    pages.insert(inside.replace('\\', "/"), text);
                }
            }
        }
        assert!(pages.len() > 100, "the house was not found: {} files", pages.len());
        Self { pages }
    }

    /// A sample.
    pub(super) fn of(samples: &[(&str, &str)]) -> Self {
        let pages = samples.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { pages }
    }

    /// Every file.
    pub(super) fn pages(&self) -> impl Iterator<Item = Page<'_>> {
        self.pages.iter().map(|(path, text)| Page { path, text })
    }

    /// Files whose path begins and ends like this.
    pub(super) fn like(&self, start: &str, end: &str) -> impl Iterator<Item = Page<'_>> {
        self.pages().filter(move |page| page.path.starts_with(start) && page.path.ends_with(end))
    }

    /// One file's text, empty where there is no such file.
    pub(super) fn text(&self, path: &str) -> &str {
        self.pages.get(path).map_or("", String::as_str)
    }

    /// Whether there is a file at a path, or anywhere under this name.
    pub(super) fn has(&self, path: &str) -> bool {
        self.pages.keys().any(|known| known == path || known.ends_with(&format!("/{path}")))
    }
}

impl<'a> Page<'a> {
    /// Its lines, numbered from 1.
    pub(super) fn lines(self) -> impl Iterator<Item = (usize, &'a str)> {
        (1..).zip(self.text.lines())
    }

    /// The lines above its test module, numbered from 1. Tests stand at the foot of a file, or in a file
    /// of that name.
    pub(super) fn lines_before_tests(self) -> impl Iterator<Item = (usize, &'a str)> {
        let is_tests = self.path.ends_with("tests.rs");
        let is_crate_of_tests = self.text.contains("#![cfg(test)]");
        self.lines()
            .take_while(move |(_, line)| !is_tests && (is_crate_of_tests || line.trim() != "#[cfg(test)]"))
    }

    /// The lines of one section of a manifest, such as `[dependencies]`, without blank ones and comments.
    pub(super) fn section(self, name: &str) -> impl Iterator<Item = &'a str> {
        let head = format!("[{name}]");
        let body = self.text.lines().skip_while(move |line| line.trim() != head).skip(1);
        body.take_while(|line| !line.starts_with('['))
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
    }
}

/// The name that a line of a manifest's table begins with.
pub(super) fn key(line: &str) -> &str {
    line.split(['.', '=', ' ']).next().unwrap_or_default()
}
