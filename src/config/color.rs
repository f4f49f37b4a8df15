//! Colours as numbers: mixing and the contrast of WCAG 2.2 (1.4.3).
//!
//! Refuses named terminal colours: what a terminal shows for "blue" is unknown,
//! so nothing may be calculated from it.

use ratatui::style::Color;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    pub const BLACK: Self = Self(0, 0, 0);
    pub const WHITE: Self = Self(255, 255, 255);

    /// Only a colour given in numbers has a known value.
    pub fn of(color: Color) -> Option<Self> {
        match color {
            Color::Rgb(red, green, blue) => Some(Self(red, green, blue)),
            _ => None,
        }
    }

    /// `#RRGGBB`, as Graph writes it; anything else is None.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let value = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = value.to_be_bytes();
        Some(Self(red, green, blue))
    }

    pub fn color(self) -> Color {
        Color::Rgb(self.0, self.1, self.2)
    }

    /// `part` of self laid over the rest of `other`; 0.0 is all `other`.
    pub fn over(self, other: Self, part: f32) -> Self {
        let mix = |a: u8, b: u8| {
            let value = f32::from(a) * part + f32::from(b) * (1.0 - part);
            value.round().clamp(0.0, 255.0) as u8
        };
        Self(
            mix(self.0, other.0),
            mix(self.1, other.1),
            mix(self.2, other.2),
        )
    }

    /// Relative luminance, 0 to 1 (WCAG 2.2, definition).
    pub fn luminance(self) -> f32 {
        let channel = |value: u8| {
            let value = f32::from(value) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(self.0) + 0.7152 * channel(self.1) + 0.0722 * channel(self.2)
    }

    /// 1 to 21 (WCAG 2.2, contrast ratio).
    pub fn contrast(self, other: Self) -> f32 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Self, pulled towards black or white as little as needed to reach `ratio` on `ground`.
    pub fn readable_on(self, ground: Self, ratio: f32) -> Self {
        let goal = if ground.contrast(Self::WHITE) >= ground.contrast(Self::BLACK) {
            Self::WHITE
        } else {
            Self::BLACK
        };
        (0..=20u8)
            .map(|step| goal.over(self, f32::from(step) / 20.0))
            .find(|color| color.contrast(ground) >= ratio)
            .unwrap_or(goal)
    }
}

/// Graph's `calendarColor` names, with the value Outlook shows for them.
pub const GRAPH_COLORS: [(&str, Rgb); 10] = [
    ("lightBlue", Rgb(0x6c, 0xa7, 0xf0)),
    ("lightGreen", Rgb(0x7f, 0xc0, 0x7f)),
    ("lightOrange", Rgb(0xe5, 0x9b, 0x5c)),
    ("lightGray", Rgb(0xa0, 0xa6, 0xb0)),
    ("lightYellow", Rgb(0xd9, 0xbf, 0x5b)),
    ("lightTeal", Rgb(0x55, 0xb9, 0xb2)),
    ("lightPink", Rgb(0xe0, 0x8b, 0xb5)),
    ("lightBrown", Rgb(0xb9, 0x8f, 0x6f)),
    ("lightRed", Rgb(0xe0, 0x6c, 0x75)),
    ("maxColor", Rgb(0xa9, 0x8b, 0xe0)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((Rgb::BLACK.contrast(Rgb::WHITE) - 21.0).abs() < 0.01);
        let gray = Rgb(0x77, 0x77, 0x77);
        assert!((gray.contrast(Rgb::WHITE) - 4.48).abs() < 0.01);
    }

    #[test]
    fn any_colour_can_be_made_readable() {
        for (_, accent) in GRAPH_COLORS {
            for ground in [
                Rgb::BLACK,
                Rgb(120, 120, 120),
                Rgb(200, 180, 40),
                Rgb::WHITE,
            ] {
                assert!(accent.readable_on(ground, 4.5).contrast(ground) >= 4.5);
            }
        }
    }

    #[test]
    fn hex_is_six_digits_or_nothing() {
        assert_eq!(Rgb::from_hex("#0a0B0c"), Some(Rgb(10, 11, 12)));
        assert_eq!(Rgb::from_hex("#12345"), None);
        assert_eq!(Rgb::from_hex("#+12345"), None);
        assert_eq!(Rgb::from_hex(""), None);
    }
}
