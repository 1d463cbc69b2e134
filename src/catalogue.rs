//! The table of every metric: name, kind, labels, help, source, stability.
//!
//! From here come the HELP and TYPE lines, docs/metrics.md and the tests that hold rules and dashboards to the product's
//! API. A metric's name is written here and nowhere else in `src/`.

/// What Prometheus is told about a metric's behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value that goes up and down.
    Gauge,
    /// A value that only goes up; its name ends in `_total`.
    Counter,
    /// Counts by bucket, with their sum.
    Histogram,
}

impl Kind {
    /// The word of the TYPE line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

/// Which part of the answer a metric belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What AWS has: images, applications, builders.
    Resource,
    /// How the reading of each target goes.
    Collector,
    /// The process itself; on /metrics only.
    Exporter,
}

/// What a user may build on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// Name, labels and meaning stay.
    Stable,
}

/// A metric whose samples carry `N` label values: a sample with another number does not compile.
#[derive(Debug)]
pub struct Metric<const N: usize> {
    /// Full name, with unit and `_total` where they belong.
    pub name: &'static str,
    /// Gauge, counter or histogram.
    pub kind: Kind,
    /// Its part of the answer.
    pub group: Group,
    /// Label names, in the order of the values.
    pub labels: [&'static str; N],
    /// Where the value comes from: operation and field.
    pub source: &'static str,
    /// The HELP line.
    pub help: &'static str,
    /// What a user may build on.
    pub stability: Stability,
}

/// A row of the table: a [`Metric`] with its number of labels forgotten.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// See [`Metric::name`].
    pub name: &'static str,
    /// See [`Metric::kind`].
    pub kind: Kind,
    /// See [`Metric::group`].
    pub group: Group,
    /// See [`Metric::labels`].
    pub labels: &'static [&'static str],
    /// See [`Metric::source`].
    pub source: &'static str,
    /// See [`Metric::help`].
    pub help: &'static str,
    /// See [`Metric::stability`].
    pub stability: Stability,
}

impl<const N: usize> Metric<N> {
    /// The metric as a row of the table.
    pub const fn row(&'static self) -> Row {
        let Self { name, kind, group, labels, source, help, stability } = self;
        Row { name, kind: *kind, group: *group, labels, source, help, stability: *stability }
    }
}

/// Every metric, in the order of the answer.
pub static ALL: &[Row] = &[
    WORKSPACES_IMAGE_INFO.row(),
    WORKSPACES_IMAGE_STATE.row(),
    WORKSPACES_IMAGE_ERROR.row(),
    WORKSPACES_IMAGE_ERROR_DETAILS.row(),
    WORKSPACES_IMAGE_UPDATE_AVAILABLE.row(),
    WORKSPACES_IMAGE_CREATED.row(),
    WORKSPACES_IMAGE_APPLICATION_STATE.row(),
    WORKSPACES_IMAGE_APPLICATION_ERROR.row(),
    WORKSPACES_IMAGE_APPLICATION_LAST_UPDATED.row(),
    APPSTREAM_IMAGE_BUILDER_INFO.row(),
    APPSTREAM_IMAGE_BUILDER_STATE.row(),
    APPSTREAM_IMAGE_BUILDER_STATE_CHANGE_REASON.row(),
    APPSTREAM_IMAGE_BUILDER_ERRORS.row(),
    APPSTREAM_IMAGE_BUILDER_LAST_ERROR.row(),
    APPSTREAM_IMAGE_BUILDER_AGENT_UP_TO_DATE.row(),
    APPSTREAM_IMAGE_BUILDER_CREATED.row(),
    APPSTREAM_IMAGE_BUILDER_ROOT_VOLUME_SIZE.row(),
    APPSTREAM_IMAGE_INFO.row(),
    APPSTREAM_IMAGE_STATE.row(),
    APPSTREAM_IMAGE_STATE_CHANGE_REASON.row(),
    APPSTREAM_IMAGE_ERRORS.row(),
    APPSTREAM_IMAGE_LAST_ERROR.row(),
    APPSTREAM_IMAGE_AGENT_UP_TO_DATE.row(),
    APPSTREAM_IMAGE_CREATED.row(),
    APPSTREAM_IMAGE_BASE_IMAGE_RELEASED.row(),
    TARGET_INFO.row(),
    COLLECTOR_SUCCESS.row(),
    COLLECTOR_ERROR.row(),
    COLLECTOR_DURATION.row(),
    COLLECTOR_LAST_SUCCESS.row(),
    BUILD_INFO.row(),
    REFRESH_INTERVAL.row(),
    REFRESH_DURATION.row(),
    REFRESH_FAILURES.row(),
    API_REQUESTS.row(),
    API_REQUEST_ERRORS.row(),
    API_REQUEST_DURATION.row(),
    CACHE_REQUESTS.row(),
    CACHE_HITS.row(),
    UNRECOGNIZED_VALUES.row(),
    HTTP_REQUESTS.row(),
    HTTP_REQUESTS_IN_FLIGHT.row(),
    PROCESS_CPU.row(),
    PROCESS_OPEN_FDS.row(),
    PROCESS_MAX_FDS.row(),
    PROCESS_VIRTUAL_MEMORY.row(),
    PROCESS_RESIDENT_MEMORY.row(),
    PROCESS_START_TIME.row(),
];

