//! Which single characters may never reach a terminal, and the kinds the sanitizer tells apart.
//!
//! Facts from the Unicode Standard (chapter 23, UTS 51); nothing here depends on context.

use unicode_width::UnicodeWidthChar;

/// True for characters that must not be written to a terminal as text: C0, DEL, C1, bidi controls,
/// line and paragraph separators, byte order mark, annotations, tags and noncharacters.
pub fn is_hostile(character: char) -> bool {
    if (' '..='~').contains(&character) {
        return false;
    }
    let code = u32::from(character);
    code < 0x20
        || (0x7F..=0x9F).contains(&code)
        || is_bidi_control(character)
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        )
        || is_tag(character)
        || is_noncharacter(character)
}

/// Direction marks, embeddings, overrides and isolates.
pub(super) fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Tag characters, invisible twins of ASCII.
pub(super) fn is_tag(character: char) -> bool {
    matches!(character, '\u{E0000}'..='\u{E007F}')
}

pub(super) fn is_noncharacter(character: char) -> bool {
    let code = u32::from(character);
    (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE
}

/// Invisible characters without a use in a terminal: they only hide things or break widths.
pub(super) fn is_silent(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}' | '\u{034F}' | '\u{180B}'..='\u{180F}' | '\u{200B}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}'
            | '\u{FEFF}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0080}'..='\u{E00FF}' | '\u{E01F0}'..='\u{E0FFF}'
    )
}

pub(super) fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Takes no cell of its own: combining marks and their kin.
pub(super) fn is_mark(character: char) -> bool {
    character.width() == Some(0)
}

/// After these, a joiner asks for a letter form in Indic and Sinhala text and is not abuse.
pub(super) fn is_virama(character: char) -> bool {
    matches!(
        character,
        '\u{094D}'
            | '\u{09CD}'
            | '\u{0A4D}'
            | '\u{0ACD}'
            | '\u{0B4D}'
            | '\u{0BCD}'
            | '\u{0C4D}'
            | '\u{0CCD}'
            | '\u{0D4D}'
            | '\u{0DCA}'
            | '\u{1039}'
            | '\u{17D2}'
    )
}

/// Can stand on either side of a joiner in an emoji sequence (a superset of UTS 51's
/// Extended_Pictographic that has no letters in it).
pub(super) fn is_pictograph(character: char) -> bool {
    matches!(
        character,
        '\u{00A9}' | '\u{00AE}' | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21FF}'
            | '\u{2300}'..='\u{23FF}' | '\u{2460}'..='\u{24FF}' | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}'
            | '\u{2B00}'..='\u{2BFF}' | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}'
    )
}

/// What may come between a pictograph and a joiner: emoji presentation and skin tones.
pub(super) fn is_emoji_modifier(character: char) -> bool {
    matches!(character, '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}')
}
