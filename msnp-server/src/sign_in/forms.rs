//! `Forms`: which pages a browser is shown: the form, in whose look, and what follows it.

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Response;

use super::page::{self, Fields, Form};
use crate::entropy::Entropy;
use crate::web_client::WebClient;

/// The pages, of a service that may have a web client.
#[derive(Debug)]
pub(super) struct Forms {
    /// Whether cookies go over HTTPS alone.
    is_secure: bool,
    web_client: Option<Arc<WebClient>>,
}

impl Forms {
    pub(super) const fn new(is_secure: bool, web_client: Option<Arc<WebClient>>) -> Self {
        Self {
            is_secure,
            web_client,
        }
    }

    /// The form with a new token, what was wrong, and the address that was typed before. `local`: where the request came in.
    pub(super) fn fresh(
        &self,
        query: Fields,
        login: &str,
        complaint: Option<&str>,
        local: Option<SocketAddr>,
        entropy: &Entropy,
    ) -> Response<Bytes> {
        let token = URL_SAFE_NO_PAD.encode(entropy.take::<24>());
        let form = self.form(query, token, login.to_owned(), local);
        form.fresh(complaint, self.is_secure)
    }

    /// A form with what it has.
    pub(super) fn form(
        &self,
        query: Fields,
        token: String,
        login: String,
        local: Option<SocketAddr>,
    ) -> Form {
        let look = self.look(&query);
        Form::new(query, token, login, self.is_plain(local), look)
    }

    /// Whether what is typed at the page goes over plain HTTP from another host: a proxy on this one may speak HTTPS.
    fn is_plain(&self, local: Option<SocketAddr>) -> bool {
        let local = local.map(|local| local.ip().to_canonical());
        !self.is_secure && local.is_some_and(|local| !local.is_loopback())
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
        local: Option<SocketAddr>,
        entropy: &Entropy,
    ) -> Response<Bytes> {
        let query = match &self.web_client {
            Some(web_client) if is_signed_in => return web_client.page(),
            Some(_) => Fields::from([("wreply".to_owned(), "/".to_owned())]),
            None => query,
        };
        self.fresh(query, "", None, local, entropy)
    }

    /// Where whoever names no place goes on.
    pub(super) fn signed_in(&self) -> Response<Bytes> {
        page::signed_in(self.web_client.is_some())
    }

    /// The reply to a sign-out.
    pub(super) fn signed_out(&self) -> Response<Bytes> {
        page::signed_out(self.is_secure)
    }
}
