//! Names of hosts, as clients and servers write them.

/// Whether two texts name the same host: case and a last dot do not matter, nor the brackets of an address.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    bare(one).eq_ignore_ascii_case(bare(other))
}

/// The name as it is compared.
pub(crate) fn key(name: &str) -> String {
    bare(name).to_ascii_lowercase()
}

fn bare(name: &str) -> &str {
    let name = name.strip_suffix('.').unwrap_or(name);
    let inner = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    inner.unwrap_or(name)
}
