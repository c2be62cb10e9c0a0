//! The conversation that is shown: headline, lines, who types.

use msnp_client::Status;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier};
use ratatui::text::{Line as Row, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::super::line::{DeliveryState, Kind, Line};
use super::super::model::Model;
use super::super::people::{Person, bare};
use super::super::text::{shorten, wrap};
use super::super::theme::Theme;
use super::super::timestamps::Timestamps;
use crate::shown::prose_line;

/// Draws the conversation that is shown.
pub(super) fn draw(
    model: &mut Model,
    theme: Theme,
    now: Timestamps,
    area: Rect,
    frame: &mut Frame<'_>,
) {
    let [head, body, typing] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(area);
    let width = usize::from(area.width);
    frame.render_widget(
        Paragraph::new(shorten(&headline(model), width)).style(Theme::bold()),
        head,
    );
    let height = usize::from(body.height);
    let wanted = model.rooms.current().scroll().saturating_add(height);
    // From the newest back, only as far as is shown.
    let mut blocks: Vec<Vec<Row<'_>>> = Vec::new();
    let mut count = 0;
    let lines = model.rooms.current().lines();
    for (index, line) in lines.iter().enumerate().rev() {
        if count >= wanted {
            break;
        }
        let mut rows = line_rows(model, theme, line, width);
        // A day is named where it begins; today needs no name before anything was said on another.
        let day = theme.day(line.at);
        let before = index.checked_sub(1).and_then(|before| lines.get(before));
        let is_news = before.map_or(day != theme.day(now.wall()), |it| theme.day(it.at) != day);
        if is_news {
            let text = shorten(&format!("── {day} ──"), width);
            rows.insert(0, Row::styled(text, theme.dim()));
        }
        count += rows.len();
        blocks.push(rows);
    }
    let room = model.rooms.current_mut();
    room.limit_scroll(count.saturating_sub(height));
    let scroll = room.scroll();
    let rows: Vec<Row<'_>> = blocks.into_iter().rev().flatten().collect();
    let end = rows.len().saturating_sub(scroll);
    let start = end.saturating_sub(height);
    let blank = height - (end - start);
    let shown = std::iter::repeat_n(Row::default(), blank)
        .chain(rows.into_iter().skip(start).take(end - start))
        .collect::<Vec<_>>();
    frame.render_widget(Paragraph::new(shown), body);
    let typing_people = model.rooms.current().typing();
    let names: Vec<String> = typing_people.map(|id| model.people.name(id)).collect();
    let text = match (scroll, &names[..]) {
        (0, []) => String::new(),
        (0, [one]) => format!("{one} is typing…"),
        (0, several) => format!("{} are typing…", several.join(", ")),
        (rows, _) => match model.rooms.current().unread() {
            0 => format!("── {rows} rows below, Esc goes there ──"),
            unread => format!("── {unread} new messages below, Esc goes there ──"),
        },
    };
    frame.render_widget(
        Paragraph::new(shorten(&text, width)).style(theme.dim()),
        typing,
    );
}

/// What stands over a conversation.
fn headline(model: &Model) -> String {
    let room = model.rooms.current();
    let title = model.people.title(room);
    let Some(id) = room.id() else {
        return title;
    };
    if let Some(contact) = id.contact() {
        let presence = model.people.get(contact).map(Person::presence);
        let status = presence.map_or(Status::OFFLINE, |presence| presence.status);
        let message = presence
            .and_then(|presence| presence.personal_message.as_deref())
            .filter(|message| !message.is_empty())
            .map(|message| format!(" - {}", prose_line(message)))
            .unwrap_or_default();
        return format!("{title} <{}> ({status}){message}", bare(contact));
    }
    let names: Vec<String> = room
        .members()
        .iter()
        .map(|member| model.people.name(&member.contact))
        .collect();
    format!("{title} [{}]", names.join(", "))
}

/// The rows of one line. It is wrapped as one text, label and tail included, so that it breaks where a
/// text does; the label gets its style afterwards, where the first row still begins with it.
fn line_rows<'a>(model: &Model, theme: Theme, line: &Line, width: usize) -> Vec<Row<'a>> {
    let clock = format!("{} ", theme.clock(line.at));
    let (label, style, tail) = match &line.kind {
        Kind::Notice => ("* ".to_owned(), theme.colour(Color::Cyan), String::new()),
        Kind::Alarm => (
            "! ".to_owned(),
            theme.colour(Color::Red).add_modifier(Modifier::BOLD),
            String::new(),
        ),
        Kind::Said {
            from,
            name,
            state,
            edited,
            ..
        } => {
            let is_mine = model.people.is_me(from);
            // Who is not known by now is called as the message said.
            let called = match name {
                Some(name) if !is_mine && model.people.get(from).is_none() => name.clone(),
                _ => model.people.name(from),
            };
            let style = theme
                .colour(if is_mine { Color::Blue } else { Color::Magenta })
                .add_modifier(Modifier::BOLD);
            let mut tail = String::new();
            if *edited {
                tail.push_str(" (edited)");
            }
            match state {
                DeliveryState::Theirs | DeliveryState::Delivered => {}
                DeliveryState::Pending => tail.push_str(" …"),
                DeliveryState::Failed(reason) => tail = format!("{tail} ✗ not delivered: {reason}"),
                DeliveryState::Uncertain(reason) => {
                    tail = format!("{tail} ? maybe not delivered: {reason}");
                }
            }
            (format!("{}: ", shorten(&called, 20)), style, tail)
        }
    };
    let indent = clock.width();
    let room = width.saturating_sub(indent);
    let whole = format!("{label}{}{tail}", line.text);
    let is_said = matches!(line.kind, Kind::Said { .. });
    let rows = wrap(&whole, room);
    rows.into_iter()
        .enumerate()
        .map(|(index, text)| {
            let first = if index == 0 {
                clock.clone()
            } else {
                " ".repeat(indent)
            };
            let mut spans = vec![Span::styled(first, theme.dim())];
            match text.strip_prefix(label.trim_end()) {
                Some(rest) if index == 0 && is_said => {
                    spans.push(Span::styled(label.trim_end().to_owned(), style));
                    spans.push(Span::raw(rest.to_owned()));
                }
                _ if is_said => spans.push(Span::raw(text)),
                _ => spans.push(Span::styled(text, style)),
            }
            Row::from(spans)
        })
        .collect()
}
