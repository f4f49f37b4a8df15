//! The embedded themes, by name. Parsed only when chosen.

const THEMES: [(&str, &str); 10] = [
    (
        "kalends-dark",
        include_str!("../../themes/kalends-dark.toml"),
    ),
    (
        "kalends-light",
        include_str!("../../themes/kalends-light.toml"),
    ),
    (
        "high-contrast",
        include_str!("../../themes/high-contrast.toml"),
    ),
    ("sixteen", include_str!("../../themes/sixteen.toml")),
    ("monochrome", include_str!("../../themes/monochrome.toml")),
    ("ascii", include_str!("../../themes/ascii.toml")),
    ("dusk", include_str!("../../themes/dusk.toml")),
    ("dawn", include_str!("../../themes/dawn.toml")),
    ("hearth", include_str!("../../themes/hearth.toml")),
    ("fjord", include_str!("../../themes/fjord.toml")),
];

pub fn names() -> impl Iterator<Item = &'static str> {
    THEMES.iter().map(|(name, _)| *name)
}

pub(super) fn text(name: &str) -> Option<&'static str> {
    THEMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

/// What `auto` means on this terminal. `NO_COLOR` (no-color.org) wins; then how
/// many colours there are; then whether its ground is light.
pub fn automatic(no_color: bool, true_color: bool, light: bool) -> &'static str {
    match (no_color, true_color, light) {
        (true, ..) => "monochrome",
        (false, false, _) => "sixteen",
        (false, true, true) => "kalends-light",
        (false, true, false) => "kalends-dark",
    }
}
