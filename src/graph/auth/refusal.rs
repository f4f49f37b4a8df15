//! An error answer of the identity platform, and what a person can do about it.
//!
//! Decides by `error` and `suberror` first and by the AADSTS number where those are too
//! coarse (identity platform: handling error codes). Invariant: unknown causes never cost
//! the refresh token.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::AuthError;

/// The longest text of the platform that is shown.
const LONGEST: usize = 400;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub error: String,
    #[serde(default)]
    pub suberror: Option<String>,
    #[serde(default, rename = "error_description")]
    description: String,
    #[serde(default, rename = "error_codes")]
    codes: Vec<u32>,
    #[serde(default)]
    trace_id: Option<String>,
    #[serde(default)]
    correlation_id: Option<String>,
    /// A claims request, as JSON text.
    #[serde(default)]
    pub claims: Option<String>,
}

/// What helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The refresh token is dead: sign in again.
    SignInAgain,
    /// The refresh token is kept, but the platform wants to see the person (second factor, claims).
    SignInInteractively,
    /// The person has to agree to a permission, or Kalends has to ask for less.
    Consent,
    /// Only an administrator of the organization can change it.
    AskAdmin,
    /// The app registration or the configured tenant or client id is wrong.
    FixRegistration,
    /// The account cannot be used with this client.
    OtherAccount,
    RetryLater,
    /// The person said no.
    Declined,
    /// Nothing that Kalends supports.
    Unsupported,
}

impl Refusal {
    /// From the `error` and `error_description` of a redirect.
    pub(super) fn of_redirect(error: &str, description: &str) -> Self {
        Self {
            error: error.to_owned(),
            description: description.to_owned(),
            trace_id: word_after(description, "Trace ID: "),
            correlation_id: word_after(description, "Correlation ID: "),
            ..Self::default()
        }
    }

    /// The AADSTS number, from the list or from the text.
    pub fn code(&self) -> Option<u32> {
        let in_text = || word_after(&self.description, "AADSTS")?.parse().ok();
        self.codes.first().copied().or_else(in_text)
    }

    pub fn trace_id(&self) -> Option<String> {
        self.trace_id
            .clone()
            .or_else(|| word_after(&self.description, "Trace ID: "))
    }

    pub fn remedy(&self) -> Remedy {
        if let Some(remedy) = self.code().and_then(remedy_of_code) {
            return remedy;
        }
        match (self.error.as_str(), self.suberror.as_deref()) {
            (_, Some("bad_token" | "token_expired")) => Remedy::SignInAgain,
            (_, Some("consent_required")) | ("consent_required", _) => Remedy::Consent,
            (_, Some("client_mismatch" | "protection_policy_required")) => Remedy::Unsupported,
            ("access_denied" | "authorization_declined", _) => Remedy::Declined,
            ("invalid_client" | "unauthorized_client", _) => Remedy::FixRegistration,
            ("invalid_request" | "invalid_scope" | "unsupported_grant_type", _) => {
                Remedy::FixRegistration
            }
            ("temporarily_unavailable" | "server_error" | "slow_down", _) => Remedy::RetryLater,
            _ => Remedy::SignInInteractively,
        }
    }

    /// The sentence to show, with the numbers a support desk asks for.
    pub fn sentence(&self) -> String {
        let advice = match self.remedy() {
            Remedy::SignInAgain => "the sign-in is no longer valid; sign in again",
            Remedy::SignInInteractively => {
                "Microsoft wants you to confirm the sign-in; sign in again"
            }
            Remedy::Consent => {
                "a permission is missing; sign in again and agree, or use the read-only profile"
            }
            Remedy::AskAdmin => {
                "your organization does not allow this; ask an administrator to permit the app"
            }
            Remedy::FixRegistration => {
                "the app registration does not fit; check client id, tenant, redirect address \
                 http://localhost and that public client flows are allowed"
            }
            Remedy::OtherAccount => "this account cannot be used here; sign in with another one",
            Remedy::RetryLater => "the sign-in service is busy; Kalends tries again later",
            Remedy::Declined => "the sign-in was declined; start again when you want to sign in",
            Remedy::Unsupported => "your organization asks for something Kalends cannot do",
        };
        let mut notes = vec![match self.code() {
            Some(code) => format!("AADSTS{code}"),
            None => plain(&self.error),
        }];
        notes.extend(self.first_words());
        notes.extend(self.trace_id().map(|id| format!("trace id {}", plain(&id))));
        format!("{advice} ({})", notes.join(", "))
    }

    pub(super) fn into_error(self) -> AuthError {
        let (why, remedy) = (self.sentence(), self.remedy());
        match remedy {
            Remedy::RetryLater => AuthError::RetryLater {
                why,
                wait: self.pause(),
            },
            Remedy::Declined => AuthError::Declined,
            Remedy::SignInAgain | Remedy::SignInInteractively | Remedy::Consent => {
                AuthError::NeedsPerson {
                    why,
                    remedy,
                    claims: self.claims,
                }
            }
            Remedy::AskAdmin if self.claims.is_some() => AuthError::NeedsPerson {
                why,
                remedy,
                claims: self.claims,
            },
            _ => AuthError::Refused { why, remedy },
        }
    }

    /// A request loop was detected (50196) wants minutes of silence; otherwise one.
    fn pause(&self) -> Duration {
        Duration::from_secs(if self.code() == Some(50196) { 600 } else { 60 })
    }

    /// The platform's own text without number, ids and time.
    fn first_words(&self) -> Option<String> {
        let text = self
            .description
            .split(" Trace ID:")
            .next()
            .unwrap_or_default();
        let text = text.lines().next().unwrap_or_default();
        let text = match text.split_once(": ") {
            Some((number, rest)) if number.starts_with("AADSTS") => rest,
            _ => text,
        };
        let text = plain(text.trim().trim_end_matches('.'));
        Some(text).filter(|text| !text.is_empty())
    }
}

