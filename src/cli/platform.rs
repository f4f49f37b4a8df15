//! The simulator as one thing: its identity platform and its Graph, on one port.

use crate::simulator::clock::Clock;
use crate::simulator::graph::Grant;
use crate::simulator::identity::{Account, Action, Config, Identity, PERSONAL_TENANT};
use crate::simulator::server::{Denied, TokenJudge};
use crate::simulator::start::{IdentityParts, SignIn, SimulateOptions, StartError, Started, start};
use std::sync::Arc;
use std::time::Duration;

/// The one app registration of the simulated tenant.
const CLIENT_ID: &str = "6b61c0de-0ca1-4e4d-a5ca-1e2d5ca1e2d5";
const TENANT_ID: &str = "7e2a5ca1-0000-4000-8000-00000000c0de";
const TENANT: &str = "contoso.com";
/// How often codes that wait are granted, when nobody shall have to.
const APPROVAL: Duration = Duration::from_millis(250);

/// Starts both sides. Must run inside a runtime, which carries them on.
pub(super) async fn raise(options: &SimulateOptions) -> Result<Started, StartError> {
    let seed = options.seed;
    let auto_approve = options.auto_approve;
    start(options, move |_, people, clock| {
        parts(seed, auto_approve, people, clock)
    })
    .await
}

fn parts(seed: u64, auto_approve: bool, people: &[SignIn], clock: &Clock) -> IdentityParts {
    let accounts: Vec<Account> = people.iter().map(account).collect();
    let first = accounts.first().map(|account| account.upn.clone());
    let config = Config {
        accounts,
        client_id: CLIENT_ID.into(),
        tenant: TENANT.into(),
        auto_approve,
        seed,
    };
    let identity = Identity::new(config, clock.clone());
    if let (true, Some(upn)) = (auto_approve, first) {
        tokio::spawn(approve(Arc::clone(&identity), upn));
    }
    let judge = Arc::new(Judge {
        identity: Arc::clone(&identity),
    });
    IdentityParts {
        router: identity.router(),
        judge,
        client_id: CLIENT_ID.into(),
        tenant: TENANT.into(),
    }
}

fn account(person: &SignIn) -> Account {
    Account {
        upn: person.user_principal_name.clone(),
        name: person.name.clone(),
        oid: person.oid.clone(),
        tid: if person.is_personal {
            PERSONAL_TENANT.into()
        } else {
            TENANT_ID.into()
        },
        personal: person.is_personal,
    }
}

/// Device codes have no page to answer by itself: somebody enters them.
async fn approve(identity: Arc<Identity>, upn: String) {
    loop {
        tokio::time::sleep(APPROVAL).await;
        // Mostly there is no code that waits.
        let _ = identity.script(Action::ApproveDevice {
            upn: upn.clone(),
            user_code: None,
        });
    }
}

struct Judge {
    identity: Arc<Identity>,
}

impl TokenJudge for Judge {
    fn judge(&self, bearer: Option<&str>, now_ms: i64) -> Result<Grant, Denied> {
        match self.identity.judge(bearer, now_ms) {
            Ok(grant) => Ok(Grant {
                user_principal_name: grant.upn,
                scopes: grant.scopes,
            }),
            Err(denied) => Err(Denied {
                status: denied.status,
                code: denied.code,
                message: denied.message,
                www_authenticate: Some(denied.www_authenticate),
            }),
        }
    }
}
