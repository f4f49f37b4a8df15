//! What passes, what is stopped, and that the way the writes are split never matters.

use crossterm::cursor::{self, SetCursorStyle};
use crossterm::event as input;
use crossterm::style::{Attribute, Color, SetAttribute, SetColors, SetUnderlineColor};
use crossterm::{Command, terminal};
use proptest::prelude::*;

use super::*;
use crate::domain::text::{Safe, Untrusted};

fn guarded(bytes: &[u8]) -> (Vec<u8>, u64) {
    let mut guard = Guard::new(Vec::new());
    guard.write_all(bytes).unwrap();
    (guard.get_ref().clone(), guard.violations())
}

fn ansi(commands: &[&dyn Fn(&mut String)]) -> String {
    let mut out = String::new();
    commands.iter().for_each(|write| write(&mut out));
    out
}

fn write<C: Command>(command: C) -> impl Fn(&mut String) {
    move |out| command.write_ansi(out).unwrap()
}

#[test]
fn everything_drawing_needs_passes() {
    let out = ansi(&[
        &write(terminal::EnterAlternateScreen),
        &write(terminal::Clear(terminal::ClearType::All)),
        &write(terminal::Clear(terminal::ClearType::UntilNewLine)),
        &write(terminal::BeginSynchronizedUpdate),
        &write(terminal::EndSynchronizedUpdate),
        &write(terminal::ScrollUp(2)),
        &write(cursor::Hide),
        &write(cursor::Show),
        &write(cursor::MoveTo(10, 500)),
        &write(cursor::SavePosition),
        &write(cursor::RestorePosition),
        &write(SetCursorStyle::BlinkingBar),
        &write(SetCursorStyle::DefaultUserShape),
        &write(SetAttribute(Attribute::Undercurled)),
        &write(SetUnderlineColor(Color::Rgb { r: 1, g: 2, b: 3 })),
        &write(SetColors(crossterm::style::Colors::new(
            Color::Rgb {
                r: 255,
                g: 255,
                b: 255,
            },
            Color::AnsiValue(9),
        ))),
        &write(input::EnableMouseCapture),
        &write(input::DisableMouseCapture),
        &write(input::EnableBracketedPaste),
        &write(input::DisableBracketedPaste),
        &write(input::EnableFocusChange),
        &write(input::DisableFocusChange),
        &write(input::PushKeyboardEnhancementFlags(
            input::KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES,
        )),
        &write(input::PopKeyboardEnhancementFlags),
        &write(terminal::LeaveAlternateScreen),
    ]);
    assert_eq!(check(out.as_bytes()), []);
    let text = "Zoë 日本語 👩\u{200d}💻 ▀▄ ┌╌┐\r\n";
    assert_eq!(guarded(text.as_bytes()), (text.as_bytes().to_vec(), 0));
}

#[test]
fn our_commands_pass_and_foreign_ones_do_not() {
    let hostile = Untrusted::from("4;\u{1b}]0;x\u{7} in 5 min").safe_line(None);
    let mut ours = title(&hostile);
    ours.extend(notification(&hostile));
    ours.extend(notification(&Safe::line("5", None)));
    ours.extend(link_open("https://example.com/%C3%A4?a=1;b").unwrap());
    ours.extend(link_close());
    ours.extend(clipboard("10:00\nRoom 2").unwrap());
    ours.extend(clipboard(&"x".repeat(4096)).unwrap());
    ours.extend(title(&Safe::line(&"日".repeat(4000), None)));
    assert_eq!(check(&ours), []);
    assert_eq!(link_open("javascript:alert(1)"), None);
    assert_eq!(link_open("file:///etc/passwd"), None);
    assert_eq!(link_open("https://example.com/\u{1b}\\"), None);
    assert_eq!(
        link_open(&format!("https://example.com/{}", "x".repeat(3000))),
        None
    );
    assert_eq!(clipboard(&"x".repeat(4097)), None);
    for foreign in [
        "\x1b]52;c;?\x07",
        "\x1b]52;c;QUJD?\x07",
        "\x1b]4;1;?\x07",
        "\x1b]10;?\x1b\\",
        "\x1b]9;4;1;50\x07",
        "\x1b]777;notify;a;b\x07",
        "\x1b]8;;file:///etc\x07",
        "\x1b]8;x=1;https://a\x07",
        "\x1b]1337;File=:AAAA\x07",
        "\x1b]0;a\nb\x07",
    ] {
        assert_eq!(check(foreign.as_bytes()).len(), 1, "{foreign:?}");
        assert_eq!(guarded(foreign.as_bytes()).0, b"", "{foreign:?}");
    }
}

