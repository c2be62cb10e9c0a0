//! A call of the web service, and one that waits.

use std::net::IpAddr;

use gateway_sm::ExchangeId;
use soap_codec::Version;

use super::given::Carrier;
use crate::entropy::Entropy;
use crate::user_id::UserId;

/// A caller who waits for the verdict on the password.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) exchange: ExchangeId,
    pub(super) version: Version,
    pub(super) user: UserId,
    pub(super) peer: IpAddr,
    pub(super) entropy: Entropy,
}

/// A call that came in.
pub(super) struct Call<'a> {
    pub(super) carrier: Carrier,
    pub(super) version: Version,
    pub(super) peer: IpAddr,
    pub(super) entropy: &'a Entropy,
}
