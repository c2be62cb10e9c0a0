//! Threads: members, roles, topics, and what is said about them.

use msnp_server::network::ConnectionId;

use crate::world::{Config, World, between, body, epid, frame};

const OK: &str = "SDG 8 MSGR 2\r\n\r\n";

fn members(people: &[(&str, &str)]) -> String {
    let member = |(who, role): &(&str, &str)| {
        format!("<member><mri>8:{who}</mri><role>{role}</role></member>")
    };
    format!(
        "<members>{}</members>",
        people.iter().map(member).collect::<String>()
    )
}

fn put(id: &str, rest: &str) -> String {
    frame(
        "PUT 10 MSGR\\THREAD",
        "",
        &format!("<thread><id>{id}</id>{rest}</thread>"),
    )
}

fn del(id: &str, people: &[&str]) -> String {
    let member = |who: &&str| format!("<member><mri>8:{who}</mri></member>");
    let members: String = people.iter().map(member).collect();
    frame(
        "DEL 10 MSGR\\THREAD",
        "",
        &format!("<thread><id>{id}</id><members>{members}</members></thread>"),
    )
}

/// Alice makes a thread with Bob; Carol is there too, and not in it.
fn group(world: &mut World) -> (String, [ConnectionId; 3]) {
    let [alice, bob, carol] =
        [("alice", 1), ("bob", 2), ("carol", 3)].map(|(who, endpoint)| world.online(who, endpoint));
    let created = world
        .ask(
            alice,
            &put("", &members(&[("alice", "admin"), ("bob", "user")])),
        )
        .remove(0);
    let id = between(body(&created), "<id>", "</id>").to_owned();
    for client in [alice, bob, carol] {
        world.hear(client);
    }
    (id, [alice, bob, carol])
}

/// What is said in the thread: the bodies of the activity messages.
fn activities(frames: &[String]) -> Vec<String> {
    let said = frames
        .iter()
        .filter(|frame| frame.contains("Message-Type: ThreadActivity/"));
    said.map(|frame| body(frame).to_owned()).collect()
}

fn roster(frames: &[String]) -> Vec<String> {
    let last = frames
        .iter()
        .rev()
        .find(|frame| frame.starts_with("NFY 0 MSGR\\THREAD "))
        .expect("a thread");
    let members = last.split("<mri>8:").skip(1);
    members
        .map(|one| {
            format!(
                "{} {}",
                one.split_once('<').unwrap().0,
                between(one, "<role>", "</role>")
            )
        })
        .collect()
}

#[test]
fn a_thread_is_made_and_its_members_are_told() {
    let mut world = World::new();
    let [alice, bob, carol] =
        [("alice", 1), ("bob", 2), ("carol", 3)].map(|(who, endpoint)| world.online(who, endpoint));
    let told = world.ask(
        alice,
        &put("", &members(&[("alice", "admin"), ("bob", "user")])),
    );
    let reply = &told[0];
    let id = between(reply, "<id>", "</id>");
    assert!(
        id.starts_with("19:") && id.ends_with("@thread.skype") && id.len() == 48,
        "{id}"
    );
    for header in [
        "UtcTime: 1431882693",
        "Set-Registration: ",
        "Registration-Token-Expiry: 1431969093",
        "Context: ",
    ] {
        assert!(reply.contains(header), "{reply}");
    }
    assert_eq!(body(reply), format!("<thread><id>{id}</id></thread>"));
    let context = between(&told[1], "Context: ", "\r\n");
    let document = format!(
        "<thread><id>{id}</id><version>1431882693260</version><capabilities>2047</capabilities><properties><topic></topic><creator>8:alice</creator></properties>{}</thread>",
        members(&[("alice", "admin"), ("bob", "user")])
    );
    assert_eq!(
        told[1],
        frame(
            "NFY 0 MSGR\\THREAD",
            &format!("Context: {context}\r\n"),
            &document
        )
    );
    let said = "<addmember><eventtime>1431882693260</eventtime><initiator>8:alice</initiator><target>8:bob</target></addmember>";
    assert_eq!(activities(&told), [said]);
    let told = world.hear(bob);
    assert_eq!(
        (body(&told[0]), activities(&told)),
        (document.as_str(), vec![said.to_owned()])
    );
    assert!(
        told[1].contains(&format!("From: {id}\r\n")) && told[1].contains(&format!("To: {id}\r\n")),
        "{told:?}"
    );
    assert_eq!(world.hear(carol), [""; 0]);
}

#[test]
fn who_makes_a_thread_is_its_admin_whatever_he_says() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    let told = world.ask(
        alice,
        &put("", &members(&[("bob", "user"), ("alice", "user")])),
    );
    assert_eq!(roster(&told), ["alice admin", "bob user"]);
}

