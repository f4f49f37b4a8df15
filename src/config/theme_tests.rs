//! Themes are read, readable, and honest about their colours.

use super::*;

/// Text roles and the grounds they are drawn on.
fn pairs() -> Vec<(Role, Role)> {
    let grid = [
        Role::Ground,
        Role::Working,
        Role::TodayGround,
        Role::TodayWorking,
    ];
    let mut pairs = Vec::new();
    for ground in grid {
        for role in [
            Role::Text,
            Role::Strong,
            Role::Quiet,
            Role::Now,
            Role::Conflict,
        ] {
            pairs.push((role, ground));
        }
    }
    for role in [
        Role::Hour,
        Role::OtherZone,
        Role::Gap,
        Role::Day,
        Role::Weekend,
    ] {
        pairs.push((role, Role::Ground));
    }
    for role in [
        Role::HeaderStrong,
        Role::HeaderQuiet,
        Role::Good,
        Role::Warning,
        Role::Danger,
        Role::Pending,
        Role::Conflict,
        Role::Key,
        Role::KeyTitle,
    ] {
        pairs.push((role, Role::Header));
    }
    for role in [
        Role::Text,
        Role::PanelTitle,
        Role::PanelQuiet,
        Role::Key,
        Role::KeyTitle,
        Role::Match,
        Role::Link,
        Role::Warning,
        Role::Danger,
        Role::Good,
        Role::Pending,
        Role::Disabled,
    ] {
        pairs.push((role, Role::Panel));
    }
    for role in [
        Role::Today,
        Role::Cursor,
        Role::Choice,
        Role::Label,
        Role::Input,
        Role::Panel,
    ] {
        pairs.push((role, role));
    }
    pairs
}

#[test]
fn every_theme_can_be_read() {
    for name in themes::names() {
        let theme = Theme::builtin(name).unwrap();
        let ratio = if name == "high-contrast" { 7.0 } else { 4.5 };
        assert!(theme.contrast >= ratio, "{name}");
        for (role, ground) in pairs() {
            let fg = theme.style(role).fg.and_then(Rgb::of);
            let bg = theme.style(ground).bg.and_then(Rgb::of);
            if let (Some(fg), Some(bg)) = (fg, bg) {
                let contrast = fg.contrast(bg);
                assert!(
                    contrast >= ratio,
                    "{name}: {} on {} has {contrast:.2}",
                    role.name(),
                    ground.name()
                );
            }
        }
    }
}

#[test]
fn text_on_any_calendar_can_be_read_in_any_theme() {
    let hexes = [
        "#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff", "#808080",
    ];
    for name in themes::names() {
        let theme = Theme::builtin(name).unwrap();
        let named = GRAPH_COLORS.iter().map(|(name, _)| theme.paint(name, None));
        let free = hexes.iter().map(|hex| theme.paint("auto", Some(hex)));
        for paint in named.chain(free) {
            for ground in [paint.ground, paint.next_ground] {
                let ground = ground.and_then(Rgb::of);
                if let (Some(ground), Some(text)) = (ground, Rgb::of(paint.text)) {
                    assert!(text.contrast(ground) >= theme.contrast, "{name}");
                }
            }
        }
    }
}

#[test]
fn there_are_themes_for_every_terminal_and_colourless_ones_have_no_colour() {
    assert!(themes::names().count() >= 8);
    for name in ["monochrome", "ascii"] {
        let theme = Theme::builtin(name).unwrap();
        for role in Role::ALL {
            let style = theme.style(*role);
            for color in [style.fg, style.bg].into_iter().flatten() {
                assert_eq!(color, Color::Reset, "{name}: {}", role.name());
            }
        }
    }
    let sixteen = Theme::builtin("sixteen").unwrap();
    for role in Role::ALL {
        let style = sixteen.style(*role);
        for color in [style.fg, style.bg].into_iter().flatten() {
            assert!(!matches!(color, Color::Rgb(..) | Color::Indexed(_)));
        }
    }
}

#[test]
fn an_own_theme_inherits_and_its_mistakes_are_named() {
    let own = |text: &str| vec![("mine".to_owned(), text.to_owned())];
    let text = "inherits = \"kalends-dark\"\n[roles]\nnow = { fg = \"#00ff00\" }\n";
    let mine = Theme::find("mine", &own(text)).unwrap();
    assert_eq!(mine.style(Role::Now).fg, Some(Color::Rgb(0, 255, 0)));
    let dark = Theme::builtin("kalends-dark").unwrap();
    assert_eq!(mine.style(Role::Today), dark.style(Role::Today));

    let error = Theme::find("mine", &own("[roles]\nnwo = { fg = \"red\" }\n")).unwrap_err();
    let words = "mine.toml, line 2: there is no role \"nwo\", did you mean \"now\"?";
    assert_eq!(error.to_string(), words);
    let error = Theme::find("kalends-drak", &[]).unwrap_err();
    assert!(error.to_string().contains("did you mean \"kalends-dark\"?"));
    let error = Theme::find("mine", &own("inherits = \"mine\"")).unwrap_err();
    assert!(error.to_string().contains("circle"));
}
