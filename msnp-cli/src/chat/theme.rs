//! `Theme`: the colours of the screen and the zone of its clock.

use machine_contract::{UnixTime, UtcOffset};
use ratatui::style::{Color, Modifier, Style};

/// How things are shown.
#[derive(Copy, Clone, Debug)]
pub(super) struct Theme {
    colours: bool,
    offset: UtcOffset,
}

impl Theme {
    /// With or without colours (`NO_COLOR`), and with times of this zone.
    pub(super) const fn new(colours: bool, offset: UtcOffset) -> Self {
        Self { colours, offset }
    }

    pub(super) fn colour(self, colour: Color) -> Style {
        if self.colours {
            Style::new().fg(colour)
        } else {
            Style::new()
        }
    }

    pub(super) fn dim(self) -> Style {
        self.colour(Color::DarkGray)
    }

    /// The bar at the top, and what is chosen: seen without colours too.
    pub(super) fn bar() -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub(super) fn bold() -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// The day, `2015-03-16`.
    pub(super) fn day(self, time: UnixTime) -> String {
        let local = time.to_civil(self.offset);
        format!(
            "{:04}-{:02}-{:02}",
            local.year(),
            local.month(),
            local.day()
        )
    }

    /// Day and time, for lists that are not of one day.
    pub(super) fn stamp(self, time: UnixTime) -> String {
        format!("{} {}", self.day(time), self.clock(time))
    }

    /// Day, time to the second and zone, for logs: `2015-03-16T00:59:59+01:00` (RFC 3339).
    pub(super) fn timestamp(self, time: UnixTime) -> String {
        let local = time.to_civil(self.offset);
        let minutes = self.offset.seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
        format!(
            "{}T{}:{:02}{sign}{hours:02}:{minutes:02}",
            self.day(time),
            self.clock(time),
            local.second()
        )
    }

    /// `HH:MM` of the day.
    pub(super) fn clock(self, time: UnixTime) -> String {
        let local = time.to_civil(self.offset);
        format!("{:02}:{:02}", local.hour(), local.minute())
    }
}
