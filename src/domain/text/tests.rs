//! Named attacks, ordinary text of many scripts, and the laws of the sanitizer.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::*;

fn line(text: &str) -> String {
    Untrusted::from(text).safe_line(None).into_string()
}

#[test]
fn escapes_become_visible() {
    assert_eq!(line("\u{1b}[31mred"), "^[[31mred");
    assert_eq!(line("\u{1b}]52;c;cm0gLXJm\u{7}"), "^[]52;c;cm0gLXJm^G");
    assert_eq!(line("a\u{9b}2Jb\u{7f}\0"), "a<U+009B>2Jb^?^@");
    assert_eq!(line("txt.\u{202e}exe"), "txt.<U+202E>exe");
    assert_eq!(line("\u{fdd0}\u{1ffff}"), "<U+FDD0><U+1FFFF>");
    assert_eq!(line("hi\u{e0041}"), "hi<U+E0041>");
}

#[test]
fn invisible_noise_is_dropped() {
    assert_eq!(line("\u{feff}a\u{200b}b\u{ad}c\u{200f}d\u{2060}e"), "abcde");
    assert_eq!(line("a\u{fe0f}\u{fe0f}b\u{e0100}"), "ab");
    assert_eq!(line("a\u{200d}b"), "ab");
    assert_eq!(line("🇩🇪\u{200d}🏸"), "🇩🇪🏸");
}

#[test]
fn breaks_are_kept_only_where_laid_out() {
    let text = Untrusted::from("a\r\nb\rc\u{2028}d\te\u{b}f\n");
    assert_eq!(&*text.safe_line(None), "a b c d e f ");
    assert_eq!(&*text.safe_text(), "a\nb\nc\nd\te\nf\n");
}

#[test]
fn ordinary_text_of_many_scripts_is_untouched() {
    for text in [
        "Zoë's crêpes, 10:00–11:00 €5",
        "日本語の会議 한국어 회의",
        "פגישה עם דנה",
        "اجتماع الفريق",
        "मीटिंग क्षेत्र",
        "👩\u{200d}💻 👩🏽\u{200d}🚀 🏳\u{fe0f}\u{200d}🌈 stand-up ❤\u{fe0f} 👍🏽 🇩🇪 1\u{fe0f}\u{20e3}",
        "ක\u{dca}\u{200d}ර",
        "e\u{301}\u{323}",
    ] {
        assert_eq!(line(text), text);
    }
}

#[test]
fn towers_of_marks_are_capped() {
    let zalgo = format!("a{}b", "\u{301}".repeat(500));
    assert_eq!(line(&zalgo), format!("a{}b", "\u{301}".repeat(4)));
    assert_eq!(line("\u{301}x"), "\u{25cc}\u{301}x");
    let chain = "👩\u{200d}".repeat(100);
    assert!(
        line(&chain)
            .graphemes(true)
            .all(|cluster| cluster.len() <= 32)
    );
}

#[test]
fn scotland_waves_without_its_tags() {
    assert_eq!(
        line("🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}!"),
        "🏴!"
    );
}

#[test]
fn long_lines_are_cut_and_say_so() {
    let long = line(&"x".repeat(1 << 20));
    assert!(long.len() <= 4096 && long.ends_with('…'));
    assert_eq!(line(&"x".repeat(4096)).len(), 4096);
    let text = Untrusted::from("y".repeat(9000) + "\nz").safe_text();
    assert!(text.ends_with("…\nz"));
    let flood = Untrusted::from("\n".repeat(1 << 21)).safe_text();
    assert!(flood.len() <= 256 * 1024);
}

#[test]
fn untrusted_text_does_not_leak_into_debug() {
    assert_eq!(
        format!("{:?}", Untrusted::from("secret")),
        "Untrusted(6 bytes)"
    );
    assert_eq!(
        serde_json::to_string(&Untrusted::from("a")).unwrap(),
        "\"a\""
    );
}

#[test]
fn cells_bound_the_line() {
    assert_eq!(
        &*Untrusted::from("日本語の会議").safe_line(Some(6)),
        "日本…"
    );
}

/// Characters that meet each other badly, far more often than chance would bring them together.
fn nasty() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        any::<char>(),
        prop::char::range('\0', '\u{a0}'),
        prop::char::range('\u{300}', '\u{36f}'),
        prop::char::range('\u{1100}', '\u{11ff}'),
        prop::char::range('\u{1f3f0}', '\u{1f3ff}'),
        prop::char::range('\u{1f1e6}', '\u{1f1ff}'),
        prop::char::range('\u{900}', '\u{97f}'),
        prop::char::range('\u{ac00}', '\u{ac20}'),
        prop::sample::select(vec![
            '\u{200d}',
            '\u{200c}',
            '\u{fe0f}',
            '\u{fe0e}',
            '\u{e0100}',
            '\u{e0067}',
            '\u{e007f}',
            '\u{20e3}',
            '\u{202e}',
            '\u{2069}',
            '\u{2764}',
            '\u{1f469}',
            '\u{dca}',
            '\u{94d}',
            '\u{25cc}',
            '\u{600}',
            '\r',
            '\n',
            '\t',
            '\u{2028}',
        ]),
    ];
    prop::collection::vec((character, 1usize..20), 0..60).prop_map(|runs| {
        runs.into_iter()
            .flat_map(|(c, n)| std::iter::repeat_n(c, n))
            .collect()
    })
}

fn assert_clean(shown: &str, is_text: bool) -> Result<(), TestCaseError> {
    for character in shown.chars() {
        let is_layout = is_text && matches!(character, '\n' | '\t');
        prop_assert!(
            is_layout || !is_hostile(character),
            "{character:?} in {shown:?}"
        );
    }
    for line in shown.split('\n') {
        prop_assert!(line.len() <= 4096);
    }
    for cluster in shown.graphemes(true) {
        prop_assert!(cluster.len() <= 32, "{cluster:?}");
        let marks = cluster
            .chars()
            .filter(|c| matches!(c, '\u{300}'..='\u{36f}'))
            .count();
        prop_assert!(marks <= 4, "{cluster:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000.max(ProptestConfig::default().cases), ..ProptestConfig::default() })]

    #[test]
    fn lines_are_clean_stable_and_bounded(text in nasty()) {
        let once = line(&text);
        assert_clean(&once, false)?;
        prop_assert!(once.len() <= text.len() * 8);
        prop_assert_eq!(&line(&once), &once);
    }

    #[test]
    fn texts_are_clean_stable_and_bounded(text in nasty()) {
        let once = Untrusted::from(text.as_str()).safe_text();
        assert_clean(&once, true)?;
        prop_assert!(once.len() <= text.len() * 8);
        prop_assert_eq!(&*Untrusted::from(&*once).safe_text(), &*once);
    }

    #[test]
    fn cutting_fits_and_keeps_the_start(text in nasty(), cells in 0usize..40) {
        let clean = line(&text);
        let (shown, taken) = cut(&clean, cells);
        prop_assert!(taken <= cells);
        prop_assert_eq!(width(&shown), taken);
        prop_assert!(clean.starts_with(&*shown));
        prop_assert_eq!(width(&pad(&clean, cells)), cells);
    }

    #[test]
    fn cut_lines_stay_clean(text in nasty(), cells in 0usize..40) {
        let shown = Untrusted::from(text.as_str()).safe_line(Some(cells));
        prop_assert_eq!(&line(&shown), &*shown);
    }
}
