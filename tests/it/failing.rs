//! What is shown when AWS refuses: the class of the error, the last good data, its end, and the way back.

use std::time::Duration;

use euc_exporter::simulator::{
    DESCRIBE_IMAGE_ASSOCIATIONS, DESCRIBE_IMAGE_BUILDERS, DESCRIBE_IMAGES, DESCRIBE_WORKSPACE_IMAGES, Fault,
    GET_CALLER_IDENTITY, Simulator, World,
};
use serde_json::json;

use crate::support::{
    ACCOUNT, Exporter, REGION, START, appstream_image, builder, image, jump, lines, outcome, scrape_until, simulator,
    value, world,
};

fn small() -> Simulator {
    simulator(world(|place| {
        let application = |image: usize, id: &str| {
            json!({"ImageId": format!("wsi-{image:09}"), "AssociatedResourceId": id, "State": "COMPLETED",
                   "AssociatedResourceType": "APPLICATION"})
        };
        place
            .workspaces_image(image(1))
            .workspaces_image(image(2))
            .association(application(1, "wsa-office"))
            .association(application(2, "wsa-office"))
            .image_builder(builder(1))
            .appstream_image(appstream_image(1))
    }))
}

async fn impatient(aws: &Simulator) -> Exporter {
    Exporter::start_with(aws, |config| {
        config.aws.max_attempts = 1;
        config.aws.connect_timeout = Duration::from_millis(200);
        config.aws.attempt_timeout = Duration::from_millis(300);
        config.aws.operation_timeout = Duration::from_millis(400);
    })
    .await
}

#[tokio::test]
async fn every_failure_has_its_class() {
    let page = || "<html>Service Unavailable</html>";
    for (fault, class) in [
        (Fault::access_denied(), "access_denied"),
        (Fault::throttling(), "throttling"),
        (Fault::unrecognized_client(), "credentials"),
        (Fault::expired_token(), "credentials"),
        (Fault::internal_error(), "server"),
        (Fault::unavailable(), "server"),
        (Fault::error(400, "InvalidParameterCombinationException", "no"), "other"),
        (Fault::answer(503, "text/html", page()), "server"),
        (Fault::answer(429, "text/html", page()), "throttling"),
        (Fault::answer(403, "text/html", page()), "invalid_response"),
        (Fault::answer(200, "text/html", page()), "invalid_response"),
        (Fault::hang(), "timeout"),
        (Fault::hang_mid_body(), "timeout"),
        (Fault::drip(Duration::from_millis(50)), "timeout"),
        (Fault::reset(), "connection"),
    ] {
        let aws = small();
        let named = format!("{fault:?}");
        for operation in [DESCRIBE_IMAGE_BUILDERS, DESCRIBE_WORKSPACE_IMAGES] {
            aws.inject(fault.clone().on(operation));
        }
        let exporter = impatient(&aws).await;
        let scrape = exporter.scrape().await;
        let expected = format!("failed: {class}");
        assert_eq!(outcome(&scrape, "appstream_image_builders"), expected, "CBOR: {named}");
        assert_eq!(outcome(&scrape, "workspaces_images"), expected, "JSON: {named}");
        assert_eq!(outcome(&scrape, "workspaces_image_associations"), expected, "without images: {named}");
        assert_eq!(outcome(&scrape, "appstream_images"), "success", "{named}");
        assert!(lines(&scrape, "aws_workspaces_image_info", &[]).is_empty(), "{named}");
        let errors = ["operation=\"DescribeImageBuilders\"", &format!("error=\"{class}\"")];
        assert_eq!(value(&scrape, "euc_exporter_aws_api_request_errors_total", &errors), 1.0, "{named}");
    }
}

/// The SDK takes it for a good answer without anything in it.
#[tokio::test]
async fn an_empty_body_is_no_empty_account() {
    let aws = small();
    aws.inject(Fault::answer(200, "application/json", "").on(DESCRIBE_WORKSPACE_IMAGES));
    aws.inject(Fault::answer(200, "application/cbor", "").on(DESCRIBE_IMAGE_BUILDERS));
    let scrape = impatient(&aws).await.scrape().await;
    for collector in ["workspaces_images", "appstream_image_builders"] {
        assert_eq!(outcome(&scrape, collector), "failed: invalid_response");
    }
}

