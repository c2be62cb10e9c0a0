//! By pages and networks that stand between people and the service.

use crate::failure::Failure;
use crate::line::Line;
use crate::person::{OPEN, Person, acknowledgements, between, cookies};
use crate::scene::{Attack, Scene, Told};
use crate::shape::Shape;

pub(super) fn all() -> Vec<Attack> {
    let attack = |name, what, run| Attack {
        name,
        what,
        shape: Shape::USUAL,
        run,
        weight: None,
    };
    vec![
        attack("D11", "another site's page, with the cookies", |scene| {
            Box::pin(another_site(scene))
        }),
        attack(
            "D20",
            "connections that die with a message in them",
            |scene| Box::pin(dying_connections(scene)),
        ),
    ]
}

/// The body of a call that gives whoever it speaks for a uic.
const CONNECTION: &[u8] = br#"{"trouterurl":"https://","connectionid":"a"}"#;

/// What a page of any site can have a browser send: a form as text, with the cookies, and no header of its own.
async fn another_site(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    let (person, reader) = (scene.who(0, 1), scene.sign_in(1).await?);
    let mut line = Line::open(scene.doors().http, person.peer()).await?;
    let cookies = cookies(&mut line, person.number()).await?;
    for number in 0..scene.count(100) {
        let frames = person.sign_in_frames("<user><web-compact-ticket /></user>")
            + &person.text(scene.first() + 1, u64::try_from(number)?, "forged");
        let site = "Origin: https://evil.example\r\nContent-Type: text/plain\r\n";
        let headers = format!("{site}Cookie: {cookies}\r\n");
        let reply = line.exchange(OPEN, &headers, frames.as_bytes()).await?;
        told.got(format!("open: {}", reply.status()));
        let signed_in = reply.text().contains("BND 3 CON");
        told.must(!signed_in, || "a page of another site signs in".to_owned());
        // The sign-in page's cookies do not count for it either.
        let headers = format!("{site}Cookie: {cookies}\r\n");
        let call = "POST /v1/user/Initialization";
        let reply = line.exchange(call, &headers, CONNECTION).await?;
        told.got(format!("call: {}", reply.status()));
        let uic = between(&reply.text(), "\"MappingContainer\":\"", "\"");
        let speaks = uic.is_ok_and(|uic| !uic.is_empty());
        told.must(!speaks, || {
            "a page of another site is given a uic".to_owned()
        });
    }
    let mut line = reader.line().await?;
    let heard = reader.poll(&mut line, 1).await?;
    told.must(!heard.contains("forged"), || {
        "a page of another site speaks for somebody".to_owned()
    });
    Ok(told)
}

/// Somebody who acknowledges, each of whose first polls is answered by a connection that is then reset.
async fn dying_connections(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    let (writer, reader) = (scene.sign_in(0).await?, scene.sign_in(1).await?);
    let to = scene.first() + 1;
    for number in 0..scene.count(50) {
        let id = 2 * u64::try_from(number)?;
        let (first, second) = (format!("first{number}."), format!("second{number}."));
        writer.deliver(to, id, &first).await?;
        let mut dying = reader.line().await?;
        loop {
            reader.ask(&mut dying, 1).await?;
            if dying.lies_here_with(&first).await? {
                break;
            }
            dying.receive().await?;
        }
        dying.reset()?;
        writer.deliver(to, id + 1, &second).await?;
        let mut line = reader.line().await?;
        let mut heard = String::new();
        for _ in 0..40 {
            heard.push_str(&hear(&reader, &mut line).await?);
            if heard.contains(&first) && heard.contains(&second) {
                break;
            }
        }
        let there = heard.contains(&first);
        told.got(if there { "given again" } else { "lost" });
        told.must(there, || format!("{first} is not given again"));
    }
    Ok(told)
}

/// What a poll tells, all of which is acknowledged.
async fn hear(reader: &Person, line: &mut Line) -> Result<String, Failure> {
    let mut heard = reader.poll(line, 1).await?;
    let received = acknowledgements(&heard);
    if !received.is_empty() {
        heard.push_str(&reader.post(line, &received).await?.text());
    }
    Ok(heard)
}
