//! Draws the model: the frame of the screen here, its two large parts in files of their own.

mod conversation;
mod list;

use msnp_client::Status;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Color, Modifier};
use ratatui::text::{Line as Row, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::model::{Link, Model};
use super::rooms::Focus;
use super::text::shorten;
use super::theme::Theme;
use super::timestamps::Timestamps;
use crate::shown::{is_disturbing, prose_line};

/// Below this width the list of conversations and people is not shown.
const NARROW: u16 = 60;
/// The least width of that list, and the most.
const LIST: u16 = 24;
const WIDE_LIST: u16 = 40;

/// As wide as there is room beside a conversation.
fn list_width(width: u16) -> u16 {
    (width * 3 / 10).clamp(LIST, WIDE_LIST)
}

/// How many rows of a conversation fit on a screen of this height.
pub(super) fn page(height: u16) -> usize {
    usize::from(height.saturating_sub(5)).max(1)
}

/// Draws everything.
pub(super) fn draw(model: &mut Model, theme: Theme, now: Timestamps, frame: &mut Frame<'_>) {
    let height = usize::from(frame.area().height);
    // What is typed may take a third of the screen.
    let lines = model
        .rooms
        .current()
        .input()
        .lines()
        .min((height / 3).max(1));
    let [top, middle, input, help] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(u16::try_from(lines).unwrap_or(1)),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    draw_top(model, now, top, frame);
    let is_narrow = frame.area().width < NARROW;
    let [list, gap, room] = Layout::horizontal([
        Constraint::Length(if is_narrow {
            0
        } else {
            list_width(middle.width)
        }),
        Constraint::Length(u16::from(!is_narrow)),
        Constraint::Min(1),
    ])
    .areas(middle);
    if !is_narrow {
        list::draw(model, theme, list, frame);
        let line = vec![Row::styled("│", theme.dim()); usize::from(gap.height)];
        frame.render_widget(Paragraph::new(line), gap);
    }
    if model.overlay.is_some() {
        draw_overlay(model, theme, room, frame);
    } else {
        conversation::draw(model, theme, now, room, frame);
    }
    draw_input(model, theme, input, frame);
    draw_help(model, theme, help, frame);
    clean(frame);
}

/// Whether something is shown that terminals measure differently: what joiners and selectors make one of, and flags.
pub(super) fn has_joined(buffer: &Buffer) -> bool {
    let is_joined = |it: char| matches!(it, '\u{200d}' | '\u{fe0f}' | '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f3fb}'..='\u{1f3ff}');
    buffer
        .content
        .iter()
        .any(|cell| cell.symbol().chars().any(is_joined))
}

/// Whatever was forgotten above disturbs nothing: this is the last door before the terminal.
fn clean(frame: &mut Frame<'_>) {
    for cell in &mut frame.buffer_mut().content {
        if cell.symbol().chars().any(is_disturbing) {
            let text: String = cell
                .symbol()
                .chars()
                .filter(|it| !is_disturbing(*it))
                .collect();
            cell.set_symbol(if text.is_empty() { " " } else { &text });
        }
    }
}

fn draw_top(model: &Model, now: Timestamps, area: Rect, frame: &mut Frame<'_>) {
    let me = model.people.me();
    let me = me.map_or_else(String::new, |me| model.people.name(me));
    let how = match &model.link {
        // Until the service has told it back, it is what one signed in with.
        Link::Online if model.people.own().status == Status::OFFLINE => Status::ONLINE.to_string(),
        Link::Online => model.people.own().status.to_string(),
        Link::SigningIn(None) => "signing in".to_owned(),
        Link::SigningIn(Some(step)) => format!("signing in: {}", step_name(*step)),
        Link::Reconnecting { reason, until } => {
            let left = until.saturating_duration_since(now.at());
            format!("reconnecting in {} s: {reason}", left.as_secs_f32().ceil())
        }
        Link::SignedOut(reason) => format!("signed out: {reason}"),
    };
    let mut text = format!(" msnp  {me} ({how})");
    let message = model.people.own().personal_message.as_deref();
    if let Some(message) = message.filter(|text| !text.is_empty()) {
        text.push_str(" - ");
        text.push_str(&prose_line(message));
    }
    let width = usize::from(area.width);
    let mut unread = match model.rooms.unread() {
        0 => String::new(),
        count => format!(" {count} new "),
    };
    let unsent = model.rooms.pending();
    if unsent > 0 && model.link != Link::Online {
        unread = format!(" {unsent} unsent{unread}");
        if !unread.ends_with(' ') {
            unread.push(' ');
        }
    }
    let mut text = shorten(&text, width.saturating_sub(unread.width()));
    let used = text.width() + unread.width();
    text.push_str(&" ".repeat(width.saturating_sub(used)));
    text.push_str(&unread);
    frame.render_widget(Paragraph::new(text).style(Theme::bar()), area);
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

fn draw_input(model: &Model, theme: Theme, area: Rect, frame: &mut Frame<'_>) {
    let prompt = if model.is_asking {
        format!("{}: ", model.secret)
    } else {
        "> ".to_owned()
    };
    let width = usize::from(area.width).saturating_sub(prompt.width());
    let input = model.rooms.current().input();
    let (lines, row, column) = input.visible(width, usize::from(area.height), model.is_asking);
    let rows: Vec<Row<'_>> = lines
        .into_iter()
        .enumerate()
        .map(|(index, text)| {
            let before = if index == 0 {
                prompt.clone()
            } else {
                " ".repeat(prompt.width())
            };
            Row::from(vec![
                Span::styled(
                    before,
                    theme.colour(Color::Green).add_modifier(Modifier::BOLD),
                ),
                Span::raw(text),
            ])
        })
        .collect();
    frame.render_widget(Paragraph::new(rows), area);
    if model.rooms.focus() == Focus::Input && model.overlay.is_none() {
        let column = u16::try_from(prompt.width() + column).unwrap_or(u16::MAX);
        let row = u16::try_from(row).unwrap_or(u16::MAX);
        frame.set_cursor_position(Position::new(
            area.x.saturating_add(column),
            area.y.saturating_add(row),
        ));
    }
}

fn draw_overlay(model: &mut Model, theme: Theme, area: Rect, frame: &mut Frame<'_>) {
    let Some(overlay) = &mut model.overlay else {
        return;
    };
    let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let width = usize::from(area.width);
    let title = shorten(overlay.title(), width);
    frame.render_widget(Paragraph::new(title).style(Theme::bold()), head);
    let height = usize::from(body.height);
    let (lines, _) = overlay.visible(height);
    let rows: Vec<Row<'_>> = lines
        .iter()
        .map(|(at, text)| {
            let at = at.map_or_else(String::new, |at| format!("{} ", theme.stamp(at)));
            Row::from(shorten(&format!("{at}{text}"), width))
        })
        .collect();
    frame.render_widget(Paragraph::new(rows), body);
}

fn draw_help(model: &Model, theme: Theme, area: Rect, frame: &mut Frame<'_>) {
    let text = match model.rooms.focus() {
        _ if model.overlay.is_some() => "↑↓ PgUp PgDn scroll  any other key closes",
        _ if model.is_asking => "Enter signs in  Esc leaves it",
        Focus::People(_) => "↑↓ choose  Enter open  Esc back",
        Focus::Input => {
            "/help  Tab complete or people  ^N ^P conversation  PgUp PgDn scroll  ^C quit"
        }
    };
    frame.render_widget(
        Paragraph::new(shorten(text, usize::from(area.width))).style(theme.dim()),
        area,
    );
}
