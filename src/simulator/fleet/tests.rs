//! Whether the demo's fleet keeps its promises.

use std::collections::BTreeSet;

use super::names::{ASSOCIATION_ERRORS, BUILDER_ERRORS, DETAIL_CODES};
use super::*;
use aws_sdk_appstream::types as appstream;
use aws_sdk_workspaces::types as workspaces;

const NOW: f64 = 1_795_374_000.0;

fn all(world: &mut World, kind: Kind) -> Vec<Value> {
    REGIONS.iter().flat_map(|region| list_of(world.at(ACCOUNT, region), kind).clone()).collect()
}

fn states(world: &mut World, kind: Kind) -> BTreeSet<String> {
    texts(&all(world, kind), "State").into_iter().collect()
}

#[test]
fn every_state_of_every_kind_is_there_at_the_start() {
    for seed in 0..20 {
        let mut world = Fleet::new(seed, NOW).world();
        for kind in KINDS {
            let known = kind.stages().iter().map(|stage| stage.state.to_owned()).collect();
            assert_eq!(states(&mut world, kind), known, "seed {seed}, {kind:?}");
        }
    }
}

#[test]
fn every_state_and_code_is_one_that_aws_knows() {
    let states = |kind: Kind| kind.stages().iter().map(|stage| stage.state).collect::<BTreeSet<_>>();
    let set = |values: &[&'static str]| values.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(states(Kind::WorkspacesImage), set(workspaces::WorkspaceImageState::values()));
    assert_eq!(states(Kind::Association), set(workspaces::AssociationState::values()));
    assert_eq!(states(Kind::Builder), set(appstream::ImageBuilderState::values()));
    assert_eq!(states(Kind::AppstreamImage), set(appstream::ImageState::values()));

    let known = |codes: &[(&str, &str)], values: &[&str]| codes.iter().all(|(code, _)| values.contains(code));
    assert!(known(&DETAIL_CODES, workspaces::WorkspaceImageErrorDetailCode::values()));
    assert!(known(&ASSOCIATION_ERRORS, workspaces::AssociationErrorCode::values()));
    assert!(known(&BUILDER_ERRORS, appstream::FleetErrorCode::values()));
}

#[test]
fn every_notable_trouble_is_there_at_the_start() {
    let mut world = Fleet::new(1, NOW).world();
    let images = all(&mut world, Kind::WorkspacesImage);
    let broken: Vec<&Value> = images.iter().filter(|image| image["State"] == "ERROR").collect();
    let codes: BTreeSet<&str> = broken.iter().filter_map(|image| image["ErrorCode"].as_str()).collect();
    assert!(broken.len() >= 4 && codes.len() >= 2, "{codes:?}");
    assert!(images.iter().any(|image| image["Updates"]["UpdateAvailable"] == true));
    assert!(images.iter().any(|image| image["OwnerAccountId"] != ACCOUNT));

    let builders = all(&mut world, Kind::Builder);
    assert!(builders.iter().any(|builder| builder["ImageBuilderErrors"][0]["ErrorCode"].is_string()));
    assert!(builders.iter().any(|builder| builder["LatestAppstreamAgentVersion"] == "FALSE"));
    assert!(all(&mut world, Kind::Association).iter().any(|one| one["StateReason"]["ErrorCode"].is_string()));
    assert!(all(&mut world, Kind::AppstreamImage).iter().any(|image| image["Visibility"] == "PUBLIC"));
}

#[test]
fn the_same_seed_gives_the_same_life_however_it_is_stepped() {
    let (mut one, mut other) = (Fleet::new(7, NOW), Fleet::new(7, NOW));
    let (mut in_one_step, mut in_many) = (one.world(), other.world());
    one.step(&mut in_one_step, NOW + DAY);
    for minute in 1..=1440 {
        other.step(&mut in_many, NOW + 60.0 * f64::from(minute));
    }
    assert_eq!(in_one_step, in_many);
    assert_ne!(in_one_step, Fleet::new(8, NOW).world());
}

#[test]
fn numbers_stay_within_bounds_and_ids_unique_for_a_week() {
    let mut fleet = Fleet::new(3, NOW);
    let mut world = fleet.world();
    for hour in 1..=7 * 24 {
        fleet.step(&mut world, NOW + 3600.0 * f64::from(hour));
        for region in REGIONS {
            for kind in KINDS {
                let (least, most) = kind.population();
                let alive = fleet.alive(region, kind);
                assert!((least..=most).contains(&alive), "{kind:?} in {region}: {alive}");
                let list = list_of(world.at(ACCOUNT, region), kind);
                // The foreign images, and the builder that was left running, come on top.
                assert!((alive..=alive + 6).contains(&list.len()), "{kind:?} in {region}: {}", list.len());
                let keys: BTreeSet<Key> = list.iter().map(|object| key_of(kind, object)).collect();
                assert_eq!(keys.len(), list.len(), "{kind:?}");
                let names: BTreeSet<String> = texts(list, "Name").into_iter().collect();
                assert!(kind == Kind::Association || names.len() == list.len(), "{kind:?}: {names:?}");
            }
        }
    }
}

#[test]
fn something_changes_every_few_tens_of_seconds() {
    let mut fleet = Fleet::new(5, NOW);
    let (mut world, mut changes) = (fleet.world(), 0);
    while fleet.next_change() < NOW + DAY {
        let next = fleet.next_change();
        fleet.step(&mut world, next);
        changes += 1;
    }
    assert!((1440..=8640).contains(&changes), "{changes} in a day");
}

#[test]
fn every_state_comes_again() {
    let mut fleet = Fleet::new(9, NOW);
    let mut world = fleet.world();
    fleet.step(&mut world, NOW + DAY);
    let mut seen = BTreeSet::new();
    while fleet.next_change() < NOW + 6.0 * DAY {
        let next = fleet.next_change();
        fleet.step(&mut world, next);
        seen.extend(fleet.lives.iter().map(|life| (life.kind, life.state)));
    }
    let known = KINDS.iter().flat_map(|kind| kind.stages().iter().map(|stage| (*kind, stage.state)));
    assert_eq!(seen, known.collect());
}

#[tokio::test]
async fn a_fleet_lives_on_tokios_time() {
    let fleet = Fleet::new(2, NOW);
    let simulator = Simulator::start(fleet.world(), "127.0.0.1:0".parse().expect("loopback")).expect("a free port");
    tokio::time::pause();
    let (before, stop, clock) = (simulator.world(), CancellationToken::new(), Clock::starting_at(NOW));
    let end = stop.clone();
    tokio::join!(live(fleet, &simulator, 10.0, clock, stop), async move {
        sleep(Duration::from_mins(5)).await;
        end.cancel();
    });
    assert_ne!(simulator.world(), before);
}
