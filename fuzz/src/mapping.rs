//! Properties of the mapping for hosts in other languages: whatever they say.

use gateway_sm::Session;
use machine_contract::{HttpMachine, Instant, Machine, StreamMachine};
use msnp_client::Client;
use msnp_mapping::{Wrong, call, config, event, parse, session_config, session_event};
use serde_json::Value;

/// The longest name of a field that an error repeats, with the names around it.
const LONGEST_PLACE: usize = 256;

/// Each line is a word and JSON: `config` begins a client, `session` a gateway session, every other word is a call of the
/// client. Nothing panics, errors are short, and what is refused did nothing.
pub fn lines(data: &[u8]) {
    let now = Instant::ORIGIN;
    let mut client = None;
    for line in data.split(|byte| *byte == b'\n').take(32) {
        let (word, json) = match line.iter().position(|byte| *byte == b' ') {
            Some(at) => line.split_at(at),
            None => (line, &[][..]),
        };
        let json = match parse(json) {
            Ok(json) => json,
            Err(wrong) => {
                refused(&wrong);
                continue;
            }
        };
        match std::str::from_utf8(word) {
            Ok("config") => match config(&json, [7; 32]) {
                Ok(config) => client = Some(Client::new(config)),
                Err(wrong) => refused(&wrong),
            },
            Ok("session") => session(&json, now),
            Ok(name) => {
                if let Some(client) = &mut client {
                    asked(client, name, &json, now);
                }
            }
            Err(_) => {}
        }
    }
}

fn refused(wrong: &Wrong) {
    let text = wrong.to_string();
    assert!(text.starts_with(wrong.at()) && wrong.at().len() <= LONGEST_PLACE);
    assert!(!wrong.code().is_empty());
}

fn asked(client: &mut Client, name: &str, fields: &Value, now: Instant) {
    let before = client.poll_timeout();
    match call(client, name, fields, now) {
        Ok(_) => {
            let mut requests = 0;
            while client.poll_transmit(now).is_some() || client.poll_stream(now).is_some() {
                requests += 1;
                assert!(requests < 64, "no end of requests");
            }
            while let Some(told) = client.poll_event() {
                let json = event(&told);
                assert!(
                    json["event"].as_str().is_some_and(|name| name != "Other"),
                    "{json}"
                );
            }
        }
        Err(wrong) => {
            refused(&wrong);
            assert_eq!(client.poll_timeout(), before);
            assert!(client.poll_transmit(now).is_none() && client.poll_event().is_none());
        }
    }
}

fn session(json: &Value, now: Instant) {
    let config = match session_config(json) {
        Ok(config) => config,
        Err(wrong) => return refused(&wrong),
    };
    let mut session = Session::new(config);
    let _ = session.send("VER\r\n".into());
    let _ = session.poll_transmit(now);
    session.close();
    while let Some(told) = session.poll_event() {
        let (json, _) = session_event(told);
        assert!(json["event"].is_string());
    }
}
