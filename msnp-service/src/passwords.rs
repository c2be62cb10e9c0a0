//! Password checks: slow on purpose, so on threads of their own, a few at once.

use std::sync::Arc;

use msnp_proto::Secret;
use msnp_server::identity::Address;
use msnp_server::{AccessCheck, Claimant, PasswordCheck, Verdict};
use tokio::runtime::Handle;

use crate::accounts::verify_password_in;
use crate::engine::{Checker, Engine, Input};
use crate::hashing::Hashing;
use crate::keeper::AccountQuestion;

/// Checks passwords for the sign-in page and for the IM web service.
#[derive(Clone)]
pub(crate) struct Passwords {
    engine: Engine,
    runtime: Handle,
    hashing: Hashing,
    /// What is verified if there is no such account, so that the time taken does not tell.
    decoy: Arc<str>,
}

/// Whose a password is, if it is right; nobody's, if it is not; `Err`: it could not be checked.
type Checked<T> = Result<Option<T>, Unavailable>;

/// It could not be checked.
struct Unavailable;

impl Passwords {
    pub(crate) fn new(engine: Engine, hashing: Hashing, decoy: String) -> Self {
        Self {
            engine,
            runtime: Handle::current(),
            hashing,
            decoy: decoy.into(),
        }
    }

    /// Whose password it is, if it is right.
    async fn find(&self, check: PasswordCheck) -> Checked<Verdict> {
        let account = match check.account {
            Claimant::Person(address) => {
                let job = |reply| Input::Ask(AccountQuestion::Find(Address::Email(address), reply));
                let found = self.engine.answer(job).await.map_err(|_| Unavailable)?;
                let account = found.map_err(|_| Unavailable)?;
                account.map(|it| (Verdict::Right(it.who), it.password_hash))
            }
            Claimant::ServiceUser(user) => {
                let job = |reply| Input::Ask(AccountQuestion::FindUser(user, reply));
                let found = self.engine.answer(job).await.map_err(|_| Unavailable)?;
                let user = found.map_err(|_| Unavailable)?;
                user.map(|user| {
                    let is_on_trial = user.is_on_trial;
                    (Verdict::RightUser { is_on_trial }, user.password_hash)
                })
            }
        };
        self.verify(check.password, account).await
    }

    async fn verify<T>(
        &self,
        password: Secret<String>,
        account: Option<(T, Secret<String>)>,
    ) -> Checked<T> {
        let (whose, hash) = match account {
            Some((whose, hash)) => (Some(whose), hash.expose().clone()),
            None => (None, self.decoy.to_string()),
        };
        let check =
            move |workspace: &mut _| verify_password_in(workspace, password.expose(), &hash);
        let matches = self.hashing.run(check).await.ok_or(Unavailable)?;
        Ok(whose.filter(|_| matches))
    }
}

impl Checker for Passwords {
    fn check(&self, check: PasswordCheck) {
        let this = self.clone();
        self.runtime.spawn(async move {
            let id = check.id;
            let verdict = match this.find(check).await {
                Ok(Some(right)) => right,
                Ok(None) => Verdict::Wrong,
                Err(Unavailable) => Verdict::Unavailable,
            };
            this.engine.tell(Input::PasswordChecked(id, verdict));
        });
    }

    fn check_access(&self, check: AccessCheck) {
        let this = self.clone();
        self.runtime.spawn(async move {
            let job = |reply| Input::Ask(AccountQuestion::Claim(check.claim, reply));
            let verdict = match this.engine.answer(job).await {
                Ok(Ok(Some(who))) => Verdict::Right(who),
                Ok(Ok(None)) => Verdict::Wrong,
                Ok(Err(_)) | Err(_) => Verdict::Unavailable,
            };
            this.engine.tell(Input::PasswordChecked(check.id, verdict));
        });
    }
}