#[tokio::test]
async fn a_passing_throttle_is_invisible_but_counted() {
    let aws = small();
    aws.inject(Fault::throttling().on(DESCRIBE_IMAGES).times(2));
    let scrape = Exporter::start(&aws).await.scrape().await;
    assert_eq!(outcome(&scrape, "appstream_images"), "success");
    assert_eq!(lines(&scrape, "aws_appstream_image_info", &[]).len(), 1);
    let throttled = ["DescribeImages\"", "error=\"throttling\""];
    assert_eq!(value(&scrape, "euc_exporter_aws_api_request_errors_total", &throttled), 2.0);
}

#[tokio::test]
async fn last_good_data_is_shown_until_it_is_too_old_and_the_collector_always() {
    let aws = small();
    let exporter = impatient(&aws).await;
    exporter.scrape().await;
    aws.inject(Fault::access_denied().on(DESCRIBE_IMAGE_BUILDERS));
    let info = "aws_appstream_image_builder_info";
    let mut shown = 0;
    for minute in (1..=10).map(|step| step * 60) {
        jump(60).await;
        let scrape = exporter.scrape().await;
        assert_eq!(lines(&scrape, info, &[]).len(), usize::from(minute < 480), "after {minute} seconds");
        shown += lines(&scrape, info, &[]).len();
        let read = value(&scrape, "euc_exporter_collector_last_success_timestamp_seconds", &["image_builders"]);
        assert!((read - START).abs() < 30.0, "{read}: when the data shown was read");
    }
    assert_eq!(shown, 7);
    let scrape = exporter.scrape().await;
    assert_eq!(outcome(&scrape, "appstream_image_builders"), "failed: access_denied");
    assert_eq!(lines(&scrape, "aws_appstream_image_info", &[]).len(), 1, "the others are fresh");

    aws.clear_faults();
    jump(121).await;
    let scrape = exporter.scrape().await;
    assert_eq!(outcome(&scrape, "appstream_image_builders"), "success", "well again in the scrape that finds it so");
    assert_eq!(lines(&scrape, info, &[]).len(), 1);
}

#[tokio::test]
async fn a_failing_list_is_asked_ever_less_often_but_once_an_interval() {
    let aws = small();
    aws.inject(Fault::access_denied().on(DESCRIBE_IMAGE_BUILDERS));
    let exporter = impatient(&aws).await;
    for _ in 0..60 {
        exporter.scrape().await;
        jump(10).await;
    }
    // At 0, 15, 45, 105 seconds and from then on each two minutes, as far as scrapes ten seconds apart can tell.
    let calls = aws.count(DESCRIBE_IMAGE_BUILDERS);
    assert!((7..=9).contains(&calls), "{calls}");
}

#[tokio::test]
async fn what_is_gone_in_aws_is_gone_after_the_next_refresh() {
    let aws = small();
    let exporter = Exporter::start(&aws).await;
    assert!(exporter.scrape().await.contains("wsi-000000002"));
    aws.change(|world| {
        let place = world.at(ACCOUNT, REGION);
        place.workspaces_images.pop();
        place.image_builders.clear();
    });
    jump(910).await;
    let scrape = scrape_until(&exporter, |scrape| !scrape.contains("wsi-000000002")).await;
    assert!(lines(&scrape, "aws_appstream_image_builder_info", &[]).is_empty(), "an empty account is empty");
    assert!(!scrape.contains("# HELP aws_appstream_image_builder_info"));
    assert_eq!(lines(&scrape, "aws_workspaces_image_application_state", &[]).len(), 1);
}

