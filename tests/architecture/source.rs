//! Rust sources as far as the architecture needs them: which paths are written where.
//!
//! Not a parser. Comments, strings and `#[cfg(test)]` items are blanked with their lines
//! kept, what is left is cut into words, and words joined by `::` are paths. Invariant: a
//! path is never missed because of how a `use` is grouped or how often it says `super`.

use std::fs;
use std::path::{Path, PathBuf};

/// One source file.
pub struct Source {
    /// From the repository's root, with `/`.
    pub file: String,
    /// `["graph", "auth", "http"]` for `src/graph/auth/http.rs`.
    pub module: Vec<String>,
    pub paths: Vec<Written>,
}

/// A path as it is written, `super` and groups resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub line: usize,
    pub origin: Origin,
    pub segments: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Through `crate`, `super` or `kalends`.
    Ours,
    /// Anything else: another crate, a local module, a type.
    Other,
}

impl Written {
    pub fn shown(&self) -> String {
        self.segments.join("::")
    }

    pub fn is_below(&self, prefix: &str) -> bool {
        let mut wanted = prefix.split("::");
        let mut have = self.segments.iter();
        wanted.all(|part| have.next().is_some_and(|segment| segment == part))
    }
}

/// All `.rs` files below a folder of the repository, sorted.
pub fn files(folder: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(next) = open.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                found.push(relative(root, &path));
            }
        }
    }
    found.sort();
    found
}

fn relative(root: &Path, path: &Path) -> String {
    let inside: PathBuf = path
        .strip_prefix(root)
        .unwrap_or(path)
        .components()
        .collect();
    inside.to_string_lossy().replace('\\', "/")
}

pub fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The product's sources; files that exist for unit tests only are left out.
pub fn sources() -> Vec<Source> {
    let is_product = |file: &String| !file.ends_with("/tests.rs") && !file.contains("/tests/");
    files("src")
        .into_iter()
        .filter(is_product)
        .map(|file| Source::new(&file, &read(&file)))
        .collect()
}

impl Source {
    pub fn new(file: &str, text: &str) -> Self {
        let inside = file.trim_start_matches("src/").trim_end_matches(".rs");
        let module: Vec<String> = match inside {
            "lib" => Vec::new(),
            _ => inside.split('/').map(str::to_owned).collect(),
        };
        let words = words(&without_tests(&blanked(text)));
        let paths = paths(&words, &module);
        Self {
            file: file.to_owned(),
            module,
            paths,
        }
    }

    pub fn layer(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }
}

/// Comments, strings and characters replaced by spaces; line ends stay.
fn blanked(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let end = literal_end(&letters, at);
        if end > at {
            out.extend(
                letters[at..end]
                    .iter()
                    .map(|letter| if *letter == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        } else {
            out.push(letters[at]);
            at += 1;
        }
    }
    out
}

/// Where a comment or literal that begins at `at` ends; `at` itself when none does.
fn literal_end(letters: &[char], at: usize) -> usize {
    let is = |offset: usize, wanted: char| letters.get(at + offset) == Some(&wanted);
    let find = |from: usize, wanted: &str| {
        let wanted: Vec<char> = wanted.chars().collect();
        (from..letters.len())
            .find(|place| letters[*place..].starts_with(&wanted))
            .map_or(letters.len(), |place| place + wanted.len())
    };
    if is(0, '/') && is(1, '/') {
        return find(at, "\n") - usize::from(find(at, "\n") < letters.len());
    }
    if is(0, '/') && is(1, '*') {
        return find(at + 2, "*/");
    }
    let before_is_word = at > 0 && (letters[at - 1].is_alphanumeric() || letters[at - 1] == '_');
    if is(0, 'r') && !before_is_word && (is(1, '"') || is(1, '#')) {
        let hashes = letters[at + 1..]
            .iter()
            .take_while(|letter| **letter == '#')
            .count();
        if is(1 + hashes, '"') {
            return find(at + 2 + hashes, &format!("\"{}", "#".repeat(hashes)));
        }
    }
    if is(0, '"') {
        return quoted_end(letters, at, '"');
    }
    // 'x', '\n' and '\u{1}' are characters, 'static is not.
    if is(0, '\'') && (is(1, '\\') || is(2, '\'')) {
        return quoted_end(letters, at, '\'');
    }
    at
}

fn quoted_end(letters: &[char], at: usize, quote: char) -> usize {
    let mut place = at + 1;
    while place < letters.len() && letters[place] != quote {
        place += if letters[place] == '\\' { 2 } else { 1 };
    }
    (place + 1).min(letters.len())
}

/// Blanks the item after every `#[cfg(test)]`.
fn without_tests(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut at = 0;
    while at < letters.len() {
        if !letters[at..].starts_with(&mark) {
            at += 1;
            continue;
        }
        let (mut depth, mut end) = (0_usize, at + mark.len());
        while end < letters.len() {
            match letters[end] {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            let is_over = depth == 0 && matches!(letters[end], '}' | ';');
            end += 1;
            if is_over {
                break;
            }
        }
        letters[at..end]
            .iter_mut()
            .filter(|letter| **letter != '\n')
            .for_each(|letter| *letter = ' ');
        at = end;
    }
    letters.into_iter().collect()
}

/// Words and the punctuation that matters, with their lines.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut word = String::new();
        let mut rest = line.chars().peekable();
        while let Some(letter) = rest.next() {
            if letter.is_alphanumeric() || letter == '_' {
                word.push(letter);
                continue;
            }
            if !word.is_empty() {
                found.push((number + 1, std::mem::take(&mut word)));
            }
            if letter == ':' && rest.peek() == Some(&':') {
                rest.next();
                found.push((number + 1, "::".to_owned()));
            } else if !letter.is_whitespace() {
                found.push((number + 1, letter.to_string()));
            }
        }
        if !word.is_empty() {
            found.push((number + 1, word));
        }
    }
    found
}

