//! Opaque ids in the two forms of Exchange, readable only by the simulator.
//!
//! Refuses anything it would not have written itself: an id is decoded, written again and
//! compared, so a changed letter (or letter case) is malformed, not merely unknown.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::civil::Day;
use super::dice::scramble;

/// What an id points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    Calendar,
    CalendarGroup,
    Event,
    Occurrence,
    Attachment,
    Permission,
}

/// The content of an id. `viewer` is the mailbox it is valid in, `store` the one that holds the
/// item (they differ for calendars shared by somebody else).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id {
    pub thing: Thing,
    pub viewer: u16,
    pub store: u16,
    pub key: u64,
    /// Date of the original slot, for occurrences.
    pub day: Day,
    /// Counts moves between folders; the immutable form leaves it out.
    pub moves: u32,
}

/// `restId` or `restImmutableEntryId` (Graph: exchangeIdFormat).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Default,
    Immutable,
}

/// An id that the simulator never wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

const DEFAULT_HEAD: &str = "AAMkAG";
const DEFAULT_TAIL: &str = "A=";
const IMMUTABLE_HEAD: &str = "AAkALg";
const IMMUTABLE_TAIL: &str = "AA";

impl Id {
    pub fn write(&self, seed: u64, form: Form) -> String {
        let moves = if form == Form::Default { self.moves } else { 0 };
        let nonce = scramble(seed ^ scramble(self.key ^ (u64::from(self.viewer) << 48)));
        let mut stream = Stream(nonce ^ seed);
        let mut bytes = Vec::with_capacity(108);
        if form == Form::Default {
            Stream(seed ^ u64::from(self.viewer)).fill(&mut bytes, 36);
        }
        bytes.extend(nonce.to_be_bytes());
        let mut clear = Vec::with_capacity(16);
        clear.extend(self.viewer.to_be_bytes());
        clear.extend(self.store.to_be_bytes());
        clear.extend(self.key.to_be_bytes());
        clear.extend(moves.to_be_bytes());
        stream.mask(&clear, &mut bytes);
        stream.fill(&mut bytes, if form == Form::Default { 31 } else { 7 });
        let mut tail = vec![self.thing.code()];
        tail.extend(self.day.to_be_bytes());
        tail.extend(crc32fast::hash(&[clear.as_slice(), tail.as_slice()].concat()).to_be_bytes());
        stream.mask(&tail, &mut bytes);
        Stream(nonce ^ u64::from(self.day.unsigned_abs())).fill(&mut bytes, 8);
        let middle = URL_SAFE_NO_PAD.encode(&bytes);
        match form {
            Form::Default => format!("{DEFAULT_HEAD}{middle}{DEFAULT_TAIL}"),
            Form::Immutable => format!("{IMMUTABLE_HEAD}{middle}{IMMUTABLE_TAIL}"),
        }
    }

    /// Reads either form. In the immutable form `moves` is zero and means nothing.
    pub fn read(text: &str, seed: u64) -> Result<(Self, Form), Malformed> {
        let cut = |head: &str, tail: &str| {
            text.strip_prefix(head)
                .and_then(|rest| rest.strip_suffix(tail))
        };
        let (form, middle) = if let Some(middle) = cut(DEFAULT_HEAD, DEFAULT_TAIL) {
            (Form::Default, middle)
        } else if let Some(middle) = cut(IMMUTABLE_HEAD, IMMUTABLE_TAIL) {
            (Form::Immutable, middle)
        } else {
            return Err(Malformed);
        };
        let bytes = URL_SAFE_NO_PAD.decode(middle).map_err(|_| Malformed)?;
        let id = Self::unpack(&bytes, seed, form).ok_or(Malformed)?;
        if id.write(seed, form) == text {
            Ok((id, form))
        } else {
            Err(Malformed)
        }
    }

