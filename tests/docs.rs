//! That the documents say what the program does: commands, keys, themes, settings, crates, links.
//!
//! `KALENDS_UPDATE_DOCS=1 cargo test --test docs` writes the key table anew.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use clap::CommandFactory;
use kalends::app::keymap::{Keymap, key_table_markdown};
use kalends::cli::arguments::Arguments;
use kalends::cli::exit::Exit;
use kalends::config::settings::Settings;
use kalends::config::{Role, Theme, themes};
use kalends::simulator::faults::Rule;
use kalends::simulator::scenario::Scenario;
use kalends::simulator::world::happening::Action;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Every document of the project.
fn documents() -> Vec<String> {
    let pages = fs::read_dir(root().join("docs")).unwrap().flatten();
    let mut found: Vec<String> = pages
        .map(|page| format!("docs/{}", page.file_name().to_string_lossy()))
        .filter(|page| page.ends_with(".md"))
        .collect();
    found.extend(
        [
            "README.md",
            "ARCHITECTURE.md",
            "CONTRIBUTING.md",
            "CHANGELOG.md",
        ]
        .map(str::to_owned),
    );
    found.sort();
    found
}

/// The part of a document under a heading of the second level.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let begin = text
        .find(&format!("## {heading}\n"))
        .unwrap_or_else(|| panic!("no section {heading}"));
    let rest = text.get(begin + 3..).unwrap();
    rest.find("\n## ")
        .map_or(rest, |end| rest.get(..end).unwrap())
}

/// Lines inside fenced blocks.
fn fenced(text: &str) -> Vec<&str> {
    let mut is_inside = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            is_inside = !is_inside;
        } else if is_inside {
            lines.push(line);
        }
    }
    lines
}

/// The contents of all blocks fenced as this language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    let after = text.split(&opening).skip(1);
    after
        .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

/// Words in backquotes, outside fenced blocks.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_quick_start_has_exactly_two_commands() {
    let readme = read("README.md");
    let commands: Vec<&str> = fenced(section(&readme, "Quick start"))
        .into_iter()
        .filter(|line| !line.trim().is_empty())
        .collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    assert_eq!(commands[0], "cargo run -- demo");
    assert!(commands[1].starts_with("cargo test"), "{commands:?}");
}

#[test]
fn the_key_table_is_the_registry_s() {
    const BEGIN: &str = "<!-- keys: generated -->\n";
    const END: &str = "<!-- /keys -->";
    let page = read("docs/keys.md");
    let (before, rest) = page
        .split_once(BEGIN)
        .expect("docs/keys.md has no mark where the table begins");
    let (table, after) = rest
        .split_once(END)
        .expect("docs/keys.md has no mark where the table ends");
    let wanted = key_table_markdown();
    if std::env::var_os("KALENDS_UPDATE_DOCS").is_some() {
        fs::write(
            root().join("docs/keys.md"),
            format!("{before}{BEGIN}{wanted}{END}{after}"),
        )
        .unwrap();
        return;
    }
    assert_eq!(
        table, wanted,
        "KALENDS_UPDATE_DOCS=1 cargo test --test docs writes it anew"
    );
}

#[test]
fn every_verb_and_option_is_described() {
    let page = read("docs/commands.md");
    let command = Arguments::command();
    let mut missing = Vec::new();
    for verb in command.get_subcommands() {
        let heading = format!("## kalends {}\n", verb.get_name());
        if !page.contains(&heading) {
            missing.push(format!("a section \"{}\"", heading.trim()));
            continue;
        }
        let about = verb
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        let text = section(&page, &format!("kalends {}", verb.get_name()));
        if !text.contains(&about) {
            missing.push(format!("in {}: \"{about}\"", verb.get_name()));
        }
        let options = verb
            .get_arguments()
            .filter(|option| !option.is_global_set() && option.get_id() != "help");
        for name in options.filter_map(clap::Arg::get_long) {
            if !text.contains(&format!("`--{name}")) {
                missing.push(format!("in {}: --{name}", verb.get_name()));
            }
        }
    }
    let globals = section(&page, "Everywhere");
    for name in command
        .get_arguments()
        .filter_map(clap::Arg::get_long)
        .filter(|name| !["help", "version"].contains(name))
    {
        if !globals.contains(&format!("`--{name}")) {
            missing.push(format!("under Everywhere: --{name}"));
        }
    }
    assert!(
        missing.is_empty(),
        "docs/commands.md lacks\n  {}",
        missing.join("\n  ")
    );
}

#[test]
fn commands_that_are_described_exist() {
    let page = read("docs/commands.md");
    let known: BTreeSet<String> = Arguments::command()
        .get_subcommands()
        .map(|verb| verb.get_name().to_owned())
        .collect();
    let described: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## kalends "))
        .map(str::to_owned)
        .collect();
    assert_eq!(known, described);
}

