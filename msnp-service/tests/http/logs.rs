//! What is logged, at the finest level: enough to follow a session, and nothing that is secret.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Id, Metadata, Subscriber, span};

use super::raw::{read, send};
use super::seed::{Signed, message};
use super::service;
use super::sign_in::{between, submit};

/// Keeps every event and span of every crate as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn text(&self) -> String {
        self.0.lock().expect("no writer panics").clone()
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut log = self.0.lock().expect("no writer panics");
        writeln!(log, "{field}={value:?}").expect("memory");
    }
}

#[tokio::test]
async fn no_secret_is_ever_logged() {
    let log = Log::default();
    // For every thread; the other tests of this program write into it too, which does no harm.
    tracing::subscriber::set_global_default(log.clone()).expect("the only one");
    let service = service(|_| {}).await;
    let to = service.address();

    submit(to, "alice%40example.org", "not-the-passw0rd").await;
    let (alice, _) = Signed::open(to, "alice").await;
    let (bob, opened) = Signed::open(to, "bob").await;
    let registration = between(opened.text(), "Set-Registration: ", "\r\n");
    alice.subscribe().await;
    bob.subscribe().await;
    let head = format!(
        "POST /v1/user/Initialization HTTP/1.1\nHost: h\nCookie: {}",
        alice.cookies
    );
    let body = br#"{"trouterurl":"https://","connectionid":"a"}"#;
    let uic = send(to, &head, body).await;
    let uic = between(uic.text(), "\"MappingContainer\":\"", "\"");
    alice
        .post(&message("bob", "alice", "a-most-secret-text"))
        .await;
    let mut poll = bob.poll("1").await;
    let received = read(&mut poll).await;
    assert!(received.text().contains("a-most-secret-text"));
    // Troubles are logged too.
    drop(bob.poll("60").await);
    bob.post("SDG 9 MSGR 12\r\n\r\na-secret-x").await;
    alice.post("OUT 9 CON 2\r\n\r\n").await;
    assert_eq!(alice.post("PNG 10 CON 2\r\n\r\n").await.status(), 400);
    service.stop().await;

    let text = log.text();
    assert!(text.contains("signed in"), "{text}");
    assert!(
        text.contains("session opened") && text.contains("session closed"),
        "{text}"
    );
    let mut secrets = vec![
        "not-the-passw0rd".to_owned(),
        "a-most-secret-text".to_owned(),
        "a-secret-x".to_owned(),
        uic,
        registration,
    ];
    for client in [&alice, &bob] {
        secrets.push(client.session.clone());
        let values = client
            .cookies
            .split("; ")
            .filter_map(|pair| pair.split_once('='));
        secrets.extend(values.map(|(_, value)| value.to_owned()));
    }
    assert_eq!(secrets.len(), 5 + 2 * 4);
    for secret in secrets {
        assert!(secret.len() > 8, "{secret}");
        assert!(!text.contains(&secret), "{secret} was logged");
    }
}
