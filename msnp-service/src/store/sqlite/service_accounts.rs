//! The accounts of the IM web service.

use msnp_proto::Secret;

use super::{Sqlite, SqliteError};
use crate::accounts::UserId;

/// Who may use the IM web service. The notification server knows nothing of them.
impl Sqlite {
    /// The password hash of a service account.
    ///
    /// # Errors
    /// [`SqliteError`] if the store failed.
    pub fn service_account(&self, user: &UserId) -> Result<Option<Secret<String>>, SqliteError> {
        let sql = "SELECT password_hash FROM service_account WHERE user_id = ?1";
        self.row(sql, [user.as_str()], |row| Ok(Secret::new(row.get(0)?)))
    }

    /// Adds a service account; `false` if there is one of that name.
    ///
    /// # Errors
    /// [`SqliteError`] if the store failed.
    pub fn add_service_account(
        &mut self,
        user: &UserId,
        password_hash: &Secret<String>,
    ) -> Result<bool, SqliteError> {
        let sql = "INSERT OR IGNORE INTO service_account (user_id, password_hash) VALUES (?1, ?2)";
        let added = self.execute(sql, [user.as_str(), password_hash.expose()])?;
        Ok(added == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::Store as _;

    #[test]
    fn a_service_account_is_added_once_and_found_again() {
        let mut store = Sqlite::in_memory().unwrap();
        let user = UserId::parse("testing").unwrap();
        let hash = |text: &str| Secret::new(text.to_owned());
        assert!(store.service_account(&user).unwrap().is_none());
        assert!(store.add_service_account(&user, &hash("one")).unwrap());
        store.commit().unwrap();
        assert!(!store.add_service_account(&user, &hash("two")).unwrap());
        let found = store.service_account(&user).unwrap().unwrap();
        assert_eq!(found.expose(), "one");
    }
}
