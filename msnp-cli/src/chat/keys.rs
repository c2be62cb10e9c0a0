//! What keys do to the model.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use msnp_proto::Secret;

use super::command::Command;
use super::completion::Completion;
use super::model::{Link, Model};
use super::rooms::Focus;
use super::slash::SlashCommand;
use super::timestamps::Timestamps;
use super::typed_line;

/// A key was pressed. `page` is how many rows are shown at a time.
///
/// Keys of the whole screen come first, in the order of their modifiers, since the same letter means
/// something else with and without them; what is left belongs to the line being typed.
pub(super) fn press(
    model: &mut Model,
    key: KeyEvent,
    page: usize,
    now: Timestamps,
) -> Vec<Command> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    if key.code == KeyCode::Char('z') && control {
        return vec![Command::Suspend];
    }
    if let Some(overlay) = &mut model.overlay {
        let rows = page.saturating_sub(1).max(1);
        match key.code {
            KeyCode::Down => overlay.scroll(1, true),
            KeyCode::Up => overlay.scroll(1, false),
            KeyCode::PageDown => overlay.scroll(rows, true),
            KeyCode::PageUp => overlay.scroll(rows, false),
            _ => model.overlay = None,
        }
        return Vec::new();
    }
    if model.is_asking {
        return press_in_password(model, key.code, control, alt);
    }
    // Any other key takes the choice that is shown.
    if key.code != KeyCode::Tab && key.code != KeyCode::BackTab {
        model.completion = None;
    }
    if let Focus::People(chosen) = model.rooms.focus()
        && !control
        && !alt
    {
        press_in_people(model, key.code, chosen);
        return Vec::new();
    }
    let room = model.rooms.current_mut();
    match key.code {
        KeyCode::Char('c') if control => return interrupt(model),
        KeyCode::Char('d') if control && room.input().text().is_empty() => {
            return typed_line::quit(model);
        }
        KeyCode::Char('l') if control => return vec![Command::Redraw],
        KeyCode::Char('n') if control => model.rooms.turn(true),
        KeyCode::Char('p') if control => model.rooms.turn(false),
        KeyCode::Char(digit @ '0'..='9') if alt => {
            let index = digit.to_digit(10).unwrap_or_default();
            model.rooms.show(index as usize);
        }
        KeyCode::Right if alt => model.rooms.turn(true),
        KeyCode::Left if alt => model.rooms.turn(false),
        // One row of the page before stays in sight.
        KeyCode::PageUp => room.scroll_back(page.saturating_sub(1).max(1)),
        KeyCode::PageDown => room.scroll_forth(page.saturating_sub(1).max(1)),
        KeyCode::Esc => room.scroll_forth(usize::MAX),
        KeyCode::F(1) => return typed_line::run(model, SlashCommand::Help, now),
        KeyCode::Enter if alt => return typed(model, "\n", now),
        KeyCode::Enter => {
            let line = room.input_mut().take();
            model.history.push(&line);
            return typed_line::line(model, &line, now);
        }
        KeyCode::Up => model.history.back(room.input_mut()),
        KeyCode::Down => model.history.forth(room.input_mut()),
        KeyCode::Tab => complete(model, true),
        KeyCode::BackTab => complete(model, false),
        KeyCode::Char(character) if !control && !alt => {
            let mut utf8 = [0; 4];
            return typed(model, character.encode_utf8(&mut utf8), now);
        }
        code => edit(model, code, control, alt),
    }
    Vec::new()
}

/// Text was pasted.
pub(super) fn paste(model: &mut Model, text: &str, now: Timestamps) -> Vec<Command> {
    model.completion = None;
    model.overlay = None;
    model.rooms.set_focus(Focus::Input);
    typed(model, text.trim_end_matches(['\r', '\n']), now)
}

/// Completes a command or a name, or goes to the people if there is nothing to complete.
fn complete(model: &mut Model, forth: bool) {
    let input = model.rooms.current_mut().input_mut();
    if let Some(completion) = &mut model.completion {
        completion.next(input, forth);
    } else if input.before().is_empty() {
        model.rooms.set_focus(Focus::People(0));
    } else {
        model.completion = Completion::begin(input, &model.people);
    }
}

