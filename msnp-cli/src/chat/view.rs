//! Draws the model.

use machine_contract::UnixTime;
use msnp_client::{Lists, Status};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line as Row, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::model::{Focus, Link, Model, Person};
use super::room::{Fate, Kind, Line, Room};
use super::text::{clean_line, shorten, wrap};

/// Below this width the list of conversations and people is not shown.
const NARROW: u16 = 60;
/// The width of that list.
const LIST: u16 = 24;

/// How to draw.
#[derive(Copy, Clone, Debug)]
pub(super) struct Look {
    /// Whether colours are wanted (`NO_COLOR`).
    pub(super) colours: bool,
    /// Seconds east of Greenwich.
    pub(super) offset: i32,
}

impl Look {
    fn colour(self, colour: Color) -> Style {
        if self.colours {
            Style::new().fg(colour)
        } else {
            Style::new()
        }
    }

    fn dim(self) -> Style {
        self.colour(Color::DarkGray)
    }

    fn bar() -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    fn bold() -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// `HH:MM` of the day.
    pub(super) fn clock(self, time: UnixTime) -> String {
        let local = i64::try_from(time.as_secs()).unwrap_or_default() + i64::from(self.offset);
        let minutes = local.div_euclid(60).rem_euclid(24 * 60);
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// How many rows of a conversation fit on a screen of this height.
pub(super) fn page(height: u16) -> usize {
    usize::from(height.saturating_sub(5)).max(1)
}

/// Draws everything.
pub(super) fn draw(model: &mut Model, look: Look, frame: &mut Frame<'_>) {
    let [top, middle, input, help] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    draw_top(model, top, frame);
    let is_narrow = frame.area().width < NARROW;
    let [list, gap, room] = Layout::horizontal([
        Constraint::Length(if is_narrow { 0 } else { LIST }),
        Constraint::Length(u16::from(!is_narrow)),
        Constraint::Min(1),
    ])
    .areas(middle);
    if !is_narrow {
        draw_list(model, look, list, frame);
        let line = vec![Row::styled("│", look.dim()); usize::from(gap.height)];
        frame.render_widget(Paragraph::new(line), gap);
    }
    draw_room(model, look, room, frame);
    draw_input(model, look, input, frame);
    draw_help(model, look, help, frame);
}

fn draw_top(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    let me = model
        .me
        .as_ref()
        .map_or_else(String::new, |me| model.name(me));
    let how = match &model.link {
        // Until the service has told it back, it is what one signed in with.
        Link::Online if model.own.status == Status::OFFLINE => Status::ONLINE.to_string(),
        Link::Online => model.own.status.to_string(),
        Link::SigningIn(None) => "signing in".to_owned(),
        Link::SigningIn(Some(step)) => format!("signing in: {}", step_name(*step)),
        Link::Reconnecting(reason) => format!("reconnecting: {reason}"),
        Link::SignedOut(reason) => format!("signed out: {reason}"),
    };
    let mut text = format!(" msnp  {me} ({how})");
    if let Some(message) = model
        .own
        .personal_message
        .as_ref()
        .filter(|text| !text.is_empty())
    {
        text.push_str(" - ");
        text.push_str(&clean_line(message));
    }
    let width = usize::from(area.width);
    let unread = match model.unread() {
        0 => String::new(),
        count => format!(" {count} new "),
    };
    let mut text = shorten(&text, width.saturating_sub(unread.width()));
    let used = text.width() + unread.width();
    text.push_str(&" ".repeat(width.saturating_sub(used)));
    text.push_str(&unread);
    frame.render_widget(Paragraph::new(text).style(Look::bar()), area);
}

fn step_name(step: msnp_client::Step) -> &'static str {
    use msnp_client::Step;
    match step {
        Step::Credentials => "checking the password",
        Step::Identity => "getting the identity",
        Step::Connecting => "connecting",
        Step::Authenticating => "authenticating",
        Step::Synchronizing => "fetching the lists",
        _ => "working",
    }
}

fn draw_list(model: &Model, look: Look, area: Rect, frame: &mut Frame<'_>) {
    let width = usize::from(area.width);
    let height = usize::from(area.height);
    let mut rows = vec![Row::styled("Conversations", Look::bold())];
    // Conversations get at most half, people the rest; what is shown or chosen is in sight.
    let half = (height.saturating_sub(3) / 2).max(1);
    let people = model.listed();
    let wanted = model.rooms.len();
    let shown = wanted.min(half.max(height.saturating_sub(3 + people.len())));
    let first = first_shown(model.current, shown, wanted);
    for (index, room) in model.rooms.iter().enumerate().skip(first).take(shown) {
        rows.push(room_row(model, look, index, room, width));
    }
    rows.push(Row::default());
    rows.push(Row::styled("People", Look::bold()));
    let left = height.saturating_sub(rows.len());
    let chosen = match model.focus {
        Focus::People(chosen) => Some(chosen),
        Focus::Input => None,
    };
    let first = first_shown(chosen.unwrap_or_default(), left, people.len());
    for (index, (id, person)) in people.iter().enumerate().skip(first).take(left) {
        let is_chosen = chosen == Some(index);
        rows.push(person_row(&model.name(id), person, look, width, is_chosen));
    }
    if people.is_empty() && left > 0 {
        rows.push(Row::styled(shorten("/add ADDRESS", width), look.dim()));
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

fn room_row<'a>(model: &Model, look: Look, index: usize, room: &Room, width: usize) -> Row<'a> {
    let unread = match room.unread {
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
        &model.title(room),
        width.saturating_sub(used + number.width()),
    );
    let fill = " ".repeat(width.saturating_sub(used + number.width() + title.width()));
    let style = match (index == model.current, room.unread > 0) {
        (true, _) => Look::bar(),
        (false, true) => Look::bold(),
        (false, false) => Style::new(),
    };
    let count = look.colour(Color::Yellow).add_modifier(Modifier::BOLD);
    Row::from(vec![
        Span::styled(format!("{number}{title}{typing}{fill}"), style),
        Span::styled(unread, if index == model.current { style } else { count }),
    ])
}

fn person_row<'a>(
    name: &str,
    person: &Person,
    look: Look,
    width: usize,
    is_chosen: bool,
) -> Row<'a> {
    let status = person.presence.status;
    let (mark, colour) = if person.is_on(Lists::BLOCK) {
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
    } else if let Some(message) = &person.presence.personal_message
        && !message.is_empty()
    {
        text = format!("{text} - {}", clean_line(message));
    }
    let mut text = shorten(&text, width.saturating_sub(2));
    let style = if is_chosen {
        text.push_str(&" ".repeat(width.saturating_sub(2 + text.width())));
        Look::bar()
    } else if status.is_online() {
        Style::new()
    } else {
        look.dim()
    };
    Row::from(vec![
        Span::raw(" "),
        Span::styled(mark, look.colour(colour)),
        Span::styled(text, style),
    ])
}

fn draw_room(model: &mut Model, look: Look, area: Rect, frame: &mut Frame<'_>) {
    let [head, body, typing] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(area);
    let width = usize::from(area.width);
    frame.render_widget(
        Paragraph::new(shorten(&headline(model), width)).style(Look::bold()),
        head,
    );
    let height = usize::from(body.height);
    let wanted = model.room().scroll.saturating_add(height);
    // From the newest back, only as far as is shown.
    let mut blocks: Vec<Vec<Row<'_>>> = Vec::new();
    let mut count = 0;
    for line in model.room().lines.iter().rev() {
        if count >= wanted {
            break;
        }
        let rows = line_rows(model, look, line, width);
        count += rows.len();
        blocks.push(rows);
    }
    let scroll = model.room().scroll.min(count.saturating_sub(height));
    model.room_mut().scroll = scroll;
    let rows: Vec<Row<'_>> = blocks.into_iter().rev().flatten().collect();
    let end = rows.len().saturating_sub(scroll);
    let start = end.saturating_sub(height);
    let blank = height - (end - start);
    let shown = std::iter::repeat_n(Row::default(), blank)
        .chain(rows.into_iter().skip(start).take(end - start))
        .collect::<Vec<_>>();
    frame.render_widget(Paragraph::new(shown), body);
    let names: Vec<String> = model.room().typing().map(|id| model.name(id)).collect();
    let text = match (scroll, &names[..]) {
        (0, []) => String::new(),
        (0, [one]) => format!("{one} is typing…"),
        (0, several) => format!("{} are typing…", several.join(", ")),
        (rows, _) => match model.room().unread {
            0 => format!("── {rows} rows below, Esc goes there ──"),
            unread => format!("── {unread} new messages below, Esc goes there ──"),
        },
    };
    frame.render_widget(
        Paragraph::new(shorten(&text, width)).style(look.dim()),
        typing,
    );
}

/// What stands over a conversation.
fn headline(model: &Model) -> String {
    let room = model.room();
    let title = model.title(room);
    let Some(id) = &room.id else {
        return title;
    };
    if let Some(contact) = id.contact() {
        let presence = model.people.get(contact).map(|person| &person.presence);
        let status = presence.map_or(Status::OFFLINE, |presence| presence.status);
        let message = presence
            .and_then(|presence| presence.personal_message.as_deref())
            .filter(|message| !message.is_empty())
            .map(|message| format!(" - {}", clean_line(message)))
            .unwrap_or_default();
        return format!("{title} <{contact}> ({status}){message}");
    }
    let names: Vec<String> = room
        .members
        .iter()
        .map(|member| model.name(&member.contact))
        .collect();
    format!("{title} [{}]", names.join(", "))
}

fn line_rows<'a>(model: &Model, look: Look, line: &Line, width: usize) -> Vec<Row<'a>> {
    let clock = format!("{} ", look.clock(line.at));
    let (label, style, tail) = match &line.kind {
        Kind::Notice => ("* ".to_owned(), look.colour(Color::Cyan), String::new()),
        Kind::Alarm => (
            "! ".to_owned(),
            look.colour(Color::Red).add_modifier(Modifier::BOLD),
            String::new(),
        ),
        Kind::Said {
            from,
            name,
            fate,
            edited,
            ..
        } => {
            let is_mine = Some(from) == model.me.as_ref();
            let called = match name {
                Some(name) if !is_mine && !model.people.contains_key(from) => name.clone(),
                _ => model.name(from),
            };
            let style = look
                .colour(if is_mine { Color::Blue } else { Color::Magenta })
                .add_modifier(Modifier::BOLD);
            let mut tail = String::new();
            if *edited {
                tail.push_str(" (edited)");
            }
            match fate {
                Fate::Theirs | Fate::Delivered => {}
                Fate::Pending => tail.push_str(" …"),
                Fate::Failed(reason) => tail = format!("{tail} ✗ not delivered: {reason}"),
                Fate::Uncertain(reason) => tail = format!("{tail} ? maybe not delivered: {reason}"),
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
            let mut spans = vec![Span::styled(first, look.dim())];
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

fn draw_input(model: &Model, look: Look, area: Rect, frame: &mut Frame<'_>) {
    let prompt = "> ";
    let width = usize::from(area.width).saturating_sub(prompt.width());
    let (text, column) = model.room().input.visible(width);
    let row = Row::from(vec![
        Span::styled(
            prompt,
            look.colour(Color::Green).add_modifier(Modifier::BOLD),
        ),
        Span::raw(text),
    ]);
    frame.render_widget(Paragraph::new(row), area);
    if model.focus == Focus::Input {
        let column = u16::try_from(prompt.width() + column).unwrap_or(u16::MAX);
        frame.set_cursor_position(Position::new(area.x.saturating_add(column), area.y));
    }
}

fn draw_help(model: &Model, look: Look, area: Rect, frame: &mut Frame<'_>) {
    let text = match model.focus {
        Focus::People(_) => "↑↓ choose  Enter open  Esc back",
        Focus::Input => {
            "/help  Tab complete or people  ^N ^P conversation  PgUp PgDn scroll  ^C quit"
        }
    };
    frame.render_widget(
        Paragraph::new(shorten(text, usize::from(area.width))).style(look.dim()),
        area,
    );
}
