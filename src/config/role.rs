//! Roles: what a cell may mean. Themes give each of them a look.
//!
//! Refuses looks. Names are those of the theme files.

macro_rules! roles {
    ($($role:ident = $name:literal,)*) => {
        /// What a cell means; its look is the theme's business.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $($role,)* }

        impl Role {
            pub const ALL: &'static [Role] = &[$(Role::$role,)*];
            pub const NAMES: &'static [&'static str] = &[$($name,)*];
            pub fn name(self) -> &'static str {
                Self::NAMES.get(self as usize).copied().unwrap_or("text")
            }
        }
    };
}

roles! {
    Text = "text",
    Strong = "strong",
    Quiet = "quiet",
    Rule = "rule",
    Header = "header",
    HeaderStrong = "header-strong",
    HeaderQuiet = "header-quiet",
    Good = "good",
    Warning = "warning",
    Danger = "danger",
    Now = "now",
    Day = "day",
    Weekend = "weekend",
    Today = "today",
    Cursor = "cursor",
    Hour = "hour",
    OtherZone = "other-zone",
    Ground = "ground",
    Working = "working",
    TodayGround = "today-ground",
    TodayWorking = "today-working",
    Void = "void",
    Ring = "ring",
    Panel = "panel",
    PanelTitle = "panel-title",
    PanelQuiet = "panel-quiet",
    PanelBorder = "panel-border",
    Choice = "choice",
    Key = "key",
    KeyTitle = "key-title",
    Disabled = "disabled",
    Input = "input",
    Match = "match",
    Link = "link",
    Label = "label",
    Pending = "pending",
    Conflict = "conflict",
    Gap = "gap",
}
