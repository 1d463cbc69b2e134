//! The promises that the exporter makes for bad days, each tried on a bad day: real HTTP on loopback, the simulator's
//! faults, the binary where the process itself is at stake. `rows` lists every promise and says which test tries it.

mod aws;
mod identity;
mod lifecycle;
mod names;
mod paging;
mod payloads;
mod rows;
mod scheduling;
mod transport;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use euc_exporter::clock::Clock;
use euc_exporter::config::Config;
use euc_exporter::domain::Operation;
use euc_exporter::logging::{self, Format, Level};
use euc_exporter::simulator::{
    DESCRIBE_IMAGE_BUILDERS, DESCRIBE_IMAGES, DESCRIBE_WORKSPACE_IMAGES, Simulator, World, credentials,
};
use serde_json::json;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, Interest};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{
    ACCOUNT, Exporter, REGION, START, appstream_image, builder, image, lines, outcome, simulator, value, world,
};

/// The three lists: operation, collector, family of which each object has one series.
const LISTS: [(Operation, &str, &str); 3] = [
    (DESCRIBE_WORKSPACE_IMAGES, "workspaces_images", "aws_workspaces_image_info"),
    (DESCRIBE_IMAGE_BUILDERS, "appstream_image_builders", "aws_appstream_image_builder_info"),
    (DESCRIBE_IMAGES, "appstream_images", "aws_appstream_image_info"),
];

const BUILDERS: &str = "appstream_image_builders";
const BUILDER_INFO: &str = "aws_appstream_image_builder_info";

/// The refresh interval of the builders, in seconds.
const INTERVAL: u64 = 120;

/// One application on one image, one builder, one AppStream image.
fn small() -> Simulator {
    simulator(world(|place| {
        let application = json!({"ImageId": "wsi-000000001", "AssociatedResourceId": "wsa-office",
                                 "AssociatedResourceType": "APPLICATION", "State": "COMPLETED"});
        let place = place.workspaces_image(image(1)).association(application);
        place.image_builder(builder(1)).appstream_image(appstream_image(1))
    }))
}

/// So many of each kind.
fn objects(count: usize) -> World {
    world(|mut place| {
        place.workspaces_images.extend((0..count).map(image));
        place.image_builders.extend((0..count).map(builder));
        place.appstream_images.extend((0..count).map(appstream_image));
        place
    })
}

/// One builder and one image in each of thirteen regions: with four collectors, 52 scopes.
fn many_regions() -> (Simulator, Vec<String>) {
    let regions: Vec<String> = (1..=13).map(|number| format!("eu-test-{number}")).collect();
    let of = |world: World, region: &String| {
        world.account(ACCOUNT, |account| {
            account.region(region, |place| place.workspaces_image(image(1)).image_builder(builder(1)))
        })
    };
    (simulator(regions.iter().fold(World::new(), of)), regions)
}

/// One attempt, short deadlines.
fn impatient(config: &mut Config) {
    config.aws.max_attempts = 1;
    config.aws.connect_timeout = Duration::from_millis(200);
    config.aws.attempt_timeout = Duration::from_millis(300);
    config.aws.operation_timeout = Duration::from_millis(400);
}

/// The log of this test, which has one thread.
struct Log {
    written: Written,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What hears the other threads' events: nothing, but it wants to be asked each time. Without it, an event that they
/// come upon first is held for one that nobody wants, and is lost to this thread, too.
struct Deaf;

impl Subscriber for Deaf {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Log {
    fn of(level: Level, format: Format) -> Self {
        // Fails from the second time on, when it is set.
        let _ = tracing::subscriber::set_global_default(Deaf);
        let written = Written::default();
        let writer = written.clone();
        let settings = logging::Settings { level, format };
        let subscriber = logging::subscriber(settings, Clock::starting_at(START), move || writer.clone());
        Self { written, _guard: tracing::subscriber::set_default(subscriber) }
    }

    fn text(&self) -> String {
        let bytes = self.written.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).expect("a log is UTF-8")
    }

    /// The lines that tell of one collector.
    fn about(&self, collector: &str) -> Vec<String> {
        let part = format!("collector={collector} ");
        self.text().lines().filter(|line| line.contains(&part)).map(str::to_owned).collect()
    }
}
