//! A theme: styles by meaning, and paints for calendars with readable text.
//!
//! Refuses: widgets, and knowledge of what is drawn where. Invariant: every role
//! has a style (roles fall back to `text`), and text on a calendar's ground has a
//! contrast of at least `contrast` wherever colours are numbers.

pub use super::role::Role;

use super::color::{GRAPH_COLORS, Rgb};
use super::{ConfigError, line_with, near, themes};
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Whether drawing may use more than ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Glyphs {
    #[default]
    Unicode,
    Ascii,
}

/// How an event of one calendar is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Bars, outlines and marks.
    pub accent: Color,
    /// The ground of a filled block; None where the terminal's own must do.
    pub ground: Option<Color>,
    /// A second ground, for a block that begins where one of its colour ends.
    pub next_ground: Option<Color>,
    pub text: Color,
    /// The accent, quiet enough to lie under text.
    pub hatch: Color,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    pub name: String,
    pub glyphs: Glyphs,
    pub light: bool,
    /// Least contrast of text, 4.5 or more.
    pub contrast: f32,
    styles: Vec<Style>,
    calendars: BTreeMap<String, Color>,
    /// How much of the accent is in a block's ground.
    tint: f32,
    /// No colour at all: shape alone carries meaning.
    colourless: bool,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    name: Option<String>,
    inherits: Option<String>,
    glyphs: Option<Glyphs>,
    light: Option<bool>,
    contrast: Option<f32>,
    tint: Option<f32>,
    colourless: Option<bool>,
    palette: BTreeMap<String, String>,
    roles: BTreeMap<String, RoleFile>,
    calendars: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RoleFile {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underlined: bool,
    reversed: bool,
}

impl Theme {
    /// An embedded theme by name.
    ///
    /// # Errors
    /// No such name, with the near miss.
    pub fn builtin(name: &str) -> Result<Self, ConfigError> {
        Self::find(name, &[])
    }

    /// By name, first among `own` (name and text of the person's files), then the embedded ones.
    ///
    /// # Errors
    /// No such theme, or a mistake in its file, with the place.
    pub fn find(name: &str, own: &[(String, String)]) -> Result<Self, ConfigError> {
        let file = load(name, own, 0)?;
        Self::build(name, file)
    }

    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// The paint of a calendar: its own hex colour, else Graph's colour name.
    pub fn paint(&self, name: &str, hex: Option<&str>) -> Paint {
        let text = self.style(Role::Text);
        if self.colourless {
            return Paint {
                accent: Color::Reset,
                ground: None,
                next_ground: None,
                text: Color::Reset,
                hatch: Color::Reset,
            };
        }
        let named = self
            .calendars
            .get(name)
            .or_else(|| self.calendars.get("auto"))
            .copied()
            .unwrap_or(Color::Blue);
        let ground = self.style(Role::Working).bg.and_then(Rgb::of);
        let (Some(under), Some(named_rgb)) = (ground, Rgb::of(named)) else {
            return Paint {
                accent: named,
                ground: None,
                next_ground: None,
                text: text.fg.unwrap_or(Color::Reset),
                hatch: named,
            };
        };
        // A name of Graph is the theme's own colour; a free hex colour is only
        // pulled towards readability, so that people recognise it.
        let accent = hex.and_then(Rgb::from_hex).unwrap_or(named_rgb);
        let ink = text.fg.and_then(Rgb::of).unwrap_or(Rgb::WHITE);
        // A very bright or dark calendar gives less of its colour to the ground,
        // until text can be read on it.
        let (tinted, next, text) = (0..8u8)
            .map(|step| {
                let part = self.tint * (1.0 - f32::from(step) / 8.0);
                let (one, other) = (accent.over(under, part), accent.over(under, part * 0.72));
                (one, other, readable_on_both(ink, one, other, self.contrast))
            })
            .find(|(one, other, text)| {
                text.contrast(*one) >= self.contrast && text.contrast(*other) >= self.contrast
            })
            .unwrap_or((under, under, ink.readable_on(under, self.contrast)));
        Paint {
            accent: accent.readable_on(under, 3.0).color(),
            ground: Some(tinted.color()),
            next_ground: Some(next.color()),
            text: text.color(),
            hatch: accent.over(under, 0.55).color(),
        }
    }

    /// The colour of a category by Outlook's preset, 0–24; None is "no colour".
    pub fn category(&self, preset: Option<u8>) -> Color {
        const NAMES: [&str; 15] = [
            "lightRed",
            "lightOrange",
            "lightBrown",
            "lightYellow",
            "lightGreen",
            "lightTeal",
            "lightGreen",
            "lightBlue",
            "maxColor",
            "lightPink",
            "lightGray",
            "lightGray",
            "lightGray",
            "lightGray",
            "lightGray",
        ];
        let name = match preset {
            // The dark presets repeat the light ones in the same order.
            Some(preset @ 15..=24) => NAMES.get(usize::from(preset) - 15),
            Some(preset) => NAMES.get(usize::from(preset)),
            None => None,
        };
        self.paint(name.unwrap_or(&"lightGray"), None).accent
    }

