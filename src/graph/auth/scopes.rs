//! Which permissions Kalends asks for, and what was granted (Graph: permissions reference).

/// Read and write my own calendars. Others' calendars and directory scopes are asked for only when
/// they are wanted.
pub const READ_WRITE: [&str; 6] = [
    "User.Read",
    "Calendars.ReadWrite",
    "MailboxSettings.Read",
    "offline_access",
    "openid",
    "profile",
];

/// Look, but do not touch: for tenants in which more needs an administrator.
pub const READ_ONLY: [&str; 6] = [
    "User.Read",
    "Calendars.Read",
    "MailboxSettings.Read",
    "offline_access",
    "openid",
    "profile",
];

/// Complete names from everybody I work with, not only from events.
pub const PEOPLE: &str = "People.Read";

/// Make, colour and remove categories.
pub const CATEGORIES: &str = "MailboxSettings.ReadWrite";

/// Read and write calendars of others, as far as they allow it.
pub const SHARED: &str = "Calendars.ReadWrite.Shared";

/// Look at them only.
pub const SHARED_READ: &str = "Calendars.Read.Shared";

pub fn owned(scopes: &[&str]) -> Vec<String> {
    scopes.iter().map(|scope| (*scope).to_owned()).collect()
}

/// A granted scope without the resource prefix that some answers carry.
pub(super) fn normal(scope: &str) -> &str {
    const PREFIXES: [&str; 2] = [
        "https://graph.microsoft.com/",
        "00000003-0000-0000-c000-000000000000/",
    ];
    PREFIXES
        .iter()
        .find_map(|prefix| scope.strip_prefix(prefix))
        .unwrap_or(scope)
}

/// Does a grant include a scope? `ReadWrite` includes `Read`, `Read` includes `ReadBasic`.
pub fn is_granted(granted: &[String], scope: &str) -> bool {
    let stronger: &[&str] = match scope {
        "Calendars.ReadBasic" => &["Calendars.Read", "Calendars.ReadWrite"],
        "Calendars.Read" => &["Calendars.ReadWrite"],
        "Calendars.Read.Shared" => &["Calendars.ReadWrite.Shared"],
        "MailboxSettings.Read" => &["MailboxSettings.ReadWrite"],
        _ => &[],
    };
    let has = |name: &str| {
        granted
            .iter()
            .any(|known| normal(known).eq_ignore_ascii_case(name))
    };
    has(scope) || stronger.iter().any(|name| has(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stronger_and_prefixed_grants_count() {
        let granted = owned(&[
            "https://graph.microsoft.com/calendars.readwrite",
            "User.Read",
        ]);
        assert!(is_granted(&granted, "Calendars.Read"));
        assert!(is_granted(&granted, "Calendars.ReadWrite"));
        assert!(is_granted(&granted, "User.Read"));
        assert!(!is_granted(&granted, "Calendars.ReadWrite.Shared"));
        assert!(!is_granted(
            &owned(&["Calendars.Read"]),
            "Calendars.ReadWrite"
        ));
    }
}
