//! Both ends of every dialect against each other, over real sockets: the client against the embedded service.

mod announced;
mod carrier;
mod contact_groups;
mod duties;
mod envelopes;
#[path = "../../../msnp-server/tests/classic/grammar.rs"]
mod grammar;
mod looks;
mod md5;
mod offline;
mod pairs;
mod person;
mod places;
mod refused;
mod silent;
mod soap;
mod soap_caller;
mod table;
mod tap;
mod together;
