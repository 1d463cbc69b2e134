//! Lists of any length, cut anywhere, and lists that are none: what is shown is whole or what was whole before.

use euc_exporter::domain::Operation;
use euc_exporter::simulator::{
    DESCRIBE_IMAGE_BUILDERS, DESCRIBE_IMAGES, DESCRIBE_WORKSPACE_IMAGES, Fault, Simulator, World,
};
use proptest::prelude::*;

use crate::support::{
    ACCOUNT, Exporter, REGION, appstream_image, builder, image, jump, lines, outcome, resources, scrape_until,
    simulator, world,
};

/// The three lists: operation, collector, family of which each object has one series.
const LISTS: [(Operation, &str, &str); 3] = [
    (DESCRIBE_WORKSPACE_IMAGES, "workspaces_images", "aws_workspaces_image_info"),
    (DESCRIBE_IMAGE_BUILDERS, "appstream_image_builders", "aws_appstream_image_builder_info"),
    (DESCRIBE_IMAGES, "appstream_images", "aws_appstream_image_info"),
];

fn objects(count: usize) -> World {
    world(|mut place| {
        place.workspaces_images.extend((0..count).map(image));
        place.image_builders.extend((0..count).map(builder));
        place.appstream_images.extend((0..count).map(appstream_image));
        place
    })
}

/// Sixty of each, read once; then everything is due and the fault strikes.
async fn struck(fault: impl Fn() -> Fault) -> (Simulator, Exporter) {
    let aws = simulator(objects(60));
    let exporter = Exporter::start_with(&aws, |config| config.aws.max_attempts = 1).await;
    exporter.scrape().await;
    for (operation, ..) in LISTS {
        aws.inject(fault().on(operation));
    }
    aws.forget_requests();
    (aws, exporter)
}

/// Every list fails as an invalid response, and the sixty that were there before are still shown.
async fn fails_and_keeps(fault: impl Fn() -> Fault) -> Simulator {
    let (aws, exporter) = struck(fault).await;
    jump(301).await;
    let scrape = exporter.scrape().await;
    for (_, collector, family) in LISTS {
        assert_eq!(outcome(&scrape, collector), "failed: invalid_response", "{collector}");
        assert_eq!(lines(&scrape, family, &[]).len(), 60, "{collector}");
    }
    aws
}

#[tokio::test]
async fn lists_of_any_length_are_whole() {
    for count in [0, 1, 25, 26, 1_000] {
        let aws = simulator(objects(count));
        let exporter = Exporter::start_with(&aws, |config| {
            config.collectors.retain(|collector| collector.name.0 != "workspaces_image_associations");
        })
        .await;
        let scrape = exporter.scrape().await;
        for (operation, collector, family) in LISTS {
            assert_eq!(outcome(&scrape, collector), "success");
            assert_eq!(lines(&scrape, family, &[]).len(), count, "{collector}");
            // The other ownership or visibility is asked for, too, and has nothing.
            let more = usize::from(operation != DESCRIBE_IMAGE_BUILDERS);
            assert_eq!(aws.count(operation), count.div_ceil(25).max(1) + more, "{collector}: {count}");
        }
    }
}

#[tokio::test]
async fn an_empty_page_amid_is_not_the_end() {
    let aws = simulator(objects(30));
    for (operation, ..) in LISTS {
        aws.split(operation, vec![10, 0, 0, 5]);
    }
    let scrape = Exporter::start(&aws).await.scrape().await;
    for (_, collector, family) in LISTS {
        assert_eq!((outcome(&scrape, collector).as_str(), lines(&scrape, family, &[]).len()), ("success", 30));
    }
}

#[tokio::test]
async fn a_repeated_token_is_an_error_not_an_end() {
    let aws = fails_and_keeps(Fault::repeat_token).await;
    assert!(aws.requests().iter().filter(|request| request.operation == Some(DESCRIBE_IMAGES)).count() <= 3);
    let aws = fails_and_keeps(Fault::cycle_tokens).await;
    assert!(aws.requests().iter().filter(|request| request.operation == Some(DESCRIBE_IMAGES)).count() <= 3);
}

