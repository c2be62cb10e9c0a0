//! Draws the model: the frame of the screen here, its two large parts in files of their own.

mod conversation;
mod list;

use msnp_client::Status;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Color, Modifier};
use ratatui::text::{Line as Row, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::model::{Link, Model};
use super::rooms::Focus;
use super::text::shorten;
use super::theme::Theme;
use crate::shown::{is_disturbing, prose_line};

/// Below this width the list of conversations and people is not shown.
const NARROW: u16 = 60;
/// The width of that list.
const LIST: u16 = 24;

/// How many rows of a conversation fit on a screen of this height.
pub(super) fn page(height: u16) -> usize {
    usize::from(height.saturating_sub(5)).max(1)
}

/// Draws everything.
pub(super) fn draw(model: &mut Model, theme: Theme, frame: &mut Frame<'_>) {
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
        list::draw(model, theme, list, frame);
        let line = vec![Row::styled("│", theme.dim()); usize::from(gap.height)];
        frame.render_widget(Paragraph::new(line), gap);
    }
    conversation::draw(model, theme, room, frame);
    draw_input(model, theme, input, frame);
    draw_help(model, theme, help, frame);
    clean(frame);
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

fn draw_top(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    let me = model.people.me();
    let me = me.map_or_else(String::new, |me| model.people.name(me));
    let how = match &model.link {
        // Until the service has told it back, it is what one signed in with.
        Link::Online if model.people.own().status == Status::OFFLINE => Status::ONLINE.to_string(),
        Link::Online => model.people.own().status.to_string(),
        Link::SigningIn(None) => "signing in".to_owned(),
        Link::SigningIn(Some(step)) => format!("signing in: {}", step_name(*step)),
        Link::Reconnecting(reason) => format!("reconnecting: {reason}"),
        Link::SignedOut(reason) => format!("signed out: {reason}"),
    };
    let mut text = format!(" msnp  {me} ({how})");
    let message = model.people.own().personal_message.as_deref();
    if let Some(message) = message.filter(|text| !text.is_empty()) {
        text.push_str(" - ");
        text.push_str(&prose_line(message));
    }
    let width = usize::from(area.width);
    let unread = match model.rooms.unread() {
        0 => String::new(),
        count => format!(" {count} new "),
    };
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
    let prompt = "> ";
    let width = usize::from(area.width).saturating_sub(prompt.width());
    let (text, column) = model.rooms.current().input().visible(width);
    let row = Row::from(vec![
        Span::styled(
            prompt,
            theme.colour(Color::Green).add_modifier(Modifier::BOLD),
        ),
        Span::raw(text),
    ]);
    frame.render_widget(Paragraph::new(row), area);
    if model.rooms.focus() == Focus::Input {
        let column = u16::try_from(prompt.width() + column).unwrap_or(u16::MAX);
        frame.set_cursor_position(Position::new(area.x.saturating_add(column), area.y));
    }
}

fn draw_help(model: &Model, theme: Theme, area: Rect, frame: &mut Frame<'_>) {
    let text = match model.rooms.focus() {
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
