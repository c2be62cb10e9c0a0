//! The accounts of the IM web service, which share the store and nothing else.

use msnp_proto::Secret;

use super::{Core, Engine, Input, Stopped};
use crate::accounts::UserId;
use crate::notification::Store as _;
use crate::store::SqliteError;

impl Engine {
    /// The password hash of a user of the IM web service.
    pub(crate) async fn service_account(
        &self,
        user: UserId,
    ) -> Result<Option<Secret<String>>, Stopped> {
        let found = self.ask(|reply| Input::ServiceAccount(user, reply)).await?;
        found.map_err(|error| {
            tracing::error!(%error, "a service account could not be read");
            Stopped
        })
    }

    /// Adds a user of the IM web service; `false` if the name is taken.
    pub(crate) async fn add_service_account(
        &self,
        user: UserId,
        password_hash: Secret<String>,
    ) -> Result<Result<bool, SqliteError>, Stopped> {
        self.ask(|reply| Input::AddServiceAccount(user, password_hash, reply))
            .await
    }
}

impl Core {
    pub(super) fn add_service_account(
        &mut self,
        user: &UserId,
        password_hash: &Secret<String>,
    ) -> Result<bool, SqliteError> {
        let store = self.notification.store_mut();
        let added = store.add_service_account(user, password_hash)?;
        store.commit()?;
        Ok(added)
    }
}
