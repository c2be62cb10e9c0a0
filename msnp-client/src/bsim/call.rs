//! A call of the service: what it is about, and the operation that it is made as.

use soap_codec::bsim::{
    ChangeStatus, KeepSessionAlive, Login, LoginIM, Operation, OperationName, SendMessage, Session,
};

use super::account::{Account, IM_TYPE};
use super::config::Settings;
use super::event::MessageId;

/// A call that is to be made, or in flight. Numbers are positions among the IM accounts, of which there are
/// never fewer.
pub(super) enum Call {
    Login,
    LoginIM(usize),
    KeepSessionAlive,
    ChangeStatus { account: usize, status: String },
    SendMessage(QueuedMessage),
}

/// A message that waits, or is in flight.
pub(super) struct QueuedMessage {
    pub(super) id: MessageId,
    pub(super) account: usize,
    pub(super) to: String,
    pub(super) text: String,
    /// It has met one lost session already; a second is put down to the message.
    pub(super) met_lost_session: bool,
}

impl Call {
    pub(super) const fn name(&self) -> OperationName {
        match self {
            Self::Login => OperationName::Login,
            Self::LoginIM(_) => OperationName::LoginIM,
            Self::KeepSessionAlive => OperationName::KeepSessionAlive,
            Self::ChangeStatus { .. } => OperationName::ChangeStatus,
            Self::SendMessage(_) => OperationName::SendMessage,
        }
    }

    /// The IM account that it is about.
    pub(super) const fn account(&self) -> Option<usize> {
        match self {
            Self::Login | Self::KeepSessionAlive => None,
            Self::LoginIM(account) | Self::ChangeStatus { account, .. } => Some(*account),
            Self::SendMessage(message) => Some(message.account),
        }
    }

    /// The operation, in this session and for the IM account that it is about.
    pub(super) fn operation(
        &self,
        settings: &Settings,
        session: Option<Session>,
        account: Option<&Account>,
    ) -> Operation {
        let name = account.map(|it| it.name().to_owned());
        let im_type = Some(IM_TYPE.to_owned());
        match self {
            Self::Login => Operation::Login(Login {
                user_id: Some(settings.user_id.clone()),
                password: Some(settings.password.clone()),
            }),
            Self::LoginIM(_) => Operation::LoginIM(LoginIM {
                session,
                im_type,
                account: name,
                password: account.map(|it| it.password().clone()),
            }),
            Self::KeepSessionAlive => Operation::KeepSessionAlive(KeepSessionAlive { session }),
            Self::ChangeStatus { status, .. } => Operation::ChangeStatus(ChangeStatus {
                session,
                im_type,
                im_account: name,
                status: Some(status.clone()),
            }),
            Self::SendMessage(message) => Operation::SendMessage(SendMessage {
                session,
                im_type,
                account: name,
                to_account: Some(message.to.clone()),
                message: Some(message.text.clone()),
            }),
        }
    }
}
