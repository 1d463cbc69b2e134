//! AWS answers with 200 and something else than it should.

use std::fmt::Write as _;

use euc_exporter::logging::{Format, Level};
use euc_exporter::simulator::{DESCRIBE_IMAGE_BUILDERS, DESCRIBE_IMAGES, DESCRIBE_WORKSPACE_IMAGES, Fault};
use serde_json::{Map, Value, json};

use super::{
    ACCOUNT, BUILDER_INFO, BUILDERS, Exporter, LISTS, Log, REGION, impatient, lines, objects, outcome, simulator,
    small, value, world,
};
use crate::support::jump;

/// Every list fails as an invalid response, without a panic, and what was there before is still shown.
async fn refused(faults: [Fault; 3], named: &str) {
    let aws = simulator(objects(3));
    let exporter = Exporter::start_with(&aws, |config| config.aws.max_attempts = 1).await;
    exporter.scrape().await;
    for (fault, (operation, ..)) in faults.into_iter().zip(LISTS) {
        aws.inject(fault.on(operation));
    }
    jump(301).await;
    let scrape = exporter.scrape().await;
    for (_, collector, family) in LISTS {
        assert_eq!(outcome(&scrape, collector), "failed: invalid_response", "{named}");
        assert_eq!(lines(&scrape, family, &[]).len(), 3, "{named}: {collector}");
    }
}

fn everywhere(fault: &Fault) -> [Fault; 3] {
    [fault.clone(), fault.clone(), fault.clone()]
}

/// C01
#[tokio::test]
async fn an_empty_body_keeps_the_old_objects() {
    refused(everywhere(&Fault::answer(200, "application/x-amz-json-1.1", "")), "empty").await;
    refused(everywhere(&Fault::answer(200, "application/cbor", "")), "empty").await;
}

/// A07, C04, K06: a page that is none is classified, and not a word of it is logged or shown.
#[tokio::test]
async fn of_a_page_that_is_none_no_word_is_logged() {
    let names = "image-of-the-finance-department ".repeat(30_000);
    for (status, body) in [
        (200, format!("<html>{names}</html>")),
        (503, format!("<html>{names}</html>")),
        (200, format!("{{\"Images\":[{{\"ImageId\":\"wsi-1\",\"Name\":\"{names}\"}}, nonsense")),
    ] {
        let log = Log::of(Level::Debug, Format::Logfmt);
        let aws = small();
        for (operation, ..) in LISTS {
            aws.inject(Fault::answer(status, "text/html", body.clone()).on(operation));
        }
        let exporter = Exporter::start_with(&aws, impatient).await;
        let scrape = exporter.scrape().await;
        let class = if status == 503 { "failed: server" } else { "failed: invalid_response" };
        assert_eq!(outcome(&scrape, BUILDERS), class);
        let page = String::from_utf8(exporter.get("/", "").await.body).expect("UTF-8");
        for text in [&scrape, &page, &log.text()] {
            assert!(!text.contains("finance"), "{text:.2000}");
        }
        assert!(!log.about(BUILDERS).is_empty());
        assert!(log.text().lines().all(|line| line.len() <= 1024));
    }
}

/// C06
#[tokio::test]
async fn wrong_types_fail_the_page_without_a_panic() {
    for (named, output) in [
        ("a text for a list", json!({"Images": "none", "ImageBuilders": "none"})),
        ("a number for an object", json!({"Images": [5], "ImageBuilders": [5]})),
        ("a number for an identifier", json!({"Images": [{"ImageId": 5, "Arn": 5}], "ImageBuilders": [{"Name": 5}]})),
        (
            "a text for a time",
            json!({"Images": [{"ImageId": "a", "Arn": "a", "Created": {}, "CreatedTime": {}}],
                   "ImageBuilders": [{"Name": "a", "CreatedTime": {}}]}),
        ),
    ] {
        refused(everywhere(&Fault::output(output)), named).await;
    }
}

/// C07
#[tokio::test]
async fn an_object_without_identifier_is_left_out_and_counted() {
    let aws = simulator(world(|mut place| {
        for id in [json!({}), json!({"ImageId": null, "Name": null, "Arn": null}), json!({"ImageId": "", "Arn": ""})] {
            place.workspaces_images.push(id.clone());
            place.image_builders.push(json!({}));
            place.appstream_images.push(id);
        }
        place
            .workspaces_image(super::image(1))
            .image_builder(super::builder(1))
            .appstream_image(super::appstream_image(1))
    }));
    let scrape = Exporter::start_with(&aws, impatient).await.scrape().await;
    for ((_, collector, family), field) in
        LISTS.into_iter().zip(["WorkspaceImage.ImageId", "ImageBuilder.Name", "Image.Arn"])
    {
        assert_eq!(outcome(&scrape, collector), "success");
        assert_eq!(lines(&scrape, family, &[]).len(), 1, "{collector}");
        let skipped = value(&scrape, "euc_exporter_unrecognized_values_total", &[&format!("\"{field}\"")]);
        assert_eq!(skipped, 3.0, "{field}");
    }
}

