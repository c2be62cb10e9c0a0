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

    /// `HH:MM` of the day.
    pub(super) fn clock(self, time: UnixTime) -> String {
        let local = time.to_civil(self.offset);
        format!("{:02}:{:02}", local.hour(), local.minute())
    }
}
