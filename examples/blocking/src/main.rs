//! A chat for pipes, to show the whole client on threads: every line of standard input is
//! `bob@example.com what to say`, and its end signs out.
//!
//! `MSNP_PASSWORD=… blocking-driver http://127.0.0.1:1863 alice@example.com`

use std::error::Error;
use std::io::{self, BufRead};
use std::time::Duration;
use std::{env, thread};

use machine_contract::Instant;
use machine_driver::{Clock, SystemClock};
use msnp_client::{Access, Client, Config, ContactId, Event, Service};

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: MSNP_PASSWORD=… blocking-driver SERVICE-URL ACCOUNT";
    let mut args = env::args().skip(1);
    let (service, login) = args.next().zip(args.next()).ok_or(usage)?;
    let password = env::var("MSNP_PASSWORD").map_err(|_| usage)?;
    let access = Access::web(Service::at(&service)?, login, password);
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let client = Client::new(Config::new(access, seed));

    let mut driver = blocking_driver::driver(client);
    let caller = driver.caller();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if caller.call(|client, now| say(client, &line, now)).is_err() {
                return;
            }
        }
        // A driver that is gone has signed out already.
        let _ = caller.call(Client::sign_out);
    });
    driver.call(Client::sign_in)?;
    loop {
        let Some(event) = driver.next_event(SystemClock.now() + Duration::from_secs(3600))? else {
            continue;
        };
        match event {
            Event::SignedIn(account) => println!("* signed in as {account}"),
            Event::PresenceChanged { contact, presence } => {
                println!("* {contact} is {}", presence.status);
            }
            Event::MessageReceived(message) => {
                println!("{}: {}", message.from, printable(&message.text));
            }
            Event::MessageDelivered { message, .. } => println!("* {message} was delivered"),
            Event::MessageFailed {
                message, reason, ..
            } => {
                println!("* {message} was not delivered: {reason}");
            }
            Event::MessageUncertain {
                message, reason, ..
            } => {
                println!("* {message} may not have been delivered: {reason}");
            }
            Event::SignedOut(reason) => {
                println!("* signed out: {reason}");
                return Ok(());
            }
            _ => {}
        }
    }
}

fn say(client: &mut Client, line: &str, now: Instant) {
    let Some((to, text)) = line.split_once(' ') else {
        return println!("* a line is: bob@example.com what to say");
    };
    let contact: ContactId = match to.parse() {
        Ok(contact) => contact,
        Err(invalid) => return println!("* {invalid}"),
    };
    match client.send_text(&contact.into(), text, now) {
        Ok(message) => println!("* {message} is on its way to {to}"),
        Err(refused) => println!("* {refused}"),
    }
}

/// Without the characters that a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
