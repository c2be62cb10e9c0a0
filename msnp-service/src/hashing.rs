//! `Hashing`: the places at which passwords are hashed, with their memory.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::accounts::Workspace;

/// Hashes passwords on threads where it may take its time, so many at once.
///
/// Each takes a core and, at the default cost, 19 MiB for a while. That memory is kept for the next ones: as much as may be
/// under way at once, and no more, since what is given back to an allocator it may keep for itself.
#[derive(Clone, Debug)]
pub(crate) struct Hashing {
    places: Arc<Semaphore>,
    workspaces: Arc<Mutex<Vec<Workspace>>>,
}

impl Hashing {
    /// So many at once, and one at least.
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(at_once.max(1))),
            workspaces: Arc::default(),
        }
    }

    /// Does this in the memory of one place, once one is free. `None`: it did not come to its end.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Workspace) -> T + Send + 'static,
    ) -> Option<T> {
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        let workspaces = Arc::clone(&self.workspaces);
        let working = tokio::task::spawn_blocking(move || {
            let pool = || workspaces.lock().unwrap_or_else(PoisonError::into_inner);
            let mut workspace = pool().pop().unwrap_or_default();
            let done = job(&mut workspace);
            pool().push(workspace);
            // Not before: whoever asked may be gone, and this goes on.
            drop(place);
            done
        });
        working.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::{HashCost, hash_password_in};

    /// Case D8: what was hashed for accounts that are made had memory of its own each time.
    #[tokio::test]
    async fn however_many_ask_there_is_memory_for_those_at_once() {
        let hashing = Hashing::new(2);
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
}