/// The object with each of its members missing in turn, `id` set anew in each.
fn each_without_one(whole: &Value, id: &str, prefix: &str) -> Vec<Value> {
    let whole = whole.as_object().expect("an object");
    let without = |member: &String| {
        let mut object: Map<String, Value> = whole.clone();
        object.insert(id.to_owned(), format!("{prefix}{}", member.to_lowercase()).into());
        if member != id {
            object.remove(member);
        }
        Value::Object(object)
    };
    whole.keys().map(without).collect()
}

/// C09
#[tokio::test]
async fn every_optional_field_may_be_missing() {
    let error = json!([{"ErrorCode": "X", "ErrorMessage": "m", "ErrorTimestamp": 5}]);
    let reason = json!({"Code": "INTERNAL_ERROR", "Message": "m"});
    let image = json!({"ImageId": "", "Name": "n", "Description": "d", "OperatingSystem": {"Type": "WINDOWS"},
        "State": "AVAILABLE", "RequiredTenancy": "DEFAULT", "Created": 5, "OwnerAccountId": ACCOUNT,
        "Updates": {"UpdateAvailable": true}, "ErrorCode": "E", "ErrorMessage": "m", "ErrorDetails": error});
    let builder = json!({"Name": "", "Arn": "a", "ImageArn": "i", "Description": "d", "DisplayName": "d",
        "VpcConfig": {"SubnetIds": ["s"]}, "InstanceType": "t", "Platform": "WINDOWS", "State": "RUNNING",
        "StateChangeReason": reason, "CreatedTime": 5, "AppstreamAgentVersion": "v", "ImageBuilderErrors": error,
        "LatestAppstreamAgentVersion": "TRUE", "RootVolumeConfig": {"VolumeSizeInGb": 200}});
    let appstream = json!({"Arn": "", "Name": "n", "BaseImageArn": "b", "DisplayName": "d", "State": "AVAILABLE",
        "Visibility": "PRIVATE", "ImageBuilderSupported": true, "ImageBuilderName": "b", "Platform": "WINDOWS",
        "StateChangeReason": reason, "CreatedTime": 5, "PublicBaseImageReleasedDate": 5, "ImageType": "CUSTOM",
        "AppstreamAgentVersion": "v", "ImageErrors": error, "LatestAppstreamAgentVersion": "TRUE"});
    let images = each_without_one(&image, "ImageId", "wsi-00000000");
    let builders = each_without_one(&builder, "Name", "");
    let appstream_images = each_without_one(&appstream, "Arn", "arn:");
    let application = json!({"AssociatedResourceId": "", "ImageId": images[0]["ImageId"], "State": "COMPLETED",
        "AssociatedResourceType": "APPLICATION", "Created": 5, "LastUpdatedTime": 5,
        "StateReason": {"ErrorCode": "ValidationError.InsufficientDiskSpace", "ErrorMessage": "m"}});
    let mut applications = each_without_one(&application, "AssociatedResourceId", "wsa-");
    applications.retain(|application| application.get("ImageId").is_some());
    let counts = [images.len(), builders.len(), appstream_images.len()];
    let aws = simulator(world(|mut place| {
        place.workspaces_images = images;
        place.image_builders = builders;
        place.appstream_images = appstream_images;
        place.associations = applications.clone();
        place
    }));
    let scrape = Exporter::start_with(&aws, impatient).await.scrape().await;
    for ((_, collector, family), count) in LISTS.into_iter().zip(counts) {
        assert_eq!(outcome(&scrape, collector), "success");
        assert_eq!(lines(&scrape, family, &[]).len(), count, "{collector}");
        let states = lines(&scrape, &family.replace("_info", "_state"), &["} 1"]).len();
        assert_eq!(states, count, "one state each: {collector}");
    }
    let states = lines(&scrape, "aws_workspaces_image_application_state", &[]).len();
    assert_eq!((outcome(&scrape, "workspaces_image_associations").as_str(), states), ("success", applications.len()));
}

/// C10: what fits is shown as it is, what AWS's own model cannot hold fails the page; nothing wraps.
#[tokio::test]
async fn an_extreme_number_is_shown_as_it_is_or_not_at_all() {
    let size = "aws_appstream_image_builder_root_volume_size_bytes";
    let gib = f64::from(1 << 30);
    for (number, expected) in [
        (json!(i32::MAX), Some(f64::from(i32::MAX) * gib)),
        (json!(i32::MIN), Some(f64::from(i32::MIN) * gib)),
        (json!(-1), Some(-gib)),
        (json!(0), Some(0.0)),
        (json!(i64::from(i32::MAX) + 1), None),
        (json!(i64::MAX), None),
        (json!(1e308), None),
    ] {
        let aws = simulator(world(|place| {
            place.image_builder(json!({"Name": "b", "RootVolumeConfig": {"VolumeSizeInGb": number}}))
        }));
        let scrape = Exporter::start_with(&aws, impatient).await.scrape().await;
        if let Some(bytes) = expected {
            assert_eq!(value(&scrape, size, &[]), bytes, "{number}");
        } else {
            assert_eq!(outcome(&scrape, BUILDERS), "failed: invalid_response", "{number}");
            assert!(lines(&scrape, size, &[]).is_empty());
        }
    }
    let created = "aws_workspaces_image_created_timestamp_seconds";
    for number in [0.0, -1.0, 1e9, 253_402_300_799.0, -62_135_596_800.0, 1e15, 1e308, -1e308] {
        let aws =
            simulator(world(|place| place.workspaces_image(json!({"ImageId": "wsi-000000001", "Created": number}))));
        let scrape = Exporter::start_with(&aws, impatient).await.scrape().await;
        let shown = lines(&scrape, created, &[]);
        if f64::abs(number) < 1e18 {
            assert_eq!(value(&scrape, created, &[]), number);
        } else {
            assert!(shown.is_empty(), "{shown:?}");
        }
    }
}

