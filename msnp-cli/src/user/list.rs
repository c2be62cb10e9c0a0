//! The list of accounts.

use msnp_service::accounts::is_disabled;
use unicode_width::UnicodeWidthStr as _;

use super::database::Database;
use super::failure::Failure;
use crate::shown;

/// Accounts read from the database at a time.
const PAGE: usize = 100;

/// A line for each account, in columns.
pub(super) fn list(database: Database<'_>) -> Result<String, Failure> {
    let reader = database.to_read()?;
    let mut rows = Vec::new();
    let mut last = None;
    loop {
        let page = reader.accounts().list(last.as_ref(), PAGE)?;
        rows.extend(page.iter().map(|account| {
            let state = if is_disabled(account.password_hash.expose()) {
                "disabled"
            } else {
                ""
            };
            [
                account.who.email().to_string(),
                account.who.skype_id().to_string(),
                shown::line(&account.name),
                state.to_owned(),
            ]
        }));
        match page.last() {
            Some(account) if page.len() == PAGE => last = Some(account.who.skype_id().clone()),
            _ => break,
        }
    }
    Ok(in_columns(&rows))
}

/// A line for each row, its cells below those of the others.
pub(super) fn in_columns<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    let lines = rows.iter().map(|row| {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    });
    lines.collect()
}
