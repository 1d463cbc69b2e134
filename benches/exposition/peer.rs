//! The same data through the `prometheus` crate: what an exporter does that builds its families at each scrape.

use std::collections::HashMap;

use euc_exporter::catalogue::{self, Metric};
use prometheus::TextEncoder;
use prometheus::proto::{Gauge, LabelPair, Metric as Sample, MetricFamily, MetricType};

use crate::estate::{Builder, ERROR, Estate, STATES};

/// Every family, one metric for each series.
pub(crate) fn families(estate: &Estate) -> Vec<MetricFamily> {
    let mut families = Families::default();
    for (target, builders) in &estate.0 {
        let target = [target.account_label(), target.region_label()];
        for Builder { name, agent_version, image_arn, instance_type, platform, state, created } in builders {
            let id = name.as_str();
            let properties = [id, agent_version, image_arn, instance_type, platform];
            families.add(&catalogue::APPSTREAM_IMAGE_BUILDER_INFO, target, &properties, 1.0);
            for known in STATES {
                let on = f64::from(u8::from(known == state.as_str()));
                families.add(&catalogue::APPSTREAM_IMAGE_BUILDER_STATE, target, &[id, known], on);
            }
            families.add(&catalogue::APPSTREAM_IMAGE_BUILDER_ERRORS, target, &[id, ERROR], 1.0);
            families.add(&catalogue::APPSTREAM_IMAGE_BUILDER_LAST_ERROR, target, &[id, ERROR], *created);
            families.add(&catalogue::APPSTREAM_IMAGE_BUILDER_AGENT_UP_TO_DATE, target, &[id], 1.0);
            families.add(&catalogue::APPSTREAM_IMAGE_BUILDER_CREATED, target, &[id], *created);
            families.add(&catalogue::APPSTREAM_IMAGE_BUILDER_ROOT_VOLUME_SIZE, target, &[id], 214_748_364_800.0);
        }
    }
    families.finish()
}

/// Families as text.
pub(crate) fn text(families: &[MetricFamily]) -> String {
    TextEncoder::new().encode_to_string(families).expect("every family has a metric")
}

#[derive(Default)]
struct Families {
    index: HashMap<&'static str, usize>,
    found: Vec<(MetricFamily, Vec<Sample>)>,
}

impl Families {
    fn add<const N: usize>(&mut self, metric: &'static Metric<N>, target: [&str; 2], labels: &[&str], value: f64) {
        let found = &mut self.found;
        let index = *self.index.entry(metric.name).or_insert_with(|| {
            let mut family = MetricFamily::default();
            family.set_name(metric.name.to_owned());
            family.set_help(metric.help.to_owned());
            family.set_field_type(MetricType::GAUGE);
            found.push((family, Vec::new()));
            found.len() - 1
        });
        let values = target.iter().chain(labels);
        let pairs = metric.labels.iter().zip(values).map(|(name, value)| {
            let mut pair = LabelPair::default();
            pair.set_name((*name).to_owned());
            pair.set_value((*value).to_owned());
            pair
        });
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        let mut sample = Sample::from_gauge(gauge);
        sample.set_label(pairs.collect());
        self.found[index].1.push(sample);
    }

    fn finish(self) -> Vec<MetricFamily> {
        let with_samples = |(mut family, samples): (MetricFamily, Vec<Sample>)| {
            family.set_metric(samples);
            family
        };
        self.found.into_iter().map(with_samples).collect()
    }
}