    fn build(name: &str, file: File) -> Result<Self, ConfigError> {
        let mut styles = Vec::with_capacity(Role::ALL.len());
        for role in Role::ALL {
            let own = file.roles.get(role.name());
            styles.push(match own {
                Some(own) => style(name, &file.palette, own)?,
                None => Style::default(),
            });
        }
        let base = styles.first().copied().unwrap_or_default();
        let styles = styles
            .into_iter()
            .zip(Role::ALL)
            .map(|(style, role)| settled(style, base, is_ground_only(*role)))
            .collect();
        let mut calendars: BTreeMap<String, Color> = GRAPH_COLORS
            .iter()
            .map(|(name, rgb)| ((*name).to_owned(), rgb.color()))
            .collect();
        for (key, value) in &file.calendars {
            calendars.insert(key.clone(), color(name, &file.palette, value)?);
        }
        Ok(Self {
            name: name.to_owned(),
            glyphs: file.glyphs.unwrap_or_default(),
            light: file.light.unwrap_or_default(),
            contrast: file.contrast.unwrap_or(4.5),
            styles,
            calendars,
            tint: file.tint.unwrap_or(0.30).clamp(0.0, 1.0),
            colourless: file.colourless.unwrap_or_default(),
        })
    }
}

/// The two grounds are close, so what is readable on the harder one is on both.
fn readable_on_both(ink: Rgb, one: Rgb, other: Rgb, ratio: f32) -> Rgb {
    let first = ink.readable_on(one, ratio);
    if first.contrast(other) >= ratio {
        return first;
    }
    let second = ink.readable_on(other, ratio);
    if second.contrast(one) >= ratio {
        return second;
    }
    let worst = |color: Rgb| color.contrast(one).min(color.contrast(other));
    if worst(Rgb::WHITE) >= worst(Rgb::BLACK) {
        Rgb::WHITE
    } else {
        Rgb::BLACK
    }
}

/// Grounds are laid under text; everything else inherits what it leaves open.
fn is_ground_only(role: Role) -> bool {
    matches!(
        role,
        Role::Ground | Role::Working | Role::TodayGround | Role::TodayWorking
    )
}

fn settled(style: Style, base: Style, ground: bool) -> Style {
    if ground {
        return Style {
            bg: style.bg.or(base.bg),
            ..Style::default()
        };
    }
    Style {
        fg: style.fg.or(base.fg),
        ..style
    }
}

fn style(
    theme: &str,
    palette: &BTreeMap<String, String>,
    own: &RoleFile,
) -> Result<Style, ConfigError> {
    let mut style = Style::default();
    if let Some(fg) = &own.fg {
        style.fg = Some(color(theme, palette, fg)?);
    }
    if let Some(bg) = &own.bg {
        style.bg = Some(color(theme, palette, bg)?);
    }
    for (set, modifier) in [
        (own.bold, Modifier::BOLD),
        (own.dim, Modifier::DIM),
        (own.italic, Modifier::ITALIC),
        (own.underlined, Modifier::UNDERLINED),
        (own.reversed, Modifier::REVERSED),
    ] {
        if set {
            style = style.add_modifier(modifier);
        }
    }
    Ok(style)
}

/// A palette name, `#RRGGBB`, or a terminal colour's name.
fn color(
    theme: &str,
    palette: &BTreeMap<String, String>,
    text: &str,
) -> Result<Color, ConfigError> {
    let text = palette.get(text).map_or(text, String::as_str);
    if let Some(rgb) = Rgb::from_hex(text) {
        return Ok(rgb.color());
    }
    text.parse::<Color>().map_err(|_| {
        let hint = near::hint(text, palette.keys().map(String::as_str));
        ConfigError::new(
            format!("theme {theme}"),
            format!("\"{text}\" is no colour and not in the palette{hint}"),
        )
    })
}

/// Reads a theme and lays it over what it inherits.
fn load(name: &str, own: &[(String, String)], depth: usize) -> Result<File, ConfigError> {
    if depth > 5 {
        let words = "themes inherit from each other in a circle";
        return Err(ConfigError::new(format!("theme {name}"), words));
    }
    let text = own
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, text)| text.as_str())
        .or_else(|| themes::text(name));
    let Some(text) = text else {
        let mut known: Vec<&str> = themes::names().collect();
        known.extend(own.iter().map(|(name, _)| name.as_str()));
        let hint = near::hint(name, known);
        let words = format!("there is no theme \"{name}\"{hint}");
        return Err(ConfigError::new("themes", words));
    };
    let place = format!("{name}.toml");
    let file: File =
        toml::from_str(text).map_err(|error| ConfigError::from_toml(&place, text, &error))?;
    for (table, keys) in [("role", file.roles.keys())] {
        for key in keys {
            if !Role::NAMES.contains(&key.as_str()) {
                let hint = near::hint(key, Role::NAMES.iter().copied());
                return Err(ConfigError::new(
                    format!("{place}, line {}", line_with(text, key)),
                    format!("there is no {table} \"{key}\"{hint}"),
                ));
            }
        }
    }
    match file.inherits.clone() {
        None => Ok(file),
        Some(parent) => Ok(overlaid(load(&parent, own, depth + 1)?, file)),
    }
}

fn overlaid(mut under: File, over: File) -> File {
    under.palette.extend(over.palette);
    under.roles.extend(over.roles);
    under.calendars.extend(over.calendars);
    File {
        name: over.name.or(under.name),
        inherits: None,
        glyphs: over.glyphs.or(under.glyphs),
        light: over.light.or(under.light),
        contrast: over.contrast.or(under.contrast),
        tint: over.tint.or(under.tint),
        colourless: over.colourless.or(under.colourless),
        ..under
    }
}

#[cfg(test)]
#[path = "theme_tests.rs"]
mod tests;