#[test]
fn version_1_of_the_feature_set_has_no_threads() {
    let mut world = World::new();
    let alice = world.open(Some("alice"));
    let sign_in = crate::world::sign_in(1);
    let (rest, bind) = sign_in.split_at(sign_in.find("BND").unwrap());
    world.say(
        alice,
        &format!("{rest}{}", bind.replacen("<ver>2</ver>", "<ver>1</ver>", 1)),
    );
    assert!(world.ask(alice, &put("", ""))[0].starts_with("202 10 MSGR "));
}

#[test]
fn a_message_reaches_every_member_and_waits_for_those_away() {
    let mut world = World::new();
    let (id, [alice, bob, carol]) = group(&mut world);
    let sister = world.sign_in("bob", 9);
    world.hang_up(alice);
    world.hear(bob);
    world.text(bob, "bob", &id, "hi all");
    assert_eq!(world.hear(bob), [OK]);
    let echo = world.hear(sister).remove(0);
    assert!(
        echo.contains(&format!("To: {id}\r\n"))
            && echo.contains(&format!("From: 8:bob;epid={}\r\n", epid(2))),
        "{echo}"
    );
    assert_eq!(world.hear(carol), [""; 0]);
    let alice = world.bind("alice", 1);
    let told = world.subscribe(alice);
    assert!(
        told.iter()
            .any(|frame| body(frame) == "hi all" && frame.contains(&format!("To: {id}\r\n")))
    );
}

#[test]
fn who_is_not_in_a_thread_does_not_find_it() {
    let mut world = World::new();
    let (id, [_, bob, carol]) = group(&mut world);
    world.text(carol, "carol", &id, "hello?");
    assert!(world.hear(carol)[0].starts_with("205 8 MSGR "));
    for command in [
        put(&id, &members(&[("carol", "user")])),
        put(&id, "<properties><topic>x</topic></properties>"),
        del(&id, &["bob"]),
    ] {
        assert!(
            world.ask(carol, &command)[0].starts_with("205 10 MSGR "),
            "{command}"
        );
    }
    let threads = format!("<threads><thread><id>{id}</id></thread></threads>");
    let reply = world
        .ask(carol, &frame("GET 11 MSGR\\THREADS", "", &threads))
        .remove(0);
    assert!(!reply.contains("alice"), "{reply}");
    assert_eq!(world.hear(bob), [""; 0]);
}

#[test]
fn a_member_may_add_people_and_the_new_one_sees_what_comes_from_then_on() {
    let mut world = World::new();
    let (id, [alice, bob, carol]) = group(&mut world);
    world.text(alice, "alice", &id, "before");
    world.hear(bob);
    let told = world.ask(bob, &put(&id, &members(&[("carol", "user")])));
    assert_eq!(roster(&told), ["alice admin", "bob user", "carol user"]);
    let told = world.hear(carol);
    assert!(
        activities(&told)[0].contains("<initiator>8:bob</initiator><target>8:carol</target>"),
        "{told:?}"
    );
    world.text(alice, "alice", &id, "after");
    assert_eq!(
        world
            .heard(carol, "SDG")
            .iter()
            .map(|frame| body(frame))
            .collect::<Vec<_>>(),
        ["after"]
    );
}

#[test]
fn only_an_admin_removes_others_or_changes_roles() {
    let mut world = World::new();
    let (id, [alice, bob, _]) = group(&mut world);
    for command in [
        del(&id, &["alice"]),
        put(&id, &members(&[("bob", "admin")])),
        put(&id, &members(&[("alice", "user")])),
        put(&id, &members(&[("carol", "admin")])),
    ] {
        assert!(
            world.ask(bob, &command)[0].starts_with("718 10 MSGR "),
            "{command}"
        );
    }
    assert_eq!(world.hear(alice), [""; 0]);
    let told = world.ask(alice, &put(&id, &members(&[("bob", "admin")])));
    assert_eq!(roster(&told), ["alice admin", "bob admin"]);
    assert!(
        activities(&told)[0].contains("<target><id>8:bob</id><role>admin</role></target>"),
        "{told:?}"
    );
    assert!(world.ask(bob, &del(&id, &["alice"]))[0].starts_with("DEL 10 MSGR "));
}

#[test]
fn who_is_removed_is_told_last_and_hears_no_more() {
    let mut world = World::new();
    let (id, [alice, bob, _]) = group(&mut world);
    let told = world.ask(alice, &del(&id, &["bob"]));
    assert!(told[0].starts_with("DEL 10 MSGR "), "{told:?}");
    let told = world.hear(bob);
    assert_eq!(roster(&told), ["alice admin"]);
    assert!(
        activities(&told)[0].starts_with("<deletemember>"),
        "{told:?}"
    );
    world.text(alice, "alice", &id, "gone");
    assert_eq!(world.hear(bob), [""; 0]);
    world.text(bob, "bob", &id, "wait!");
    assert!(world.hear(bob)[0].starts_with("205 8 MSGR "));
}

