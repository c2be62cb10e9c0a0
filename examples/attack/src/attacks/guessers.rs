//! By those who try passwords.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::line::Line;
use crate::person::{Form, cookies, verdict};
use crate::scene::{Attack, Scene, Told, crowd};
use crate::shape::Shape;

pub(super) fn all() -> Vec<Attack> {
    let attack = |name, what, run, weight| Attack {
        name,
        what,
        shape: Shape {
            dear_hashes: true,
            ..Shape::USUAL
        },
        run,
        weight,
    };
    vec![
        attack(
            "D3",
            "10,000 overlong passwords, then 200 guesses at one person",
            |scene| Box::pin(pushing_out(scene)),
            None,
        ),
        attack(
            "D4",
            "an owner's account tried from everywhere",
            |scene| Box::pin(locking_out(scene)),
            None,
        ),
        attack(
            "D8",
            "1,500 password checks",
            |scene| Box::pin(many_checks(scene)),
            Some(64.0),
        ),
        attack(
            "D9",
            "1,000 sign-ins of nobody at once",
            |scene| Box::pin(nobody(scene)),
            None,
        ),
    ]
}

/// One try from somewhere.
async fn try_from(
    scene: Scene,
    peer: Ipv4Addr,
    name: &str,
    password: &str,
) -> Result<String, Failure> {
    let mut line = Line::open(scene.doors().http, peer).await?;
    let form = Form::fetch(&mut line).await?;
    let answer = form.submit(&mut line, name, password).await?;
    Ok(verdict(&answer).to_owned())
}

async fn pushing_out(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    let victim = format!("u{}", scene.first());
    let guesser = scene.network(0);
    let mut line = Line::open(scene.doors().http, guesser).await?;
    let form = Form::fetch(&mut line).await?;
    let mut checked = 0;
    // The counter runs before they come, and must run on behind them.
    for number in 0..10 {
        let answer = form
            .submit(&mut line, &victim, &format!("guess{number}"))
            .await?;
        checked += usize::from(verdict(&answer) == "wrong");
    }
    let overlong = crowd(scene.count(10_000), 32, move |number| async move {
        let peer = scene.network(1 + number);
        let name = format!("somebody{number}");
        let verdict = try_from(scene, peer, &name, &"x".repeat(1025)).await?;
        Ok(format!("overlong: {verdict}"))
    });
    told.crowd(overlong.await);
    for number in 10..200 {
        let answer = form
            .submit(&mut line, &victim, &format!("guess{number}"))
            .await?;
        let verdict = verdict(&answer);
        checked += usize::from(verdict == "wrong");
        told.got(verdict);
    }
    told.note(format!("{checked} of 200 guesses checked"));
    told.must(checked <= 20, || {
        format!("{checked} of 200 guesses were checked")
    });
    Ok(told)
}

async fn locking_out(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    let owner = scene.who(0, 1);
    let mut line = Line::open(scene.doors().http, owner.peer()).await?;
    cookies(&mut line, owner.number()).await?;
    let name = format!("u{}", owner.number());
    let tries = crowd(scene.count(600), 8, move |number| {
        let name = name.clone();
        async move { try_from(scene, scene.network(number % 30), &name, "wrong").await }
    });
    told.crowd(tries.await);
    let mut signed_in = cookies(&mut line, owner.number()).await;
    for _ in 0..30 {
        // Where others keep all places busy, that is no lock: what Retry-After asks of it.
        if !signed_in
            .as_ref()
            .is_err_and(|why| why.to_string().ends_with("503"))
        {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        signed_in = cookies(&mut line, owner.number()).await;
    }
    told.note(match &signed_in {
        Ok(_) => "the owner signs in".to_owned(),
        Err(why) => format!("the owner does not sign in: {why}"),
    });
    told.must(signed_in.is_ok(), || "the owner is locked out".to_owned());
    let mut elsewhere = Line::open(scene.doors().http, scene.network(1999)).await?;
    let elsewhere = cookies(&mut elsewhere, owner.number()).await;
    told.note(format!("from a new network: {}", elsewhere.is_ok()));
    Ok(told)
}

async fn many_checks(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    let tries = crowd(scene.count(1500), 16, move |number| async move {
        let name = format!("u{}", number % 20);
        // Each network few enough to be checked.
        try_from(scene, scene.network(number / 10), &name, "wrong").await
    });
    told.crowd(tries.await);
    Ok(told)
}

async fn nobody(scene: Scene) -> Result<Told, Failure> {
    let mut told = Told::default();
    let owner = scene.who(0, 1);
    for (from, networks) in [("one network", 1), ("a hundred networks", 100)] {
        let flood = crowd(scene.count(1000), 1000, move |number| async move {
            let peer = scene.network(number % networks);
            try_from(scene, peer, &format!("nobody{number}"), "wrong").await
        });
        let flood = tokio::spawn(flood);
        tokio::time::sleep(Duration::from_millis(300)).await;
        let began = Instant::now();
        let mut tries = 1;
        let mut line = Line::open(scene.doors().http, owner.peer()).await?;
        while cookies(&mut line, owner.number()).await.is_err() && tries < 30 {
            // What Retry-After asks of it.
            tries += 1;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let took = began.elapsed().as_secs_f64();
        told.note(format!(
            "from {from} the owner takes {took:.1} s and {tries} tries"
        ));
        told.must(tries < 30, || {
            format!("from {from}: the owner cannot sign in")
        });
        told.crowd(flood.await?);
    }
    Ok(told)
}
