//! The terminal client without terminal and network: events and keys in, commands and screens out.

mod anything;
mod asked;
mod desk;
mod said;
mod screen;