/// C12
#[tokio::test]
async fn deep_nesting_ends_in_an_error_not_in_the_stack() {
    let brackets = |open: &str, close: &str| format!("{}{}", open.repeat(1_000_000), close.repeat(1_000_000));
    let json =
        |nest: String| Fault::answer(200, "application/x-amz-json-1.1", format!("{{\"X\":{nest},\"Images\":[]}}"));
    let cbor = || Fault::answer(200, "application/cbor", [&[0xa1, 0x61, b'X'][..], &vec![0x81; 1_000_000]].concat());
    for nest in [brackets("[", "]"), brackets("{\"a\":", "}"), "[".repeat(1_000_000)] {
        let aws = small();
        aws.inject(json(nest).on(DESCRIBE_WORKSPACE_IMAGES));
        aws.inject(cbor().on(DESCRIBE_IMAGE_BUILDERS));
        let exporter = Exporter::start_with(&aws, |config| config.aws.max_attempts = 1).await;
        let scrape = exporter.scrape().await;
        assert!(outcome(&scrape, "workspaces_images").starts_with("failed: "));
        assert!(outcome(&scrape, BUILDERS).starts_with("failed: "));
        assert_eq!(outcome(&scrape, "appstream_images"), "success");
    }
}

/// C13: by what it announces, so that it is never read.
#[tokio::test]
async fn a_huge_page_is_refused() {
    let huge = bytes::Bytes::from(vec![b' '; 64 << 20]);
    let aws = small();
    aws.inject(Fault::answer(200, "application/cbor", huge.clone()).on(DESCRIBE_IMAGE_BUILDERS));
    aws.inject(Fault::answer(200, "application/x-amz-json-1.1", huge).on(DESCRIBE_WORKSPACE_IMAGES));
    let exporter = Exporter::start_with(&aws, |config| config.aws.max_attempts = 1).await;
    let scrape = exporter.scrape().await;
    for collector in ["workspaces_images", BUILDERS] {
        assert_eq!(outcome(&scrape, collector), "failed: invalid_response");
    }
    let page = String::from_utf8(exporter.get("/", "").await.body).expect("UTF-8");
    assert!(page.contains("too large"), "{page}");
}

/// C14
#[tokio::test]
async fn broken_text_fails_the_page() {
    let json = |id: &[u8]| [b"{\"Images\":[{\"ImageId\":\"" as &[u8], id, b"\"}]}"].concat();
    // {"ImageBuilders": [{"Name": <two bytes that are no UTF-8>}]}, and the same with "Images" and "Arn".
    let cbor = |list: &str, member: &str| {
        let short = |text: &str| [&[0x60 + u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
        [&[0xa1], &short(list)[..], &[0x81, 0xa1], &short(member)[..], &[0x62, 0xff, 0xfe]].concat()
    };
    for id in [b"\xff\xfe" as &[u8], b"\\ud800", b"\\u12"] {
        let named = id.iter().fold(String::new(), |mut named, byte| {
            let _ = write!(named, "{byte:02x}");
            named
        });
        let faults = [
            Fault::answer(200, "application/x-amz-json-1.1", json(id)),
            Fault::answer(200, "application/cbor", cbor("ImageBuilders", "Name")),
            Fault::answer(200, "application/cbor", cbor("Images", "Arn")),
        ];
        refused(faults.map(|fault| fault.header("smithy-protocol", "rpc-v2-cbor")), &named).await;
    }
}

/// C03: what is empty in truth is published so at once.
#[tokio::test]
async fn a_true_empty_list_is_no_objects_at_once() {
    let aws = simulator(objects(3));
    let exporter = Exporter::start_with(&aws, impatient).await;
    assert_eq!(lines(&exporter.scrape().await, BUILDER_INFO, &[]).len(), 3);
    aws.change(|world| {
        let place = world.at(ACCOUNT, REGION);
        place.workspaces_images.clear();
        place.image_builders.clear();
        place.appstream_images.clear();
    });
    jump(301).await;
    let scrape = exporter.scrape().await;
    for (_, collector, family) in LISTS {
        assert_eq!((outcome(&scrape, collector).as_str(), lines(&scrape, family, &[]).len()), ("success", 0));
    }
    assert!(aws.count(DESCRIBE_IMAGES) > 0);
}
