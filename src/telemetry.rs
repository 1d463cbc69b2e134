//! The exporter's own instruments, on a registry of their own.
//!
//! Flows in: what the floors below report through their observers. Flows out: families, gathered anew for each scrape.

mod process;

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{
    CounterVec, Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry,
};

use crate::aws::{Attempt, Attempts};
use crate::catalogue::{self, Metric};
use crate::collectors::{self, Entry};
use crate::domain::{CollectorName, ErrorClass, Operation, Target};
use crate::refresh::Observer;
use process::ProcessMetrics;

/// What this build is.
#[derive(Clone, Copy, Debug)]
pub struct BuildInfo {
    /// The crate's version.
    pub version: &'static str,
    /// The commit it was built from.
    pub revision: &'static str,
    /// The branch it was built from.
    pub branch: &'static str,
    /// The compiler.
    pub rustc_version: &'static str,
}

/// The exporter's own instruments.
#[derive(Debug)]
pub struct Telemetry {
    registry: Registry,
    enabled: Vec<&'static Entry>,
    refresh_duration: HistogramVec,
    refresh_failures: IntCounterVec,
    api_requests: IntCounterVec,
    api_request_errors: IntCounterVec,
    api_request_duration: HistogramVec,
    cache_requests: IntCounterVec,
    cache_hits: IntCounterVec,
    unrecognized_values: IntCounterVec,
    http_requests: IntCounterVec,
    http_requests_in_flight: IntGaugeVec,
    process: ProcessMetrics,
}

