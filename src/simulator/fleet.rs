//! A fleet of golden images that lives, for the demo: one account, two regions, every state and every notable trouble
//! at the start, and from then on births, failures, repairs and ends, the same for the same seed.

mod lives;
mod names;
mod objects;

use fastrand::Rng;
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};
use tokio_util::sync::CancellationToken;

use super::Simulator;
use super::world::{Inventory, World};
use crate::clock::Clock;
use lives::{GONE, Kind};
use names::{ACCOUNT, OLD_AGENT, REGIONS};
use objects::{Birth, create, enter, foreign_appstream_images, set_agent, shared_workspaces_image};

const DAY: f64 = 86_400.0;

/// The order of birth: associations need images.
const KINDS: [Kind; 4] = [Kind::WorkspacesImage, Kind::Association, Kind::Builder, Kind::AppstreamImage];

/// The demo's fleet: what is to happen to which object, and when.
#[derive(Clone, Debug)]
pub struct Fleet {
    rng: Rng,
    lives: Vec<Life>,
    world: World,
    born: usize,
    pace: f64,
}

/// One object that something will happen to.
#[derive(Clone, Debug)]
struct Life {
    region: &'static str,
    kind: Kind,
    key: Key,
    state: &'static str,
    due: f64,
}

/// What tells an object of its kind from the others: its id, or the ids of image and application.
type Key = (String, String);

impl Fleet {
    /// A fleet as it stands at a moment.
    pub fn new(seed: u64, now_unix: f64) -> Self {
        let mut fleet = Self { rng: Rng::with_seed(seed), lives: Vec::new(), world: World::new(), born: 0, pace: 1.0 };
        let mut world = World::new();
        for region in REGIONS {
            for kind in KINDS {
                fleet.settle(&mut world, region, kind, now_unix);
            }
            let place = world.at(ACCOUNT, region);
            place.workspaces_images.push(shared_workspaces_image(now_unix - 60.0 * DAY));
            place.appstream_images.extend(foreign_appstream_images(region, now_unix - 50.0 * DAY));
        }
        fleet.leave_one_running(&mut world, now_unix);
        fleet.world = world;
        fleet
    }

    /// The world at the fleet's start.
    pub fn world(&self) -> World {
        self.world.clone()
    }

    /// Lets happen all that is due, one thing after the other: the world depends on the moment, not on the steps to it.
    pub fn step(&mut self, world: &mut World, now_unix: f64) {
        while let Some(index) = self.next().filter(|index| self.lives[*index].due <= now_unix) {
            let life = self.lives.swap_remove(index);
            self.live_on(world, life);
        }
    }

    /// When something happens next.
    pub fn next_change(&self) -> f64 {
        self.next().map_or(f64::INFINITY, |index| self.lives[index].due)
    }

    /// Makes everything that is to come after a moment come so many times sooner.
    fn hurry(&mut self, speed: f64, now_unix: f64) {
        self.pace *= speed;
        for life in &mut self.lives {
            life.due = now_unix + (life.due - now_unix) / speed;
        }
    }

    fn next(&self) -> Option<usize> {
        let when = |index: &usize| (self.lives[*index].due, &self.lives[*index].key);
        (0..self.lives.len()).min_by(|one, other| {
            let ((due, key), (other_due, other_key)) = (when(one), when(other));
            due.total_cmp(&other_due).then_with(|| key.cmp(other_key))
        })
    }

