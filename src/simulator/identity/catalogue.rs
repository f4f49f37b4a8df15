//! The AADSTS codes the platform can answer with: status, error, suberror and text.
//!
//! The texts are ours; clients decide by `error` and `suberror` (identity platform:
//! authentication and authorization error codes). `{}` stands for the detail.

pub(super) struct Entry {
    pub(super) code: u32,
    pub(super) status: u16,
    pub(super) error: &'static str,
    pub(super) suberror: Option<&'static str>,
    pub(super) text: &'static str,
}

const fn entry(
    code: u32,
    status: u16,
    error: &'static str,
    suberror: Option<&'static str>,
    text: &'static str,
) -> Entry {
    Entry {
        code,
        status,
        error,
        suberror,
        text,
    }
}

const BASIC: Option<&str> = Some("basic_action");
const CONSENT: Option<&str> = Some("consent_required");
const BAD_TOKEN: Option<&str> = Some("bad_token");
const MESSAGE: Option<&str> = Some("message_only");

pub(super) fn look_up(code: u32) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.code == code)
}

#[rustfmt::skip]
const ENTRIES: &[Entry] = &[
    entry(50011, 400, "invalid_request", None, "The redirect URI '{}' is not registered for the application."),
    entry(50020, 400, "invalid_request", None, "User account '{}' does not exist in this tenant."),
    entry(50055, 400, "invalid_grant", Some("user_password_expired"), "The password is expired."),
    entry(50058, 400, "interaction_required", None, "A silent sign-in request was sent but no user is signed in."),
    entry(50059, 400, "invalid_request", None, "No tenant-identifying information found in the request."),
    entry(50074, 400, "interaction_required", BASIC, "Strong authentication is required."),
    entry(50076, 400, "invalid_grant", BASIC, "Multi-factor authentication is required to access '00000003-0000-0000-c000-000000000000'."),
    entry(50078, 400, "invalid_grant", BASIC, "Presented multi-factor authentication has expired."),
    entry(50079, 400, "invalid_grant", BASIC, "The user must enrol in multi-factor authentication."),
    entry(50105, 400, "invalid_request", None, "The signed-in user is not assigned to a role for the application."),
    entry(50158, 400, "interaction_required", BASIC, "External security challenge not satisfied."),
    entry(50173, 400, "invalid_grant", BAD_TOKEN, "The grant was revoked: the user changed or reset the password, or an administrator revoked the sessions."),
    entry(50194, 400, "invalid_request", None, "The application is not configured as a multi-tenant application."),
    entry(50196, 400, "invalid_grant", None, "The server terminated an operation because it met a client request loop."),
    entry(53000, 400, "interaction_required", MESSAGE, "The device is not in the required state: conditional access policy requires a compliant device."),
    entry(53001, 400, "interaction_required", MESSAGE, "The device is not in the required state: conditional access policy requires a domain joined device."),
    entry(53003, 400, "invalid_grant", MESSAGE, "Access has been blocked by conditional access policies."),
    entry(54005, 400, "invalid_grant", None, "The authorization code was already redeemed."),
    entry(65001, 400, "invalid_grant", CONSENT, "The user or administrator has not consented to use the application for: {}."),
    entry(65002, 400, "unauthorized_client", None, "Consent between first party applications must be configured by preauthorization."),
    entry(65004, 400, "access_denied", None, "The user declined to consent to access the app."),
    entry(70000, 400, "invalid_grant", BAD_TOKEN, "The provided grant is invalid or malformed."),
    entry(70003, 400, "unsupported_grant_type", None, "The grant type '{}' is not supported."),
    entry(70008, 400, "invalid_grant", BAD_TOKEN, "The provided authorization code or refresh token has expired."),
    entry(70011, 400, "invalid_scope", None, "The scope '{}' is not valid."),
    entry(70016, 400, "authorization_pending", None, "The provided request has not yet been authorized by the user. The user must input their code."),
    entry(70018, 400, "bad_verification_code", None, "The device code is not recognised."),
    entry(70020, 400, "expired_token", None, "The device code has expired."),
    entry(70043, 400, "invalid_grant", BAD_TOKEN, "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access."),
    entry(90002, 400, "invalid_request", None, "Tenant '{}' not found. Check that the tenant id is correct and that you are connected to the right cloud."),
    entry(90072, 400, "invalid_request", None, "User account '{}' does not exist in this tenant and cannot access the application."),
    entry(90094, 400, "invalid_grant", CONSENT, "An administrator of the organization must grant: {}."),
    entry(501_481, 400, "invalid_grant", None, "The code_verifier does not match the code_challenge supplied in the authorization request."),
    entry(530_035, 400, "interaction_required", MESSAGE, "Access has been blocked by security defaults."),
    entry(700_016, 400, "unauthorized_client", None, "Application with identifier '{}' was not found in the directory."),
    entry(700_025, 401, "invalid_client", None, "Client is public so neither a client assertion nor a client secret should be presented."),
    entry(700_082, 400, "invalid_grant", BAD_TOKEN, "The refresh token has expired due to inactivity. The token was issued on {} and was inactive for 90.00:00:00."),
    entry(700_084, 400, "invalid_grant", BAD_TOKEN, "The refresh token has a fixed, limited lifetime which cannot be extended."),
    entry(900_144, 400, "invalid_request", None, "The request body must contain the following parameter: '{}'."),
    entry(900_561, 405, "invalid_request", None, "The endpoint only accepts POST requests."),
    entry(7_000_218, 401, "invalid_client", None, "The request body must contain 'client_assertion' or 'client_secret': the application does not allow public client flows."),
    entry(9_002_325, 400, "invalid_request", None, "Proof Key for Code Exchange with code_challenge_method S256 is required."),
    entry(9_002_332, 400, "unauthorized_client", None, "The application is not enabled for personal Microsoft accounts."),
    entry(9_002_313, 400, "invalid_request", None, "Invalid request. Request is malformed or invalid: {}."),
];