#[test]
fn who_names_himself_leaves_and_the_eldest_becomes_admin() {
    let mut world = World::new();
    let (id, [alice, bob, carol]) = group(&mut world);
    world.say(alice, &put(&id, &members(&[("carol", "user")])));
    world.hear(bob);
    world.hear(carol);
    world.say(alice, &del(&id, &["alice"]));
    let told = world.hear(bob);
    assert_eq!(roster(&told), ["bob admin", "carol user"]);
    let said = activities(&told);
    assert!(
        said[0].contains("<initiator>8:alice</initiator><target>8:alice</target>"),
        "{said:?}"
    );
    assert!(
        said[1].starts_with("<roleupdate>") && said[1].contains("<id>8:bob</id><role>admin</role>"),
        "{said:?}"
    );
    // Whoever left can be asked back.
    let told = world.ask(bob, &put(&id, &members(&[("alice", "user")])));
    assert_eq!(roster(&told), ["bob admin", "carol user", "alice user"]);
}

#[test]
fn removing_somebody_who_is_not_there_is_refused() {
    let mut world = World::new();
    let (id, [alice, _, _]) = group(&mut world);
    assert!(world.ask(alice, &del(&id, &["carol"]))[0].starts_with("216 10 MSGR "));
    assert!(world.ask(alice, &del(&id, &[]))[0].starts_with("201 10 MSGR "));
    assert!(world.ask(alice, &del(&id, &["bob", "bob"]))[0].starts_with("216 10 MSGR "));
    world.text(alice, "alice", &id, "still here?");
    assert_eq!(world.hear(alice), [OK]);
}

#[test]
fn a_topic_is_set_and_said() {
    let mut world = World::new();
    let (id, [alice, bob, _]) = group(&mut world);
    let topic = "<properties><topic>tea &amp; cake</topic></properties>";
    world.say(bob, &put(&id, topic));
    let told = world.hear(alice);
    assert!(
        told[0].contains("<topic>tea &amp; cake</topic>"),
        "{told:?}"
    );
    assert!(activities(&told)[0].contains("<value>tea &amp; cake</value>"));
    let told = world.ask(bob, &put(&id, topic));
    assert!(
        told.len() == 1 && world.hear(alice).is_empty(),
        "the same again is no news: {told:?}"
    );
    let long = format!(
        "<properties><topic>{}</topic></properties>",
        "x".repeat(513)
    );
    assert!(world.ask(bob, &put(&id, &long))[0].starts_with("201 10 MSGR "));
}

#[test]
fn who_has_blocked_somebody_is_not_added_by_him() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    world.list(bob, "alice", 4);
    world.hear(bob);
    let told = world.ask(
        alice,
        &put("", &members(&[("bob", "user"), ("carol", "user")])),
    );
    assert_eq!(roster(&told), ["alice admin", "carol user"]);
    assert_eq!(world.hear(bob), [""; 0]);
}

#[test]
fn unknown_people_and_too_many_people_are_refused() {
    let mut config = Config::default();
    config.network.thread_members = 2;
    config.network.strangers_may_add = true;
    let mut world = World::with(config);
    let (id, [alice, bob, _]) = group(&mut world);
    assert!(
        world.ask(alice, &put(&id, &members(&[("nobody", "user")])))[0].starts_with("205 10 MSGR ")
    );
    assert!(
        world.ask(alice, &put(&id, &members(&[("carol", "user")])))[0].starts_with("210 10 MSGR ")
    );
    let three = members(&[("bob", "user"), ("carol", "user"), ("dave", "user")]);
    assert!(world.ask(alice, &put("", &three))[0].starts_with("210 10 MSGR "));
    assert_eq!(world.hear(bob), [""; 0]);
}

#[test]
fn the_documents_of_threads_can_be_asked_for() {
    let mut world = World::new();
    let (id, [alice, _, _]) = group(&mut world);
    let wanted = format!(
        "<threads><thread><id>{id}</id></thread><thread><id>19:ffffffffffffffffffffffffffffffff@thread.skype</id></thread></threads>"
    );
    let reply = world
        .ask(alice, &frame("GET 11 MSGR\\THREADS", "", &wanted))
        .remove(0);
    assert!(reply.starts_with("GET 11 MSGR "));
    let document = body(&reply);
    assert!(
        document.starts_with("<threads-response>") && document.matches("<version>").count() == 1,
        "{document}"
    );
    assert!(document.contains("<mri>8:bob</mri><role>user</role>"));
}
