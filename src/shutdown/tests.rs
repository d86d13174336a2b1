use super::Shutdown;

#[tokio::test]
async fn an_essential_task_that_ends_begins_the_shutdown() {
    let shutdown = Shutdown::new();
    shutdown.spawn_essential("listener", async {
        Err::<(), _>(std::io::Error::other("address in use"))
    });
    shutdown.begun().await;
    let failure = shutdown.take_failure().unwrap();
    assert_eq!(failure.task, "listener");
    assert!(failure.cause.unwrap().to_string().contains("address in use"));
}

#[tokio::test]
async fn an_essential_task_that_panics_begins_the_shutdown() {
    let shutdown = Shutdown::new();
    shutdown.spawn_essential("listener", async {
        assert!(tokio::task::try_id().is_none(), "a bug");
        Ok::<(), std::io::Error>(())
    });
    shutdown.begun().await;
    assert!(shutdown.take_failure().is_some());
}

#[tokio::test]
async fn an_essential_task_may_end_once_the_shutdown_began() {
    let shutdown = Shutdown::new();
    let inside = shutdown.clone();
    shutdown.spawn_essential("listener", async move {
        inside.begun().await;
        Ok::<(), std::io::Error>(())
    });
    shutdown.begin();
    shutdown.tasks.close();
    shutdown.tasks.wait().await;
    assert!(shutdown.take_failure().is_none());
}