#[tokio::test]
async fn an_answer_without_a_list_is_not_an_empty_account() {
    fails_and_keeps(Fault::missing_list).await;
    fails_and_keeps(Fault::null_list).await;
}

#[tokio::test]
async fn an_answer_that_is_none_leaves_what_was_whole() {
    fails_and_keeps(|| Fault::answer(200, "text/html", "<html>Welcome to the hotel's network</html>")).await;
    fails_and_keeps(|| Fault::answer(200, "application/json", "[1, 2")).await;
}

#[tokio::test]
async fn half_a_body_is_no_page() {
    let (_aws, exporter) = struck(Fault::truncate).await;
    jump(301).await;
    let scrape = exporter.scrape().await;
    for (_, collector, family) in LISTS {
        assert!(outcome(&scrape, collector).starts_with("failed: "), "{collector}");
        assert_eq!(lines(&scrape, family, &[]).len(), 60, "{collector}");
    }
}

#[tokio::test]
async fn a_failure_on_a_late_page_publishes_nothing_of_it() {
    let (aws, exporter) = struck(|| Fault::access_denied().page(3)).await;
    aws.change(|world| {
        let place = world.at(ACCOUNT, REGION);
        place.workspaces_images[0]["State"] = "ERROR".into();
        place.image_builders[0]["State"] = "FAILED".into();
        place.appstream_images[0]["State"] = "FAILED".into();
    });
    jump(301).await;
    let scrape = exporter.scrape().await;
    for (_, collector, _) in LISTS {
        assert_eq!(outcome(&scrape, collector), "failed: access_denied");
    }
    assert!(!resources(&scrape).iter().any(|line| line.contains("ERROR\"} 1") || line.contains("FAILED\"} 1")));

    aws.clear_faults();
    jump(301).await;
    let healed = scrape_until(&exporter, |scrape| outcome(scrape, "appstream_images") == "success").await;
    assert_eq!(lines(&healed, "aws_appstream_image_state", &["image-0000", "state=\"FAILED\"} 1"]).len(), 1);
}

#[tokio::test]
async fn an_object_on_two_pages_is_one_object_and_the_later_copy_wins() {
    let aws = simulator(world(|mut place| {
        place.image_builders.extend((0..30).map(builder));
        let mut again = builder(3);
        again["State"] = "RUNNING".into();
        place.image_builders.push(again);
        place
    }));
    let scrape = Exporter::start(&aws).await.scrape().await;
    assert_eq!(lines(&scrape, "aws_appstream_image_builder_info", &[]).len(), 30);
    let current = lines(&scrape, "aws_appstream_image_builder_state", &["builder-0003", "} 1"]);
    assert_eq!(current.len(), 1);
    assert!(current[0].contains("state=\"RUNNING\""));
}

/// Ways to cut a list into pages: sizes, some of them empty.
fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0_usize..12, 0..12)
}

#[test]
fn a_world_gives_the_same_text_however_it_is_cut() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    let text = |count: usize, states: &[usize], cuts: Option<[Vec<usize>; 3]>| {
        runtime.block_on(async {
            let mut world = objects(count);
            let place = world.at(ACCOUNT, REGION);
            for (index, state) in states.iter().enumerate().take(count) {
                place.image_builders[index]["State"] = ["RUNNING", "FAILED", "NEWER_THAN_US", ""][*state].into();
                place.workspaces_images[index]["State"] = ["ERROR", "PENDING", "NEWER_THAN_US", ""][*state].into();
            }
            let aws = simulator(world);
            for ((operation, ..), sizes) in LISTS.into_iter().zip(cuts.into_iter().flatten()) {
                aws.split(operation, sizes);
            }
            let scrape = Exporter::start(&aws).await.scrape().await;
            resources(&scrape).join("\n")
        })
    };
    let worlds = (0_usize..40, prop::collection::vec(0_usize..4, 0..40), [cuts(), cuts(), cuts()]);
    proptest!(config, |((count, states, cuts) in worlds)| {
        prop_assert_eq!(text(count, &states, Some(cuts)), text(count, &states, None));
    });
}
