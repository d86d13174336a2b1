//! One signal, one list of tasks: how the process ends.
//!
//! Every task runs on the tracker here, so that the end waits for it and a crash of it is seen. An
//! essential task that ends before the shutdown began takes the process down.

#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A handle on the end of the process; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    begun: CancellationToken,
    tasks: TaskTracker,
    failure: Arc<Mutex<Option<TaskFailed>>>,
}

/// An essential task ended by itself.
#[derive(Debug, thiserror::Error)]
#[error("the task `{task}` ended by itself; the process cannot go on without it")]
pub struct TaskFailed {
    pub task: &'static str,
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Shutdown {
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins on SIGTERM or SIGINT; a second one ends the process at once.
    pub fn on_signals(&self) -> std::io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let begun = self.begun.clone();
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if begun.is_cancelled() {
                    abort();
                }
                tracing::info!("told to stop; draining");
                begun.cancel();
            }
        });
        Ok(())
    }

    /// Asks everything to end.
    pub fn begin(&self) {
        self.begun.cancel();
    }

    pub fn is_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// Waits until the end has begun.
    pub async fn begun(&self) {
        self.begun.cancelled().await;
    }

    /// Runs a task that may end whenever it likes.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tasks.spawn(task)
    }

    /// Runs a task that must live until the shutdown; if it ends before, the shutdown begins.
    pub fn spawn_essential<F, E>(&self, name: &'static str, task: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let running = self.tasks.spawn(task);
        let shutdown = self.clone();
        self.tasks.spawn(async move {
            let cause: Option<Box<dyn std::error::Error + Send + Sync>> = match running.await {
                Ok(Ok(())) if shutdown.is_begun() => return,
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.into()),
                Err(crashed) => Some(crashed.into()),
            };
            shutdown.fail(TaskFailed { task: name, cause });
        });
    }

    /// Why the shutdown began, if an essential task was the reason.
    pub fn take_failure(&self) -> Option<TaskFailed> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn fail(&self, failure: TaskFailed) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
        self.begin();
    }
}

#[expect(
    clippy::exit,
    reason = "a second signal means now; what was not committed is pending and will be read back"
)]
fn abort() -> ! {
    tracing::warn!("told to stop a second time; ending without draining");
    std::process::exit(1)
}