/// From a list in a small account to one at the pace limit.
const REFRESH_BUCKETS: &[f64] = &[0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// From a loopback answer to an attempt timeout.
const REQUEST_BUCKETS: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

impl Telemetry {
    /// Registers every instrument; those whose labels are known start at zero.
    ///
    /// # Errors
    /// When the registry already has a metric of one of the names.
    pub fn new(
        registry: &Registry,
        build: BuildInfo,
        collectors: &[collectors::Settings],
    ) -> Result<Self, prometheus::Error> {
        let register = Register(registry);
        let telemetry = Self {
            refresh_duration: register.histogram(&catalogue::REFRESH_DURATION, REFRESH_BUCKETS)?,
            refresh_failures: register.counter(&catalogue::REFRESH_FAILURES)?,
            api_requests: register.counter(&catalogue::API_REQUESTS)?,
            api_request_errors: register.counter(&catalogue::API_REQUEST_ERRORS)?,
            api_request_duration: register.histogram(&catalogue::API_REQUEST_DURATION, REQUEST_BUCKETS)?,
            cache_requests: register.counter(&catalogue::CACHE_REQUESTS)?,
            cache_hits: register.counter(&catalogue::CACHE_HITS)?,
            unrecognized_values: register.counter(&catalogue::UNRECOGNIZED_VALUES)?,
            http_requests: register.counter(&catalogue::HTTP_REQUESTS)?,
            http_requests_in_flight: register.int_gauge(&catalogue::HTTP_REQUESTS_IN_FLIGHT)?,
            process: ProcessMetrics::register(&register)?,
            enabled: enabled(collectors),
            registry: registry.clone(),
        };
        let BuildInfo { version, revision, branch, rustc_version } = build;
        let build_info = register.gauge(&catalogue::BUILD_INFO)?;
        build_info.with_label_values(&[version, revision, branch, rustc_version]).set(1.0);
        let intervals = register.gauge(&catalogue::REFRESH_INTERVAL)?;
        for settings in collectors.iter().filter(|settings| settings.enabled) {
            let collector = settings.name.0;
            intervals.with_label_values(&[collector]).set(settings.refresh_interval.as_secs_f64());
            telemetry.refresh_duration.with_label_values(&[collector]);
            for counter in [&telemetry.refresh_failures, &telemetry.cache_requests, &telemetry.cache_hits] {
                counter.with_label_values(&[collector]);
            }
        }
        Ok(telemetry)
    }

    /// Every family as it is now.
    pub fn gather(&self) -> Vec<MetricFamily> {
        self.process.update();
        self.registry.gather()
    }

    /// A handler exists: its counters can start at zero.
    pub fn handler_known(&self, handler: &str) {
        self.http_requests.with_label_values(&[handler, "200"]);
        self.http_requests_in_flight.with_label_values(&[handler]);
    }

    /// Gives an operation its counters of attempts and of the errors that are alerted on.
    fn start_at_zero(&self, labels: [&str; 4]) {
        self.api_requests.with_label_values(&labels);
        let [account, region, service, operation] = labels;
        for class in [ErrorClass::Throttling, ErrorClass::AccessDenied] {
            self.api_request_errors.with_label_values(&[account, region, service, operation, class.as_str()]);
        }
    }

    /// An HTTP request has come; how many of its kind are being answered, this one included.
    pub fn request_begun(&self, handler: &str) -> i64 {
        let in_flight = self.http_requests_in_flight.with_label_values(&[handler]);
        in_flight.inc();
        in_flight.get()
    }

    /// An HTTP request has been answered, or given up when there is no code.
    pub fn request_ended(&self, handler: &str, code: Option<u16>) {
        self.http_requests_in_flight.with_label_values(&[handler]).dec();
        if let Some(code) = code {
            self.http_requests.with_label_values(&[handler, code.to_string().as_str()]).inc();
        }
    }
}

impl Attempts for Telemetry {
    fn target_known(&self, target: &Target) {
        for entry in &self.enabled {
            let Operation { service, name } = entry.operation;
            let service = service.to_string();
            self.start_at_zero([target.account_label(), target.region_label(), service.as_str(), name]);
        }
    }

    fn attempt(&self, attempt: Attempt<'_>) {
        let Attempt { target, operation, elapsed, error } = attempt;
        let (account, region) = (target.account_label(), target.region_label());
        let service = operation.service.to_string();
        let (service, operation) = (service.as_str(), operation.name);
        self.start_at_zero([account, region, service, operation]);
        self.api_requests.with_label_values(&[account, region, service, operation]).inc();
        self.api_request_duration.with_label_values(&[service, operation]).observe(elapsed.as_secs_f64());
        if let Some(class) = error {
            let labels = [account, region, service, operation, class.as_str()];
            self.api_request_errors.with_label_values(&labels).inc();
        }
    }
}

impl Observer for Telemetry {
    fn cache_asked(&self, collector: CollectorName, hit: bool) {
        self.cache_requests.with_label_values(&[collector.0]).inc();
        if hit {
            self.cache_hits.with_label_values(&[collector.0]).inc();
        }
    }

    fn refreshed(&self, collector: CollectorName, elapsed: Duration, failed: bool) {
        self.refresh_duration.with_label_values(&[collector.0]).observe(elapsed.as_secs_f64());
        if failed {
            self.refresh_failures.with_label_values(&[collector.0]).inc();
        }
    }

    fn unrecognized(&self, field: &'static str) {
        self.unrecognized_values.with_label_values(&[field]).inc();
    }
}

fn enabled(collectors: &[collectors::Settings]) -> Vec<&'static Entry> {
    let is_enabled =
        |entry: &&'static Entry| collectors.iter().any(|settings| settings.enabled && settings.name == entry.name);
    collectors::ALL.iter().filter(is_enabled).collect()
}

/// Makes instruments from rows of the catalogue.
struct Register<'a>(&'a Registry);