#[tokio::test]
async fn an_image_without_associations_to_tell_is_no_failure() {
    for code in ["ResourceNotFoundException", "OperationNotSupportedException"] {
        let aws = small();
        aws.inject(
            Fault::error(400, code, "not this one").on(DESCRIBE_IMAGE_ASSOCIATIONS).input("ImageId", "wsi-000000001"),
        );
        let scrape = Exporter::start(&aws).await.scrape().await;
        assert_eq!(outcome(&scrape, "workspaces_image_associations"), "success");
        let states = lines(&scrape, "aws_workspaces_image_application_state", &[]);
        assert_eq!(states.len(), 1);
        assert!(states[0].contains("wsi-000000002"));
        let errors = ["operation=\"DescribeImageAssociations\"", "error=\"other\""];
        assert_eq!(value(&scrape, "euc_exporter_aws_api_request_errors_total", &errors), 1.0);
    }
    let aws = small();
    aws.inject(Fault::throttling().on(DESCRIBE_IMAGE_ASSOCIATIONS).input("ImageId", "wsi-000000001"));
    let scrape = impatient(&aws).await.scrape().await;
    assert_eq!(outcome(&scrape, "workspaces_image_associations"), "failed: throttling", "anything else is one");
}

#[tokio::test]
async fn one_failed_login_is_everybodys_answer() {
    let aws = small();
    aws.inject(Fault::error(403, "InvalidClientTokenId", "no such key").on(GET_CALLER_IDENTITY));
    let exporter = impatient(&aws).await;
    let scrape = exporter.scrape().await;
    for collector in
        ["workspaces_images", "workspaces_image_associations", "appstream_image_builders", "appstream_images"]
    {
        assert_eq!(outcome(&scrape, collector), "failed: credentials");
    }
    assert_eq!(aws.requests().len(), 1);
    assert_eq!(lines(&scrape, "euc_exporter_target_info", &["account_id=\"\"", "region=\"eu-west-1\""]).len(), 1);

    aws.clear_faults();
    jump(31).await;
    let scrape = scrape_until(&exporter, |scrape| outcome(scrape, "appstream_images") == "success").await;
    assert_eq!(lines(&scrape, "euc_exporter_target_info", &[&format!("account_id=\"{ACCOUNT}\"")]).len(), 1);
}

#[tokio::test]
async fn a_region_in_trouble_does_not_take_the_others_with_it() {
    let aws = simulator(World::new().account(ACCOUNT, |account| {
        account
            .region("af-south-1", |place| place.image_builder(builder(1)))
            .region(REGION, |place| place.image_builder(builder(2)))
    }));
    let troubled = "af-south-1".parse().expect("a region");
    for fault in [Fault::unrecognized_client(), Fault::hang()] {
        aws.clear_faults();
        aws.inject(fault.region(&troubled));
        let scrape = impatient(&aws).await.scrape().await;
        let shown = lines(&scrape, "aws_appstream_image_builder_info", &[]);
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert!(shown[0].contains(REGION));
        assert_eq!(lines(&scrape, "euc_exporter_collector_success", &["af-south-1", "} 0"]).len(), 4);
        assert_eq!(lines(&scrape, "euc_exporter_collector_success", &[REGION, "} 1"]).len(), 4);
    }
}

#[tokio::test]
async fn credentials_of_another_account_are_refused() {
    let aws = small();
    let exporter = Exporter::start_with(&aws, |config| {
        config.aws.account_id = Some("999988887777".parse().expect("an account"));
    })
    .await;
    let scrape = exporter.scrape().await;
    assert_eq!(outcome(&scrape, "appstream_images"), "failed: credentials");
    assert_eq!(aws.requests().len(), 1, "nothing is read with them");
    assert!(!scrape.contains(&format!("account_id=\"{ACCOUNT}\",region=\"{REGION}\",account_name")));
}

#[tokio::test]
async fn values_newer_than_this_build_are_shown_and_counted() {
    let aws = simulator(world(|place| {
        place
            .image_builder(json!({"Name": "new", "State": "TELEPORTING", "Platform": "WINDOWS_13"}))
            .image_builder(json!({}))
    }));
    let scrape = Exporter::start(&aws).await.scrape().await;
    assert_eq!(lines(&scrape, "aws_appstream_image_builder_state", &["TELEPORTING\"} 1"]).len(), 1);
    assert_eq!(lines(&scrape, "aws_appstream_image_builder_state", &["} 0"]).len(), 14);
    for field in ["ImageBuilder.State", "ImageBuilder.Platform", "ImageBuilder.Name"] {
        assert_eq!(value(&scrape, "euc_exporter_unrecognized_values_total", &[&format!("\"{field}\"")]), 1.0);
    }
}
