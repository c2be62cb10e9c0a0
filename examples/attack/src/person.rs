//! Somebody at the gateway, driven by hand: sign-in over the page, and the frames of a web client.

use std::net::Ipv4Addr;

use crate::failure::Failure;
use crate::line::{Line, Response};
use crate::process::Doors;
use crate::shape::PASSWORD;

/// A form of the sign-in page, to be sent as often as one likes.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    token: String,
    target: String,
}

impl Form {
    pub(crate) async fn fetch(line: &mut Line) -> Result<Self, Failure> {
        let page = line.exchange("GET /oauth20_authorize.srf", "", b"").await?;
        let text = page.good("the sign-in page")?.text();
        Ok(Self {
            token: between(&text, "name=\"PPFT\" value=\"", "\"")?,
            target: between(&text, "urlPost:'", "'")?,
        })
    }

    /// Tries a password.
    pub(crate) async fn submit(
        &self,
        line: &mut Line,
        name: &str,
        password: &str,
    ) -> Result<Response, Failure> {
        let Self { token, target } = self;
        let headers =
            format!("Cookie: MSPOK={token}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
        let form = format!("PPFT={token}&login={name}%40example.org&passwd={password}");
        let line_of_head = format!("POST {target}");
        line.exchange(&line_of_head, &headers, form.as_bytes())
            .await
    }
}

/// What a try at a password came to.
pub(crate) fn verdict(response: &Response) -> &'static str {
    match response.status() {
        "302" => "signed in",
        "429" => "429",
        "503" => "503",
        "400" => "400",
        "200" => "wrong",
        _ => "something else",
    }
}

/// The `Cookie` header's value of somebody.
pub(crate) async fn cookies(line: &mut Line, number: usize) -> Result<String, Failure> {
    let form = Form::fetch(line).await?;
    let name = format!("u{number}");
    let granted = form.submit(line, &name, PASSWORD).await?;
    if granted.status() != "302" {
        return Err(format!("u{number} is not signed in: {}", verdict(&granted)).into());
    }
    let pairs = granted.headers("set-cookie");
    let pairs: Vec<_> = pairs.filter_map(|it| it.split(';').next()).collect();
    Ok(pairs.join("; "))
}

pub(crate) fn between(text: &str, start: &str, end: &str) -> Result<String, Failure> {
    let (_, rest) = text
        .split_once(start)
        .ok_or_else(|| format!("no {start} in an answer"))?;
    Ok(rest.split(end).next().unwrap_or_default().to_owned())
}

pub(crate) const OPEN: &str =
    "POST /gateway/gateway.dll?Version=1&Protocol=mtp&Action=open&Server=NS&IP=none";

/// Who somebody is: an account at a place, from a network.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Who {
    number: usize,
    place: u32,
    peer: Ipv4Addr,
}

impl Who {
    pub(crate) const fn new(number: usize, place: u32, peer: Ipv4Addr) -> Self {
        Self {
            number,
            place,
            peer,
        }
    }

    pub(crate) const fn number(self) -> usize {
        self.number
    }

    pub(crate) const fn peer(self) -> Ipv4Addr {
        self.peer
    }

    fn endpoint(self) -> String {
        let Self { number, place, .. } = self;
        format!("{{006213cd-00b8-7e9c-{place:04x}-{number:012x}}}")
    }

    /// `CNT`, `ATH` and `BND` of a web client (msnp24.md 16.3).
    pub(crate) fn sign_in_frames(self, user: &str) -> String {
        let connect = "<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer><proc>x86</proc><lcid>en-us</lcid></agent></connect>";
        let bind = format!(
            "<msgr><ver>2</ver><client><name>msgrliboutlook</name><ver>6.4.0.0</ver></client><epid>{}</epid></msgr>",
            self.endpoint()
        );
        [
            frame("CNT 1 CON", connect),
            frame("ATH 2 CON\\USER", user),
            frame("BND 3 CON\\MSGR", &bind),
        ]
        .concat()
    }

    /// A message; `third` are further lines of its last block.
    pub(crate) fn message(self, to: &str, kind: &str, third: &str, text: &str) -> String {
        self.command(8, to, kind, third, text)
    }

    /// The same as a command of this number.
    fn command(self, command: u64, to: &str, kind: &str, third: &str, text: &str) -> String {
        let (number, endpoint, length) = (self.number, self.endpoint(), text.len());
        let layers = format!(
            "Routing: 1.0\r\nTo: {to}\r\nFrom: 8:live:u{number};epid={endpoint}\r\n\r\nReliability: 1.0\r\n\r\n\
             Messaging: 2.0\r\nMessage-Type: {kind}\r\n{third}Content-Type: Text/plain; charset=UTF-8\r\n\
             Content-Length: {length}\r\n\r\n{text}"
        );
        frame(&format!("SDG {command} MSGR"), &layers)
    }

    pub(crate) fn text(self, to: usize, id: u64, text: &str) -> String {
        self.numbered_text(8, to, id, text)
    }

