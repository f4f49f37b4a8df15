//! Links in an event's text: found, numbered, and opened only on a key.

use super::{Effect, State, safe};
use crate::service::protocol::Level;

/// Most links that are numbered.
const MOST: usize = 9;

/// `http` and `https` addresses in `text`, each once, in order.
pub fn found(text: &str) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    for word in text.split(|letter: char| letter.is_whitespace() || "<>()[]\"'".contains(letter)) {
        let word = word.trim_end_matches(['.', ',', ';', '!', '?']);
        let is_link = word.starts_with("https://") || word.starts_with("http://");
        if is_link && word.len() > 10 && !links.iter().any(|link| link == word) {
            links.push(word.to_owned());
        }
        if links.len() == MOST {
            break;
        }
    }
    links
}

/// The numbered links of the inspected event.
pub fn of_inspected(state: &State) -> Vec<String> {
    let body = state
        .inspector
        .as_ref()
        .and_then(|inspector| inspector.detail.as_ref())
        .and_then(|detail| detail.body.as_ref());
    body.map(|body| found(&safe::lines(body)))
        .unwrap_or_default()
}

pub(super) fn open(state: &mut State, number: u8, effects: &mut Vec<Effect>) {
    let links = of_inspected(state);
    match links.get(usize::from(number).saturating_sub(1)) {
        Some(link) => {
            state.say(Level::News, format!("opening {link}"));
            effects.push(Effect::OpenUrl(link.clone()));
        }
        None if links.is_empty() => state.say(Level::Warning, "the text has no links"),
        None => state.say(
            Level::Warning,
            format!("the text has {} links", links.len()),
        ),
    }
}

pub(super) fn join(state: &mut State, effects: &mut Vec<Effect>) {
    let url = state
        .selected_entry()
        .and_then(|(_, entry)| entry.online_url.as_ref());
    let Some(url) = url.map(safe::line) else {
        return;
    };
    if url.starts_with("https://") {
        state.say(Level::News, format!("opening {url}"));
        effects.push(Effect::OpenUrl(url));
    } else {
        state.say(
            Level::Warning,
            format!("not opened, it is no https address: {url}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_once_and_without_their_punctuation() {
        let text = "See <https://example.com/a>, http://example.com/b. and https://example.com/a";
        assert_eq!(
            found(text),
            vec!["https://example.com/a", "http://example.com/b"]
        );
        assert!(found("javascript:alert(1) https://").is_empty());
    }
}