    /// Fills a region with a kind: each state once, some more that are well.
    fn settle(&mut self, world: &mut World, region: &'static str, kind: Kind, now: f64) {
        let well = match kind {
            Kind::WorkspacesImage | Kind::AppstreamImage => "AVAILABLE",
            Kind::Association => "COMPLETED",
            Kind::Builder => "STOPPED",
        };
        // Builders have more states than a region has builders: half of them live in each.
        let states: Vec<&'static str> = kind.stages().iter().map(|stage| stage.state).collect();
        let mut states = match (kind, region == REGIONS[0]) {
            (Kind::Builder, true) => states[..7].to_vec(),
            (Kind::Builder, false) => states[7..].to_vec(),
            _ => states,
        };
        if kind == Kind::WorkspacesImage {
            states.push("ERROR");
        }
        states.resize(states.len().max(kind.population().0 + 1), well);
        for state in states {
            let age = DAY * (1.0 + self.rng.f64() * 90.0);
            self.bear(world, region, kind, state, now - if state.contains("PENDING") { 120.0 } else { age }, now);
        }
        if kind == Kind::Builder {
            let first = &mut world.at(ACCOUNT, region).image_builders[2];
            set_agent(first, OLD_AGENT, "FALSE");
        }
        if kind == Kind::WorkspacesImage {
            let images = &mut world.at(ACCOUNT, region).workspaces_images;
            let well = images.iter_mut().filter(|image| image["State"] == "AVAILABLE");
            if let Some(image) = well.max_by_key(|image| image.get("Updates").is_some()) {
                image["Updates"] = json!({"UpdateAvailable": true, "Description": "Updates are available."});
            }
        }
    }

    /// A builder that somebody forgot on Friday: it runs and nothing happens to it.
    fn leave_one_running(&mut self, world: &mut World, now: f64) {
        let alive = self.lives.len();
        self.bear(world, REGIONS[0], Kind::Builder, "RUNNING", now - 3.0 * DAY, now);
        self.lives.truncate(alive);
    }

    /// Adds an object that was created at one moment and is in its state from another.
    fn bear(
        &mut self,
        world: &mut World,
        region: &'static str,
        kind: Kind,
        state: &'static str,
        created: f64,
        now: f64,
    ) {
        let place = world.at(ACCOUNT, region);
        let image_ids: Vec<String> = texts(&place.workspaces_images, "ImageId");
        if kind == Kind::Association && image_ids.is_empty() {
            return;
        }
        self.born += 1;
        let birth = Birth { region, number: self.born, unix: millis(created), image_ids: &image_ids };
        let list = list_of(place, kind);
        // Names are unique, and an application is on an image only once: chance has a few tries to find what is free.
        let is_new = |object: &Value| {
            let is_other = |other: &Value| other["Name"] != object["Name"] || kind == Kind::Association;
            list.iter().all(|other| key_of(kind, other) != key_of(kind, object) && is_other(other))
        };
        let Some(mut object) = (0..50).map(|_| create(kind, &birth, &mut self.rng)).find(is_new) else { return };
        enter(kind, &mut object, state, millis(now), &mut self.rng);
        let key = key_of(kind, &object);
        list.push(object);
        let due = now + self.stay(kind, state);
        self.lives.push(Life { region, kind, key, state, due });
    }

    fn stay(&mut self, kind: Kind, state: &str) -> f64 {
        let (least, most) = kind.stage(state).stay;
        f64::from(self.rng.u32(least..=most)) / self.pace
    }

    /// What happens to an object when its time in a state is over.
    fn live_on(&mut self, world: &mut World, life: Life) {
        let Life { region, kind, key, state, due } = life;
        let next = self.choose(kind, state);
        if next == GONE {
            bury(world.at(ACCOUNT, region), kind, &key);
            self.lives.retain(|life| {
                kind != Kind::WorkspacesImage
                    || life.region != region
                    || life.kind != Kind::Association
                    || life.key.0 != key.0
            });
        } else if let Some(object) = find(world.at(ACCOUNT, region), kind, &key) {
            enter(kind, object, next, millis(due), &mut self.rng);
            let due = due + self.stay(kind, next);
            self.lives.push(Life { region, kind, key, state: next, due });
        }
        // A builder's snapshot is an image; otherwise whatever has become too few is made anew.
        if kind == Kind::Builder && next == "SNAPSHOTTING" {
            self.bear_if_room(world, region, Kind::AppstreamImage, "PENDING", due);
        }
        for kind in KINDS {
            for _ in self.alive(region, kind)..kind.population().0 {
                let state = self.first_state(kind);
                self.bear_if_room(world, region, kind, state, due);
            }
        }
        if self.rng.u8(..16) == 0 {
            let kind = KINDS[self.rng.usize(..KINDS.len())];
            let state = self.first_state(kind);
            self.bear_if_room(world, region, kind, state, due);
        }
    }