impl Register<'_> {
    fn add<C: Collector + Clone + 'static>(&self, instrument: C) -> Result<C, prometheus::Error> {
        self.0.register(Box::new(instrument.clone()))?;
        Ok(instrument)
    }

    fn counter<const N: usize>(&self, metric: &'static Metric<N>) -> Result<IntCounterVec, prometheus::Error> {
        self.add(IntCounterVec::new(Opts::new(metric.name, metric.help), &metric.labels)?)
    }

    fn float_counter<const N: usize>(&self, metric: &'static Metric<N>) -> Result<CounterVec, prometheus::Error> {
        self.add(CounterVec::new(Opts::new(metric.name, metric.help), &metric.labels)?)
    }

    fn gauge<const N: usize>(&self, metric: &'static Metric<N>) -> Result<GaugeVec, prometheus::Error> {
        self.add(GaugeVec::new(Opts::new(metric.name, metric.help), &metric.labels)?)
    }

    fn plain_gauge(&self, metric: &'static Metric<0>) -> Result<Gauge, prometheus::Error> {
        Ok(self.gauge(metric)?.with_label_values(&[] as &[&str]))
    }

    fn int_gauge<const N: usize>(&self, metric: &'static Metric<N>) -> Result<IntGaugeVec, prometheus::Error> {
        self.add(IntGaugeVec::new(Opts::new(metric.name, metric.help), &metric.labels)?)
    }

    fn histogram<const N: usize>(
        &self,
        metric: &'static Metric<N>,
        buckets: &[f64],
    ) -> Result<HistogramVec, prometheus::Error> {
        let options = HistogramOpts::new(metric.name, metric.help).buckets(buckets.to_vec());
        self.add(HistogramVec::new(options, &metric.labels)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{ALL, Group, Kind};
    use prometheus::proto::MetricType;

    const BUILD: BuildInfo = BuildInfo { version: "1", revision: "r", branch: "b", rustc_version: "c" };

    fn telemetry() -> Telemetry {
        let settings = collectors::ALL.iter().map(|entry| collectors::Settings {
            name: entry.name,
            enabled: true,
            refresh_interval: entry.refresh_interval,
            chosen: Vec::new(),
        });
        Telemetry::new(&Registry::new(), BUILD, &settings.collect::<Vec<_>>()).expect("registers once")
    }

    /// Touches every instrument, so that each has a series.
    fn used() -> Telemetry {
        let telemetry = telemetry();
        let target = Target { account: "111122223333".parse().ok(), region: "eu-west-1".parse().ok() };
        telemetry.target_known(&target);
        let operation = collectors::ALL[0].operation;
        let elapsed = Duration::from_millis(20);
        telemetry.attempt(Attempt { target: &target, operation, elapsed, error: Some(ErrorClass::Throttling) });
        telemetry.unrecognized("Image.State");
        telemetry.request_begun("/metrics");
        telemetry.request_ended("/metrics", Some(200));
        telemetry
    }

    #[test]
    fn every_row_of_the_exporter_is_an_instrument_with_its_kind_and_labels() {
        let families = used().gather();
        let rows: Vec<_> = ALL.iter().filter(|row| row.group == Group::Exporter).collect();
        assert_eq!(families.len(), rows.len());
        for row in rows {
            let family = families.iter().find(|family| family.name() == row.name).expect(row.name);
            let kind = match family.get_field_type() {
                MetricType::COUNTER => Kind::Counter,
                MetricType::HISTOGRAM => Kind::Histogram,
                _ => Kind::Gauge,
            };
            let mut labels: Vec<&str> =
                family.get_metric()[0].get_label().iter().map(prometheus::proto::LabelPair::name).collect();
            let mut expected = row.labels.to_vec();
            labels.sort_unstable();
            expected.sort_unstable();
            assert_eq!((kind, labels), (row.kind, expected), "{}", row.name);
        }
    }

    #[test]
    fn counters_with_known_labels_start_at_zero() {
        let families = telemetry().gather();
        for metric in [&catalogue::REFRESH_FAILURES, &catalogue::CACHE_REQUESTS, &catalogue::CACHE_HITS] {
            let family = families.iter().find(|family| family.name() == metric.name).expect(metric.name);
            assert_eq!(family.get_metric().len(), collectors::ALL.len());
            assert!(family.get_metric().iter().all(|series| series.get_counter().get_value() == 0.0));
        }
    }

    #[test]
    fn the_process_shows_its_own_figures() {
        let families = telemetry().gather();
        let value = |name: &str| {
            let family = families.iter().find(|family| family.name() == name).expect(name);
            family.get_metric()[0].get_gauge().get_value()
        };
        assert!(value(catalogue::PROCESS_RESIDENT_MEMORY.name) > 1e6);
        assert!(value(catalogue::PROCESS_OPEN_FDS.name) >= 3.0);
        assert!(value(catalogue::PROCESS_START_TIME.name) > 1.7e9);
    }
}
