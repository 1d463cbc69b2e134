//! The demo's objects in the shapes of the API, and what a change of state does to them.

use fastrand::Rng;
use serde_json::{Value, json};

use super::lives::Kind;
use super::names::{
    ACCOUNT, APPLICATIONS, ASSOCIATION_ERRORS, BUILDER_ERRORS, BUILDERS, DETAIL_CODES, LATEST_AGENT, OLD_AGENT,
    OTHER_ACCOUNT, WORKSPACES_IMAGES,
};

/// What a new object is made of.
pub(super) struct Birth<'a> {
    pub(super) region: &'a str,
    /// Grows with each object of the demo: what makes ids and names unique.
    pub(super) number: usize,
    pub(super) unix: f64,
    /// The WorkSpaces images of the region, for associations.
    pub(super) image_ids: &'a [String],
}

/// A new object; its state is set by [`enter`].
pub(super) fn create(kind: Kind, birth: &Birth<'_>, rng: &mut Rng) -> Value {
    match kind {
        Kind::WorkspacesImage => workspaces_image(birth, rng),
        Kind::Association => association(birth, rng),
        Kind::Builder => builder(birth),
        Kind::AppstreamImage => appstream_image(birth),
    }
}

fn workspaces_image(birth: &Birth<'_>, rng: &mut Rng) -> Value {
    let Birth { number, unix, .. } = birth;
    let (name, release) = (pick(&WORKSPACES_IMAGES, rng.usize(..)), release(rng.usize(..)));
    let system = if name.starts_with("ubuntu") || name.starts_with("rocky") { "LINUX" } else { "WINDOWS" };
    let mut image = json!({
        "ImageId": format!("wsi-{number:05x}{:04x}", rng.u16(..)),
        "Name": format!("{name}-{release}"),
        "Description": format!("Golden image {name}, release {release}"),
        "OperatingSystem": {"Type": system},
        "RequiredTenancy": if name.contains("byol") { "DEDICATED" } else { "DEFAULT" },
        "Created": unix,
        "OwnerAccountId": ACCOUNT,
    });
    if name.starts_with("win10") || name.starts_with("server") {
        image["Updates"] = json!({"UpdateAvailable": false});
    }
    image
}

fn association(birth: &Birth<'_>, rng: &mut Rng) -> Value {
    let Birth { unix, image_ids, .. } = birth;
    json!({
        "ImageId": image_ids[rng.usize(..image_ids.len())],
        "AssociatedResourceId": APPLICATIONS[rng.usize(..APPLICATIONS.len())],
        "AssociatedResourceType": "APPLICATION",
        "Created": unix,
        "LastUpdatedTime": unix,
    })
}

fn builder(birth: &Birth<'_>) -> Value {
    let Birth { number, unix, region, .. } = birth;
    let base = pick(&BUILDERS, *number);
    let name = format!("{base}-{number:03}");
    let graphics = base.ends_with("g4dn") || base.ends_with("g5");
    json!({
        "Name": name,
        "Arn": format!("arn:aws:appstream:{region}:{ACCOUNT}:image-builder/{name}"),
        "ImageArn": format!("arn:aws:appstream:{region}::image/AppStream-WinServer2022-09-15-2026"),
        "DisplayName": format!("Builder of {base}"),
        "VpcConfig": {"SubnetIds": ["subnet-0a1b2c3d"], "SecurityGroupIds": ["sg-0a1b2c3d"]},
        "InstanceType": if graphics { "stream.graphics.g4dn.xlarge" } else { "stream.standard.large" },
        "Platform": "WINDOWS_SERVER_2022",
        "CreatedTime": unix,
        "EnableDefaultInternetAccess": false,
        "ImageBuilderErrors": [],
        "AppstreamAgentVersion": LATEST_AGENT,
        "LatestAppstreamAgentVersion": "TRUE",
        "RootVolumeConfig": {"VolumeSizeInGb": if graphics { 500 } else { 200 }},
    })
}

fn appstream_image(birth: &Birth<'_>) -> Value {
    let Birth { number, unix, region, .. } = birth;
    let base = pick(&BUILDERS, *number);
    let name = format!("{base}-{}-{number:03}", release(*number));
    json!({
        "Name": name,
        "Arn": format!("arn:aws:appstream:{region}:{ACCOUNT}:image/{name}"),
        "BaseImageArn": format!("arn:aws:appstream:{region}::image/AppStream-WinServer2022-09-15-2026"),
        "DisplayName": format!("{base}, release {}", release(*number)),
        "Visibility": "PRIVATE",
        "ImageBuilderSupported": true,
        "ImageBuilderName": base,
        "Platform": "WINDOWS_SERVER_2022",
        "Applications": [{"Name": base, "DisplayName": base, "Enabled": true}],
        "CreatedTime": unix,
        "PublicBaseImageReleasedDate": 1_789_430_400,
        "AppstreamAgentVersion": LATEST_AGENT,
        "LatestAppstreamAgentVersion": "TRUE",
        "ImagePermissions": {"allowFleet": true, "allowImageBuilder": false},
        "ImageErrors": [],
        "ImageType": "CUSTOM",
    })
}

/// An image that another account shares, which nothing changes.
pub(super) fn shared_workspaces_image(unix: f64) -> Value {
    json!({
        "ImageId": "wsi-5ha3ed001",
        "Name": "group-baseline-win11-2026-09",
        "OperatingSystem": {"Type": "WINDOWS"},
        "State": "AVAILABLE",
        "RequiredTenancy": "DEFAULT",
        "Created": unix,
        "OwnerAccountId": OTHER_ACCOUNT,
    })
}

