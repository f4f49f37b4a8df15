"""Microsoft's own Python client against the simulator's identity platform.

usage: msal.py BASE_URL CLIENT_ID UPN        (BASE_URL like http://127.0.0.1:8080)

Exit code 0: everything MSAL expects of the platform is there. 77: MSAL is not installed.
MSAL insists on https, so a shim turns its requests into plain http on the way out and the
addresses in answers into https on the way in.
"""

import json
import sys
from urllib.parse import parse_qs, urlsplit

# The script is called like the library; its own folder must not be searched first.
sys.path.pop(0)
try:
    import msal
    import requests
except ImportError:
    print("skipped: the Python package msal is not installed")
    sys.exit(77)

SCOPES = ["User.Read", "Calendars.ReadWrite"]


class Shim:
    def __init__(self, base):
        self.plain = base
        self.secure = base.replace("http://", "https://")
        self.session = requests.Session()
        self.session.trust_env = False

    def _send(self, method, url, **keywords):
        keywords.pop("verify", None)
        answer = self.session.request(method, url.replace(self.secure, self.plain), **keywords)
        answer._content = answer.text.replace(self.plain, self.secure).encode()
        answer.encoding = "utf-8"
        return answer

    def get(self, url, **keywords):
        return self._send("GET", url, **keywords)

    def post(self, url, **keywords):
        return self._send("POST", url, **keywords)

    def close(self):
        self.session.close()


def main(base, client_id, upn):
    shim = Shim(base)

    def act(**action):
        answer = shim.session.post(base + "/simulator/identity", json=action)
        assert answer.status_code == 204, answer.text

    def application(**more):
        return msal.PublicClientApplication(
            client_id, authority=shim.secure + "/organizations", instance_discovery=False,
            http_client=shim, **more)

    def granted(result):
        assert "access_token" in result, result
        assert result["id_token_claims"]["preferred_username"] == upn, result
        return result

    app = application()
    flow = app.initiate_device_flow(scopes=SCOPES)
    assert "user_code" in flow, flow
    act(do="approve_device", upn=upn, user_code=flow["user_code"])
    first = granted(app.acquire_token_by_device_flow(flow))
    print("device code: ok")

    flow = app.initiate_device_flow(scopes=SCOPES)
    act(do="decline_device", user_code=flow["user_code"])
    declined = app.acquire_token_by_device_flow(flow)
    assert declined.get("error") == "authorization_declined", declined
    print("declined device code: ok")

    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri="http://localhost:5", login_hint=upn)
    answer = shim.session.get(
        flow["auth_uri"].replace(shim.secure, base), allow_redirects=False)
    query = urlsplit(answer.headers["location"]).query
    brought = {name: values[0] for name, values in parse_qs(query).items()}
    granted(app.acquire_token_by_auth_code_flow(flow, brought))
    print("authorization code with PKCE and nonce: ok")

    account = app.get_accounts(username=upn)[0]
    cached = app.acquire_token_silent_with_error(SCOPES, account)
    assert cached["token_source"] == "cache", cached
    renewed = app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)
    assert renewed["access_token"] not in (first["access_token"], cached["access_token"])
    print("silent renewal: ok")

    refused = app.acquire_token_silent_with_error(["People.Read"], account)
    assert refused["classification"] == "consent_required", refused
    print("missing consent: ok")

    act(do="require_step_up", upn=upn)
    refused = app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)
    assert refused["classification"] == "basic_action", refused
    claims = refused["claims"]
    assert json.loads(claims)["access_token"]["capolids"]["essential"] is True
    flow = app.initiate_device_flow(scopes=SCOPES, claims_challenge=claims)
    act(do="approve_device", upn=upn, user_code=flow["user_code"])
    granted(app.acquire_token_by_device_flow(flow, claims_challenge=claims))
    print("second factor with claims: ok")

    continuous = application(client_capabilities=["cp1"])
    flow = continuous.initiate_device_flow(scopes=SCOPES)
    act(do="approve_device", upn=upn, user_code=flow["user_code"])
    long_lived = granted(continuous.acquire_token_by_device_flow(flow))
    assert long_lived["expires_in"] > 10 * 3600, long_lived["expires_in"]
    print("long tokens for continuous access evaluation: ok")


if __name__ == "__main__":
    main(*sys.argv[1:4])