/// A password is being typed: it is neither remembered, completed nor shown.
fn press_in_password(model: &mut Model, code: KeyCode, control: bool, alt: bool) -> Vec<Command> {
    let input = model.rooms.current_mut().input_mut();
    match code {
        KeyCode::Enter => {
            let password = Secret::new(input.take());
            model.is_asking = false;
            return vec![Command::SignIn(Some(password))];
        }
        KeyCode::Esc | KeyCode::Char('c' | 'd') if control || code == KeyCode::Esc => {
            input.take();
            model.is_asking = false;
        }
        KeyCode::Char(character) if !control && !alt => {
            input.insert(character.encode_utf8(&mut [0; 4]));
        }
        code => edit(model, code, control, alt),
    }
    Vec::new()
}

fn press_in_people(model: &mut Model, code: KeyCode, chosen: usize) {
    let last = model.people.listed().len().saturating_sub(1);
    let chosen = match code {
        KeyCode::Up => chosen.saturating_sub(1),
        KeyCode::Down => (chosen + 1).min(last),
        KeyCode::Home => 0,
        KeyCode::End => last,
        KeyCode::Enter => {
            let id = model
                .people
                .listed()
                .get(chosen)
                .map(|(id, _)| (*id).clone());
            if let Some(id) = id {
                let index = model.rooms.open(&id.into());
                model.rooms.show(index);
            }
            return;
        }
        _ => return model.rooms.set_focus(Focus::Input),
    };
    model.rooms.set_focus(Focus::People(chosen));
}

/// The keys of a line editor, as readline has them.
fn edit(model: &mut Model, code: KeyCode, control: bool, alt: bool) {
    let input = model.rooms.current_mut().input_mut();
    match code {
        KeyCode::Left if control => input.word_left(),
        KeyCode::Right if control => input.word_right(),
        KeyCode::Left => input.left(),
        KeyCode::Right => input.right(),
        KeyCode::Home => input.home(),
        KeyCode::End => input.end(),
        KeyCode::Backspace if control || alt => input.cut_word(),
        KeyCode::Backspace => input.backspace(),
        KeyCode::Delete => input.delete(),
        KeyCode::Char('a') if control => input.home(),
        KeyCode::Char('e') if control => input.end(),
        KeyCode::Char('b') if control => input.left(),
        KeyCode::Char('f') if control => input.right(),
        KeyCode::Char('b') if alt => input.word_left(),
        KeyCode::Char('f') if alt => input.word_right(),
        KeyCode::Char('w') if control => input.cut_word(),
        KeyCode::Char('u') if control => input.cut_to_start(),
        KeyCode::Char('k') if control => input.cut_to_end(),
        KeyCode::Char('y') if control => input.paste_cut(),
        KeyCode::Char('h') if control => input.backspace(),
        KeyCode::Char('d') if control => input.delete(),
        _ => {}
    }
}

/// Text came into the input; the other side may have to be told.
fn typed(model: &mut Model, text: &str, now: Timestamps) -> Vec<Command> {
    let is_online = model.link == Link::Online;
    let room = model.rooms.current_mut();
    room.input_mut().insert(text);
    let is_said = !room.input().text().starts_with('/');
    match room.id().cloned() {
        Some(to) if is_online && is_said && room.is_typing_due(now) => {
            vec![Command::Typing { to, typing: true }]
        }
        _ => Vec::new(),
    }
}

/// Drops what is being typed; if there is nothing, ends.
fn interrupt(model: &mut Model) -> Vec<Command> {
    let room = model.rooms.current_mut();
    if room.input().text().is_empty() {
        return typed_line::quit(model);
    }
    room.input_mut().take();
    match room.id().cloned() {
        Some(to) if room.stop_typing() => vec![Command::Typing { to, typing: false }],
        _ => Vec::new(),
    }
}
