//! The service in a process of its own, which can be weighed, stopped and killed.

use std::fs::DirEntry;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::failure::Failure;
use crate::shape::{self, Shape};

/// The argument that makes this program the service.
pub(crate) const SERVE: &str = "--serve";

/// A folder for its database that is gone at the end.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Result<Self, Failure> {
        let name = format!("attack-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("attacked.db")
    }

    /// The database and what belongs to it.
    pub(crate) fn entries(&self) -> Result<Vec<DirEntry>, Failure> {
        Ok(std::fs::read_dir(&self.0)?.collect::<Result<_, _>>()?)
    }

    /// Bytes of all that.
    pub(crate) fn bytes(&self) -> u64 {
        let entries = self.entries().into_iter().flatten();
        entries
            .filter_map(|entry| entry.metadata().ok())
            .map(|it| it.len())
            .sum()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind is in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where it listens.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Doors {
    pub(crate) http: SocketAddr,
    pub(crate) tcp: SocketAddr,
}

#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    doors: Doors,
}

impl Process {
    /// Starts it; where there is no database yet, it makes one with its accounts.
    pub(crate) fn start(shape: &Shape, file: &Path) -> Result<Self, Failure> {
        let mut command = Command::new("/proc/self/exe");
        command.arg(SERVE).arg(file).args(shape::words(shape));
        Self::run(command)
    }

    /// The same with a disk that is full once a file would have more than so many KiB.
    pub(crate) fn start_confined(shape: &Shape, file: &Path, kib: u32) -> Result<Self, Failure> {
        // Without the signal, a write that goes beyond the limit is an error, as on a full disk.
        let confine = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", 2 * kib);
        let mut command = Command::new("sh");
        command.args(["-c", &confine]).arg(std::env::current_exe()?);
        command.arg(SERVE).arg(file).args(shape::words(shape));
        Self::run(command)
    }

    fn run(mut command: Command) -> Result<Self, Failure> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("the service has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let mut addresses = line.split_whitespace().map(str::parse);
        let mut next = || addresses.next().ok_or("the service has not started");
        let (http, tcp) = (next()??, next()??);
        let doors = Doors { http, tcp };
        Ok(Self { child, doors })
    }

    pub(crate) const fn doors(&self) -> Doors {
        self.doors
    }

    /// Resident memory in MiB.
    pub(crate) fn memory(&self) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.ok_or("no VmRSS")?.parse::<f64>()? / 1024.0)
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// In order: it signs everybody out and writes what is to be written.
    pub(crate) fn stop(mut self) -> Result<(), Failure> {
        drop(self.child.stdin.take());
        let ended = self.child.wait()?;
        if ended.success() {
            Ok(())
        } else {
            Err(format!("the service ended with {ended}").into())
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and that is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the child does: serves until its input ends, then stops in order.
pub(crate) async fn serve(words: &[String]) -> Result<(), Failure> {
    raise_descriptor_limit()?;
    let (file, words) = words.split_first().ok_or("no database")?;
    let service = shape::start(&shape::read(words)?, file.into()).await?;
    let tcp = service.tcp_address().ok_or("no door for streams")?;
    println!("{} {tcp}", service.address());
    std::io::stdout().flush()?;
    let until_closed = || std::io::stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(until_closed).await??;
    service.stop().await;
    Ok(())
}

/// As many files as the system allows without asking.
pub(crate) fn raise_descriptor_limit() -> Result<(), Failure> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    Ok(setrlimit(Resource::Nofile, raised)?)
}
