//! `Hashing`: the places at which passwords are hashed, with their memory.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};

use crate::accounts::Workspace;

/// Hashes passwords on threads of its own, so many at once. They give way to all others: who talks does not wait for who signs in.
///
/// Each takes a core and, at the default cost, 19 MiB for a while. That memory is kept for the next ones: as much as may be
/// under way at once, and no more, since what is given back to an allocator it may keep for itself.
#[derive(Clone, Debug)]
pub(crate) struct Hashing {
    threads: Arc<Threads>,
    workspaces: Arc<Mutex<Vec<Workspace>>>,
}

/// Of a runtime that runs nothing else. It is there until it is dropped.
#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Hashing {
    /// So many at once, and one at least.
    pub(crate) fn new(at_once: usize) -> std::io::Result<Self> {
        let threads = Builder::new_current_thread()
            .max_blocking_threads(at_once.max(1))
            .thread_name("msnp-hash")
            .on_thread_start(give_way)
            .build()?;
        Ok(Self {
            threads: Arc::new(Threads(Some(threads))),
            workspaces: Arc::default(),
        })
    }

    /// Does this in the memory of one place, once one is free. `None`: it did not come to its end.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Workspace) -> T + Send + 'static,
    ) -> Option<T> {
        let workspaces = Arc::clone(&self.workspaces);
        let working = self.threads.0.as_ref()?.spawn_blocking(move || {
            let pool = || workspaces.lock().unwrap_or_else(PoisonError::into_inner);
            let mut workspace = pool().pop().unwrap_or_default();
            let done = job(&mut workspace);
            pool().push(workspace);
            done
        });
        working.await.ok()
    }
}

impl Drop for Threads {
    /// Waits for none of them: a task is no place to wait.
    fn drop(&mut self) {
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}

fn give_way() {
    // Elsewhere this is of the whole process, and where it is refused they are as all others.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(5);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::{HashCost, hash_password_in};

    /// Case D8: what was hashed for accounts that are made had memory of its own each time.
    #[tokio::test]
    async fn however_many_ask_there_is_memory_for_those_at_once() {
        let hashing = Hashing::new(2).expect("threads");
        let cost = HashCost {
            memory_kib: 8,
            passes: 1,
        };
        let mut all = tokio::task::JoinSet::new();
        for number in 0..20 {
            let hashing = hashing.clone();
            all.spawn(async move {
                let job =
                    move |workspace: &mut _| hash_password_in(workspace, "x", [number; 16], cost);
                hashing.run(job).await.expect("it ends").expect("a hash")
            });
        }
        let hashes = all.join_all().await;
        assert_eq!(hashes.len(), 20);
        let kept = hashing.workspaces.lock().expect("nobody panics").len();
        assert!((1..=2).contains(&kept), "{kept}");
    }

    #[tokio::test]
    async fn a_panic_of_one_is_no_end_for_others() {
        let hashing = Hashing::new(1).expect("threads");
        assert_eq!(hashing.run(|_| panic!("on purpose")).await, None::<()>);
        assert_eq!(hashing.run(|_| 7).await, Some(7));
    }
}
