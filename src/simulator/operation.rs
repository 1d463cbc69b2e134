//! The operations that the simulator answers, and the names under which each protocol calls their services.

use crate::domain::{Operation, Service};

/// WorkSpaces' list of images, paged.
pub const DESCRIBE_WORKSPACE_IMAGES: Operation =
    Operation { service: Service::Workspaces, name: "DescribeWorkspaceImages" };
/// The applications on one WorkSpaces image, not paged.
pub const DESCRIBE_IMAGE_ASSOCIATIONS: Operation =
    Operation { service: Service::Workspaces, name: "DescribeImageAssociations" };
/// AppStream's list of image builders, paged.
pub const DESCRIBE_IMAGE_BUILDERS: Operation = Operation { service: Service::Appstream, name: "DescribeImageBuilders" };
/// AppStream's list of images, paged.
pub const DESCRIBE_IMAGES: Operation = Operation { service: Service::Appstream, name: "DescribeImages" };
/// Whose credentials these are.
pub const GET_CALLER_IDENTITY: Operation = Operation { service: Service::Sts, name: "GetCallerIdentity" };
/// Temporary credentials for a role.
pub const ASSUME_ROLE: Operation = Operation { service: Service::Sts, name: "AssumeRole" };

/// Every operation that is answered.
pub const OPERATIONS: [Operation; 6] = [
    DESCRIBE_WORKSPACE_IMAGES,
    DESCRIBE_IMAGE_ASSOCIATIONS,
    DESCRIBE_IMAGE_BUILDERS,
    DESCRIBE_IMAGES,
    GET_CALLER_IDENTITY,
    ASSUME_ROLE,
];

/// The operation that a caller names.
pub(super) fn find(service: Service, called: &str) -> Option<Operation> {
    OPERATIONS.into_iter().find(|operation| operation.service == service && operation.name == called)
}

/// The service behind the name that stands before the dot of an `X-Amz-Target` and in a CBOR path.
pub(super) fn service_called(name: &str) -> Option<Service> {
    match name {
        "WorkspacesService" => Some(Service::Workspaces),
        "PhotonAdminProxyService" => Some(Service::Appstream),
        _ => None,
    }
}

/// The member of the output that holds the list; STS has none.
pub(super) fn list_member(operation: Operation) -> Option<&'static str> {
    match operation.name {
        "DescribeWorkspaceImages" | "DescribeImages" => Some("Images"),
        "DescribeImageAssociations" => Some("Associations"),
        "DescribeImageBuilders" => Some("ImageBuilders"),
        _ => None,
    }
}