    fn unpack(bytes: &[u8], seed: u64, form: Form) -> Option<Self> {
        let (prefix, filler, length) = if form == Form::Default {
            (36, 31, 108)
        } else {
            (0, 7, 48)
        };
        if bytes.len() != length {
            return None;
        }
        let bytes = bytes.get(prefix..)?;
        let nonce = u64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
        let mut stream = Stream(nonce ^ seed);
        let clear = stream.unmask(bytes.get(8..24)?);
        stream.skip(filler);
        let tail = stream.unmask(bytes.get(24 + filler..24 + filler + 9)?);
        Some(Self {
            viewer: u16::from_be_bytes(clear.get(..2)?.try_into().ok()?),
            store: u16::from_be_bytes(clear.get(2..4)?.try_into().ok()?),
            key: u64::from_be_bytes(clear.get(4..12)?.try_into().ok()?),
            moves: u32::from_be_bytes(clear.get(12..16)?.try_into().ok()?),
            thing: Thing::from_code(*tail.first()?)?,
            day: Day::from_be_bytes(tail.get(1..5)?.try_into().ok()?),
        })
    }
}

impl Thing {
    fn code(self) -> u8 {
        match self {
            Self::Calendar => 1,
            Self::CalendarGroup => 2,
            Self::Event => 3,
            Self::Occurrence => 4,
            Self::Attachment => 5,
            Self::Permission => 6,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        [
            Self::Calendar,
            Self::CalendarGroup,
            Self::Event,
            Self::Occurrence,
            Self::Attachment,
            Self::Permission,
        ]
        .into_iter()
        .find(|thing| thing.code() == code)
    }
}

/// `W/"…"` without the quotes: the change key of a change number.
pub fn change_key(seed: u64, key: u64, change: u64) -> String {
    let mut bytes = Vec::with_capacity(24);
    bytes.extend(scramble(seed ^ 0x5eed).to_be_bytes());
    bytes.extend(scramble(key ^ seed).to_be_bytes());
    let mask = u32::try_from(scramble(seed) & 0xffff_ffff).unwrap_or(0);
    bytes.extend((u32::try_from(change & 0xffff_ffff).unwrap_or(0) ^ mask).to_be_bytes());
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

struct Stream(u64);

impl Stream {
    fn byte(&mut self) -> u8 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.0).to_be_bytes()[0]
    }

    fn fill(&mut self, into: &mut Vec<u8>, count: usize) {
        into.extend((0..count).map(|_| self.byte()));
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.byte();
        }
    }

    fn mask(&mut self, clear: &[u8], into: &mut Vec<u8>) {
        into.extend(clear.iter().map(|byte| byte ^ self.byte()));
    }

    fn unmask(&mut self, masked: &[u8]) -> Vec<u8> {
        masked.iter().map(|byte| byte ^ self.byte()).collect()
    }
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "ids are ASCII")]
mod tests {
    use super::*;

    fn sample() -> Id {
        Id {
            thing: Thing::Occurrence,
            viewer: 3,
            store: 3,
            key: 991,
            day: 20_400,
            moves: 0,
        }
    }

    #[test]
    fn both_forms_can_be_read_back() {
        for form in [Form::Default, Form::Immutable] {
            let text = sample().write(7, form);
            assert_eq!(Id::read(&text, 7), Ok((sample(), form)));
        }
        assert!(sample().write(7, Form::Default).len() > 100);
        assert_eq!(sample().write(7, Form::Immutable).len(), 72);
    }

    #[test]
    fn a_changed_letter_case_is_malformed() {
        let text = sample().write(7, Form::Default);
        for (position, letter) in text.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()) {
            let other = if letter.is_ascii_lowercase() {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            };
            let mangled = format!("{}{other}{}", &text[..position], &text[position + 1..]);
            assert_eq!(Id::read(&mangled, 7), Err(Malformed), "letter {position}");
        }
        assert_eq!(Id::read(&text[..100], 7), Err(Malformed));
        assert_eq!(Id::read("", 7), Err(Malformed));
    }

    #[test]
    fn an_occurrence_shares_the_head_of_its_master() {
        let master = Id {
            thing: Thing::Event,
            day: 0,
            ..sample()
        }
        .write(7, Form::Default);
        let occurrence = sample().write(7, Form::Default);
        assert_eq!(master[..90], occurrence[..90]);
        assert_ne!(master, occurrence);
    }
}
