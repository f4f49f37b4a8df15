//! `kalends forward`, `attachments`, `calendars` and `categories`.

use super::arguments::{Attachments, CalendarVerb, Calendars, Categories, CategoryVerb, ForwardTo};
use super::exit::{Exit, Trouble};
use super::find::{find, stored};
use super::invocation::Invocation;
use super::output::Output;
use super::send::{NONSENSE, Sent, send};
use super::talk::Talk;
use crate::domain::calendar::{Calendar, Category};
use crate::domain::edit::{Forward, people};
use crate::domain::errand::{
    COLORS, Errand, File, LARGEST, NO_COLOR, PRESETS, preset, preset_name,
};
use crate::domain::ids::CalendarId;
use crate::domain::intent::{Act, Seen};
use crate::domain::text::Safe;
use crate::service::Peek;
use crate::service::protocol::{Reply, Request};
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(60);

pub(super) fn forward(
    invocation: &Invocation,
    wish: &ForwardTo,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let listed = people(&wish.to.join(", "), &[]).map_err(Trouble::usage)?;
    let to: Vec<_> = listed
        .into_inner()
        .into_iter()
        .map(|one| one.person)
        .collect();
    if to.is_empty() {
        return Err(Trouble::usage("say to whom: --to ben@contoso.com"));
    }
    let account = invocation.account()?;
    let known = stored(invocation, &account)?;
    let (entry, event) = find(&known, &wish.event, invocation.clock.now())?;
    let act = Act::Forward(Forward {
        calendar: entry.calendar.clone(),
        event,
        root: entry.root().clone(),
        to,
        message: wish.message.clone().unwrap_or_default(),
        seen: Seen::of(entry),
    });
    match send(invocation, &account, act)? {
        Sent::Accepted => {
            writeln!(output.out, "forwarded")?;
            Ok(Exit::Fine)
        }
        Sent::Refused(words) => Err(Trouble::error(words)),
        Sent::Queued(waits) => Err(waits.after("the forwarding")),
    }
}

/// One errand, and what came back.
fn run(talk: &mut Talk, errand: Errand) -> Result<Reply, Trouble> {
    ask(talk, Request::Errand(errand))
}

fn ask(talk: &mut Talk, request: Request) -> Result<Reply, Trouble> {
    match talk.ask(request, WAIT)? {
        Reply::Refused { words } => Err(Trouble::error(words)),
        reply => Ok(reply),
    }
}

/// Done on the server, then everything is read anew; the words say what stood in the way of that.
/// They are no error, since whoever hears of one does it again.
fn change(talk: &mut Talk, request: Request) -> Result<Option<String>, Trouble> {
    ask(talk, request)?;
    Ok(match talk.ask(Request::FullSync, WAIT * 4) {
        Ok(Reply::Synced(mut report)) => {
            report.troubles.dedup();
            Some(report.troubles.join("; ")).filter(|words| !words.is_empty())
        }
        Ok(Reply::Refused { words }) => Some(words),
        Ok(_) => Some(NONSENSE.into()),
        Err(trouble) => Some(trouble.words),
    })
}

fn say_done(unread: Option<String>, output: &mut Output<'_>) -> Result<Exit, Trouble> {
    writeln!(output.out, "done")?;
    if let Some(words) = unread {
        output.complain(&format!(
            "it is done, and what the server has now could not be fetched: {words}"
        ));
    }
    Ok(Exit::Fine)
}

#[derive(Serialize)]
struct Listed {
    name: String,
    size: u64,
    inline: bool,
}

pub(super) fn attachments(
    invocation: &Invocation,
    wish: &Attachments,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let known = stored(invocation, &account)?;
    let (entry, event) = find(&known, &wish.event, invocation.clock.now())?;
    let calendar = entry.calendar.clone();
    let attached = wish.attach.as_deref().map(read).transpose()?;
    let mut talk = Talk::start(invocation, &account)?;
    let done = (|| {
        if let Some((name, content)) = attached {
            let errand = Errand::Attach {
                calendar: calendar.clone(),
                event: event.clone(),
                name,
                content,
            };
            run(&mut talk, errand)?;
        }
        let listing = Errand::Files {
            calendar: calendar.clone(),
            event: event.clone(),
        };
        let Reply::Files(files) = run(&mut talk, listing)? else {
            return Err(Trouble::error(
                "the data side does not say which files there are",
            ));
        };
        list(&files, wish.json, output)?;
        let Some(folder) = &wish.save else {
            return Ok(());
        };
        for file in files.iter().filter(|file| !file.is_elsewhere) {
            let errand = Errand::Fetch {
                calendar: calendar.clone(),
                event: event.clone(),
                file: file.id.clone(),
            };
            if let Reply::Content(content) = run(&mut talk, errand)? {
                let path = crate::runtime::downloads::write(folder, &file.safe_name(), &content)?;
                writeln!(output.err, "saved {}", path.display())?;
            }
        }
        Ok(())
    })();
    talk.leave();
    done.map(|()| Exit::Fine)
}

