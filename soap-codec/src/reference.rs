//! What references stand for. Nothing is ever declared, so there are no others than XML's own.

use crate::error::Problem;
use crate::grammar;

/// What `&name;` stands for: one of the five entities of XML, or a character by its number.
pub(crate) fn resolve(name: &str) -> Result<char, Problem> {
    let number = match name {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => name.strip_prefix('#'),
    };
    let Some(number) = number else {
        let known = grammar::is_name(name);
        return Err(if known {
            Problem::UndefinedEntity
        } else {
            Problem::Reference
        });
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(Problem::Reference);
    }
    // Too many digits overflow, and are no character either.
    u32::from_str_radix(digits, radix)
        .ok()
        .and_then(char::from_u32)
        .filter(|&c| grammar::is_char(c))
        .ok_or(Problem::Character)
}
