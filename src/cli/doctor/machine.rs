//! What the computer brings: files of the person, folders, time zones, terminal, log.

use super::super::invocation::Invocation;
use super::super::output::Output;
use super::super::zone;
use super::finding::{Finding, size};
use crate::domain::zone::Source;
use crate::runtime::{clock, logging, settings};
use crate::service::Home;
use rustix::fs::{Access, access};
use std::path::Path;

pub(super) fn configuration(invocation: &Invocation) -> Vec<Finding> {
    let home = &invocation.home;
    let files = [home.config_file(), home.keys_file()].map(|file| {
        let state = if file.exists() {
            ""
        } else {
            " (not there: defaults)"
        };
        format!("{}{state}", file.display())
    });
    let mut findings = Vec::new();
    let chosen = match settings::load(home) {
        Ok(chosen) => {
            findings.push(Finding::good("settings", files[0].clone()));
            Some(chosen)
        }
        Err(error) => {
            findings.push(Finding::broken(
                "settings",
                error.to_string(),
                "nothing else is lost by it",
            ));
            None
        }
    };
    match settings::keymap(home) {
        Ok(_) => findings.push(Finding::good("keys", files[1].clone())),
        Err(error) => findings.push(Finding::broken(
            "keys",
            error.to_string(),
            "nothing else is lost by it",
        )),
    }
    let named = invocation
        .global
        .theme
        .clone()
        .or(chosen.map(|chosen| chosen.theme));
    let named = named.unwrap_or_else(|| "auto".into());
    match settings::theme(home, &named) {
        Ok(theme) => findings.push(Finding::good("theme", format!("{named}: {}", theme.name))),
        Err(error) => findings.push(Finding::broken(
            "theme",
            error.to_string(),
            "choose another with --theme",
        )),
    }
    findings
}

pub(super) fn folders(home: &Home) -> Vec<Finding> {
    let folders = [
        ("config", &home.config),
        ("data", &home.data),
        ("cache", &home.cache),
        ("state", &home.state),
    ];
    folders.map(|(name, path)| folder(name, path)).into()
}

fn folder(name: &str, path: &Path) -> Finding {
    let nearest = path
        .ancestors()
        .find(|ancestor| ancestor.exists())
        .unwrap_or(Path::new("/"));
    let shown = format!("{name}: {}", path.display());
    if !nearest.is_dir() {
        return Finding::broken(
            "folder",
            format!("{shown}: {} is not a folder", nearest.display()),
            "move it away",
        );
    }
    match access(nearest, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) if nearest == path => Finding::good("folder", shown),
        Ok(()) => Finding::good("folder", format!("{shown} (made when needed)")),
        Err(error) if name == "config" => Finding::note(
            "folder",
            format!("{shown} cannot be written: {error}"),
            "it is only read",
        ),
        Err(error) => Finding::broken(
            "folder",
            format!("{shown} cannot be written: {error}"),
            format!(
                "make {} writable, or use --home DIR; what is stored can still be read",
                nearest.display()
            ),
        ),
    }
}

pub(super) fn time(invocation: &Invocation) -> Vec<Finding> {
    let zones = invocation.zones();
    let place = match zones.source() {
        Source::Bundled => "built in".to_owned(),
        Source::System(folder) => folder.display().to_string(),
    };
    let mut findings = vec![Finding::good(
        "tzdata",
        format!("{} ({place})", zones.version()),
    )];
    match zone::choose(&zones, invocation.global.tz.as_deref()) {
        Ok(zone) => {
            let offset = zone.offset_label(invocation.clock.now());
            findings.push(Finding::good(
                "zone",
                format!("{} (now {offset})", zone.name()),
            ));
        }
        Err(trouble) => findings.push(Finding::broken("zone", trouble.words, "correct --tz or TZ")),
    }
    if !invocation.clock.is_real() {
        let words = format!(
            "{} moves the clock; it shows {:.0}",
            clock::VARIABLE,
            invocation.clock.now()
        );
        findings.push(Finding::note("clock", words, "unset it for the real time"));
    }
    findings
}

pub(super) fn terminal(output: &Output<'_>) -> Vec<Finding> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let Some(width) = output.width else {
        return vec![Finding::note(
            "terminal",
            "the output is no terminal",
            "run kalends doctor in the terminal you use",
        )];
    };
    let term = variable("TERM");
    let colours = match (output.colour, variable("COLORTERM").as_str()) {
        (false, _) => "no colours (NO_COLOR)",
        (true, "truecolor" | "24bit") => "16 million colours",
        (true, _) if term.contains("256") => "256 colours",
        (true, _) => "16 colours",
    };
    let rows = crossterm::terminal::size().map_or(0, |(_, rows)| rows);
    let mut findings = vec![Finding::good(
        "terminal",
        format!("{term}, {width}x{rows}, {colours}"),
    )];
    let locale = [variable("LC_ALL"), variable("LC_CTYPE"), variable("LANG")];
    let locale = locale
        .into_iter()
        .find(|value| !value.is_empty())
        .unwrap_or_default();
    if !locale.to_lowercase().replace('-', "").contains("utf8") {
        let words = format!("the locale \"{locale}\" does not say UTF-8");
        findings.push(Finding::note(
            "locale",
            words,
            "set LANG=C.UTF-8, or use --theme ascii",
        ));
    }
    if width < 20 || rows < 6 {
        findings.push(Finding::note(
            "terminal",
            "this is very small",
            "20x6 is the least that shows something",
        ));
    }
    findings
}

pub(super) fn log(invocation: &Invocation) -> Finding {
    let folder = invocation.home.logs();
    let file = logging::file(&folder, invocation.clock);
    let bytes = std::fs::metadata(&file).map_or(0, |file| file.len());
    Finding::good("log", format!("{} ({})", file.display(), size(bytes)))
}
