//! People by another of their addresses.
