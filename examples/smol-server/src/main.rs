//! `smol-server 127.0.0.1:1863 alice:secret bob:hush`: a server for these people, for as long as it runs.

use std::error::Error;

use smol::net::TcpListener;
use smol_server::{Host, serve};

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: smol-server ADDRESS NAME:PASSWORD…";
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let (address, accounts) = arguments.split_first().ok_or(usage)?;
    let accounts = accounts.iter().map(|account| account.split_once(':'));
    let accounts: Vec<_> = accounts.collect::<Option<_>>().ok_or(usage)?;
    smol::block_on(async {
        let listener = TcpListener::bind(address).await?;
        let host = Host::new(&listener.local_addr()?.to_string(), &accounts)?;
        Ok(serve(listener, host).await?)
    })
}