/// `aws_workspaces_image_info`
pub static WORKSPACES_IMAGE_INFO: Metric<8> = Metric {
    name: "aws_workspaces_image_info",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: [
        "account_id",
        "region",
        "image_id",
        "image_name",
        "operating_system",
        "owner_account_id",
        "ownership",
        "required_tenancy",
    ],
    source: "DescribeWorkspaceImages → Images[]: ImageId, Name, OperatingSystem.Type, OwnerAccountId, RequiredTenancy",
    help: "Properties of a WorkSpaces image from DescribeWorkspaceImages as labels, always 1; a property that AWS does not report is an empty label; cached.",
    stability: Stability::Stable,
};

/// `aws_workspaces_image_state`
pub static WORKSPACES_IMAGE_STATE: Metric<4> = Metric {
    name: "aws_workspaces_image_state",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_id", "state"],
    source: "DescribeWorkspaceImages → Images[].State",
    help: "State of a WorkSpaces image from Images.State, 1 for the current state and 0 for every other known one, UNKNOWN when AWS reports none; cached.",
    stability: Stability::Stable,
};

/// `aws_workspaces_image_error`
pub static WORKSPACES_IMAGE_ERROR: Metric<4> = Metric {
    name: "aws_workspaces_image_error",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_id", "error_code"],
    source: "DescribeWorkspaceImages → Images[].ErrorCode",
    help: "Error code of a WorkSpaces image from Images.ErrorCode, always 1, absent without an error; cached.",
    stability: Stability::Stable,
};

/// `aws_workspaces_image_error_details`
pub static WORKSPACES_IMAGE_ERROR_DETAILS: Metric<4> = Metric {
    name: "aws_workspaces_image_error_details",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_id", "error_code"],
    source: "DescribeWorkspaceImages → Images[].ErrorDetails[].ErrorCode",
    help: "Number of entries in Images.ErrorDetails of a WorkSpaces image that carry the code, absent without entries; cached.",
    stability: Stability::Stable,
};

/// `aws_workspaces_image_update_available`
pub static WORKSPACES_IMAGE_UPDATE_AVAILABLE: Metric<3> = Metric {
    name: "aws_workspaces_image_update_available",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_id"],
    source: "DescribeWorkspaceImages → Images[].Updates.UpdateAvailable",
    help: "Whether Images.Updates.UpdateAvailable says that a WorkSpaces image can be updated, absent when AWS does not report it; cached.",
    stability: Stability::Stable,
};

