//! The page by which people talk in a browser, for a program that serves it.
//!
//! What it is made of stands in this crate's folder, in TypeScript; `node build.mjs` makes files of it, and a build of this
//! crate takes in those that are there then. So a program can be built without node, and has no page.
//!
//! ```
//! let mut config = msnp_server::Config::new("im.example.org");
//! config.web_client = msnp_web::page().map(std::sync::Arc::new);
//! ```

use bytes::Bytes;
use msnp_server::{WebClient, WebFile};

/// One file.
struct File {
    name: &'static str,
    content_type: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The page. `None`: it was not built when this crate was.
pub fn page() -> Option<WebClient> {
    let mut page = WebClient::new(SIGN_IN?, PAGE?).network(NETWORK?);
    for file in FILES {
        let made = WebFile::new(file.content_type, Bytes::from_static(file.plain))
            .packed("br", Bytes::from_static(file.brotli))
            .packed("gzip", Bytes::from_static(file.gzip));
        page = page.file(file.name, made);
    }
    Some(page)
}
