//! What of the IM web service an operator may want to know.

use std::net::IpAddr;

use soap_codec::bsim::OperationName;

use super::error::Error;
use crate::user_id::UserId;

/// Something that an operator may want to know of the IM web service. No secret is in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Log {
    /// A service account has logged in.
    LoggedIn {
        /// Which.
        user: UserId,
        /// From where.
        peer: IpAddr,
    },
    /// An operation was carried out, or denied.
    Called {
        /// Which.
        operation: OperationName,
        /// Why it was denied.
        error: Option<Error>,
    },
    /// A request was none of the service's; why.
    Refused(String),
    /// A reply cannot be written as XML, so it is a fault instead.
    Unwritable {
        /// Of which operation.
        operation: OperationName,
        /// Why.
        error: String,
    },
}
