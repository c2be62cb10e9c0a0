//! What a caller has not read outlives the process.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use msnp_service::Database;

use crate::caller::{Caller, connect};
use crate::file::File;
use crate::friend::Friend;
use crate::secrets::{IM_PASSWORD, PASSWORD};
use crate::told::{login_of, messages_of};
use crate::{service, soon};

const ALICE: &str = "alice@example.org";
const FILE: &str = "MSNP_SERVICE_TO_KILL";

/// The child of the test below: serves until it is killed.
#[tokio::test]
#[ignore = "started by the test below, in a process of its own"]
async fn child_that_serves_until_it_is_killed() {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    let database = Database::File(PathBuf::from(file));
    let service = service(|config| config.database = database).await;
    println!("listening {}", service.address());
    std::io::stdout().flush().expect("somebody reads");
    std::future::pending::<()>().await;
}

struct Serving {
    child: Child,
    at: SocketAddr,
}

impl Serving {
    fn start(file: &std::path::Path) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this one"))
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "crash::child_that_serves_until_it_is_killed",
            ])
            .env(FILE, file)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut addresses = lines.map_while(Result::ok).filter_map(|line| {
            let (_, address) = line.rsplit_once("listening ")?;
            address.parse().ok()
        });
        let at = addresses.next().expect("it listens");
        Self { child, at }
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it has ended");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Case D1: 5 of 5 were lost.
#[tokio::test]
async fn nothing_that_a_caller_has_not_read_is_lost_by_kill_9() {
    let file = File::new("caller");
    let mut serving = Serving::start(file.path());
    for round in 0..3_u8 {
        let mut bob = Friend::sign_in_at(&format!("http://{}", serving.at), "bob", 2).await;
        let caller = Caller::login_at(serving.at, PASSWORD).await.expect("right");
        caller.login_im(ALICE, IM_PASSWORD).await.expect("taken");
        let said: BTreeSet<String> = (0..9).map(|n| format!("{n} of {round}")).collect();
        for text in &said {
            bob.delivers("8:live:alice", text).await;
        }
        // In each round another thing is on its way: nothing, an answer that was not read, one that was.
        let mut stream = connect(serving.at).await;
        let mut read = BTreeSet::new();
        let fetching = async {
            while round > 0 && read.is_empty() {
                let ims = caller.fetch_by(&mut stream).await.expect("in session");
                let messages = ims.iter().flat_map(messages_of);
                read.extend(messages.map(|message| message.text));
            }
        };
        soon("messages", fetching).await;
        if round == 2 {
            caller.fetch_by(&mut stream).await.expect("in session");
        } else {
            read.clear();
        }
        serving.kill();
        serving = Serving::start(file.path());
        let caller = Caller::login_at(serving.at, PASSWORD).await.expect("right");
        caller.login_im(ALICE, IM_PASSWORD).await.expect("taken");
        let mut stream = connect(serving.at).await;
        let fetching = async {
            let mut is_in = false;
            while !is_in || !read.is_superset(&said) {
                for im in caller.fetch_by(&mut stream).await.expect("in session") {
                    is_in |= login_of(&im).is_some();
                    read.extend(messages_of(&im).into_iter().map(|message| message.text));
                }
            }
            caller.fetch_by(&mut stream).await.expect("in session");
        };
        soon("all that was said", fetching).await;
    }
    serving.kill();
}