    /// The same as a command of this number, by which its answer is known.
    pub(crate) fn numbered_text(self, command: u64, to: usize, id: u64, text: &str) -> String {
        let id = format!("Client-Message-ID: {id}\r\n");
        self.command(command, &format!("8:live:u{to}"), "Text", &id, text)
    }
}

/// The `user` of who has signed in by cookies.
pub(crate) const BY_COOKIES: &str = "<user><web-compact-ticket /></user>";

pub(crate) fn subscribe_frame() -> String {
    frame(
        "PUT 5 MSGR\\SUBSCRIPTIONS",
        "<subscribe><presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>",
    )
}

/// Puts a friend on one's list.
pub(crate) fn list_frame(friend: usize) -> String {
    let entry = format!("<c n=\"live:u{friend}\" t=\"8\"><s l=\"3\" n=\"IM\"></s></c>");
    frame(
        "PUT 7 MSGR\\CONTACTS",
        &format!("<ml><skp>{entry}</skp></ml>"),
    )
}

pub(crate) fn ping_frame() -> String {
    frame("PNG 9 CON", "")
}

/// What says that all deliveries in a reply have been received.
pub(crate) fn acknowledgements(reply: &str) -> String {
    let ids = reply.split("Ack-Id: ").skip(1);
    let ids = ids.filter_map(|rest| rest.split("\r\n").next());
    let frames = ids.map(|id| {
        let headers = format!("Ack-Id: {id}\r\n\r\n");
        format!("ACK 0 MSGR {}\r\n{headers}", headers.len())
    });
    frames.collect::<Vec<_>>().concat()
}

pub(crate) fn frame(line: &str, body: &str) -> String {
    format!("{line} {}\r\n\r\n{body}", body.len() + 2)
}

/// A signed-in session.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    who: Who,
    doors: Doors,
    session: String,
    headers: String,
}

impl Person {
    /// Signs in and subscribes; and what the answer to that has told already.
    pub(crate) async fn sign_in(doors: Doors, who: Who) -> Result<(Self, String), Failure> {
        let mut line = Line::open(doors.http, who.peer).await?;
        let cookies = cookies(&mut line, who.number).await?;
        let person = Self::open(doors, who, &cookies).await?;
        let told = person.post(&mut line, &subscribe_frame()).await?.text();
        if told.contains("PUT 5 MSGR") {
            Ok((person, told))
        } else {
            Err("the service refused the subscriptions".into())
        }
    }

    /// Opens a session by these cookies.
    pub(crate) async fn open(doors: Doors, who: Who, cookies: &str) -> Result<Self, Failure> {
        let headers = format!("X-MSN-Auth: Use-Cookie\r\nCookie: {cookies}\r\n");
        let mut line = Line::open(doors.http, who.peer).await?;
        let frames = who.sign_in_frames(BY_COOKIES);
        let opened = line.exchange(OPEN, &headers, frames.as_bytes()).await?;
        let opened = opened.good("an open")?;
        if !opened.text().contains("BND 3 CON") {
            return Err(format!("not bound: {:.80}", opened.text()).into());
        }
        let messenger = opened.header("x-msn-messenger").unwrap_or_default();
        Ok(Self {
            who,
            doors,
            session: between(messenger, "SessionID=", ";")?,
            headers,
        })
    }

    /// A connection of theirs.
    pub(crate) async fn line(&self) -> Result<Line, Failure> {
        Line::open(self.doors.http, self.who.peer).await
    }

    pub(crate) async fn post(&self, line: &mut Line, frames: &str) -> Result<Response, Failure> {
        let (target, headers) = self.post_head();
        let reply = line.exchange(&target, headers, frames.as_bytes()).await?;
        reply.good("a post")
    }

    /// Sends a poll.
    pub(crate) async fn ask(&self, line: &mut Line, lifespan: u64) -> Result<(), Failure> {
        let (target, headers) = self.post_head();
        let target = format!("{target}&Action=poll&Lifespan={lifespan}");
        line.send(&target, headers, b"").await
    }

    pub(crate) async fn poll(&self, line: &mut Line, lifespan: u64) -> Result<String, Failure> {
        self.ask(line, lifespan).await?;
        Ok(line.receive().await?.good("a poll")?.text())
    }

    /// Says something to somebody until it is taken.
    pub(crate) async fn deliver(&self, to: usize, id: u64, text: &str) -> Result<(), Failure> {
        let mut line = self.line().await?;
        let frames = self.who.text(to, id, text);
        for _ in 0..600 {
            let told = self.post(&mut line, &frames).await?.text();
            if told.contains("SDG 8 MSGR 2\r\n") {
                return Ok(());
            }
            // Over the allowance; it grows again.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        Err(format!("u{to} cannot be told anything").into())
    }

    /// The request line and the headers of a post.
    pub(crate) fn post_head(&self) -> (String, &str) {
        let target = format!("POST /gateway/gateway.dll?SessionID={}", self.session);
        (target, &self.headers)
    }

    pub(crate) const fn who(&self) -> Who {
        self.who
    }

    pub(crate) const fn doors(&self) -> Doors {
        self.doors
    }
}
