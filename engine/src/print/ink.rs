//! The colours of paper: the light theme's, whatever a screen shows. It never says what a colour means.

/// A colour, as red, green and blue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ink(pub u8, pub u8, pub u8);

impl Ink {
    /// Text.
    pub const TEXT: Self = Self(0x13, 0x16, 0x2b);
    /// Secondary text.
    pub const SOFT: Self = Self(0x44, 0x47, 0x5c);
    /// Notes, heads of columns.
    pub const FAINT: Self = Self(0x5f, 0x62, 0x74);
    /// A line between two blocks.
    pub const SEAM: Self = Self(0xdd, 0xda, 0xd0);
    /// A line under a head.
    pub const SEAM_STRONG: Self = Self(0xbd, 0xb9, 0xab);
    /// What goes on.
    pub const ACCENT: Self = Self(0x2a, 0x38, 0x90);
    /// What is done.
    pub const SUCCESS: Self = Self(0x1b, 0x6b, 0x40);
    /// What is looked at.
    pub const OCHRE: Self = Self(0x9a, 0x62, 0x00);
    /// What is in the way.
    pub const DANGER: Self = Self(0xa9, 0x2a, 0x17);
    /// What waits.
    pub const IDLE: Self = Self(0x6b, 0x6e, 0x7f);
    /// What is cut out of a mark.
    pub(super) const PAPER: Self = Self(0xff, 0xff, 0xff);
}
