//! The inspector: everything about one event, in the order people ask for it.

use super::brush::Brush;
use super::safe;
use super::week::subject;
use crate::app::State;
use crate::app::commands::{Command, Mode};
use crate::app::links;
use crate::app::sentence;
use crate::config::Role;
use crate::domain::entry::Entry;
use crate::domain::event::{Answer, Attendee, Role as Part};
use crate::service::protocol::Detail;
use ratatui::layout::Rect;
use ratatui::style::Style;

struct Line {
    text: String,
    role: Role,
    /// A coloured mark before the text.
    mark: Option<(String, Style)>,
}

impl Line {
    fn new(text: impl Into<String>, role: Role) -> Self {
        Self {
            text: text.into(),
            role,
            mark: None,
        }
    }
}

pub(super) fn draw(state: &State, brush: &mut Brush, area: Rect) {
    let panel = brush.style(Role::Text).patch(brush.style(Role::Panel));
    brush.clear(area, panel);
    let room = area.width.saturating_sub(4);
    let lines = match state.selected_entry() {
        None => vec![Line::new(
            "no event is selected: Tab goes to the next one",
            Role::PanelQuiet,
        )],
        Some((index, entry)) => lines(state, index, entry, brush, room),
    };
    let page = usize::from(area.height.saturating_sub(1));
    let scroll = state
        .inspector
        .as_ref()
        .map_or(0, |inspector| inspector.scroll);
    let first = usize::from(scroll).min(lines.len().saturating_sub(page.max(1)));
    for (line, y) in lines.iter().skip(first).zip(area.top()..area.bottom()) {
        let style = panel.patch(Style {
            bg: None,
            ..brush.style(line.role)
        });
        let mut x = area.x + 2;
        if let Some((mark, mark_style)) = &line.mark {
            x += brush.put(x, y, mark, panel.patch(*mark_style), room);
        }
        brush.put(
            x,
            y,
            &line.text,
            style,
            (area.right() - 1).saturating_sub(x),
        );
    }
    if lines.len() > first + usize::from(area.height) {
        let style = panel.patch(brush.style(Role::PanelQuiet));
        // In the queue the lines of the queue are what moves.
        let (mode, command) = match state.triage {
            Some(_) => (Mode::Triage, Command::ScrollDown),
            None => (Mode::Inspector, Command::Down),
        };
        let key = state.keymap.shown(mode, command).unwrap_or_default();
        let words = format!("more: {key}");
        brush.put_right(area.right() - 1, area.bottom() - 1, &words, style);
    }
}

fn lines(state: &State, index: usize, entry: &Entry, brush: &Brush, room: u16) -> Vec<Line> {
    let room = usize::from(room).max(10);
    let detail = state
        .inspector
        .as_ref()
        .and_then(|inspector| inspector.detail.as_deref())
        .filter(|detail| detail.entry.id == entry.id);
    let mut lines: Vec<Line> = Vec::new();
    for text in safe::wrapped(&subject(entry), room) {
        lines.push(Line::new(text, Role::PanelTitle));
    }
    calendar_line(state, entry, brush, &mut lines);
    lines.push(Line::new("", Role::Panel));
    when(state, entry, detail, &mut lines);
    queue(state, room, &mut lines);
    answer(state, index, entry, room, &mut lines);
    people(state, entry, detail, brush, &mut lines);
    files(state, &mut lines);
    text(state, detail, room, &mut lines);
    lines
}

/// Why it is in the queue, and what answering it means.
fn queue(state: &State, room: usize, lines: &mut Vec<Line>) {
    let facts = crate::app::triage::facts(state);
    if !facts.is_empty() {
        lines.push(Line::new("", Role::Panel));
    }
    for fact in facts {
        for text in safe::wrapped(&fact.words, room) {
            lines.push(Line::new(text, fact.role));
        }
    }
}

/// Files with their size, and the key that saves them.
fn files(state: &State, lines: &mut Vec<Line>) {
    let inspector = state.inspector.as_ref();
    let listed = inspector.and_then(|inspector| inspector.files.as_ref());
    let Some(listed) = listed.filter(|listed| !listed.is_empty()) else {
        return;
    };
    lines.push(Line::new("", Role::Panel));
    for file in listed.iter().take(20) {
        let name = safe::line(&file.name);
        let kind = if file.is_elsewhere { " · a link" } else { "" };
        let text = format!("{name} · {}{kind}", file.size_text());
        lines.push(Line::new(text, Role::Panel));
    }
    let key = state.keymap.shown(Mode::Inspector, Command::SaveFiles);
    if let Some(key) = key.filter(|_| crate::app::files::why_not(state).is_none()) {
        lines.push(Line::new(format!("{key} saves them"), Role::PanelQuiet));
    }
}

