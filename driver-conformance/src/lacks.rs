//! `Lacks`: what an environment cannot do, and why.

/// What an environment cannot do, each with the reason why.
///
/// A lack is listed with its reason, not passed over: its duties are run all the same, and one that is held
/// fails as [`Judgement::NotALack`](crate::Judgement::NotALack). So nobody takes the word "browsers cannot" for
/// it.
///
/// ```
/// let mut lacks = driver_conformance::Lacks::default();
/// lacks.streams = Some("HTTP only");
/// ```
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lacks {
    /// Tells a refused connection, and a name that does not resolve, from a lost response.
    pub not_sent_when_refused: Option<&'static str>,
    /// Tells that nothing was sent on a kept connection which the server had closed before.
    pub exact_not_sent_of_stale_connection: Option<&'static str>,
    /// Uses a kept connection again.
    pub kept_connections: Option<&'static str>,
    /// Sees where a redirect that it does not follow leads to.
    pub redirect_target: Option<&'static str>,
    /// Closes the connection of a request that is cancelled or whose driver is dropped.
    pub cancel_closes: Option<&'static str>,
    /// Sends every header that the machine names, as it is.
    pub chosen_headers: Option<&'static str>,
    /// Sends header values that are not ASCII, byte for byte.
    pub header_values_beyond_ascii: Option<&'static str>,
    /// Gives each of several response headers of one name, in order.
    pub repeated_headers: Option<&'static str>,
    /// Asks for no compression.
    pub bare_encoding: Option<&'static str>,
    /// Ends a body at a limit that can be set.
    pub body_limit: Option<&'static str>,
    /// Passes over `103 Early Hints` and the like before a response.
    pub interim_responses: Option<&'static str>,
    /// Makes byte streams.
    pub streams: Option<&'static str>,
    /// Works on while the application does not ask for events.
    pub background: Option<&'static str>,
    /// Can be given a clock.
    pub suite_clock: Option<&'static str>,
    /// No lacks but faults: duties by name that the driver does not hold yet, with what is to be mended. They
    /// are shown as breaches and fail no test.
    pub known: &'static [(&'static str, &'static str)],
}

/// Names one of the [`Lacks`]; a duty says with it which one would excuse it.
pub(crate) type Excuse = fn(&Lacks) -> Option<&'static str>;