/// The rows where `error` and `suberror` do not say enough.
fn remedy_of_code(code: u32) -> Option<Remedy> {
    Some(match code {
        70000 | 70008 | 70043 | 700_082 | 700_084 | 50173 | 54005 => Remedy::SignInAgain,
        50074 | 50076 | 50078 | 50079 | 50158 | 50055 | 50058 => Remedy::SignInInteractively,
        65001 => Remedy::Consent,
        65004 => Remedy::Declined,
        53000 | 53001 | 53003 | 530_035 | 90094 | 90095 | 50105 => Remedy::AskAdmin,
        7_000_218 | 700_016 | 700_025 | 65002 | 50011 | 50194 | 50059 | 900_144 | 70011 | 90002 => {
            Remedy::FixRegistration
        }
        9_002_332 | 90072 | 50020 => Remedy::OtherAccount,
        50196 => Remedy::RetryLater,
        _ => return None,
    })
}

/// The run of letters, digits and dashes after a mark.
fn word_after(text: &str, mark: &str) -> Option<String> {
    let (_, rest) = text.split_once(mark)?;
    let is_part = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
    let word: String = rest.chars().take_while(is_part).take(64).collect();
    Some(word).filter(|word| !word.is_empty())
}

/// Foreign text without control, bidi and other invisible letters, and not endless.
fn plain(text: &str) -> String {
    let is_visible = |letter: &char| {
        !letter.is_control()
            && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
            && !matches!(letter, '\u{e0000}'..='\u{e007f}')
    };
    text.chars().filter(is_visible).take(LONGEST).collect()
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence())
    }
}

impl oauth2::ErrorResponse for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(error: &str, suberror: Option<&str>, code: u32) -> Refusal {
        Refusal {
            error: error.to_owned(),
            suberror: suberror.map(str::to_owned),
            codes: vec![code],
            ..Refusal::default()
        }
    }

    #[test]
    fn each_row_of_the_error_table_has_its_remedy() {
        use Remedy as R;
        let rows = [
            ("invalid_grant", Some("bad_token"), 0, R::SignInAgain),
            ("invalid_grant", None, 70000, R::SignInAgain),
            ("invalid_grant", None, 70008, R::SignInAgain),
            ("invalid_grant", None, 700_082, R::SignInAgain),
            ("invalid_grant", None, 70043, R::SignInAgain),
            ("invalid_grant", None, 50173, R::SignInAgain),
            ("invalid_grant", None, 54005, R::SignInAgain),
            ("invalid_grant", None, 700_084, R::SignInAgain),
            (
                "invalid_grant",
                Some("basic_action"),
                50076,
                R::SignInInteractively,
            ),
            (
                "interaction_required",
                Some("additional_action"),
                50079,
                R::SignInInteractively,
            ),
            ("interaction_required", None, 50158, R::SignInInteractively),
            (
                "invalid_grant",
                Some("user_password_expired"),
                0,
                R::SignInInteractively,
            ),
            (
                "invalid_grant",
                Some("message_only"),
                0,
                R::SignInInteractively,
            ),
            ("invalid_grant", None, 53003, R::AskAdmin),
            ("interaction_required", None, 530_035, R::AskAdmin),
            ("invalid_grant", Some("consent_required"), 65001, R::Consent),
            ("access_denied", None, 65004, R::Declined),
            (
                "invalid_grant",
                Some("consent_required"),
                90094,
                R::AskAdmin,
            ),
            ("invalid_grant", Some("client_mismatch"), 0, R::Unsupported),
            (
                "invalid_grant",
                Some("protection_policy_required"),
                0,
                R::Unsupported,
            ),
            ("invalid_client", None, 7_000_218, R::FixRegistration),
            ("unauthorized_client", None, 700_016, R::FixRegistration),
            ("unauthorized_client", None, 65002, R::FixRegistration),
            ("unauthorized_client", None, 9_002_332, R::OtherAccount),
            ("invalid_request", None, 50011, R::FixRegistration),
            ("invalid_request", None, 50194, R::FixRegistration),
            ("invalid_request", None, 90072, R::OtherAccount),
            ("invalid_request", None, 50105, R::AskAdmin),
            ("invalid_scope", None, 70011, R::FixRegistration),
            ("temporarily_unavailable", None, 0, R::RetryLater),
            ("invalid_grant", None, 50196, R::RetryLater),
            ("invalid_grant", None, 12345, R::SignInInteractively),
        ];
        for (error, suberror, code, remedy) in rows {
            assert_eq!(
                refusal(error, suberror, code).remedy(),
                remedy,
                "{error} {code}"
            );
        }
    }

    #[test]
    fn a_sentence_carries_number_and_trace_and_no_escapes() {
        let hostile = "AADSTS50076: Do \u{1b}[31mthis\u{202e}. Trace ID: ab-12 Correlation ID: cd-34 \
                       Timestamp: 2026-10-05 08:00:00Z";
        let sentence = Refusal::of_redirect("interaction_required", hostile).sentence();
        assert!(
            sentence.contains("AADSTS50076") && sentence.contains("trace id ab-12"),
            "{sentence}"
        );
        assert!(sentence.contains("Do [31mthis"), "{sentence}");
        assert!(
            !sentence
                .chars()
                .any(|letter| letter.is_control() || letter == '\u{202e}')
        );
        let endless = Refusal::of_redirect("x", &"y".repeat(100_000)).sentence();
        assert!(endless.len() < 1000);
    }
}