#[test]
fn questions_and_strings_are_stopped() {
    for attack in [
        "\x1b[6n",
        "\x1b[c",
        "\x1b[>c",
        "\x1b[?u",
        "\x1b[21t",
        "\x1b[8;1;1t",
        "\x1b[?47h",
        "\x1b[?1h",
        "\x1b[20h",
        "\x1b[5i",
        "\x1b[?1049;47h",
        "\x1b[1;1z",
        "\x1b[!p",
        "\x1bP$qm\x1b\\",
        "\x1b_Gf=32;AAAA\x1b\\",
        "\x1b^x\x1b\\",
        "\x1bXx\x1b\\",
        "\x1b]2;a\x18",
        "\x1bPq#0\x07",
    ] {
        assert_eq!(guarded(attack.as_bytes()), (Vec::new(), 1), "{attack:?}");
    }
    for (attack, rest) in [
        ("\x1bcx", "cx"),
        ("a\u{9b}31mb", "a31mb"),
        ("\x07\x08\t\x00ok\x7f", "ok"),
        ("a\u{202e}b", "ab"),
    ] {
        assert_eq!(guarded(attack.as_bytes()).0, rest.as_bytes());
        assert!(!check(attack.as_bytes()).is_empty());
    }
    assert_eq!(guarded(b"a\x9b31m\xff\xc0\x80b").0, b"a31mb");
}

#[test]
fn an_unterminated_string_does_not_swallow_the_frame() {
    let (out, stopped) = guarded(b"\x1b]0;never ends\x1b[1;1Hnext frame");
    assert_eq!(
        (out.as_slice(), stopped),
        (b"\x1b[1;1Hnext frame".as_slice(), 1)
    );
    let endless = format!("\x1b[{}m", "1;".repeat(100));
    assert_eq!(check(endless.as_bytes()).len(), 1);
    let mut long = b"\x1bP".to_vec();
    long.resize(100_000, b'x');
    long.extend_from_slice(b"\x1b[0m");
    let (out, stopped) = guarded(&long);
    assert!(stopped == 1 && out.ends_with(b"\x1b[0m") && !out.contains(&0x90));
    assert_eq!(
        check(b"abc\x1b[1;"),
        [Violation {
            offset: 3,
            excerpt: "\\x1b[1;".into(),
            reason: Reason::Unfinished
        }]
    );
}

#[test]
fn the_bell_rings_only_between_tokens() {
    let mut guard = Guard::new(Vec::new());
    guard.ring().unwrap();
    guard.write_all(b"\x1b]0;half").unwrap();
    guard.ring().unwrap();
    assert_eq!(guard.into_inner(), b"\x07");
}

#[test]
fn known_questions_can_be_permitted_in_captures() {
    assert_eq!(
        check_permitting(b"\x1b[?u\x1b[cabc", &[b"\x1b[?u", b"\x1b[c"]),
        []
    );
    assert_eq!(
        check_permitting(b"\x1b[?uabc\x1b[6n", &[b"\x1b[?u"]).len(),
        1
    );
}

fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..6),
        any::<String>().prop_map(String::into_bytes),
        "\x1b[\\[\\]P_^X78c][0-9;:?<> ]{0,6}[a-zA-Z@\\\\\x07]?".prop_map(String::into_bytes),
        "\x1b\\](0|2|8|9|52);[ -~]{0,12}(\x07|\x1b\\\\)?".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_passed_holds_no_violation(bytes in noise()) {
        let (out, stopped) = guarded(&bytes);
        prop_assert_eq!(check(&out), []);
        let found = check(&bytes);
        let finished = found.iter().filter(|one| one.reason != Reason::Unfinished).count();
        prop_assert_eq!(stopped, finished as u64);
    }

    #[test]
    fn splitting_the_writes_changes_nothing(bytes in noise(), sizes in prop::collection::vec(1usize..9, 1..40)) {
        let mut guard = Guard::new(Vec::new());
        let mut rest = bytes.as_slice();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*size).min(rest.len()));
            guard.write_all(now).unwrap();
            rest = later;
        }
        prop_assert_eq!((guard.get_ref().clone(), guard.violations()), guarded(&bytes));
    }
}
