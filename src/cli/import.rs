//! `kalends import`: the events of an iCalendar file into a calendar.
//!
//! Invariants: nothing leaves before everything is durable in the outbox; nobody is mailed
//! without `--invite`; whatever of the file is not imported as it is, is said.

mod progress;

use super::add::choose;
use super::arguments::Import;
use super::exit::{Exit, Trouble};
use super::find::stored;
use super::invocation::Invocation;
use super::output::Output;
use super::talk::Talk;
use crate::domain::intent::Act;
use crate::domain::text::{Safe, Untrusted};
use crate::ical::{BYTES_AT_MOST, File, IcalError, Plan, Remark, Setting};
use crate::service::protocol::{Link, Reply, Request};
use progress::{Progress, Sent};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// For one commit of everything.
const PATIENCE: Duration = Duration::from_secs(60);
/// Remarks on one run; `--dry-run` has them all.
const REMARKS: usize = 20;

pub(super) fn import(
    invocation: &Invocation,
    wish: &Import,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let account = invocation.account()?;
    let bytes = read(&wish.file)?;
    let file = File::read(&bytes).map_err(|error| refused(&wish.file, &error))?;
    let known = stored(invocation, &account)?;
    let calendar = choose(&known, wish.calendar.as_deref())?;
    let (zones, viewer) = (invocation.zones(), invocation.zone()?);
    let plan = Plan::of(
        &file,
        &Setting {
            calendar: &calendar.id,
            zones: &zones,
            viewer: &viewer,
            now: invocation.clock.now(),
            invites: wish.invite,
            me: known.me.address.raw(),
        },
    );
    drop(bytes);
    let name = calendar.name.safe_line(Some(40));
    foretell(&file, &plan, &name, wish, output)?;
    if wish.dry_run || plan.creates.is_empty() {
        return Ok(match plan.skipped() {
            0 => Exit::Fine,
            _ if wish.dry_run => Exit::Fine,
            _ => Exit::Error,
        });
    }
    let acts = plan.creates.into_iter().map(Act::Create).collect();
    let talk = Talk::start(invocation, &account)?;
    upload(talk, acts, &name, output)
}

/// All of it, or its first bytes: a file may say it is small and go on for ever.
fn read(path: &Path) -> Result<Vec<u8>, Trouble> {
    let shown = Safe::line(&path.to_string_lossy(), Some(80));
    let failed = |error: std::io::Error| {
        Trouble::error(format!(
            "cannot read {shown}: {error}; kalends import needs a file, or - for standard input"
        ))
    };
    let mut bytes = Vec::new();
    let most = BYTES_AT_MOST + 1;
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(most).read_to_end(&mut bytes)
    };
    read.map_err(failed)?;
    Ok(bytes)
}

fn refused(path: &Path, error: &IcalError) -> Trouble {
    let shown = Safe::line(&path.to_string_lossy(), Some(80));
    Trouble::error(format!("cannot import {shown}: {error}"))
}

/// What will be done, before it is.
fn foretell(
    file: &File,
    plan: &Plan,
    calendar: &str,
    wish: &Import,
    output: &mut Output<'_>,
) -> std::io::Result<()> {
    let verb = if wish.dry_run { "would add" } else { "adding" };
    let made = plan.creates.len();
    let mut line = format!(
        "{verb} {} to \u{201c}{calendar}\u{201d}: {} of the file",
        events(made),
        events(plan.events)
    );
    if plan.series > 0 {
        line.push_str(&format!(", {} of them repeating", plan.series));
    }
    if plan.skipped() > 0 {
        line.push_str(&format!("; {} skipped", plan.skipped()));
    }
    writeln!(output.out, "{line}")?;
    match plan.guests.len() {
        0 => {}
        people if wish.invite => {
            let times = plan.mails;
            writeln!(
                output.out,
                "{people} people will be mailed, {times} invitations in all"
            )?;
        }
        people => writeln!(
            output.out,
            "{people} guests of the file are kept as words in the notes; nobody is mailed (--invite does)"
        )?,
    }
    for (name, count) in &file.others {
        let name = Safe::line(name, Some(30));
        writeln!(
            output.out,
            "  not imported: {count} {name}, which is no event"
        )?;
    }
    if file.is_cut_off {
        writeln!(
            output.out,
            "  the file ends in the middle of an event, which is not imported"
        )?;
    }
    let most = if wish.dry_run { usize::MAX } else { REMARKS };
    for remark in plan.remarks.iter().take(most) {
        writeln!(output.out, "  {}", said(remark))?;
    }
    if plan.remarks.len() > most {
        let more = plan.remarks.len() - most;
        writeln!(
            output.out,
            "  and {more} remarks more; --dry-run has them all"
        )?;
    }
    output.out.flush()
}

fn said(remark: &Remark) -> String {
    let subject = remark.subject.safe_line(Some(40));
    let skipped = if remark.is_skipped { "skipped: " } else { "" };
    let words = Untrusted::new(&remark.words).safe_line(None);
    format!(
        "line {}, \u{201c}{subject}\u{201d}: {skipped}{words}",
        remark.line
    )
}

fn upload(
    mut talk: Talk,
    acts: Vec<Act>,
    calendar: &str,
    output: &mut Output<'_>,
) -> Result<Exit, Trouble> {
    let total = acts.len();
    let subjects: Vec<Untrusted> = acts.iter().map(Act::subject).collect();
    let queued = match talk.ask(Request::QueueAll { acts }, PATIENCE)? {
        Reply::QueuedAll(ids) => ids,
        Reply::Refused { words } => {
            talk.leave();
            return Err(Trouble::error(format!("nothing was imported: {words}")));
        }
        _ => return Err(Trouble::error(super::send::NONSENSE)),
    };
    let sent = Progress::watch(&mut talk, &queued, output)?;
    let needs_person = matches!(
        talk.status.link,
        Link::SignInNeeded { .. } | Link::NoAccount
    );
    talk.leave();
    let Sent {
        left,
        refused,
        words,
    } = sent;
    let accepted = total - left - refused.len();
    writeln!(
        output.out,
        "{} in \u{201c}{calendar}\u{201d}",
        events(accepted)
    )?;
    for (id, words) in refused.iter().take(REMARKS) {
        let at = queued.iter().position(|queued| queued == id);
        let subject = at
            .and_then(|at| subjects.get(at))
            .cloned()
            .unwrap_or_default();
        let words = Untrusted::new(words).safe_line(None);
        writeln!(
            output.out,
            "  \u{201c}{}\u{201d}: {words}",
            subject.safe_line(Some(40))
        )?;
    }
    output.out.flush()?;
    if left > 0 {
        let exit = if needs_person {
            Exit::SignInNeeded
        } else {
            Exit::Offline
        };
        let are = if left == 1 { "is" } else { "are" };
        return Err(Trouble::new(
            exit,
            format!(
                "{} {are} queued and safe, and will be sent later: {words}",
                events(left)
            ),
        ));
    }
    if refused.is_empty() {
        return Ok(Exit::Fine);
    }
    Err(Trouble::error(format!(
        "{} of {total} not added; kalends conflicts lists them",
        events(refused.len())
    )))
}

pub(super) fn events(count: usize) -> String {
    match count {
        1 => "1 event".to_owned(),
        count => format!("{count} events"),
    }
}
