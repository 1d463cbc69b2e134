//! Whole scrapes, as a person reads them. `UPDATE_GOLDEN=1` writes them anew; a golden that nobody reads fails.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::support::{ACCOUNT, Exporter, REGION, simulator, world};

/// The goldens: what is scraped, and which Accept header asks for it.
const GOLDENS: [(&str, &str); 2] =
    [("first.prom", ""), ("first.openmetrics", "Accept: application/openmetrics-text; version=1.0.0\r\n")];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden")
}

/// Everything that a scrape says and that does not move with time, process or build.
fn steady(scrape: &str) -> String {
    const MOVING: [&str; 7] = [
        "process_",
        "euc_exporter_build_info{",
        "euc_exporter_collector_duration_seconds{",
        "euc_exporter_collector_refresh_duration_seconds_",
        "euc_exporter_aws_api_request_duration_seconds_",
        "euc_exporter_collector_last_success_timestamp_seconds{",
        "euc_exporter_http_requests_in_flight{",
    ];
    let moves = |line: &&str| MOVING.iter().any(|family| line.starts_with(family));
    scrape.split_inclusive('\n').filter(|line| !moves(&line.trim_end())).collect()
}

#[tokio::test]
async fn a_whole_scrape_reads_as_before() {
    let aws = simulator(world(|place| {
        place
            .workspaces_image(json!({
                "ImageId": "wsi-1f2e3d4c5", "Name": "win11-finance-2026-10", "Description": "Finance, October",
                "OperatingSystem": {"Type": "WINDOWS"}, "State": "ERROR", "RequiredTenancy": "DEDICATED",
                "ErrorCode": "DomainJoined", "ErrorMessage": "The image is joined to a domain.",
                "Created": 1_793_000_000.25, "OwnerAccountId": ACCOUNT,
                "Updates": {"UpdateAvailable": false},
                "ErrorDetails": [
                    {"ErrorCode": "DomainJoined", "ErrorMessage": "Leave the domain."},
                    {"ErrorCode": "RestrictedDriveLetterInUse", "ErrorMessage": "Drive D is in use."},
                    {"ErrorCode": "DomainJoined"},
                ],
            }))
            .workspaces_image(json!({
                "ImageId": "wsi-9z8y7x6w5", "Name": "group \"baseline\" \\ 2026\n", "State": "AVAILABLE", "ErrorCode": "",
                "OwnerAccountId": "444455556666", "Updates": {"UpdateAvailable": true}, "Created": 1_780_000_000,
            }))
            .association(json!({
                "ImageId": "wsi-1f2e3d4c5", "AssociatedResourceId": "wsa-firefox01", "State": "ERROR",
                "AssociatedResourceType": "APPLICATION", "LastUpdatedTime": 1_793_000_100,
                "StateReason": {"ErrorCode": "ValidationError.InsufficientDiskSpace", "ErrorMessage": "Too small."},
            }))
            .image_builder(json!({
                "Name": "cad-workstation-g5", "State": "RUNNING", "Platform": "WINDOWS_SERVER_2022",
                "InstanceType": "stream.graphics.g5.xlarge", "AppstreamAgentVersion": "03-11-2026",
                "ImageArn": "arn:aws:appstream:eu-west-1::image/AppStream-WinServer2022-09-15-2026",
                "LatestAppstreamAgentVersion": "FALSE", "CreatedTime": 1_792_000_000,
                "RootVolumeConfig": {"VolumeSizeInGb": 300},
                "ImageBuilderErrors": [
                    {"ErrorCode": "SUBNET_NOT_FOUND", "ErrorTimestamp": 1_792_000_001},
                    {"ErrorCode": "SUBNET_NOT_FOUND", "ErrorTimestamp": 1_792_000_009},
                ],
            }))
            .appstream_image(json!({
                "Arn": format!("arn:aws:appstream:{REGION}:{ACCOUNT}:image/office-2026-11"), "Name": "office-2026-11",
                "State": "FAILED", "Visibility": "PRIVATE", "Platform": "WINDOWS_SERVER_2025", "ImageType": "CUSTOM",
                "StateChangeReason": {"Code": "IMAGE_COPY_FAILURE", "Message": "No space."},
                "ImageBuilderName": "office", "AppstreamAgentVersion": "LATEST", "LatestAppstreamAgentVersion": "TRUE",
                "CreatedTime": 1_793_500_000, "PublicBaseImageReleasedDate": 1_789_000_000,
            }))
    }));
    for (file, accept) in GOLDENS {
        let exporter = Exporter::start(&aws).await;
        let scrape = String::from_utf8(exporter.get("/metrics", accept).await.body).expect("UTF-8");
        let path = folder().join(file);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, steady(&scrape)).expect("the golden can be written");
        }
        let golden = fs::read_to_string(&path).expect("the golden is there");
        let (now, before) = (steady(&scrape), golden);
        let mut difference = now.lines().map(Some).chain([None]).zip(before.lines().map(Some).chain([None]));
        let first = difference.find(|(now, before)| now != before);
        assert_eq!(first, None, "{file}: first difference, now and before; UPDATE_GOLDEN=1 writes it anew");
        assert_eq!(now.len(), before.len(), "{file}");
    }
}

#[test]
fn every_golden_is_read() {
    let there = fs::read_dir(folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let there: BTreeSet<String> = there.map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(there, GOLDENS.iter().map(|(file, _)| (*file).to_owned()).collect());
}
