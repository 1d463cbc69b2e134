//! What a scrape costs in calls to AWS, counted at the other end.

use euc_exporter::simulator::{
    DESCRIBE_IMAGE_ASSOCIATIONS, DESCRIBE_IMAGE_BUILDERS, DESCRIBE_IMAGES, DESCRIBE_WORKSPACE_IMAGES,
    GET_CALLER_IDENTITY, World,
};
use futures_util::future::join_all;

use crate::support::{
    Exporter, appstream_image, builder, calls, image, jump, lines, outcome, resources, simulator, value, world,
};

/// 60 images, 120 builders, 60 AppStream images.
fn estate() -> World {
    world(|mut place| {
        place.workspaces_images.extend((0..60).map(image));
        place.image_builders.extend((0..120).map(builder));
        place.appstream_images.extend((0..60).map(appstream_image));
        place
    })
}

/// Owned images: 3 pages, shared: 1; an association call an image; builders: 5 pages; private images: 3 pages,
/// shared: 1; and whose credentials these are: 1.
const COLD: usize = 3 + 1 + 60 + 5 + 3 + 1 + 1;

#[tokio::test]
async fn a_cold_scrape_costs_pages_and_images_and_the_rest_cost_nothing() {
    let aws = simulator(estate());
    let exporter = Exporter::start(&aws).await;
    assert!(aws.requests().is_empty(), "nobody scrapes, nobody calls");

    let scrape = exporter.scrape().await;
    assert_eq!(aws.requests().len(), COLD);
    assert_eq!(calls(&aws, GET_CALLER_IDENTITY), 1);
    assert_eq!(calls(&aws, DESCRIBE_WORKSPACE_IMAGES), 4);
    assert_eq!(calls(&aws, DESCRIBE_IMAGE_ASSOCIATIONS), 60);
    assert_eq!(calls(&aws, DESCRIBE_IMAGE_BUILDERS), 5);
    assert_eq!(calls(&aws, DESCRIBE_IMAGES), 4);
    assert_eq!(lines(&scrape, "aws_workspaces_image_info", &[]).len(), 60);
    assert_eq!(lines(&scrape, "aws_appstream_image_builder_info", &[]).len(), 120);
    assert_eq!(lines(&scrape, "aws_appstream_image_info", &[]).len(), 60);

    aws.forget_requests();
    for scrape in join_all((0..100).map(|_| exporter.scrape())).await {
        assert_eq!(lines(&scrape, "aws_appstream_image_builder_info", &[]).len(), 120);
    }
    assert!(aws.requests().is_empty(), "data inside its interval costs nothing");
}

#[tokio::test]
async fn fifty_cold_scrapes_at_once_cost_those_of_one() {
    let aws = simulator(estate());
    let exporter = Exporter::start_with(&aws, |config| config.http.max_requests = 50).await;
    let scrapes = join_all((0..50).map(|_| exporter.scrape())).await;
    assert_eq!(aws.requests().len(), COLD);
    for scrape in &scrapes {
        assert_eq!(resources(scrape), resources(&scrapes[0]), "all see the same");
        assert_eq!(lines(scrape, "aws_appstream_image_info", &[]).len(), 60);
    }
}

#[tokio::test]
async fn without_a_scrape_there_is_no_call_for_hours() {
    let aws = simulator(estate());
    let exporter = Exporter::start(&aws).await;
    exporter.scrape().await;
    aws.forget_requests();
    for _ in 0..10 {
        jump(1_000).await;
        assert_eq!(exporter.get("/-/healthy", "").await.status, 200);
        assert_eq!(exporter.get("/", "").await.status, 200);
    }
    assert!(aws.requests().is_empty());
}

#[tokio::test]
async fn every_attempt_is_counted_and_counters_start_at_zero() {
    let aws = simulator(estate());
    let exporter = Exporter::start(&aws).await;
    let scrape = exporter.scrape().await;
    let counted: f64 = lines(&scrape, "euc_exporter_aws_api_requests_total", &[])
        .iter()
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum();
    assert_eq!(counted, aws.requests().len() as f64);
    for class in ["throttling", "access_denied"] {
        let parts = ["operation=\"DescribeImages\"", &format!("error=\"{class}\"")];
        assert_eq!(value(&scrape, "euc_exporter_aws_api_request_errors_total", &parts), 0.0);
    }
    assert_eq!(value(&scrape, "euc_exporter_cache_hits_total", &["appstream_images"]), 0.0);
    let scrape = exporter.scrape().await;
    assert_eq!(value(&scrape, "euc_exporter_cache_requests_total", &["appstream_images"]), 2.0);
    assert_eq!(value(&scrape, "euc_exporter_cache_hits_total", &["appstream_images"]), 1.0);
}

/// Default intervals, a visit every ten minutes: what is due is read in that very scrape.
#[tokio::test]
async fn a_rare_visitor_sees_data_of_his_own_visit() {
    let aws = simulator(estate());
    let exporter = Exporter::start(&aws).await;
    exporter.scrape().await;
    for visit in 1..=6_usize {
        jump(600).await;
        aws.change(|world| {
            let place = world.at(crate::support::ACCOUNT, crate::support::REGION);
            place.workspaces_images.push(image(1_000 + visit));
            place.image_builders.push(builder(1_000 + visit));
            place.appstream_images.push(appstream_image(1_000 + visit));
        });
        let scrape = exporter.scrape().await;
        for (family, count) in [
            ("aws_workspaces_image_info", 60 + visit),
            ("aws_appstream_image_builder_info", 120 + visit),
            ("aws_appstream_image_info", 60 + visit),
        ] {
            assert_eq!(lines(&scrape, family, &[]).len(), count, "{family} at visit {visit}");
        }
        assert_eq!(outcome(&scrape, "workspaces_image_associations"), "success");
    }
}