fn calendar_line(state: &State, entry: &Entry, brush: &Brush, lines: &mut Vec<Line>) {
    let paint = brush.paint(&entry.calendar);
    let name = state
        .status
        .calendars
        .iter()
        .find(|calendar| calendar.id == entry.calendar)
        .map(|calendar| safe::line(&calendar.name))
        .unwrap_or_default();
    let mut text = name;
    for category in &entry.categories {
        text.push_str(" · ");
        text.push_str(&safe::line(category));
    }
    for word in words_about(entry) {
        text.push_str(" · ");
        text.push_str(word);
    }
    let mark = (
        format!("{} ", brush.marks.category),
        Style::default().fg(paint.accent),
    );
    lines.push(Line {
        text,
        role: Role::PanelQuiet,
        mark: Some(mark),
    });
}

fn words_about(entry: &Entry) -> Vec<&'static str> {
    use crate::domain::event::{Importance, Sensitivity, ShowAs};
    let mut words = Vec::new();
    match entry.show_as {
        ShowAs::Free => words.push("free"),
        ShowAs::Tentative => words.push("tentative"),
        ShowAs::OutOfOffice => words.push("out of office"),
        ShowAs::WorkingElsewhere => words.push("working elsewhere"),
        ShowAs::Busy | ShowAs::Unknown => {}
    }
    match entry.sensitivity {
        Sensitivity::Private => words.push("private"),
        Sensitivity::Personal => words.push("personal"),
        Sensitivity::Confidential => words.push("confidential"),
        Sensitivity::Normal => {}
    }
    if entry.importance == Importance::High {
        words.push("important");
    }
    if entry.has_attachments {
        words.push("has attachments");
    }
    words
}

fn when(state: &State, entry: &Entry, detail: Option<&Detail>, lines: &mut Vec<Line>) {
    let day = crate::app::grid::dates(&state.viewer, entry).0;
    lines.push(Line::new(
        day.strftime("%A %-d %B %Y").to_string(),
        Role::Panel,
    ));
    let mut times = sentence::times(&state.viewer, entry);
    if !entry.all_day {
        times.push_str(&format!(
            " {} · {}",
            state.viewer.place(),
            sentence::length(sentence::minutes(entry))
        ));
    }
    lines.push(Line::new(times, Role::Panel));
    if let (Some(second), false) = (&state.second, entry.all_day) {
        let text = format!("{} {}", other_times(second, entry), second.place());
        lines.push(Line::new(text, Role::PanelQuiet));
    }
    let details = detail.and_then(|detail| detail.event.details.as_ref());
    if let Some(zone) = details.and_then(|details| details.start_zone.as_ref()) {
        let zone = safe::line(zone);
        let known = crate::app::viewer::Viewer::find(&state.zones, &zone);
        let here = known
            .as_ref()
            .is_some_and(|known| known.name == state.viewer.name);
        match known.filter(|_| !here) {
            Some(known) if !entry.all_day => {
                let text = format!(
                    "{} {} (the organizer's zone)",
                    other_times(&known, entry),
                    known.place()
                );
                lines.push(Line::new(text, Role::PanelQuiet));
            }
            None if !here && !zone.is_empty() => {
                lines.push(Line::new(format!("set in {zone}"), Role::PanelQuiet));
            }
            _ => {}
        }
    }
    if let Some(rule) = rule_sentence(entry, detail) {
        lines.push(Line::new(rule, Role::PanelQuiet));
    }
    let place = safe::line(&entry.place);
    if !place.is_empty() {
        lines.push(Line::new(place, Role::Panel));
    }
    if let Some(url) = &entry.online_url {
        lines.push(Line::new(
            format!("o joins {}", safe::line(url)),
            Role::Link,
        ));
    }
}

/// Times in another zone, with the day when it is another one.
fn other_times(viewer: &crate::app::viewer::Viewer, entry: &Entry) -> String {
    let start = viewer.wall(entry.start);
    format!(
        "{} {}",
        start.strftime("%a"),
        sentence::times(viewer, entry)
    )
}

fn rule_sentence(entry: &Entry, detail: Option<&Detail>) -> Option<String> {
    use crate::domain::event::Kind;
    let word = match entry.kind {
        Kind::Occurrence => "one of a series",
        Kind::Exception => "a changed one of a series",
        Kind::Single | Kind::Master => return None,
    };
    let rule = detail
        .and_then(|detail| detail.master.as_ref())
        .and_then(|master| master.details.as_ref())
        .and_then(|details| details.recurrence.as_ref())
        .map(super::safe::rule);
    match rule {
        Some(rule) if !rule.is_empty() => Some(format!("{word}: {rule}")),
        _ => Some(word.to_owned()),
    }
}