/// `aws_workspaces_image_created_timestamp_seconds`
pub static WORKSPACES_IMAGE_CREATED: Metric<3> = Metric {
    name: "aws_workspaces_image_created_timestamp_seconds",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_id"],
    source: "DescribeWorkspaceImages → Images[].Created",
    help: "Unix time from Images.Created at which a WorkSpaces image was created, absent when AWS does not report it; cached.",
    stability: Stability::Stable,
};

/// `aws_workspaces_image_application_state`
pub static WORKSPACES_IMAGE_APPLICATION_STATE: Metric<5> = Metric {
    name: "aws_workspaces_image_application_state",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_id", "application_id", "state"],
    source: "DescribeImageAssociations → Associations[].State",
    help: "Current state from Associations.State of an application on a WorkSpaces image, always 1, UNKNOWN when AWS reports none; cached.",
    stability: Stability::Stable,
};

/// `aws_workspaces_image_application_error`
pub static WORKSPACES_IMAGE_APPLICATION_ERROR: Metric<5> = Metric {
    name: "aws_workspaces_image_application_error",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_id", "application_id", "error_code"],
    source: "DescribeImageAssociations → Associations[].StateReason.ErrorCode",
    help: "Error code from Associations.StateReason of an application on a WorkSpaces image, always 1, absent without an error; cached.",
    stability: Stability::Stable,
};

