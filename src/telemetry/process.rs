//! The six standard process metrics, from /proc/self.
//!
//! The `prometheus` crate's own collector rounds CPU time to whole seconds, which makes the rate of an idle process zero
//! and then a peak; here it keeps its fraction. A figure that the system does not tell keeps its last value.

use procfs::process::{LimitValue, Process};
use prometheus::{Counter, Gauge};

use super::Register;
use crate::catalogue;

#[derive(Debug)]
pub(super) struct ProcessMetrics {
    cpu: Counter,
    open_fds: Gauge,
    max_fds: Gauge,
    virtual_memory: Gauge,
    resident_memory: Gauge,
}

impl ProcessMetrics {
    pub(super) fn register(register: &Register<'_>) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            cpu: register.float_counter(&catalogue::PROCESS_CPU)?.with_label_values(&[] as &[&str]),
            open_fds: register.plain_gauge(&catalogue::PROCESS_OPEN_FDS)?,
            max_fds: register.plain_gauge(&catalogue::PROCESS_MAX_FDS)?,
            virtual_memory: register.plain_gauge(&catalogue::PROCESS_VIRTUAL_MEMORY)?,
            resident_memory: register.plain_gauge(&catalogue::PROCESS_RESIDENT_MEMORY)?,
        };
        let start_time = register.plain_gauge(&catalogue::PROCESS_START_TIME)?;
        start_time.set(start_seconds().unwrap_or_default());
        Ok(metrics)
    }

    pub(super) fn update(&self) {
        let Ok(process) = Process::myself() else { return };
        if let Ok(stat) = process.stat() {
            let cpu = to_f64(stat.utime + stat.stime) / to_f64(procfs::ticks_per_second());
            self.cpu.inc_by((cpu - self.cpu.get()).max(0.0));
            self.virtual_memory.set(to_f64(stat.vsize));
            self.resident_memory.set(to_f64(stat.rss * procfs::page_size()));
        }
        if let Ok(open) = process.fd_count() {
            self.open_fds.set(to_f64(open as u64));
        }
        if let Ok(limits) = process.limits() {
            self.max_fds.set(match limits.max_open_files.soft_limit {
                LimitValue::Unlimited => f64::INFINITY,
                LimitValue::Value(most) => to_f64(most),
            });
        }
    }
}

fn start_seconds() -> Option<f64> {
    let started = Process::myself().ok()?.stat().ok()?.starttime;
    let boot = procfs::boot_time_secs().ok()?;
    Some(to_f64(boot) + to_f64(started) / to_f64(procfs::ticks_per_second()))
}

/// Prometheus has no other number; exact up to 2^53.
fn to_f64(count: u64) -> f64 {
    count as f64
}