    fn bear_if_room(&mut self, world: &mut World, region: &'static str, kind: Kind, state: &'static str, now: f64) {
        if self.alive(region, kind) < kind.population().1 {
            self.bear(world, region, kind, state, now, now);
        }
    }

    /// How many objects of a kind live in a region. Those that nothing happens to do not count.
    fn alive(&self, region: &str, kind: Kind) -> usize {
        self.lives.iter().filter(|life| life.region == region && life.kind == kind).count()
    }

    fn choose(&mut self, kind: Kind, state: &str) -> &'static str {
        let next = kind.stage(state).next;
        let weights: u32 = next.iter().map(|(_, weight)| weight).sum();
        let mut left = self.rng.u32(..weights);
        for (state, weight) in next {
            if left < *weight {
                return state;
            }
            left -= weight;
        }
        GONE
    }

    fn first_state(&mut self, kind: Kind) -> &'static str {
        match (kind, self.rng.u8(..4)) {
            (Kind::Association, _) => "PENDING_INSTALL",
            (Kind::Builder, 0) => "PENDING_IMAGE_IMPORT",
            (Kind::AppstreamImage, 0) => "IMPORTING",
            (Kind::AppstreamImage, 1) => "COPYING",
            _ => "PENDING",
        }
    }
}

/// Lets a fleet live in a simulator that was started with its world, `speed` times as fast as life, until told to stop.
pub async fn live(mut fleet: Fleet, simulator: &Simulator, speed: f64, clock: Clock, stop: CancellationToken) {
    fleet.hurry(speed.max(f64::MIN_POSITIVE), clock.unix_seconds());
    loop {
        let wait = (fleet.next_change() - clock.unix_seconds()).clamp(0.01, 60.0);
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(Duration::from_secs_f64(wait)) => {}
        }
        let now = clock.unix_seconds();
        simulator.change(|world| fleet.step(world, now));
    }
}

/// A moment as exact as AWS tells it.
fn millis(unix: f64) -> f64 {
    (unix * 1000.0).round() / 1000.0
}

fn texts(items: &[Value], member: &str) -> Vec<String> {
    items.iter().filter_map(|item| item[member].as_str()).map(str::to_owned).collect()
}

fn list_of(place: &mut Inventory, kind: Kind) -> &mut Vec<Value> {
    match kind {
        Kind::WorkspacesImage => &mut place.workspaces_images,
        Kind::Association => &mut place.associations,
        Kind::Builder => &mut place.image_builders,
        Kind::AppstreamImage => &mut place.appstream_images,
    }
}

fn key_of(kind: Kind, object: &Value) -> Key {
    let text = |member: &str| object[member].as_str().unwrap_or_default().to_owned();
    match kind {
        Kind::WorkspacesImage => (text("ImageId"), String::new()),
        Kind::Association => (text("ImageId"), text("AssociatedResourceId")),
        Kind::Builder | Kind::AppstreamImage => (text("Arn"), String::new()),
    }
}

fn find<'a>(place: &'a mut Inventory, kind: Kind, key: &Key) -> Option<&'a mut Value> {
    list_of(place, kind).iter_mut().find(|object| key_of(kind, object) == *key)
}

/// Takes an object away, and with an image the applications on it.
fn bury(place: &mut Inventory, kind: Kind, key: &Key) {
    list_of(place, kind).retain(|object| key_of(kind, object) != *key);
    if kind == Kind::WorkspacesImage {
        place.associations.retain(|association| association["ImageId"] != key.0);
    }
}

#[cfg(test)]
mod tests;
