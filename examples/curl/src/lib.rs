//! The machines of this workspace over libcurl, and a thread for every request in flight. [`Curl`] is all that
//! it takes; the loop is `machine_driver::threads`.

mod options;
mod reply;

use std::time::Duration;

use curl::Error;
use curl::easy::{Easy2, List};
use http::header::HeaderMap;
use machine_contract::{Failure, Transmit};
use machine_driver::Outcome;
use machine_driver::threads::Network;

pub use options::{Curl, Driver, driver};
use reply::Reply;

impl Network for Curl {
    fn exchange(&self, transmit: Transmit, patience: Duration) -> Outcome {
        let mut easy = Easy2::new(Reply::up_to(self.longest_body()));
        prepare(&mut easy, transmit, patience).map_err(|_| Failure::NotSent)?;
        let done = easy.perform();
        // Exact: libcurl counts the bytes of requests that it has written.
        let sent = easy.request_size().map_or(true, |bytes| bytes > 0);
        match done.ok().and_then(|()| easy.get_mut().take()) {
            Some(response) => Ok(response),
            None if sent => Err(Failure::Unknown),
            None => Err(Failure::NotSent),
        }
    }
}

fn prepare(easy: &mut Easy2<Reply>, it: Transmit, patience: Duration) -> Result<(), Error> {
    let (head, body) = it.request.into_parts();
    easy.url(&head.uri.to_string())?;
    easy.path_as_is(true)?;
    // None from the environment.
    easy.proxy("")?;
    // Where a kept connection has died libcurl would send the request again.
    easy.fresh_connect(true)?;
    easy.forbid_reuse(true)?;
    easy.tcp_nodelay(true)?;
    easy.connect_timeout(Duration::from_secs(10).min(patience))?;
    // By libcurl's clock the deadline may come a moment early: it only frees the thread, the kit tells the time.
    easy.timeout(patience + Duration::from_secs(1))?;
    if head.method != http::Method::GET {
        easy.post_fields_copy(&body)?;
    }
    easy.custom_request(head.method.as_str())?;
    easy.http_headers(headers(&head.headers)?)
}

/// Those of the machine, and none of libcurl's own: a name with a colon alone takes one away.
fn headers(chosen: &HeaderMap) -> Result<List, Error> {
    let mut list = List::new();
    for own in ["Accept", "Content-Type", "Expect"] {
        if !chosen.contains_key(own) {
            list.append(&format!("{own}:"))?;
        }
    }
    for (name, value) in chosen {
        let value = String::from_utf8_lossy(value.as_bytes());
        let colon = if value.is_empty() { ";" } else { ": " };
        list.append(&format!("{name}{colon}{value}"))?;
    }
    Ok(list)
}
