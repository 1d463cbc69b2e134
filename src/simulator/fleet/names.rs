//! The words of the demo: names that a desktop team would give, and AWS's own codes.

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const OTHER_ACCOUNT: &str = "444455556666";
pub(super) const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];

pub(super) const WORKSPACES_IMAGES: [&str; 12] = [
    "win11-finance",
    "win11-callcenter",
    "win11-developer",
    "win11-executive",
    "win10-legal",
    "win10-kiosk",
    "server2022-standard",
    "server2022-trading",
    "ubuntu-developer",
    "rocky-analytics",
    "win11-contractor",
    "win11-byol-engineering",
];

pub(super) const BUILDERS: [&str; 10] = [
    "cad-workstation-g4dn",
    "office-m365",
    "sap-gui",
    "arcgis-pro-g4dn",
    "finance-excel",
    "autocad-g5",
    "browser-kiosk",
    "matlab-r2026a",
    "training-lab",
    "callcenter-crm",
];

pub(super) const APPLICATIONS: [&str; 6] =
    ["wsa-7zip00001", "wsa-chrome001", "wsa-m365apps1", "wsa-vscode001", "wsa-zoom00001", "wsa-notepad01"];

pub(super) const DETAIL_CODES: [(&str, &str); 10] = [
    ("OfficeInstalled", "Microsoft Office is installed."),
    ("PendingReboot", "A reboot is pending."),
    ("WindowsUpdatesRequired", "Windows updates are required."),
    ("DomainJoined", "The computer is joined to a domain."),
    ("AntiVirusInstalled", "Antivirus software is installed."),
    ("InsufficientDiskSpace", "There is not enough free disk space."),
    ("FirewallEnabled", "The Windows firewall is enabled."),
    ("AutoLogonEnabled", "Automatic logon is enabled."),
    ("StagedAppxPackage", "An AppX package is staged for a user."),
    ("InPlaceUpgrade", "The system was upgraded in place."),
];

pub(super) const BUILDER_ERRORS: [(&str, &str); 5] = [
    ("DOMAIN_JOIN_ERROR_ACCESS_DENIED", "Access is denied when joining the domain."),
    ("SUBNET_HAS_INSUFFICIENT_IP_ADDRESSES", "The subnet has no free IP addresses."),
    ("IAM_SERVICE_ROLE_MISSING_ENI_CREATE_ACTION", "The service role cannot create network interfaces."),
    ("SECURITY_GROUPS_NOT_FOUND", "A security group does not exist."),
    ("DOMAIN_JOIN_NERR_PASSWORD_EXPIRED", "The service account's password has expired."),
];

pub(super) const ASSOCIATION_ERRORS: [(&str, &str); 5] = [
    ("ValidationError.InsufficientDiskSpace", "There is not enough disk space for the application."),
    ("DeploymentError.WorkspaceUnreachable", "The WorkSpace could not be reached."),
    ("ValidationError.InsufficientMemory", "There is not enough memory for the application."),
    ("DeploymentError.InternalServerError", "The deployment failed."),
    ("ValidationError.ApplicationOldVersionExists", "An older version of the application is installed."),
];

/// The agent that is the latest one, and one that is not.
pub(super) const LATEST_AGENT: &str = "10-20-2026";
pub(super) const OLD_AGENT: &str = "03-11-2026";
