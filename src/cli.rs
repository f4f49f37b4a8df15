//! The command line: what may be typed, and what each verb answers with.
//!
//! Verbs write through the `Output` they are given and say how it went with an `Exit`;
//! nothing here prints by itself. Invariant: the commands, their options, the shape of
//! their JSON and the exit codes are stable.

pub mod arguments;
pub mod exit;
pub mod output;

mod add;
mod agenda;
mod conflicts;
mod day_words;
mod demo;
mod doctor;
mod edit;
mod entries;
mod errands;
mod export;
mod find;
mod focus;
mod free;
mod import;
mod invocation;
mod login;
mod next;
mod open;
mod overlaps;
mod platform;
mod respond;
mod send;
mod simulate;
mod stats;
mod sync;
mod talk;
mod triage;
mod zone;

use arguments::{Arguments, Command};
use clap::Parser;
use exit::{Exit, Trouble};
use invocation::Invocation;
use output::Output;
use std::ffi::OsString;

/// Reads the arguments, performs the verb, and says with what code to end.
pub fn run(arguments: impl IntoIterator<Item = OsString>, output: &mut Output<'_>) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error, output),
    };
    crate::runtime::harden::harden();
    match perform(arguments, output) {
        Ok(exit) => exit,
        Err(trouble) => {
            if !trouble.words.is_empty() {
                output.complain(&trouble.words);
            }
            trouble.exit
        }
    }
}

fn perform(arguments: Arguments, output: &mut Output<'_>) -> Result<Exit, Trouble> {
    let command = arguments.command.unwrap_or(Command::Open);
    // These two bring their own home, or need none.
    let command = match command {
        Command::Simulate(wish) => return simulate::simulate(&wish, output),
        Command::Demo(wish) => return demo::demo(&arguments.global, &wish, output),
        other => other,
    };
    let invocation = Invocation::of(&arguments.global)?;
    invocation.start_log(&command)?;
    match command {
        Command::Login(wish) => login::login(&invocation, &wish, output),
        Command::Sync(wish) => sync::sync(&invocation, &wish, output),
        Command::Agenda(wish) => agenda::agenda(&invocation, &wish, output),
        Command::Next(wish) => next::next(&invocation, &wish, output),
        Command::Free(wish) => free::run(&invocation, &wish, output),
        Command::Focus(wish) => focus::run(&invocation, &wish, output),
        Command::Triage(wish) => triage::triage(&invocation, &wish, output),
        Command::Stats(wish) => stats::stats(&invocation, &wish, output),
        Command::Respond(wish) => respond::respond(&invocation, &wish, output),
        Command::Add(wish) => add::add(&invocation, &wish, output),
        Command::Edit(wish) => edit::edit(&invocation, &wish, output),
        Command::Delete(wish) => edit::delete(&invocation, &wish, output),
        Command::Forward(wish) => errands::forward(&invocation, &wish, output),
        Command::Attachments(wish) => errands::attachments(&invocation, &wish, output),
        Command::Calendars(wish) => errands::calendars(&invocation, &wish, output),
        Command::Categories(wish) => errands::categories(&invocation, &wish, output),
        Command::Import(wish) => import::import(&invocation, &wish, output),
        Command::Export(wish) => export::export(&invocation, &wish, output),
        Command::Conflicts(wish) => conflicts::conflicts(&invocation, &wish, output),
        Command::Resolve(wish) => conflicts::resolve(&invocation, &wish, output),
        Command::Open => open::open(&invocation, output),
        Command::Doctor(wish) => doctor::doctor(&invocation, &wish, output),
        Command::Simulate(_) | Command::Demo(_) => Ok(Exit::Fine),
    }
}

/// Help and version are answers; everything else is a mistake in what was typed.
fn usage(error: &clap::Error, output: &mut Output<'_>) -> Exit {
    let text = if output.colour {
        error.render().ansi().to_string()
    } else {
        error.render().to_string()
    };
    if error.use_stderr() {
        let _ = output.err.write_all(text.as_bytes());
        Exit::Usage
    } else {
        let _ = output.out.write_all(text.as_bytes());
        Exit::Fine
    }
}
