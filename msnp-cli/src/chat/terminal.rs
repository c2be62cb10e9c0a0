//! The full-screen client: the terminal's state, the keys, and the loop that brings model, screen
//! and network together.

use std::io;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::event::{self, Event as TerminalEvent, KeyEventKind};
use crossterm::{cursor, execute, terminal};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tokio::sync::mpsc;

use super::command::{Command, Request};
use super::model::{Link, Model};
use super::session::{Next, Session, outcome};
use super::theme::Theme;
use super::told::{self, Dates, Log};
use super::{events, keys, view};
use crate::exit::Exit;
use crate::shown;

/// How often the keys' thread looks whether it is still wanted.
const PATIENCE: Duration = Duration::from_millis(100);
/// How often time passes when nothing else happens.
const TICK: Duration = Duration::from_millis(500);

/// How somebody who wants to be heard is heard, while another conversation is shown.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Notify {
    /// Not at all
    None,
    /// By the terminal's bell
    #[default]
    Bell,
    /// By a notification on the desktop, where the terminal can (OSC 9)
    Desktop,
}

/// How the screen looks, and what leaves it otherwise.
#[derive(Debug)]
pub(super) struct Style {
    pub(super) theme: Theme,
    pub(super) notify: Notify,
    pub(super) log: Option<Log>,
}

/// The terminal in raw mode with an alternate screen; given back when dropped, and on panic.
struct Screen;

impl Screen {
    fn enter() -> io::Result<Self> {
        let screen = Self;
        screen.take()?;
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            leave();
            before(panic);
        }));
        Ok(screen)
    }

    #[expect(clippy::unused_self, reason = "only who has it may take it again")]
    fn take(&self) -> io::Result<()> {
        terminal::enable_raw_mode()?;
        execute!(
            io::stdout(),
            terminal::EnterAlternateScreen,
            event::EnableBracketedPaste
        )
    }

    /// Gives the terminal back to the shell and stops, as other programs do at Ctrl-Z; goes on when the shell says so.
    fn suspend(&self) -> io::Result<()> {
        #[cfg(unix)]
        {
            use rustix::process::{Signal, getpid, kill_process};
            leave();
            kill_process(getpid(), Signal::TSTP)?;
            self.take()?;
        }
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

/// Gives the terminal back. There is nobody to tell if that fails.
fn leave() {
    let _ = execute!(
        io::stdout(),
        event::DisableBracketedPaste,
        terminal::LeaveAlternateScreen,
        cursor::Show
    );
    let _ = terminal::disable_raw_mode();
}

/// Runs until the person has had enough.
pub(super) async fn run(
    mut session: Session,
    mut model: Model,
    mut style: Style,
) -> io::Result<Exit> {
    let theme = style.theme;
    if style.log.is_some() {
        model.rooms.keep_journal();
    }
    let screen = Screen::enter()?;
    let mut terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
    let mut input = Keys::listen();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut ending = super::session::Ending::new()?;
    let mut is_stale = true;
    let mut was_joined = false;
    loop {
        keep(&mut model, &mut style)?;
        if is_stale {
            let now = session.now();
            let drawn = terminal.draw(|frame| view::draw(&mut model, theme, now, frame))?;
            // Terminals differ in how wide they draw what is joined: nothing else may be left beside it.
            let is_joined = view::has_joined(drawn.buffer);
            if is_joined || was_joined {
                terminal.clear()?;
                terminal.draw(|frame| view::draw(&mut model, theme, now, frame))?;
            }
            was_joined = is_joined;
        }
        is_stale = true;
        let page = view::page(terminal.size()?.height);
        let commands = tokio::select! {
            event = session.next_event() => match event {
                Some(event) => events::apply(&mut model, event, session.now()),
                None => return Ok(Exit::Io),
            },
            key = input.next() => match key {
                Some(TerminalEvent::Key(key)) if key.kind != KeyEventKind::Release => {
                    keys::press(&mut model, key, page, session.now())
                }
                Some(TerminalEvent::Paste(text)) => keys::paste(&mut model, &text, session.now()),
                Some(_) => Vec::new(),
                // The terminal is gone.
                None => return Ok(Exit::Io),
            },
            _ = tick.tick() => {
                // The countdown to the next attempt runs.
                let is_counting = matches!(model.link, Link::Reconnecting { .. });
                is_stale = model.rooms.expire(session.now()) || is_counting;
                Vec::new()
            }
            () = ending.come() => return Ok(session.leave().await),
        };
        let page = first_page(&mut model);
        for command in commands.into_iter().chain(page) {
            match session.carry_out(command, &mut model) {
                Next::GoOn => {}
                Next::Redraw => terminal.clear()?,
                Next::Suspend => {
                    screen.suspend()?;
                    terminal.clear()?;
                }
                Next::Call(text) => match style.notify {
                    Notify::None => {}
                    Notify::Bell => shown::bell()?,
                    Notify::Desktop => shown::notify(&text)?,
                },
                Next::End(exit) => return Ok(exit),
            }
        }
        if model.leaving && session.is_over(&model) {
            keep(&mut model, &mut style)?;
            return Ok(outcome(&model));
        }
    }
}

/// The last page of what was said before, once for each conversation that comes into sight.
fn first_page(model: &mut Model) -> Option<Command> {
    if model.link != Link::Online {
        return None;
    }
    let room = model.rooms.current_mut();
    let of = room.id().cloned()?;
    room.wants_history()
        .then_some(Command::Ask(Request::History {
            of,
            from: None,
            is_quiet: true,
        }))
}

/// Writes what is new into the log.
fn keep(model: &mut Model, style: &mut Style) -> io::Result<()> {
    while let Some((room, line)) = model.rooms.pop_journal() {
        if let Some(log) = &mut style.log {
            let text = told::line(model, style.theme, Dates::Full, room.as_ref(), &line);
            log.write(&text)?;
        }
    }
    Ok(())
}

/// What the terminal says, read on a thread of its own: reading blocks.
struct Keys {
    events: mpsc::Receiver<TerminalEvent>,
    wanted: Arc<AtomicBool>,
}

impl Keys {
    fn listen() -> Self {
        let (sender, events) = mpsc::channel(64);
        let wanted = Arc::new(AtomicBool::new(true));
        let still_wanted = wanted.clone();
        std::thread::spawn(move || {
            while still_wanted.load(Ordering::Relaxed) {
                match event::poll(PATIENCE) {
                    Ok(true) => {
                        let Ok(event) = event::read() else { return };
                        if sender.blocking_send(event).is_err() {
                            return;
                        }
                    }
                    Ok(false) => {}
                    Err(_) => return,
                }
            }
        });
        Self { events, wanted }
    }

    async fn next(&mut self) -> Option<TerminalEvent> {
        self.events.recv().await
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
    }
}
