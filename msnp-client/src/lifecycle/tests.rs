//! The table of the crate's guide, walked from end to end.

use super::*;
use crate::access::Uic;
use crate::config::Config;
use crate::service::Service;

const HOUR: Duration = Duration::from_secs(3600);

const STATES: [&str; 7] = [
    "SignedOut",
    "SigningIn",
    "Connecting",
    "Online",
    "Leaving",
    "Pausing",
    "Following",
];

const INPUTS: [&str; 9] = [
    "sign_in", "tokens", "ready", "redirect", "later", "lost", "final", "sign_out", "time",
];

/// The lines of the guide's table: from, when, to, and what is done.
fn table() -> Vec<[&'static str; 4]> {
    let guide = include_str!("../lib.rs");
    let rows = guide.lines().filter_map(|line| {
        let mut words = line.strip_prefix("//! ")?.split_whitespace();
        let row = [words.next()?, words.next()?, words.next()?];
        let done = words.next().unwrap_or("wait");
        let is_row = STATES.contains(&row[0]) && INPUTS.contains(&row[1]);
        is_row.then_some([row[0], row[1], row[2], done])
    });
    rows.collect()
}

/// Tokens are had at once, since the host keeps the cookies and no uic is wanted.
fn fresh() -> Lifecycle {
    let service = Service::at("http://127.0.0.1:1863").expect("a base");
    let access = Access::host_cookies(service).uic(Uic::Skip);
    Lifecycle::new(&Config::new(access, [1; 32]).into_settings())
}

fn in_state(state: &str) -> Lifecycle {
    let mut lifecycle = fresh();
    let way: &[&str] = match state {
        "SignedOut" => &[],
        "SigningIn" => &["sign_in"],
        "Connecting" => &["sign_in", "tokens"],
        "Online" => &["sign_in", "tokens", "ready"],
        "Leaving" => &["sign_in", "tokens", "ready", "sign_out"],
        "Pausing" => &["sign_in", "lost"],
        "Following" => &["sign_in", "tokens", "later"],
        other => panic!("no state: {other}"),
    };
    for input in way {
        tell(&mut lifecycle, input);
    }
    assert_eq!(name(&lifecycle), state);
    lifecycle
}

const fn name(lifecycle: &Lifecycle) -> &'static str {
    match lifecycle.phase {
        Phase::SignedOut => "SignedOut",
        Phase::SigningIn(_) => "SigningIn",
        Phase::Connecting(_) => "Connecting",
        Phase::Online { .. } => "Online",
        Phase::Leaving => "Leaving",
        Phase::Pausing { .. } => "Pausing",
        Phase::Following { .. } => "Following",
    }
}

fn route(wait: Duration) -> Route {
    let to = crate::fact::To::Authority("127.0.0.1:80".to_owned());
    Route::new(to, None, wait)
}

fn tell(lifecycle: &mut Lifecycle, input: &str) -> Next {
    let now = Instant::ORIGIN;
    match input {
        "sign_in" => {
            lifecycle.sign_in();
            Next::Wait
        }
        "tokens" => lifecycle.poll(|| 0, now).unwrap_or(Next::Wait),
        "ready" => {
            lifecycle.connected(now);
            Next::Wait
        }
        "redirect" => lifecycle.redirected(route(Duration::ZERO), || 0, now),
        "later" => lifecycle.redirected(route(Duration::from_secs(5)), || 0, now),
        "lost" => lifecycle.ended(Reason::ConnectionLost, || 0, now),
        "final" => lifecycle.ended(Reason::Elsewhere, || 0, now),
        "sign_out" => lifecycle.sign_out(),
        "time" => lifecycle.handle_timeout(now + HOUR),
        other => panic!("no input: {other}"),
    }
}

const fn done(next: &Next) -> &'static str {
    match next {
        Next::Wait => "wait",
        Next::Tell(_) => "tell",
        Next::Connect { .. } => "connect",
        Next::ShowTokens => "show",
        Next::End(_) => "end",
        Next::Leave => "leave",
        Next::Retry { .. } => "retry",
        Next::Over(_) => "over",
    }
}

#[test]
fn every_transition_is_the_guides() {
    let table = table();
    assert!(table.len() > 20, "{table:?}");
    for state in STATES {
        for input in INPUTS {
            let mut lifecycle = in_state(state);
            let next = tell(&mut lifecycle, input);
            let row = table.iter().find(|row| row[..2] == [state, input]);
            let expected = row.map_or([state, "wait"], |row| [row[2], row[3]]);
            assert_eq!([name(&lifecycle), done(&next)], expected, "{state} {input}");
            let has_tokens = matches!(name(&lifecycle), "Connecting" | "Online");
            assert_eq!(lifecycle.tokens().is_some(), has_tokens);
        }
    }
    let states: std::collections::BTreeSet<_> = table.iter().map(|row| row[2]).collect();
    assert_eq!(states.len(), STATES.len(), "each state is reached");
}

#[test]
fn tokens_are_renewed_once_they_are_due_and_again() {
    let mut lifecycle = in_state("Online");
    for round in 0..3 {
        let due = lifecycle.poll_timeout().expect("they run out");
        assert_eq!(lifecycle.handle_timeout(due), Next::Wait);
        assert!(lifecycle.renewal_machine().is_some());
        assert_eq!(lifecycle.poll(|| 0, due), Some(Next::ShowTokens), "{round}");
        assert_eq!(lifecycle.poll_timeout(), None, "the answer is waited for");
        assert_eq!(lifecycle.renewed(Ok(()), due), Next::Wait);
    }
    let now = lifecycle.poll_timeout().expect("they run out");
    lifecycle.handle_timeout(now);
    assert!(lifecycle.poll(|| 0, now).is_some());
    // Something was wrong with the answer: once more, before they run out.
    assert_eq!(lifecycle.renewed(Err(Reason::TimedOut), now), Next::Wait);
    assert!(lifecycle.poll_timeout().is_some_and(|at| at > now));
    // They are not taken any more: the connection is no use.
    let refused = lifecycle.renewed(Err(Reason::AuthenticationExpired), now);
    assert_eq!(refused, Next::End(Reason::AuthenticationExpired));
}

#[test]
fn redirects_in_a_row_are_bounded_and_begin_anew_once_online() {
    let mut lifecycle = in_state("Connecting");
    for _ in 0..5 {
        assert_eq!(done(&tell(&mut lifecycle, "redirect")), "connect");
    }
    tell(&mut lifecycle, "ready");
    for _ in 0..5 {
        assert_eq!(done(&tell(&mut lifecycle, "redirect")), "connect");
    }
    let next = tell(&mut lifecycle, "redirect");
    assert_eq!(next, Next::Over(Reason::RedirectRefused));
}
