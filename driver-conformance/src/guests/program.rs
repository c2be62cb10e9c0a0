//! `Program`: guests that are processes of their own.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::guest::{Arguments, Guest, Launch};

/// A guest program, to be started with the gateway's address and a number of seconds behind its own arguments.
///
/// What it writes to its standard output is thrown away; its standard error is that of this process.
#[derive(Clone, Debug)]
pub struct Program {
    program: OsString,
    arguments: Vec<OsString>,
}

impl Program {
    /// The program of this name or path, with these arguments of its own.
    pub fn new<A: Into<OsString>>(
        program: impl Into<OsString>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
        }
    }
}

impl Launch for Program {
    fn launch(&self, arguments: &Arguments) -> io::Result<Box<dyn Guest>> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .arg(&arguments.gateway)
            .arg(arguments.patience.as_secs().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        // The gateway is on loopback, whatever proxies this machine has: what they would do is not the driver's.
        for name in ["NO_PROXY", "no_proxy"] {
            command.env(name, "127.0.0.1,localhost");
        }
        // It may be a script that starts others: they are ended together.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Box::new(Process(command.spawn()?)))
    }
}

struct Process(Child);

impl Guest for Process {
    fn is_over(&mut self) -> bool {
        // One of which nobody can tell has not been started by us.
        !matches!(self.0.try_wait(), Ok(None))
    }

    fn processor_time(&self) -> Option<Duration> {
        // Of each thread, the first number: nanoseconds on a processor.
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.0.id())).ok()?;
        let nanos = tasks.map(|task| {
            let spent = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            spent.split(' ').next()?.parse::<u64>().ok()
        });
        nanos.sum::<Option<u64>>().map(Duration::from_nanos)
    }

    fn peak_memory(&self) -> Option<usize> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let mut lines = status.lines();
        let peak = lines.find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: usize = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes << 10)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails where it has ended already.
        #[cfg(unix)]
        if let Ok(None) = self.0.try_wait()
            && let Some(group) = i32::try_from(self.0.id())
                .ok()
                .and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
