//! Says to the service manager that the service is ready, or stops (the protocol of systemd's `sd_notify`).

use std::ffi::OsStr;

/// Tells whoever started this process, if it wants to know: `NOTIFY_SOCKET` says where.
pub(crate) fn tell(state: &str) {
    if let Some(address) = std::env::var_os("NOTIFY_SOCKET")
        && let Err(error) = tell_at(&address, state)
    {
        eprintln!("msnp: the service manager is not told: {error}");
    }
}

#[cfg(unix)]
fn tell_at(address: &OsStr, state: &str) -> std::io::Result<()> {
    use std::os::unix::net::UnixDatagram;
    let socket = UnixDatagram::unbound()?;
    #[cfg(target_os = "linux")]
    if let Some(name) = address.as_encoded_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt as _;
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
        socket.send_to_addr(state.as_bytes(), &address)?;
        return Ok(());
    }
    socket.send_to(state.as_bytes(), address)?;
    Ok(())
}

#[cfg(not(unix))]
fn tell_at(_: &OsStr, _: &str) -> std::io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    use super::*;

    #[track_caller]
    fn hears(manager: &UnixDatagram, address: &OsStr) {
        tell_at(address, "READY=1").expect("somebody listens");
        let mut heard = [0; 64];
        let length = manager.recv(&mut heard).expect("something came");
        assert_eq!(&heard[..length], b"READY=1");
    }

    #[test]
    fn the_manager_hears_it_by_a_path_and_by_a_name() {
        let name = format!("msnp-ready-{:016x}", getrandom::u64().unwrap());
        let path = std::env::temp_dir().join(&name);
        hears(&UnixDatagram::bind(&path).unwrap(), path.as_os_str());
        std::fs::remove_file(&path).unwrap();
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let manager = UnixDatagram::bind_addr(&address).unwrap();
        hears(&manager, OsStr::new(&format!("@{name}")));
        assert!(
            tell_at(path.as_os_str(), "READY=1").is_err(),
            "nobody listens"
        );
    }
}
