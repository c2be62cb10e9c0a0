//! What is known of messages that left for a client which may never say so itself.

/// What is known of messages by how the connection goes on that carried them, beside what the client says
/// ([`Command::Received`](super::Command::Received)).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// They were written. They may be lost all the same.
    Written,
    /// They were read, as far as can be told: the client's next poll has come by that connection, or it has ended in
    /// order after the client's TCP took the last byte.
    Shown,
    /// The client's side of the network has taken them by a connection that was then closed as its request had asked
    /// (`Connection: close`, HTTP/1.0). Proxies ask so of each connection, and take what they then lose; but there are clients of
    /// which nothing better is ever known.
    Taken,
    /// That connection has broken before anything showed that they were read.
    Lost,
}

/// What holds where nobody can tell, for endpoints that never say what they have received.
///
/// A proxy can take a reply, say so to this side, and lose it: the evidence is the same as if the client had read it.
/// Clients that acknowledge (all of MSNP24's, as documented) are not concerned, nor is anybody without such a proxy.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum WithoutReceipt {
    /// What was shown counts as received. What a proxy has lost comes never.
    #[default]
    PerhapsNever,
    /// What was shown is given once more at the endpoint's next sign-in, and counts as received when it was shown
    /// again. What arrived the first time comes twice.
    PerhapsTwice,
}