fn answer(state: &State, _index: usize, entry: &Entry, room: usize, lines: &mut Vec<Line>) {
    lines.push(Line::new("", Role::Panel));
    let role = match (&entry.pending, entry.shown_answer()) {
        (Some(pending), _) if pending.trouble.is_some() => Role::Danger,
        (Some(_), _) => Role::Pending,
        (None, Answer::NotResponded) => Role::Warning,
        _ => Role::Panel,
    };
    let mut words = format!("you: {}", sentence::my_answer(entry));
    if let Some(pending) = &entry.pending {
        match &pending.trouble {
            None => words.push_str(", on its way"),
            Some(trouble) => {
                words = format!(
                    "not sent: {} (r: try again or drop it)",
                    safe::words(trouble)
                );
            }
        }
    }
    for text in safe::wrapped(&words, room) {
        lines.push(Line::new(text, role));
    }
    let clashes: Vec<Line> = state
        .known
        .clashes_with(entry)
        .map(|(other, _)| {
            let times = sentence::times(&state.viewer, other);
            Line::new(format!("! {} {times}", subject(other)), Role::Danger)
        })
        .collect();
    lines.extend(clashes);
}

fn people(
    state: &State,
    entry: &Entry,
    detail: Option<&Detail>,
    brush: &Brush,
    lines: &mut Vec<Line>,
) {
    lines.push(Line::new("", Role::Panel));
    let name = person(&entry.organizer);
    if entry.is_organizer {
        let words = match state.behalf(&entry.calendar) {
            Some(who) => format!("{who} organizes this"),
            None => "you organize this".into(),
        };
        lines.push(Line::new(words, Role::PanelQuiet));
    } else if !name.is_empty() {
        lines.push(Line::new(format!("from {name}"), Role::Panel));
    }
    let Some(details) = detail.and_then(|detail| detail.event.details.as_ref()) else {
        if entry.attendees > 0 {
            lines.push(Line::new(
                format!("{} people", entry.attendees),
                Role::PanelQuiet,
            ));
        }
        return;
    };
    for attendee in details.attendees.iter().take(60) {
        lines.push(attendee_line(attendee, brush));
    }
    let rest = details.attendees.len().saturating_sub(60);
    if rest > 0 {
        lines.push(Line::new(format!("and {rest} more"), Role::PanelQuiet));
    }
}

fn attendee_line(attendee: &Attendee, brush: &Brush) -> Line {
    let (mark, role) = match attendee.answer {
        Answer::Accepted => ("+", Role::Good),
        Answer::Organizer => ("*", Role::PanelTitle),
        Answer::Tentative => ("~", Role::Warning),
        Answer::Declined => ("x", Role::Danger),
        Answer::NotResponded | Answer::None => ("?", Role::PanelQuiet),
    };
    let part = match attendee.role {
        Part::Required => "",
        Part::Optional => " (optional)",
        Part::Resource => " (room)",
    };
    Line {
        text: format!("{}{part}", person(&attendee.person)),
        role: Role::Panel,
        mark: Some((format!("{mark} "), brush.style(role))),
    }
}

fn person(person: &crate::domain::event::Person) -> String {
    let (name, address) = (safe::line(&person.name), safe::line(&person.address));
    match (name.is_empty(), address.is_empty()) {
        (true, _) => address,
        (false, true) => name,
        (false, false) => format!("{name} <{address}>"),
    }
}

fn text(state: &State, detail: Option<&Detail>, room: usize, lines: &mut Vec<Line>) {
    lines.push(Line::new("", Role::Panel));
    if let Some(trouble) = state
        .inspector
        .as_ref()
        .and_then(|inspector| inspector.trouble.as_ref())
    {
        for text in safe::wrapped(&safe::words(trouble), room) {
            lines.push(Line::new(text, Role::Warning));
        }
        return;
    }
    let Some(detail) = detail else {
        lines.push(Line::new("fetching the rest…", Role::PanelQuiet));
        return;
    };
    let Some(body) = &detail.body else {
        lines.push(Line::new(
            "the text is not here: it is fetched when online",
            Role::PanelQuiet,
        ));
        return;
    };
    let body = safe::lines(body);
    if body.trim().is_empty() {
        lines.push(Line::new("no text", Role::PanelQuiet));
    }
    for line in safe::wrapped(body.trim(), room) {
        lines.push(Line::new(line, Role::Panel));
    }
    let links = links::found(&body);
    if !links.is_empty() {
        lines.push(Line::new("", Role::Panel));
    }
    for (index, link) in links.iter().enumerate() {
        for text in safe::wrapped(&format!("[{}] {link}", index + 1), room) {
            lines.push(Line::new(text, Role::Link));
        }
    }
}
