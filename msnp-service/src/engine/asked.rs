//! `Asked`: a request that the machine has.

use bytes::Bytes;
use http::Response;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::answers::Answer;

/// A request that the machine has, and may have answered.
pub(crate) enum Asked {
    Here {
        replied: oneshot::Receiver<Response<Bytes>>,
        /// Others were answered with it: held polls, which it has released.
        releases: bool,
    },
    Elsewhere(Answer),
}

impl Asked {
    /// The reply, when it is there; `None` if there will be none.
    pub(crate) async fn reply(self) -> Option<Response<Bytes>> {
        let (mut replied, releases) = match self {
            Self::Here { replied, releases } => (replied, releases),
            Self::Elsewhere(answer) => return answer.await,
        };
        match replied.try_recv() {
            Ok(reply) => {
                if releases {
                    // What is in them is written first, since somebody waits for that.
                    tokio::task::yield_now().await;
                }
                Some(reply)
            }
            Err(TryRecvError::Empty) => replied.await.ok(),
            Err(TryRecvError::Closed) => None,
        }
    }
}
