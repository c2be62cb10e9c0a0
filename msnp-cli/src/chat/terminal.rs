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

use super::model::Model;
use super::session::{Next, Session};
use super::theme::Theme;
use super::{events, keys, view};
use crate::exit::Exit;
use crate::shown;

/// How often the keys' thread looks whether it is still wanted.
const PATIENCE: Duration = Duration::from_millis(100);
/// How often time passes when nothing else happens.
const TICK: Duration = Duration::from_millis(500);

/// The terminal in raw mode with an alternate screen; given back when dropped, and on panic.
struct Screen;

impl Screen {
    fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        let screen = Self;
        execute!(
            io::stdout(),
            terminal::EnterAlternateScreen,
            event::EnableBracketedPaste
        )?;
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            leave();
            before(panic);
        }));
        Ok(screen)
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
pub(super) async fn run(mut session: Session, mut model: Model, theme: Theme) -> io::Result<Exit> {
    let _screen = Screen::enter()?;
    let mut terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
    let mut input = Keys::listen();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut ending = super::session::Ending::new()?;
    let mut is_stale = true;
    loop {
        if is_stale {
            terminal.draw(|frame| view::draw(&mut model, theme, frame))?;
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
                is_stale = model.rooms.expire(session.now());
                Vec::new()
            }
            () = ending.come() => return Ok(session.leave().await),
        };
        for command in commands {
            match session.carry_out(command, &mut model) {
                Next::GoOn => {}
                Next::Redraw => terminal.clear()?,
                Next::Bell => shown::bell()?,
                Next::End(exit) => return Ok(exit),
            }
        }
        if model.leaving && session.is_over(&model) {
            return Ok(Exit::Success);
        }
    }
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
