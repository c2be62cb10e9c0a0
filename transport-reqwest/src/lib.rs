//! Guide follows.