fn paths(words: &[(usize, String)], module: &[String]) -> Vec<Written> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let starts =
            is_name(&words[at].1) && (at == 0 || !matches!(words[at - 1].1.as_str(), "::" | "."));
        let is_used = at > 0 && words[at - 1].1 == "use";
        let goes_on = words.get(at + 1).is_some_and(|next| next.1 == "::");
        if starts && (goes_on || is_used) {
            let mut raw = Vec::new();
            at = path(words, at, &[], &mut raw);
            found.extend(
                raw.into_iter()
                    .filter_map(|(line, segments)| resolve(line, segments, module)),
            );
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one path, groups spread out; answers with the place after it.
fn path(
    words: &[(usize, String)],
    mut at: usize,
    before: &[String],
    found: &mut Vec<(usize, Vec<String>)>,
) -> usize {
    let mut segments = before.to_vec();
    let line = words[at].0;
    while at < words.len() && is_name(&words[at].1) {
        segments.push(words[at].1.clone());
        at += 1;
        if words.get(at).is_none_or(|next| next.1 != "::") {
            break;
        }
        at += 1;
        if words.get(at).is_some_and(|next| next.1 == "{") {
            at += 1;
            while at < words.len() && words[at].1 != "}" {
                at = if is_name(&words[at].1) {
                    path(words, at, &segments, found)
                } else {
                    at + 1
                };
            }
            return at + 1;
        }
    }
    found.push((line, segments));
    at.max(1)
}

fn is_name(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

fn resolve(line: usize, segments: Vec<String>, module: &[String]) -> Option<Written> {
    let ours = |segments: Vec<String>| {
        Some(Written {
            line,
            origin: Origin::Ours,
            segments,
        })
    };
    match segments.first()?.as_str() {
        "crate" | "kalends" => ours(segments.into_iter().skip(1).collect()),
        "self" => None,
        "super" => {
            let ups = segments
                .iter()
                .take_while(|segment| *segment == "super")
                .count();
            let base = module.get(..module.len().checked_sub(ups)?)?;
            ours(
                base.iter()
                    .cloned()
                    .chain(segments.into_iter().skip(ups))
                    .collect(),
            )
        }
        _ => Some(Written {
            line,
            origin: Origin::Other,
            segments,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let source = Source::new("src/app/agenda.rs", text);
        source
            .paths
            .iter()
            .map(|path| format!("{} {}", path.line, path.shown()))
            .collect()
    }

    #[test]
    fn groups_supers_and_lines_are_seen() {
        let text = "use crate::{domain::{ids::EventId, time}, store};\nuse super::super::graph::auth;\nuse sled;\n\
                    fn f() { tokio::spawn(async {}); }\n";
        let expected = [
            "1 domain::ids::EventId",
            "1 domain::time",
            "1 store",
            "2 graph::auth",
            "3 sled",
            "4 tokio::spawn",
        ];
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn words_tests_and_comments_do_not_count() {
        let text = "//! crate::store\n/* sled::Db */ const A: &str = \"redb::x \\\" crate::graph\";\n\
                    const B: char = '\"'; const C: &str = r#\"axum::\"#;\nfn g<'a>(x: &'a str) { std::fs::read(x); }\n\
                    #[cfg(test)]\nmod tests { use sled::Db; fn h() {} }\nfn i() { reqwest::get(); }\n";
        assert_eq!(shown(text), ["4 std::fs::read", "7 reqwest::get"]);
    }
}
