//! Outcomes as JUnit's XML: a test suite for each kernel, a test case for each report.

use super::{Report, verdict::Verdict};
use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};
use std::{collections::BTreeMap, time::Duration};

/// The document.
pub fn of(reports: &[Report]) -> String {
    let mut suites: BTreeMap<String, Vec<TestCase>> = BTreeMap::new();
    for report in reports {
        let mut case = TestCase::new(&report.name, status(&report.verdict));
        case.set_classname(format!("lab.{}", report.kernel)).set_time(Duration::from_secs_f64(report.seconds));
        suites.entry(format!("Linux {}", report.release)).or_default().push(case);
    }
    let mut document = Document::new("lab");
    for (name, cases) in suites {
        let mut suite = TestSuite::new(name);
        suite.add_test_cases(cases);
        document.add_test_suite(suite);
    }
    // What can fail is writing, and memory takes all.
    document.to_string().unwrap_or_default()
}

fn status(verdict: &Verdict) -> TestCaseStatus {
    let (kind, why) = match verdict {
        Verdict::Passed => return TestCaseStatus::success(),
        Verdict::Failed(why) => (NonSuccessKind::Failure, why),
        Verdict::Broken(why) => (NonSuccessKind::Error, why),
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(why.lines().next().unwrap_or_default()).set_description(why);
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_at_fault_is_a_failure_and_a_broken_lab_an_error() {
        let report = |name: &str, verdict| Report {
            name: name.into(),
            kernel: "6.12".into(),
            release: "6.12.1".into(),
            accelerator: "KVM".into(),
            seconds: 0.5,
            verdict,
        };
        let failed = Verdict::Failed("a < b\nand more".into());
        let text = of(&[
            report("build", Verdict::Passed),
            report("load", failed),
            report("run", Verdict::Broken("no".into())),
        ]);
        for part in [
            r#"<testsuite name="Linux 6.12.1" tests="3" skipped="0" errors="1" failures="1">"#,
            r#"<testcase name="build" classname="lab.6.12" time="0.500"/>"#,
            r#"<failure message="a &lt; b">a &lt; b"#,
            r#"<error message="no">"#,
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
    }
}
