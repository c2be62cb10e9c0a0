//! Having something said to everybody who is signed in: what the service's owner and the operator's address ask for.

use msnp_server::faces::{Announcement, AnnouncementError};
use msnp_server::identity::{Address, EmailAddress, NameError};

use crate::engine::{Engine, Input};
use crate::keeper::AccountQuestion;

/// Why nothing was said to anybody.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnnounceError {
    /// The words.
    #[error(transparent)]
    Words(#[from] AnnouncementError),
    /// In whose name it was to be said is no address.
    #[error("in whose name: {0}")]
    Address(#[from] NameError),
    /// Nobody has that address.
    #[error("there is no account with that address")]
    Nobody,
    /// The accounts cannot be read, or the service has stopped.
    #[error("the accounts cannot be read")]
    Unavailable,
}

/// Has it said in the name of the account with this address: to how many people.
pub(crate) async fn announce(
    engine: &Engine,
    by: &str,
    words: &str,
) -> Result<usize, AnnounceError> {
    let announcement = Announcement::parse(words)?;
    let address = Address::Email(EmailAddress::parse(by)?);
    let question = |reply| Input::Ask(AccountQuestion::Find(address, reply));
    let found = engine.answer(question).await;
    let found = found.map_err(|_| AnnounceError::Unavailable)?;
    let account = found.map_err(|_| AnnounceError::Unavailable)?;
    let account = account.ok_or(AnnounceError::Nobody)?;
    let said = engine.announce(&account, &announcement);
    said.map_err(|_| AnnounceError::Unavailable)
}
