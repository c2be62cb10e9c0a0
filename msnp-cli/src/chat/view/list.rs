//! The list at the left: conversations, then people.

use msnp_client::{Lists, Status};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line as Row, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::super::model::Model;
use super::super::people::Person;
use super::super::room::Room;
use super::super::rooms::Focus;
use super::super::text::shorten;
use super::super::theme::Theme;
use crate::shown::prose_line;

/// Draws the list of conversations and people.
pub(super) fn draw(model: &Model, theme: Theme, area: Rect, frame: &mut Frame<'_>) {
    let width = usize::from(area.width);
    let height = usize::from(area.height);
    let mut rows = vec![Row::styled("Conversations", Theme::bold())];
    // Conversations get at most half, people the rest; what is shown or chosen is in sight.
    let half = (height.saturating_sub(3) / 2).max(1);
    let people = model.people.listed();
    let wanted = model.rooms.all().len();
    let shown = wanted.min(half.max(height.saturating_sub(3 + people.len())));
    let first = first_shown(model.rooms.current_index(), shown, wanted);
    for (index, room) in model.rooms.all().iter().enumerate().skip(first).take(shown) {
        rows.push(room_row(model, theme, index, room, width));
    }
    rows.push(Row::default());
    rows.push(Row::styled("People", Theme::bold()));
    let left = height.saturating_sub(rows.len());
    let chosen = match model.rooms.focus() {
        Focus::People(chosen) => Some(chosen),
        Focus::Input => None,
    };
    let first = first_shown(chosen.unwrap_or_default(), left, people.len());
    for (index, (id, person)) in people.iter().enumerate().skip(first).take(left) {
        let is_chosen = chosen == Some(index);
        rows.push(person_row(
            &model.people.name(id),
            person,
            theme,
            width,
            is_chosen,
        ));
    }
    if people.is_empty() && left > 0 {
        rows.push(Row::styled(shorten("/add ADDRESS", width), theme.dim()));
    }
    frame.render_widget(Paragraph::new(rows), area);
}

/// The first of `count` rows to show, so that `wanted` is among the `shown`.
const fn first_shown(wanted: usize, shown: usize, count: usize) -> usize {
    if wanted < shown {
        0
    } else if wanted < count {
        wanted + 1 - shown
    } else {
        count.saturating_sub(shown)
    }
}

fn room_row<'a>(model: &Model, theme: Theme, index: usize, room: &Room, width: usize) -> Row<'a> {
    let unread = match room.unread() {
        0 => String::new(),
        count @ 1..1000 => format!(" {count}"),
        _ => " 999+".to_owned(),
    };
    let typing = if room.typing().next().is_some() {
        "…"
    } else {
        ""
    };
    let used = unread.width() + typing.width();
    let number = format!("{index:>2} ");
    let title = shorten(
        &model.people.title(room),
        width.saturating_sub(used + number.width()),
    );
    let fill = " ".repeat(width.saturating_sub(used + number.width() + title.width()));
    let style = match (index == model.rooms.current_index(), room.unread() > 0) {
        (true, _) => Theme::bar(),
        (false, true) => Theme::bold(),
        (false, false) => Style::new(),
    };
    let count = theme.colour(Color::Yellow).add_modifier(Modifier::BOLD);
    Row::from(vec![
        Span::styled(format!("{number}{title}{typing}{fill}"), style),
        Span::styled(
            unread,
            if index == model.rooms.current_index() {
                style
            } else {
                count
            },
        ),
    ])
}

fn person_row<'a>(
    name: &str,
    person: &Person,
    theme: Theme,
    width: usize,
    is_chosen: bool,
) -> Row<'a> {
    let status = person.presence().status;
    // Marks differ in shape, not in colour alone: `NO_COLOR`, and eyes.
    let (mark, colour) = if person.wants_in() {
        // Somebody who added one and wants to be added.
        ("+", Color::Yellow)
    } else if person.is_on(Lists::BLOCK) {
        ("⊘", Color::Red)
    } else if status == Status::OFFLINE {
        ("○", Color::DarkGray)
    } else if status == Status::ONLINE {
        ("●", Color::Green)
    } else if status == Status::BUSY || status == Status::ON_THE_PHONE {
        ("◆", Color::Red)
    } else {
        ("◐", Color::Yellow)
    };
    let mut text = format!(" {name}");
    if status.is_online() && status != Status::ONLINE {
        text = format!("{text} ({status})");
    } else if let Some(message) = &person.presence().personal_message
        && !message.is_empty()
    {
        text = format!("{text} - {}", prose_line(message));
    }
    let mut text = shorten(&text, width.saturating_sub(2));
    let style = if is_chosen {
        text.push_str(&" ".repeat(width.saturating_sub(2 + text.width())));
        Theme::bar()
    } else if status.is_online() {
        Style::new()
    } else {
        theme.dim()
    };
    Row::from(vec![
        Span::raw(" "),
        Span::styled(mark, theme.colour(colour)),
        Span::styled(text, style),
    ])
}
