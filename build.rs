//! Tells the program what it was built from: revision, branch, compiler.
//!
//! `EUC_EXPORTER_REVISION` and `EUC_EXPORTER_BRANCH` of the environment come first, for builds without the repository.
#![expect(clippy::disallowed_methods, reason = "cargo and packagers speak to a build script through the environment")]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let revision = from_environment("EUC_EXPORTER_REVISION").or_else(|| git(&["rev-parse", "HEAD"]));
    let branch = from_environment("EUC_EXPORTER_BRANCH").or_else(|| git(&["rev-parse", "--abbrev-ref", "HEAD"]));
    rerun_when_git_moves();
    tell("EUC_EXPORTER_REVISION", revision.as_deref());
    tell("EUC_EXPORTER_BRANCH", branch.as_deref());
    tell("EUC_EXPORTER_RUSTC_VERSION", rustc_version().as_deref());
}

fn tell(name: &str, value: Option<&str>) {
    println!("cargo::rustc-env={name}={}", value.unwrap_or("unknown"));
}

fn from_environment(name: &str) -> Option<String> {
    println!("cargo::rerun-if-env-changed={name}");
    std::env::var(name).ok().filter(|value| !value.is_empty() && !value.contains(char::is_control))
}

/// The log of HEAD grows with every commit and checkout; cargo runs this script anew then.
fn rerun_when_git_moves() {
    for name in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name]).filter(|path| Path::new(path).exists()) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
}

/// What git says of this crate's own repository; nothing of one that merely contains its sources.
fn git(arguments: &[&str]) -> Option<String> {
    Path::new(".git").exists().then(|| output("git", arguments)).flatten()
}

fn rustc_version() -> Option<String> {
    let rustc = std::env::var("RUSTC").ok()?;
    output(&rustc, &["--version"])?.split_whitespace().nth(1).map(str::to_owned)
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
