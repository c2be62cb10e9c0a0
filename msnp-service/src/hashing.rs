//! `Hashing`: the places at which passwords are hashed, with their memory.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::accounts::Workspace;

/// Hashes passwords on threads of its own, so many at once. They give way to all others: who talks does not wait for who signs in.
///
/// Each takes a core and, at the default cost, 19 MiB for a while. That memory is kept for the next ones: as much as may be
/// under way at once, and no more, since what is given back to an allocator it may keep for itself.
#[derive(Clone)]
pub(crate) struct Hashing {
    places: Arc<Semaphore>,
    workspaces: Arc<Mutex<Vec<Workspace>>>,
    jobs: Sender<Job>,
}

/// With its place, which is free when it is done.
struct Job {
    work: Box<dyn FnOnce(&mut Workspace) + Send>,
    place: OwnedSemaphorePermit,
}

/// How far the threads give way, as in `nice`.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

impl Hashing {
    /// So many at once, and one at least.
    pub(crate) fn new(at_once: usize) -> std::io::Result<Self> {
        let at_once = at_once.max(1);
        let (jobs, waiting) = channel();
        let (waiting, workspaces) = (Arc::new(Mutex::new(waiting)), Arc::default());
        for _ in 0..at_once {
            let (waiting, workspaces) = (Arc::clone(&waiting), Arc::clone(&workspaces));
            thread::Builder::new()
                .name("msnp-hash".to_owned())
                .spawn(move || do_jobs(&waiting, &workspaces))?;
        }
        Ok(Self {
            places: Arc::new(Semaphore::new(at_once)),
            workspaces,
            jobs,
        })
    }

    /// Does this in the memory of one place, once one is free. `None`: it did not come to its end.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Workspace) -> T + Send + 'static,
    ) -> Option<T> {
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        let (tell, done) = oneshot::channel();
        let work = Box::new(move |workspace: &mut Workspace| {
            // Whoever asked may be gone.
            let _ = tell.send(job(workspace));
        });
        self.jobs.send(Job { work, place }).ok()?;
        done.await.ok()
    }
}

impl fmt::Debug for Hashing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let free = self.places.available_permits();
        let kept = self.workspaces.lock().map_or(0, |kept| kept.len());
        write!(f, "Hashing({free} places free, memory of {kept})")
    }
}

/// Until nobody is left who could have more of them.
fn do_jobs(waiting: &Mutex<Receiver<Job>>, workspaces: &Mutex<Vec<Workspace>>) {
    // Elsewhere this is of the whole process.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICE);
    let next = || {
        waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv()
    };
    while let Ok(Job { work, place }) = next() {
        let pool = || workspaces.lock().unwrap_or_else(PoisonError::into_inner);
        let mut workspace = pool().pop().unwrap_or_default();
        // A panic is its asker's affair: the thread has others to serve.
        if catch_unwind(AssertUnwindSafe(|| work(&mut workspace))).is_ok() {
            pool().push(workspace);
        }
        drop(place);
    }
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
        // A place is free a moment after its answer is there.
        drop(hashing.places.acquire_many(2).await.expect("both"));
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