fn list(files: &[File], json: bool, output: &mut Output<'_>) -> Result<(), Trouble> {
    if json {
        let listed: Vec<Listed> = files
            .iter()
            .map(|file| Listed {
                name: file.name.raw().to_owned(),
                size: file.size,
                inline: file.is_inline,
            })
            .collect();
        let text = serde_json::to_string(&listed).map_err(std::io::Error::from)?;
        writeln!(output.out, "{text}")?;
        return Ok(());
    }
    if files.is_empty() {
        writeln!(output.out, "no attachments")?;
    }
    for file in files {
        writeln!(
            output.out,
            "{}  {}",
            file.name.safe_line(Some(120)),
            file.size_text()
        )?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<(String, Vec<u8>), Trouble> {
    let shown = path.display();
    let size = std::fs::metadata(path)
        .map_err(|error| Trouble::usage(format!("cannot read {shown}: {error}")))?
        .len();
    if usize::try_from(size).map_or(true, |size| size > LARGEST) {
        return Err(Trouble::usage(format!(
            "{shown} has {size} bytes; files under 3 MB can be attached"
        )));
    }
    let content = std::fs::read(path)
        .map_err(|error| Trouble::usage(format!("cannot read {shown}: {error}")))?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    Ok((name.unwrap_or_else(|| "attachment".into()), content))
}

#[derive(Serialize)]
struct Shown {
    name: String,
    color: String,
    default: bool,
    writable: bool,
    /// By whose address it is followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    followed: Option<String>,
    /// It is not there now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    missing: bool,
}

pub(super) fn calendars(
    invocation: &Invocation,
    wish: &Calendars,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let Some(verb) = &wish.verb else {
        let known = stored(invocation, &account)?;
        let followed = Peek::open(&account.folder)?.followed();
        return show(&known.calendars, &followed, wish.json, output);
    };
    let mut talk = Talk::start(invocation, &account)?;
    let done = talk.refresh(WAIT).and_then(|()| {
        let request = request(verb, &talk.status.calendars)?;
        change(&mut talk, request)
    });
    talk.leave();
    say_done(done?, output)
}

fn show(
    calendars: &[Calendar],
    followed: &[String],
    json: bool,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let known = calendars.iter().map(|calendar| Shown {
        name: calendar.name.raw().to_owned(),
        color: calendar.color.clone(),
        default: calendar.is_default,
        writable: calendar.can_edit,
        followed: calendar.id.mailbox().map(str::to_owned),
        missing: false,
    });
    let is_missing = |address: &&String| {
        let mut known = calendars.iter();
        known.all(|calendar| calendar.id.mailbox() != Some(address))
    };
    let missing = followed.iter().filter(is_missing).map(|address| Shown {
        name: address.clone(),
        color: "auto".into(),
        default: false,
        writable: false,
        followed: Some(address.clone()),
        missing: true,
    });
    let shown = known.chain(missing);
    if json {
        let shown: Vec<Shown> = shown.collect();
        let text = serde_json::to_string(&shown).map_err(std::io::Error::from)?;
        writeln!(output.out, "{text}")?;
        return Ok(Exit::Fine);
    }
    for calendar in shown {
        let rights = match (calendar.writable, calendar.missing) {
            (true, _) => "",
            (false, false) => "  (reading only)",
            (false, true) => "  (not there: kalends sync says why)",
        };
        let name = Safe::line(&calendar.name, Some(80));
        let whose = match &calendar.followed {
            Some(address) if !calendar.missing => format!("  {}", Safe::line(address, Some(80))),
            _ => String::new(),
        };
        writeln!(output.out, "{name}  {}{whose}{rights}", calendar.color)?;
    }
    Ok(Exit::Fine)
}

fn request(verb: &CalendarVerb, calendars: &[Calendar]) -> Result<Request, Trouble> {
    Ok(Request::Errand(match verb {
        CalendarVerb::Follow { address } => {
            let address = address.clone();
            return Ok(Request::Follow { address });
        }
        CalendarVerb::Unfollow { address } => {
            let address = address.clone();
            return Ok(Request::Unfollow { address });
        }
        CalendarVerb::Add { name, color } => Errand::MakeCalendar {
            name: name.clone(),
            color: known_color(color.as_deref().unwrap_or("auto"))?,
        },
        CalendarVerb::Edit { which, name, color } => Errand::EditCalendar {
            calendar: own(calendars, which)?,
            name: name.clone(),
            color: color.as_deref().map(known_color).transpose()?,
        },
        CalendarVerb::Remove { which, yes: true } => Errand::RemoveCalendar {
            calendar: own(calendars, which)?,
        },
        CalendarVerb::Remove { which, .. } => {
            return Err(Trouble::usage(format!(
                "removing \"{}\" removes every event in it; --yes says that you mean it",
                Safe::line(which, Some(60))
            )));
        }
    }))
}

/// One that may be renamed and removed: a followed one is its owner's, for everybody.
fn own(calendars: &[Calendar], name: &str) -> Result<CalendarId, Trouble> {
    let id = named(calendars, name)?;
    match id.mailbox() {
        None => Ok(id),
        Some(address) => Err(Trouble::usage(format!(
            "only its owner can change this calendar; kalends calendars unfollow {address} takes it \
             away here"
        ))),
    }
}

pub(super) fn categories(
    invocation: &Invocation,
    wish: &Categories,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let mut talk = Talk::start(invocation, &account)?;
    let refreshed = talk.refresh(WAIT);
    let known = std::mem::take(&mut talk.status.categories);
    let done = refreshed.and_then(|()| {
        let Some(verb) = &wish.verb else {
            return Ok(None);
        };
        let errand = category_errand(verb, &known)?;
        change(&mut talk, Request::Errand(errand))
    });
    talk.leave();
    let done = done?;
    if wish.verb.is_some() {
        return say_done(done, output);
    }
    let shown = known.iter().map(|category| ShownCategory {
        name: category.name.raw(),
        color: preset_name(category.preset),
    });
    let shown: Vec<ShownCategory<'_>> = shown.collect();
    if wish.json {
        let text = serde_json::to_string(&shown).map_err(std::io::Error::from)?;
        writeln!(output.out, "{text}")?;
        return Ok(Exit::Fine);
    }
    for category in shown {
        let name = Safe::line(category.name, Some(80));
        writeln!(output.out, "{name}  {}", category.color)?;
    }
    Ok(Exit::Fine)
}

#[derive(Serialize)]
struct ShownCategory<'a> {
    name: &'a str,
    color: &'static str,
}

fn category_errand(verb: &CategoryVerb, known: &[Category]) -> Result<Errand, Trouble> {
    let named = |name: &str| {
        let mut same = known.iter();
        let found = same.find(|one| one.name.raw().to_lowercase() == name.to_lowercase());
        found.map(|one| one.id.clone()).ok_or_else(|| {
            let names = known
                .iter()
                .map(|one| one.name.safe_line(Some(60)).to_string());
            let names: Vec<String> = names.collect();
            Trouble::usage(format!("there are {}", names.join(", ")))
        })
    };
    Ok(match verb {
        CategoryVerb::Add { name, color } => Errand::MakeCategory {
            name: name.clone(),
            preset: known_preset(color)?,
        },
        CategoryVerb::Color { which, color } => Errand::ColorCategory {
            id: named(which)?,
            preset: known_preset(color)?,
        },
        CategoryVerb::Remove { which } => Errand::RemoveCategory { id: named(which)? },
    })
}

fn known_preset(name: &str) -> Result<Option<u8>, Trouble> {
    preset(name).ok_or_else(|| {
        let names = PRESETS.join(", ");
        Trouble::usage(format!("colours are {names} and {NO_COLOR}"))
    })
}

fn known_color(name: &str) -> Result<String, Trouble> {
    let mut known = COLORS.iter();
    let found = known.find(|known| known.eq_ignore_ascii_case(name));
    let found =
        found.ok_or_else(|| Trouble::usage(format!("colours are {}", COLORS.join(", "))))?;
    Ok((*found).to_owned())
}

/// By its whole name: this is no place for guessing.
fn named(calendars: &[Calendar], name: &str) -> Result<CalendarId, Trouble> {
    let mut same = calendars
        .iter()
        .filter(|calendar| calendar.name.raw() == name);
    match (same.next(), same.next()) {
        (Some(calendar), None) => Ok(calendar.id.clone()),
        (Some(_), Some(_)) => Err(Trouble::usage(
            "more than one calendar has this name; change it in Outlook",
        )),
        (None, _) => {
            let names: Vec<String> = calendars
                .iter()
                .map(|calendar| calendar.name.safe_line(Some(60)).to_string())
                .collect();
            Err(Trouble::usage(format!("there are {}", names.join(", "))))
        }
    }
}