#[test]
fn exit_codes_are_the_program_s() {
    let codes = section(&read("docs/commands.md"), "Exit codes").to_owned();
    for exit in [
        Exit::Fine,
        Exit::Error,
        Exit::Usage,
        Exit::SignInNeeded,
        Exit::Offline,
    ] {
        assert!(
            codes.contains(&format!("| {} |", exit.code())),
            "exit code {} is not described",
            exit.code()
        );
    }
}

#[test]
fn themes_roles_and_settings_are_described() {
    let page = read("docs/configuration.md");
    let named = quoted(&page);
    for theme in themes::names() {
        assert!(named.contains(theme), "the theme {theme} is not described");
        Theme::builtin(theme).unwrap();
    }
    let listed = section(&page, "Themes")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    for theme in listed {
        assert!(
            themes::names().any(|known| known == theme),
            "there is no theme {theme}"
        );
    }
    for role in Role::NAMES {
        assert!(named.contains(role), "the role {role} is not described");
    }
    let settings = toml::Table::try_from(Settings::default()).unwrap();
    for setting in settings.keys() {
        assert!(
            named.contains(setting.as_str()),
            "the setting {setting} is not described"
        );
    }
}

#[test]
fn examples_of_keys_themes_and_worlds_are_understood() {
    let page = read("docs/configuration.md");
    let [keys, theme] = blocks(&page, "toml").try_into().expect("two examples");
    Keymap::with_file("keys.toml", &keys).unwrap();
    Theme::find("mine", &[("mine".to_owned(), theme)]).unwrap();
    let page = read("docs/simulator.md");
    for world in blocks(&page, "toml") {
        let scenario = Scenario::parse(&world).unwrap();
        let now = scenario.now_ms().unwrap().unwrap();
        if let Err(error) = scenario.build(1, now) {
            panic!("{error}");
        }
    }
}

#[test]
fn every_word_of_a_scenario_is_described() {
    let page = read("docs/simulator.md");
    let named = quoted(&page);
    let scenario = |text: &str| match Scenario::parse(text) {
        Ok(_) => panic!("{text} was taken"),
        Err(error) => error.to_string(),
    };
    let fault = toml::from_str::<Rule>("fault = { kind = '?' }");
    let action = toml::from_str::<Action>("do = '?'");
    let rule = toml::from_str::<Rule>("fault = { kind = 'nulls' }\nx = 1");
    for refused in [
        fault.unwrap_err().to_string(),
        action.unwrap_err().to_string(),
        rule.unwrap_err().to_string(),
        scenario("x = 1"),
        scenario("habits = { x = 1 }"),
        scenario("people = [{ x = 1 }]"),
        scenario("people = [{ calendars = [{ x = 1 }] }]"),
        scenario("people = [{ events = [{ x = 1 }] }]"),
        scenario("rooms = [{ x = 1 }]"),
        scenario("happenings = [{ x = 1 }]"),
    ] {
        // serde names every word it would have taken.
        let (_, words) = refused.split_once("expected one of").unwrap();
        for word in words.split('`').skip(1).step_by(2) {
            assert!(named.contains(word), "{word} is not described: {refused}");
        }
    }
}

#[test]
fn every_dependency_has_a_line_of_reason() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let page = read("ARCHITECTURE.md");
    let reasons = section(&page, "Dependencies");
    let described: BTreeSet<&str> = reasons
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next())
        .filter(|name| !["crate", "---"].contains(name))
        .collect();
    let used: BTreeSet<&str> = manifest["dependencies"]
        .as_table()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(described, used);
    for tool in manifest["dev-dependencies"].as_table().unwrap().keys() {
        assert!(reasons.contains(tool.as_str()), "{tool} has no reason");
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for file in documents() {
        let text = read(&file);
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if target.starts_with("https://") || target.starts_with("http://") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let base = root().join(&file);
            let place: PathBuf = if path.is_empty() {
                base
            } else {
                base.parent().unwrap().join(path)
            };
            if !place.exists() {
                broken.push(format!("{file}: {target}"));
            } else if !anchor.is_empty()
                && !anchors(&fs::read_to_string(&place).unwrap()).contains(anchor)
            {
                broken.push(format!("{file}: {target} (no such heading)"));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "links that lead nowhere:\n  {}",
        broken.join("\n  ")
    );
}

/// Headings as they are linked to.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let slug = |line: &str| -> String {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words
            .chars()
            .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        kept.map(|letter| if letter == ' ' { '-' } else { letter })
            .collect()
    };
    headings.map(slug).collect()
}