/// AWS's public images and one that another account shares, which nothing changes.
pub(super) fn foreign_appstream_images(region: &str, unix: f64) -> Vec<Value> {
    let mut images: Vec<Value> =
        ["WinServer2019", "WinServer2022", "WinServer2025", "Graphics-G4dn-WinServer2022", "RockyLinux8"]
            .map(|base| {
                let name = format!("AppStream-{base}-09-15-2026");
                json!({
                    "Arn": format!("arn:aws:appstream:{region}::image/{name}"),
                    "Name": name,
                    "State": "AVAILABLE",
                    "Visibility": "PUBLIC",
                    "ImageBuilderSupported": true,
                    "Platform": if base.starts_with("Rocky") { "ROCKY_LINUX8" } else { "WINDOWS_SERVER_2022" },
                    "CreatedTime": 1_789_430_400,
                    "PublicBaseImageReleasedDate": 1_789_430_400,
                    "AppstreamAgentVersion": "LATEST",
                    "ImageType": "NATIVE",
                })
            })
            .into();
    images.push(json!({
        "Arn": format!("arn:aws:appstream:{region}:{OTHER_ACCOUNT}:image/group-office-2026-09"),
        "Name": "group-office-2026-09",
        "State": "AVAILABLE",
        "Visibility": "SHARED",
        "Platform": "WINDOWS_SERVER_2022",
        "CreatedTime": unix,
        "AppstreamAgentVersion": OLD_AGENT,
        "LatestAppstreamAgentVersion": "FALSE",
        "ImagePermissions": {"allowFleet": true, "allowImageBuilder": true},
        "ImageType": "CUSTOM",
    }));
    images
}

/// Puts an object into a state at a moment, with all that belongs to the state.
pub(super) fn enter(kind: Kind, object: &mut Value, state: &str, unix: f64, rng: &mut Rng) {
    object["State"] = json!(state);
    match kind {
        Kind::WorkspacesImage => enter_workspaces_image(object, state, rng),
        Kind::Association => enter_association(object, state, unix, rng),
        Kind::Builder => enter_builder(object, state, unix, rng),
        Kind::AppstreamImage => enter_appstream_image(object, state, unix),
    }
}

fn enter_workspaces_image(image: &mut Value, state: &str, rng: &mut Rng) {
    if state == "ERROR" {
        let first = rng.usize(..DETAIL_CODES.len());
        let details = (0..rng.usize(1..=3)).map(|step| {
            let (code, message) = pick(&DETAIL_CODES, first + 3 * step);
            json!({"ErrorCode": code, "ErrorMessage": message})
        });
        image["ErrorDetails"] = details.collect();
        image["ErrorCode"] = image["ErrorDetails"][0]["ErrorCode"].clone();
        image["ErrorMessage"] = json!("The image could not be created from the WorkSpace.");
    }
    if state == "AVAILABLE" && image.get("Updates").is_some() && rng.bool() {
        image["Updates"] = json!({"UpdateAvailable": true, "Description": "Updates of October 2026 are available."});
    }
}

fn enter_association(association: &mut Value, state: &str, unix: f64, rng: &mut Rng) {
    association["LastUpdatedTime"] = json!(unix);
    forget(association, "StateReason");
    if state == "ERROR" {
        let (code, message) = pick(&ASSOCIATION_ERRORS, rng.usize(..ASSOCIATION_ERRORS.len()));
        association["StateReason"] = json!({"ErrorCode": code, "ErrorMessage": message});
    }
}

fn enter_builder(builder: &mut Value, state: &str, unix: f64, rng: &mut Rng) {
    forget(builder, "StateChangeReason");
    match state {
        "FAILED" => {
            let (code, message) = pick(&BUILDER_ERRORS, rng.usize(..BUILDER_ERRORS.len()));
            let error = json!({"ErrorCode": code, "ErrorMessage": message, "ErrorTimestamp": unix});
            builder["ImageBuilderErrors"] = json!([error]);
            builder["StateChangeReason"] = json!({"Code": "INTERNAL_ERROR", "Message": message});
        }
        // Where agents age: a stopped builder keeps the one it has.
        "STOPPED" if rng.u8(..4) == 0 => set_agent(builder, OLD_AGENT, "FALSE"),
        "UPDATING_AGENT" => set_agent(builder, LATEST_AGENT, "TRUE"),
        // Old errors linger for a while after the builder is well again.
        "STOPPING" => builder["ImageBuilderErrors"] = json!([]),
        _ => {}
    }
}

fn enter_appstream_image(image: &mut Value, state: &str, unix: f64) {
    forget(image, "StateChangeReason");
    if state == "FAILED" {
        let message = "The image could not be created from its builder.";
        image["StateChangeReason"] = json!({"Code": "IMAGE_BUILDER_NOT_AVAILABLE", "Message": message});
        let error = json!({"ErrorCode": "INTERNAL_SERVICE_ERROR", "ErrorMessage": message, "ErrorTimestamp": unix});
        image["ImageErrors"] = json!([error]);
    }
}

/// Gives a builder or an image an agent.
pub(super) fn set_agent(object: &mut Value, version: &str, is_latest: &str) {
    object["AppstreamAgentVersion"] = json!(version);
    object["LatestAppstreamAgentVersion"] = json!(is_latest);
}

fn forget(object: &mut Value, member: &str) {
    if let Some(members) = object.as_object_mut() {
        members.remove(member);
    }
}

fn pick<T: Copy>(words: &[T], number: usize) -> T {
    words[number % words.len()]
}

/// The month of a release, as teams put it into names.
fn release(number: usize) -> &'static str {
    pick(&["2026-10", "2026-09", "2026-11", "2026-08"], number / 3)
}
