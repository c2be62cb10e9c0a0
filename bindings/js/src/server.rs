//! The other end as a module too: a whole server, which keeps everything in its own memory.
//!
//! The calls of `program.rs`, with the same line of JSON:
//!
//! | call | with | answer |
//! |---|---|---|
//! | `server_start` | `host`, `accounts`: `[{skype_id, email, name, password}]`; 32 random bytes | |
//! | `server_request` | `exchange`, a new number; `method`, `uri`, `headers`; 196 random bytes and the body | |
//! | `server_reply_sent`, `server_reply_lost` | `exchange` | |
//! | `server_poll_reply` | | `{exchange, status, headers}` and the body, or `null` |
//! | `server_poll_timeout` | | when to call `server_handle_timeout`, as `now`, or `null` |
//! | `server_handle_timeout` | | |

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::Request;
use machine_contract::Secret;
use msnp_server::identity::{Address, EmailAddress, SkypeId};
use msnp_server::{
    Caller, Claimant, Config, Effect, Entropy, Memory, NewAccount, Now, PasswordCheck, Server,
    Verdict,
};
use serde_json::{Map, Value, json};

use crate::fields::{Wrong, headers, headers_as_json, number, text};

/// A server and its store.
#[derive(Debug)]
pub(crate) struct ServerProgram {
    server: Server,
    memory: Memory,
}

impl ServerProgram {
    pub(crate) fn start(
        request: &Map<String, Value>,
        seed: &[u8],
        now: Now,
    ) -> Result<Self, Wrong> {
        let mut memory = Memory::new();
        let accounts = request.get("accounts").and_then(Value::as_array);
        for account in accounts.ok_or(Wrong::Field("accounts"))? {
            let taken = memory.add_account(new_account(account)?);
            taken.map_err(|_| Wrong::Field("accounts of different names"))?;
        }
        let seed = <[u8; 32]>::try_from(seed).map_err(|_| Wrong::Field("seed of 32 bytes"))?;
        let config = Config::new(text(request, "host")?);
        let server = Server::new(&config, 0, seed, now).map_err(|_| Wrong::Field("host"))?;
        Ok(Self { server, memory })
    }

    pub(crate) fn call(
        &mut self,
        call: &str,
        request: &Map<String, Value>,
        body: Bytes,
        now: Now,
    ) -> Result<(Value, Bytes), Wrong> {
        let exchange = || Ok::<_, Wrong>(ExchangeId::new(number(request, "exchange")?));
        let mut sent = Bytes::new();
        // What a call gives beside its answer is a body, since JSON has no bytes.
        let answer = match call {
            "request" => {
                let (entropy, body) = entropy(body)?;
                let asked = asked(request, body)?;
                let from = Caller::nowhere();
                self.server
                    .handle_request(exchange()?, asked, from, &entropy, now);
                Value::Null
            }
            "reply_sent" => {
                self.server.handle_reply_sent(exchange()?, now);
                Value::Null
            }
            "reply_lost" => {
                self.server.handle_reply_lost(exchange()?, now);
                Value::Null
            }
            "handle_timeout" => {
                self.server.handle_timeout(now);
                Value::Null
            }
            "poll_timeout" => {
                let due = self.server.poll_timeout();
                due.map_or(Value::Null, |due| due.as_micros().into())
            }
            "poll_reply" => {
                // Not at each input: what was asked for at once is kept at once.
                self.work(now);
                match self.server.poll_reply() {
                    Some((exchange, reply)) => {
                        let (head, body) = reply.into_parts();
                        sent = body;
                        json!({
                            "exchange": exchange.get(),
                            "status": head.status.as_u16(),
                            "headers": headers_as_json(&head.headers),
                        })
                    }
                    None => Value::Null,
                }
            }
            _ => return Err(Wrong::Call),
        };
        Ok((answer, sent))
    }

    /// Does what the server wants, all at once: the store is memory, and a password is compared.
    fn work(&mut self, now: Now) {
        while let Some(effect) = self.server.poll_effect() {
            match effect {
                Effect::Commit(batch) => {
                    self.memory.commit(&batch);
                    self.server.handle_committed(batch.id, Ok(()), now);
                }
                Effect::Read(id, read) => {
                    let found = self.memory.read(&read);
                    self.server.handle_read(id, Ok(found), now);
                }
                Effect::CheckPassword(check) => {
                    let verdict = self.verdict(&check);
                    self.server.handle_password_checked(check.id, verdict, now);
                }
                Effect::CheckAccess(check) => {
                    // Nobody was given an access token.
                    let wrong = Verdict::Wrong;
                    self.server.handle_password_checked(check.id, wrong, now);
                }
                Effect::Log(_) => {}
            }
        }
    }

    /// Passwords are kept as they are: this server lives as long as its page, and so do its accounts.
    fn verdict(&self, check: &PasswordCheck) -> Verdict {
        let Claimant::Person(address) = &check.account else {
            // Nobody was made a user of the IM web service.
            return Verdict::Wrong;
        };
        let address = Address::Email(address.clone());
        match self.memory.account_by_address(&address) {
            Some(it) if it.password_hash.expose() == check.password.expose() => {
                Verdict::Right(it.who.clone())
            }
            _ => Verdict::Wrong,
        }
    }
}

fn new_account(account: &Value) -> Result<NewAccount, Wrong> {
    let account = account.as_object().ok_or(Wrong::Field("accounts"))?;
    let skype_id = SkypeId::parse(text(account, "skype_id")?);
    let email = EmailAddress::parse(text(account, "email")?);
    Ok(NewAccount {
        skype_id: skype_id.map_err(|_| Wrong::Field("skype_id"))?,
        email: email.map_err(|_| Wrong::Field("email"))?,
        name: text(account, "name")?.into(),
        password_hash: Secret::new(text(account, "password")?.to_owned()),
    })
}

/// What nobody can guess comes first.
fn entropy(mut body: Bytes) -> Result<(Entropy, Bytes), Wrong> {
    const MISSING: Wrong = Wrong::Field("196 random bytes");
    if body.len() < Entropy::BYTES {
        return Err(MISSING);
    }
    let bytes = body.split_to(Entropy::BYTES);
    let bytes = <[u8; Entropy::BYTES]>::try_from(&bytes[..]).map_err(|_| MISSING)?;
    Ok((Entropy::new(bytes), body))
}

fn asked(request: &Map<String, Value>, body: Bytes) -> Result<Request<Bytes>, Wrong> {
    let mut asked = Request::new(body);
    let method = text(request, "method")?.parse();
    *asked.method_mut() = method.map_err(|_| Wrong::Field("method"))?;
    let uri = text(request, "uri")?.parse();
    *asked.uri_mut() = uri.map_err(|_| Wrong::Field("uri"))?;
    *asked.headers_mut() = headers(request)?;
    Ok(asked)
}
