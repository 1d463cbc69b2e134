//! Writes the families of a `prometheus` registry in either text format.
//!
//! The crate's own encoder speaks text 0.0.4 only and writes the bound of a bucket as `1` where OpenMetrics wants `1.0`;
//! a bucket must not change its name with the format, so both formats get `1.0`.

use prometheus::proto::{Histogram, Metric, MetricFamily, MetricType};

use super::sample::write_sample;

/// The text formats that Prometheus reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Prometheus' text format 0.0.4.
    Text,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Format {
    /// The Content-Type, without an escaping scheme.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Appends the families and, for OpenMetrics, the line that ends an answer.
///
/// Only what the exporter's own instruments use is written: counters, gauges and histograms.
pub fn write_families(out: &mut String, families: &[MetricFamily], format: Format) {
    for family in families.iter().filter(|family| !family.get_metric().is_empty()) {
        write_header(out, family, format);
        for metric in family.get_metric() {
            write_metric(out, family, metric);
        }
    }
    if format == Format::OpenMetrics {
        out.push_str("# EOF\n");
    }
}

fn write_header(out: &mut String, family: &MetricFamily, format: Format) {
    let kind = match family.get_field_type() {
        MetricType::COUNTER => "counter",
        MetricType::HISTOGRAM => "histogram",
        _ => "gauge",
    };
    let name = match format {
        Format::OpenMetrics => family.name().strip_suffix("_total").unwrap_or(family.name()),
        Format::Text => family.name(),
    };
    for part in ["# HELP ", name, " ", family.help(), "\n# TYPE ", name, " ", kind, "\n"] {
        out.push_str(part);
    }
}

fn write_metric(out: &mut String, family: &MetricFamily, metric: &Metric) {
    let labels: Vec<(&str, &str)> = metric.get_label().iter().map(|label| (label.name(), label.value())).collect();
    match family.get_field_type() {
        MetricType::HISTOGRAM => write_histogram(out, family.name(), &labels, metric.get_histogram()),
        MetricType::COUNTER => write_sample(out, family.name(), labels, metric.get_counter().get_value()),
        _ => write_sample(out, family.name(), labels, metric.get_gauge().get_value()),
    }
}

fn write_histogram(out: &mut String, name: &str, labels: &[(&str, &str)], histogram: &Histogram) {
    let buckets = histogram.get_bucket().iter().filter(|bucket| bucket.upper_bound().is_finite());
    let bounds: Vec<(String, u64)> = buckets
        .map(|bucket| (format!("{:?}", bucket.upper_bound()), bucket.cumulative_count()))
        .chain([("+Inf".to_owned(), histogram.get_sample_count())])
        .collect();
    let bucket_name = format!("{name}_bucket");
    for (bound, count) in &bounds {
        write_sample(out, &bucket_name, labels.iter().copied().chain([("le", bound.as_str())]), to_f64(*count));
    }
    write_sample(out, &format!("{name}_sum"), labels.iter().copied(), histogram.get_sample_sum());
    write_sample(out, &format!("{name}_count"), labels.iter().copied(), to_f64(histogram.get_sample_count()));
}

/// Prometheus has no other number; exact up to 2^53.
fn to_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::{CounterVec, HistogramOpts, HistogramVec, IntGauge, Opts, Registry};

    fn families() -> Vec<MetricFamily> {
        let registry = Registry::new();
        let counter = CounterVec::new(Opts::new("c_total", "A counter."), &["l"]).expect("valid");
        let gauge = IntGauge::new("g", "A gauge.").expect("valid");
        let histogram =
            HistogramVec::new(HistogramOpts::new("h", "A histogram.").buckets(vec![0.5, 1.0]), &["l"]).expect("valid");
        for collector in [
            Box::new(counter.clone()) as Box<dyn prometheus::core::Collector>,
            Box::new(gauge),
            Box::new(histogram.clone()),
        ] {
            registry.register(collector).expect("registers");
        }
        counter.with_label_values(&["x\"y"]).inc_by(2.0);
        histogram.with_label_values(&["z"]).observe(0.75);
        registry.gather()
    }

    #[test]
    fn text_names_the_counter_with_its_suffix() {
        let mut out = String::new();
        write_families(&mut out, &families(), Format::Text);
        assert_eq!(
            out,
            "# HELP c_total A counter.\n# TYPE c_total counter\nc_total{l=\"x\\\"y\"} 2\n\
             # HELP g A gauge.\n# TYPE g gauge\ng 0\n\
             # HELP h A histogram.\n# TYPE h histogram\n\
             h_bucket{l=\"z\",le=\"0.5\"} 0\nh_bucket{l=\"z\",le=\"1.0\"} 1\nh_bucket{l=\"z\",le=\"+Inf\"} 1\n\
             h_sum{l=\"z\"} 0.75\nh_count{l=\"z\"} 1\n"
        );
    }

    #[test]
    fn openmetrics_names_it_without_and_ends() {
        let (mut text, mut open) = (String::new(), String::new());
        write_families(&mut text, &families(), Format::Text);
        write_families(&mut open, &families(), Format::OpenMetrics);
        assert_eq!(open, text.replace("# HELP c_total", "# HELP c").replace("# TYPE c_total", "# TYPE c") + "# EOF\n");
    }
}