/// `aws_workspaces_image_application_last_updated_timestamp_seconds`
pub static WORKSPACES_IMAGE_APPLICATION_LAST_UPDATED: Metric<4> = Metric {
    name: "aws_workspaces_image_application_last_updated_timestamp_seconds",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_id", "application_id"],
    source: "DescribeImageAssociations → Associations[].LastUpdatedTime",
    help: "Unix time from Associations.LastUpdatedTime of an application on a WorkSpaces image, absent when AWS does not report it; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_builder_info`
pub static APPSTREAM_IMAGE_BUILDER_INFO: Metric<7> = Metric {
    name: "aws_appstream_image_builder_info",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_builder", "agent_version", "image_arn", "instance_type", "platform"],
    source: "DescribeImageBuilders → ImageBuilders[]: Name, AppstreamAgentVersion, ImageArn, InstanceType, Platform",
    help: "Properties of an AppStream image builder from DescribeImageBuilders as labels, always 1; a property that AWS does not report is an empty label; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_builder_state`
pub static APPSTREAM_IMAGE_BUILDER_STATE: Metric<4> = Metric {
    name: "aws_appstream_image_builder_state",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_builder", "state"],
    source: "DescribeImageBuilders → ImageBuilders[].State",
    help: "State of an AppStream image builder from ImageBuilders.State, 1 for the current state and 0 for every other known one, UNKNOWN when AWS reports none; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_builder_state_change_reason`
pub static APPSTREAM_IMAGE_BUILDER_STATE_CHANGE_REASON: Metric<4> = Metric {
    name: "aws_appstream_image_builder_state_change_reason",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_builder", "code"],
    source: "DescribeImageBuilders → ImageBuilders[].StateChangeReason.Code",
    help: "Code from ImageBuilders.StateChangeReason of the last state change of an AppStream image builder, always 1, absent without a code; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_builder_errors`
pub static APPSTREAM_IMAGE_BUILDER_ERRORS: Metric<4> = Metric {
    name: "aws_appstream_image_builder_errors",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_builder", "error_code"],
    source: "DescribeImageBuilders → ImageBuilders[].ImageBuilderErrors[].ErrorCode",
    help: "Number of entries in ImageBuilders.ImageBuilderErrors of an AppStream image builder that carry the code, absent without entries; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_builder_last_error_timestamp_seconds`
pub static APPSTREAM_IMAGE_BUILDER_LAST_ERROR: Metric<4> = Metric {
    name: "aws_appstream_image_builder_last_error_timestamp_seconds",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_builder", "error_code"],
    source: "DescribeImageBuilders → ImageBuilders[].ImageBuilderErrors[].ErrorTimestamp",
    help: "Unix time of the newest ErrorTimestamp in ImageBuilders.ImageBuilderErrors of an AppStream image builder for the code, absent without one; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_builder_agent_up_to_date`
pub static APPSTREAM_IMAGE_BUILDER_AGENT_UP_TO_DATE: Metric<3> = Metric {
    name: "aws_appstream_image_builder_agent_up_to_date",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_builder"],
    source: "DescribeImageBuilders → ImageBuilders[].LatestAppstreamAgentVersion",
    help: "Whether ImageBuilders.LatestAppstreamAgentVersion says that an AppStream image builder runs the latest agent, absent unless it is TRUE or FALSE; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_builder_created_timestamp_seconds`
pub static APPSTREAM_IMAGE_BUILDER_CREATED: Metric<3> = Metric {
    name: "aws_appstream_image_builder_created_timestamp_seconds",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_builder"],
    source: "DescribeImageBuilders → ImageBuilders[].CreatedTime",
    help: "Unix time from ImageBuilders.CreatedTime at which an AppStream image builder was created, absent when AWS does not report it; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_builder_root_volume_size_bytes`
pub static APPSTREAM_IMAGE_BUILDER_ROOT_VOLUME_SIZE: Metric<3> = Metric {
    name: "aws_appstream_image_builder_root_volume_size_bytes",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_builder"],
    source: "DescribeImageBuilders → ImageBuilders[].RootVolumeConfig.VolumeSizeInGb × 2^30",
    help: "Size of the root volume of an AppStream image builder from ImageBuilders.RootVolumeConfig.VolumeSizeInGb, absent when AWS does not report it; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_info`
pub static APPSTREAM_IMAGE_INFO: Metric<10> = Metric {
    name: "aws_appstream_image_info",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: [
        "account_id",
        "region",
        "image_arn",
        "image_name",
        "visibility",
        "platform",
        "image_type",
        "agent_version",
        "base_image_arn",
        "image_builder",
    ],
    source: "DescribeImages → Images[]: Arn, Name, Visibility, Platform, ImageType, AppstreamAgentVersion, BaseImageArn, ImageBuilderName",
    help: "Properties of an AppStream image from DescribeImages as labels, always 1; a property that AWS does not report is an empty label; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_state`
pub static APPSTREAM_IMAGE_STATE: Metric<4> = Metric {
    name: "aws_appstream_image_state",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_arn", "state"],
    source: "DescribeImages → Images[].State",
    help: "State of an AppStream image from Images.State, 1 for the current state and 0 for every other known one, UNKNOWN when AWS reports none; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_state_change_reason`
pub static APPSTREAM_IMAGE_STATE_CHANGE_REASON: Metric<4> = Metric {
    name: "aws_appstream_image_state_change_reason",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_arn", "code"],
    source: "DescribeImages → Images[].StateChangeReason.Code",
    help: "Code from Images.StateChangeReason of the last state change of an AppStream image, always 1, absent without a code; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_errors`
pub static APPSTREAM_IMAGE_ERRORS: Metric<4> = Metric {
    name: "aws_appstream_image_errors",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_arn", "error_code"],
    source: "DescribeImages → Images[].ImageErrors[].ErrorCode",
    help: "Number of entries in Images.ImageErrors of an AppStream image that carry the code, absent without entries; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_last_error_timestamp_seconds`
pub static APPSTREAM_IMAGE_LAST_ERROR: Metric<4> = Metric {
    name: "aws_appstream_image_last_error_timestamp_seconds",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_arn", "error_code"],
    source: "DescribeImages → Images[].ImageErrors[].ErrorTimestamp",
    help: "Unix time of the newest ErrorTimestamp in Images.ImageErrors of an AppStream image for the code, absent without one; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_agent_up_to_date`
pub static APPSTREAM_IMAGE_AGENT_UP_TO_DATE: Metric<3> = Metric {
    name: "aws_appstream_image_agent_up_to_date",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_arn"],
    source: "DescribeImages → Images[].LatestAppstreamAgentVersion",
    help: "Whether Images.LatestAppstreamAgentVersion says that an AppStream image carries the latest agent, absent unless it is TRUE or FALSE; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_created_timestamp_seconds`
pub static APPSTREAM_IMAGE_CREATED: Metric<3> = Metric {
    name: "aws_appstream_image_created_timestamp_seconds",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_arn"],
    source: "DescribeImages → Images[].CreatedTime",
    help: "Unix time from Images.CreatedTime at which an AppStream image was created, absent when AWS does not report it; cached.",
    stability: Stability::Stable,
};

/// `aws_appstream_image_base_image_released_timestamp_seconds`
pub static APPSTREAM_IMAGE_BASE_IMAGE_RELEASED: Metric<3> = Metric {
    name: "aws_appstream_image_base_image_released_timestamp_seconds",
    kind: Kind::Gauge,
    group: Group::Resource,
    labels: ["account_id", "region", "image_arn"],
    source: "DescribeImages → Images[].PublicBaseImageReleasedDate",
    help: "Unix time from Images.PublicBaseImageReleasedDate at which the base image of an AppStream image was released, absent when AWS does not report it; cached.",
    stability: Stability::Stable,
};

/// `euc_exporter_target_info`
pub static TARGET_INFO: Metric<4> = Metric {
    name: "euc_exporter_target_info",
    kind: Kind::Gauge,
    group: Group::Collector,
    labels: ["account_id", "region", "account_name", "partition"],
    source: "configuration, GetCallerIdentity → Account",
    help: "A target of this exporter, one account in one region, always 1; the labels account_id and region are empty while unknown.",
    stability: Stability::Stable,
};

/// `euc_exporter_collector_success`
pub static COLLECTOR_SUCCESS: Metric<3> = Metric {
    name: "euc_exporter_collector_success",
    kind: Kind::Gauge,
    group: Group::Collector,
    labels: ["account_id", "region", "collector"],
    source: "the exporter",
    help: "Whether the last refresh of the collector for the target read every page, absent until the first refresh has ended.",
    stability: Stability::Stable,
};

/// `euc_exporter_collector_error`
pub static COLLECTOR_ERROR: Metric<4> = Metric {
    name: "euc_exporter_collector_error",
    kind: Kind::Gauge,
    group: Group::Collector,
    labels: ["account_id", "region", "collector", "error"],
    source: "the exporter",
    help: "Class of the error with which the last refresh of the collector for the target failed, always 1, absent after a good refresh.",
    stability: Stability::Stable,
};

/// `euc_exporter_collector_duration_seconds`
pub static COLLECTOR_DURATION: Metric<3> = Metric {
    name: "euc_exporter_collector_duration_seconds",
    kind: Kind::Gauge,
    group: Group::Collector,
    labels: ["account_id", "region", "collector"],
    source: "the exporter",
    help: "How long the last refresh of the collector for the target took, absent until the first refresh has ended.",
    stability: Stability::Stable,
};

/// `euc_exporter_collector_last_success_timestamp_seconds`
pub static COLLECTOR_LAST_SUCCESS: Metric<3> = Metric {
    name: "euc_exporter_collector_last_success_timestamp_seconds",
    kind: Kind::Gauge,
    group: Group::Collector,
    labels: ["account_id", "region", "collector"],
    source: "the exporter",
    help: "Unix time at which the last good refresh of the collector for the target began to read, absent until there was one.",
    stability: Stability::Stable,
};

/// `euc_exporter_build_info`
pub static BUILD_INFO: Metric<4> = Metric {
    name: "euc_exporter_build_info",
    kind: Kind::Gauge,
    group: Group::Exporter,
    labels: ["version", "revision", "branch", "rustc_version"],
    source: "the exporter",
    help: "Version of the exporter and of the compiler that built it, always 1.",
    stability: Stability::Stable,
};

/// `euc_exporter_collector_refresh_interval_seconds`
pub static REFRESH_INTERVAL: Metric<1> = Metric {
    name: "euc_exporter_collector_refresh_interval_seconds",
    kind: Kind::Gauge,
    group: Group::Exporter,
    labels: ["collector"],
    source: "the exporter",
    help: "Age from which a scrape has the data of the collector read anew.",
    stability: Stability::Stable,
};

/// `euc_exporter_collector_refresh_duration_seconds`
pub static REFRESH_DURATION: Metric<1> = Metric {
    name: "euc_exporter_collector_refresh_duration_seconds",
    kind: Kind::Histogram,
    group: Group::Exporter,
    labels: ["collector"],
    source: "the exporter",
    help: "How long the refreshes of the collector took, good and failed ones.",
    stability: Stability::Stable,
};

/// `euc_exporter_collector_refresh_failures_total`
pub static REFRESH_FAILURES: Metric<1> = Metric {
    name: "euc_exporter_collector_refresh_failures_total",
    kind: Kind::Counter,
    group: Group::Exporter,
    labels: ["collector"],
    source: "the exporter",
    help: "Refreshes of the collector that failed.",
    stability: Stability::Stable,
};

/// `euc_exporter_aws_api_requests_total`
pub static API_REQUESTS: Metric<4> = Metric {
    name: "euc_exporter_aws_api_requests_total",
    kind: Kind::Counter,
    group: Group::Exporter,
    labels: ["account_id", "region", "service", "operation"],
    source: "the exporter",
    help: "HTTP requests sent to AWS, each page and each retry counted.",
    stability: Stability::Stable,
};

/// `euc_exporter_aws_api_request_errors_total`
pub static API_REQUEST_ERRORS: Metric<5> = Metric {
    name: "euc_exporter_aws_api_request_errors_total",
    kind: Kind::Counter,
    group: Group::Exporter,
    labels: ["account_id", "region", "service", "operation", "error"],
    source: "the exporter",
    help: "HTTP requests to AWS that failed, by class of error, each retry counted.",
    stability: Stability::Stable,
};

/// `euc_exporter_aws_api_request_duration_seconds`
pub static API_REQUEST_DURATION: Metric<2> = Metric {
    name: "euc_exporter_aws_api_request_duration_seconds",
    kind: Kind::Histogram,
    group: Group::Exporter,
    labels: ["service", "operation"],
    source: "the exporter",
    help: "How long HTTP requests to AWS took, each page and each retry on its own.",
    stability: Stability::Stable,
};

/// `euc_exporter_cache_requests_total`
pub static CACHE_REQUESTS: Metric<1> = Metric {
    name: "euc_exporter_cache_requests_total",
    kind: Kind::Counter,
    group: Group::Exporter,
    labels: ["collector"],
    source: "the exporter",
    help: "How often a scrape asked for the data of the collector, once for each target.",
    stability: Stability::Stable,
};

/// `euc_exporter_cache_hits_total`
pub static CACHE_HITS: Metric<1> = Metric {
    name: "euc_exporter_cache_hits_total",
    kind: Kind::Counter,
    group: Group::Exporter,
    labels: ["collector"],
    source: "the exporter",
    help: "How often a scrape found the data of the collector younger than its refresh interval.",
    stability: Stability::Stable,
};

/// `euc_exporter_unrecognized_values_total`
pub static UNRECOGNIZED_VALUES: Metric<1> = Metric {
    name: "euc_exporter_unrecognized_values_total",
    kind: Kind::Counter,
    group: Group::Exporter,
    labels: ["field"],
    source: "the exporter",
    help: "Values in answers of AWS that this build does not know, and entries skipped for want of an identifier, by API field.",
    stability: Stability::Stable,
};

/// `euc_exporter_http_requests_total`
pub static HTTP_REQUESTS: Metric<2> = Metric {
    name: "euc_exporter_http_requests_total",
    kind: Kind::Counter,
    group: Group::Exporter,
    labels: ["handler", "code"],
    source: "the exporter",
    help: "HTTP requests that the exporter answered.",
    stability: Stability::Stable,
};

/// `euc_exporter_http_requests_in_flight`
pub static HTTP_REQUESTS_IN_FLIGHT: Metric<1> = Metric {
    name: "euc_exporter_http_requests_in_flight",
    kind: Kind::Gauge,
    group: Group::Exporter,
    labels: ["handler"],
    source: "the exporter",
    help: "HTTP requests that the exporter is answering now.",
    stability: Stability::Stable,
};

/// `process_cpu_seconds_total`
pub static PROCESS_CPU: Metric<0> = Metric {
    name: "process_cpu_seconds_total",
    kind: Kind::Counter,
    group: Group::Exporter,
    labels: [],
    source: "the exporter",
    help: "User and system CPU time that the process has used, in seconds.",
    stability: Stability::Stable,
};

/// `process_open_fds`
pub static PROCESS_OPEN_FDS: Metric<0> = Metric {
    name: "process_open_fds",
    kind: Kind::Gauge,
    group: Group::Exporter,
    labels: [],
    source: "the exporter",
    help: "File descriptors that the process has open.",
    stability: Stability::Stable,
};

/// `process_max_fds`
pub static PROCESS_MAX_FDS: Metric<0> = Metric {
    name: "process_max_fds",
    kind: Kind::Gauge,
    group: Group::Exporter,
    labels: [],
    source: "the exporter",
    help: "File descriptors that the process may have open.",
    stability: Stability::Stable,
};

/// `process_virtual_memory_bytes`
pub static PROCESS_VIRTUAL_MEMORY: Metric<0> = Metric {
    name: "process_virtual_memory_bytes",
    kind: Kind::Gauge,
    group: Group::Exporter,
    labels: [],
    source: "the exporter",
    help: "Virtual memory of the process.",
    stability: Stability::Stable,
};

/// `process_resident_memory_bytes`
pub static PROCESS_RESIDENT_MEMORY: Metric<0> = Metric {
    name: "process_resident_memory_bytes",
    kind: Kind::Gauge,
    group: Group::Exporter,
    labels: [],
    source: "the exporter",
    help: "Resident memory of the process.",
    stability: Stability::Stable,
};

/// `process_start_time_seconds`
pub static PROCESS_START_TIME: Metric<0> = Metric {
    name: "process_start_time_seconds",
    kind: Kind::Gauge,
    group: Group::Exporter,
    labels: [],
    source: "the exporter",
    help: "Unix time at which the process started.",
    stability: Stability::Stable,
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_carry_their_suffix() {
        let names: BTreeSet<_> = ALL.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), ALL.len());
        assert!(!names.contains("up"), "it would overwrite the one of Prometheus");
        for row in ALL {
            assert_eq!(row.kind == Kind::Counter, row.name.ends_with("_total"), "{}", row.name);
            assert_eq!(
                row.name.ends_with("_info"),
                row.help.contains("always 1") && row.name.contains("_info"),
                "{}",
                row.name
            );
        }
    }

    #[test]
    fn help_is_one_plain_sentence_and_says_that_aws_data_is_cached() {
        for Row { name, help, group, .. } in ALL {
            assert!(help.ends_with('.') && !help.trim_end_matches('.').contains(". "), "{name}: {help}");
            assert!(!help.contains(['"', '\\', '\n']), "{name}: {help}");
            assert_eq!(*group == Group::Resource, help.ends_with("; cached."), "{name}: {help}");
        }
    }

    #[test]
    fn series_of_aws_and_of_collectors_start_with_their_target() {
        for Row { name, labels, group, .. } in ALL {
            if *group != Group::Exporter {
                assert_eq!(labels[..2], ["account_id", "region"], "{name}");
            }
            let distinct: BTreeSet<_> = labels.iter().collect();
            assert_eq!(distinct.len(), labels.len(), "{name}");
        }
    }
}
