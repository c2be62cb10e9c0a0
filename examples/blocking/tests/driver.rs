//! What is this driver's own. What every driver owes is in `conformance.rs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use blocking_driver::Driver;
use driver_conformance::{Probe, Told};
use machine_driver::{Clock, SystemClock};

fn told(driver: &mut Driver<Probe>) -> Told {
    let event = driver.next_event(SystemClock.now() + Duration::from_secs(30));
    event.unwrap().expect("no event came")
}

#[test]
fn calls_and_alarms_wake_the_loop() {
    let mut driver = blocking_driver::driver(Probe::default());
    let caller = driver.caller();
    std::thread::spawn(move || caller.call(|probe, _| probe.say(1)));
    assert!(matches!(told(&mut driver), Told::Said(1)));
    let alarm = SystemClock.now() + Duration::from_millis(50);
    driver.call(|probe, _| probe.wake_at(Some(alarm))).unwrap();
    assert!(matches!(told(&mut driver), Told::Rang { alarm, now } if now >= alarm));
    assert!(SystemClock.now() >= alarm);
}
