//! `Forms`: which pages a browser is shown: the form, in whose look, and what follows it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Response;

use super::door::Door;
use super::page::{self, Fields, Form};
use crate::entropy::Entropy;
use crate::web_client::WebClient;

/// The pages, of a service that may have a web client.
#[derive(Debug)]
pub(super) struct Forms {
    web_client: Option<Arc<WebClient>>,
}

impl Forms {
    pub(super) const fn new(web_client: Option<Arc<WebClient>>) -> Self {
        Self { web_client }
    }

    /// The form with a new token, what was wrong, and the address that was typed before. `door`: where the request came in.
    pub(super) fn fresh(
        &self,
        query: Fields,
        login: &str,
        complaint: Option<&str>,
        door: Door,
        entropy: &Entropy,
    ) -> Response<Bytes> {
        let token = URL_SAFE_NO_PAD.encode(entropy.take::<24>());
        let form = self.form(query, token, login.to_owned(), door);
        form.fresh(complaint, door.is_secure())
    }

    /// A form with what it has.
    pub(super) fn form(&self, query: Fields, token: String, login: String, door: Door) -> Form {
        let look = self.look(&query);
        Form::new(query, token, login, door.is_open_to_all(), look)
    }

    /// The web client, if the form belongs to it: then that is where whoever has signed in goes on.
    fn look(&self, query: &Fields) -> Option<Arc<WebClient>> {
        let goes_on = query.get("wreply").map(String::as_str);
        self.web_client.clone().filter(|_| goes_on == Some("/"))
    }

    /// What is at `/`: the web client for who is signed in, else its form, or the form.
    pub(super) fn start(
        &self,
        is_signed_in: bool,
        query: Fields,
        door: Door,
        entropy: &Entropy,
    ) -> Response<Bytes> {
        let query = match &self.web_client {
            Some(web_client) if is_signed_in => return web_client.page(),
            Some(_) => Fields::from([("wreply".to_owned(), "/".to_owned())]),
            None => query,
        };
        self.fresh(query, "", None, door, entropy)
    }

    /// Where whoever names no place goes on.
    pub(super) fn signed_in(&self) -> Response<Bytes> {
        page::signed_in(self.web_client.is_some())
    }
}
