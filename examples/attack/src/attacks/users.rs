//! By people who have an account.

use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::line::Line;
use crate::person::{
    BY_COOKIES, OPEN, Person, acknowledgements, between, cookies, frame, list_frame,
};
use crate::scene::{Attack, Scene, Told, crowd};
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
        attack("D2", "in, 190 messages and out, again and again", |scene| {
            Box::pin(in_and_out(scene))
        }),
        attack("D7", "198 notices of typing to who polls slowly", |scene| {
            Box::pin(typing(scene))
        }),
        attack("D15", "messages to oneself", |scene| {
            Box::pin(to_oneself(scene))
        }),
        attack("D16", "another sender's name inside a message", |scene| {
            Box::pin(another_sender(scene))
        }),
        attack("D17", "nine silent places of one person", |scene| {
            Box::pin(nine_places(scene))
        }),
        attack(
            "D18",
            "the same words and number from two places",
            |scene| Box::pin(the_same_words(scene)),
        ),
        Attack {
            shape: Shape {
                accounts: 80,
                ..Shape::USUAL
            },
            ..attack("D19", "a stranger's group, a stranger's mail", |scene| {
                Box::pin(stranger(scene))
            })
        },
    ]
}

const TAKEN: &str = "SDG 8 MSGR 2\r\n";

fn refusals(told: &mut Told, reply: &str) {
    told.got_many("taken", reply.matches(TAKEN).count());
    for code in ["800", "217", "301", "734"] {
        let line = format!("{code} 8 MSGR");
        told.got_many(code, reply.matches(&line).count());
    }
}

async fn in_and_out(scene: Scene) -> Result<Told, Failure> {
    let who = scene.who(0, 1);
    let mut line = Line::open(scene.doors().http, who.peer()).await?;
    let cookies = cookies(&mut line, who.number()).await?;
    let headers = format!("X-MSN-Auth: Use-Cookie\r\nCookie: {cookies}\r\n");
    let during = Duration::from_secs(if scene.is_small() { 2 } else { 10 });
    let began = Instant::now();
    let mut told = Told::default();
    let mut id = 0;
    while began.elapsed() < during {
        let mut frames = who.sign_in_frames(BY_COOKIES);
        for _ in 0..190 {
            id += 1;
            frames.push_str(&who.text(scene.first() + 1, id, &format!("text {id}")));
        }
        frames.push_str("OUT 9 CON 2\r\n\r\n");
        let reply = line.exchange(OPEN, &headers, frames.as_bytes()).await?;
        told.got(format!("session: {}", reply.status()));
        refusals(&mut told, &reply.text());
    }
    let most = 200.0 + 20.0 * began.elapsed().as_secs_f64() + 20.0;
    let taken = told.count("taken");
    told.must(
        u32::try_from(taken).is_ok_and(|it| f64::from(it) <= most),
        || format!("{taken} messages were taken, {most:.0} is the allowance"),
    );
    Ok(told)
}

async fn typing(scene: Scene) -> Result<Told, Failure> {
    let victim = scene.sign_in(1).await?;
    let attacker = scene.sign_in(0).await?;
    let polling = tokio::spawn(async move {
        let mut line = victim.line().await?;
        let mut bytes = 0;
        for _ in 0..30 {
            bytes += victim.poll(&mut line, 1).await?.len();
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        Ok::<_, Failure>(bytes)
    });
    let mut line = attacker.line().await?;
    let to = format!("8:live:u{}", scene.first() + 1);
    let mut told = Told::default();
    // As large as they were, and as large as they may be.
    for size in [64 * 1024 - 512, 8 * 1024] {
        let words = "x".repeat(size);
        let notice = attacker.who().message(&to, "Control/Typing", "", &words);
        let each = (250 * 1024 / notice.len()).max(1);
        for _ in 0..scene.count(198).div_ceil(each) {
            let reply = attacker.post(&mut line, &notice.repeat(each)).await?;
            refusals(&mut told, &reply.text());
        }
    }
    match polling.await? {
        Ok(bytes) => told.note(format!("the victim is told {} KiB and stays", bytes / 1024)),
        Err(why) => told.must(false, || format!("the victim is gone: {why}")),
    }
    Ok(told)
}

async fn to_oneself(scene: Scene) -> Result<Told, Failure> {
    let person = scene.sign_in(0).await?;
    let me = scene.first();
    let mut told = Told::default();
    let mut line = person.line().await?;
    let (mut id, size) = (0_u64, 60 * 1024);
    let words = "x".repeat(size - 20);
    let began = Instant::now();
    for _ in 0..scene.count(110) {
        let mut frames = String::new();
        for _ in 0..4 {
            id += 1;
            frames.push_str(&person.who().text(me, id, &format!("{id:020}{words}")));
        }
        refusals(&mut told, &person.post(&mut line, &frames).await?.text());
        // Otherwise what comes back fills the session first.
        let given = person.poll(&mut line, 0).await?;
        let received = acknowledgements(&given);
        if !received.is_empty() {
            person.post(&mut line, &received).await?;
        }
    }
    let kib = told.count("taken") * size / 1024;
    told.note(format!(
        "{kib} KiB to be kept in {:.0} s",
        began.elapsed().as_secs_f64()
    ));
    // Beside the burst some bytes for each second, and what a message has around its words.
    told.must(kib <= 17 * 1024, || {
        format!("{kib} KiB of one person are kept")
    });
    Ok(told)
}

async fn another_sender(scene: Scene) -> Result<Told, Failure> {
    let (attacker, victim) = (scene.sign_in(0).await?, scene.sign_in(1).await?);
    let mut told = Told::default();
    let third = "From: 8:live:friend\r\nTo: 8:live:friend\r\nRouting: 1.0\r\n";
    let to = format!("8:live:u{}", scene.first() + 1);
    let frames = attacker.who().message(&to, "Text", third, "trust me");
    let mut line = attacker.line().await?;
    refusals(&mut told, &attacker.post(&mut line, &frames).await?.text());
    let mut line = victim.line().await?;
    let heard = hear(&victim, &mut line, "trust me").await?;
    told.must(!heard.contains("friend"), || {
        "the forged sender arrives".to_owned()
    });
    Ok(told)
}

/// Polls until this is told, acknowledging; all that was told.
async fn hear(person: &Person, line: &mut Line, text: &str) -> Result<String, Failure> {
    let mut heard = String::new();
    for _ in 0..60 {
        let more = person.poll(line, 1).await?;
        let received = acknowledgements(&more);
        if !received.is_empty() {
            heard.push_str(&person.post(line, &received).await?.text());
        }
        heard.push_str(&more);
        if heard.contains(text) {
            return Ok(heard);
        }
    }
    Err(format!("nobody is told {text}").into())
}

async fn nine_places(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    let who = scene.who(0, 1);
    let mut line = Line::open(scene.doors().http, who.peer()).await?;
    let cookies = cookies(&mut line, who.number()).await?;
    for place in 1..=scene.count(90).max(9) {
        let place = u32::try_from(place)?;
        match Person::open(scene.doors(), scene.who(0, place), &cookies).await {
            Ok(_) => told.got("signed in"),
            Err(why) => told.must(false, || format!("place {place}: {why}")),
        }
    }
    Ok(told)
}

async fn the_same_words(scene: Scene) -> Result<Told, Failure> {
    let victim = scene.sign_in(1).await?;
    let mut told = Told::default();
    for place in 1..=2 {
        let (person, _) = Person::sign_in(scene.doors(), scene.who(0, place)).await?;
        let mut line = person.line().await?;
        let frames = person.who().text(scene.first() + 1, 1, "good morning");
        // And repeated, which is the same message.
        for _ in 0..2 {
            refusals(&mut told, &person.post(&mut line, &frames).await?.text());
        }
        person.post(&mut line, "OUT 9 CON 2\r\n\r\n").await?;
    }
    let (person, _) = Person::sign_in(scene.doors(), scene.who(2, 1)).await?;
    person.deliver(scene.first() + 1, 2, "the end").await?;
    let mut line = victim.line().await?;
    let heard = hear(&victim, &mut line, "the end").await?;
    let heard = heard.matches("good morning").count();
    told.note(format!("{heard} arrive"));
    told.must(heard == 2, || format!("of two messages {heard} arrive"));
    Ok(told)
}

async fn stranger(scene: Scene) -> Result<Told, Failure> {
    let (stranger, friend) = (scene.sign_in(0).await?, scene.sign_in(1).await?);
    let victim = scene.first() + 2;
    // The victim has a friend, and is not there.
    let at_first = scene.sign_in(2).await?;
    let mut line = at_first.line().await?;
    at_first
        .post(&mut line, &list_frame(scene.first() + 1))
        .await?;
    at_first.post(&mut line, "OUT 9 CON 2\r\n\r\n").await?;
    let mut told = Told::default();
    let member = |number| format!("<member><mri>8:live:u{number}</mri><role>user</role></member>");
    let me = format!(
        "<member><mri>8:live:u{}</mri><role>admin</role></member>",
        scene.first()
    );
    let others: String = (scene.first() + 2..scene.first() + 62)
        .map(member)
        .collect();
    let group = frame(
        "PUT 10 MSGR\\THREAD",
        &format!("<thread><id></id><members>{me}{others}</members></thread>"),
    );
    let mut line = stranger.line().await?;
    let made = stranger.post(&mut line, &group).await?.text();
    let id = between(&made, "<id>", "</id>")?;
    let roster = stranger.poll(&mut line, 1).await?;
    let members = (made + &roster).matches("<mri>").count();
    told.note(format!("{members} in the group"));
    told.must(members <= 1, || {
        format!("{members} people are in the stranger's group")
    });
    let words = "come and see".repeat(20);
    for number in 0..scene.count(600) {
        let text = format!("{number} {words}");
        let id_line = format!("Client-Message-ID: {number}\r\n");
        let to_group = stranger.who().message(&id, "Text", &id_line, &text);
        let to_victim = stranger.who().text(victim, u64::try_from(number)?, &text);
        let reply = stranger.post(&mut line, &(to_group + &to_victim)).await?;
        refusals(&mut told, &reply.text());
    }
    friend.deliver(victim, 1, "shall we go for a walk").await?;
    let (victim, at_once) = Person::sign_in(scene.doors(), scene.who(2, 1)).await?;
    if !at_once.contains("shall we go for a walk") {
        let mut line = victim.line().await?;
        let heard = hear(&victim, &mut line, "shall we go for a walk").await;
        told.must(heard.is_ok(), || "the friend is not heard".to_owned());
    }
    // And the same by many at once who have nothing to do with each other.
    let to = scene.first() + 2;
    let greetings = crowd(4, 4, move |own| async move {
        let person = scene.sign_in(3 + own).await?;
        person.deliver(to, 9, "hello").await?;
        Ok("greeted".to_owned())
    });
    told.crowd(greetings.await);
    Ok(told)
}
