//! What holds for every picture.

use super::picture;
use regex::Regex;

/// Recorded: a read that sleeps and the write that wakes it.
const ASLEEP: &str = "\
reader  /* read(2) */
reader  tube_read [crossings_chardev]() {
reader    prepare_to_wait_event();
reader    schedule() {
reader      /* sched_switch: prev_state=S */
writer  /* write(2) */
writer  tube_write [crossings_chardev]() {
writer    __wake_up() {
writer      /* sched_wakeup: comm=reader */
writer    }
writer  }
reader    } /* schedule */
reader    prepare_to_wait_event();
reader  } /* tube_read [crossings_chardev] */
reader  /* hello */
";

/// Recorded, but for its last lines: functions deep within each other, words that are too long for a line, and a function
/// that is never left.
const DEEP: &str = "\
/* a store that the processor cannot do, to a page of a mapping that is <not> there & private */
kernfs_fop_write_iter() {
  sysfs_kf_write() {
    dev_attr_store() {
      brightness_store [crossings_sysfs]() {
        sysfs_notify();
        __secure_computing_and_more_than_fits_into_a_line_of_the_kernel();
      }
    }
  }
}
  signal_generate: sig=10 code=-2 grp=0 res=0 and so on and on and on and on
/* once more */
do_exit() {
  /* sched_switch: prev_state=D */
";

/// Everything that an attribute of this name says, as a number.
fn numbers(svg: &str, attribute: &str) -> Vec<f64> {
    let found = Regex::new(&format!(r#" {attribute}="([-0-9.]+)""#)).expect("regex");
    found.captures_iter(svg).map(|found| found[1].parse().expect("a number")).collect()
}

#[test]
fn nothing_lies_outside_of_the_picture() {
    let text = Regex::new(r#"<text x="([0-9.]+)" y="([0-9.]+)" text-anchor="(\w+)"( style="[^"]*")?>([^<]*)<"#);
    let text = text.expect("regex");
    let view = Regex::new(r#"viewBox="0 0 400 (\d+)""#).expect("regex");
    for record in [ASLEEP, DEEP, "f();\n"] {
        let svg = picture("planted", "the path", record).expect("a picture");
        let height: f64 = view.captures(&svg).expect("a size")[1].parse().expect("a number");
        for found in text.captures_iter(&svg) {
            let (x, y): (f64, f64) = (found[1].parse().expect("x"), found[2].parse().expect("y"));
            let letter = if found.get(4).is_some_and(|style| style.as_str().contains("monospace")) { 6.9 } else { 6.0 };
            let width = letter * found[5].replace("&amp;", "&").replace("&lt;", "<").chars().count() as f64;
            let (left, right) = match &found[3] {
                "start" => (x, x + width),
                "end" => (x - width, x),
                _ => (x - width / 2.0, x + width / 2.0),
            };
            assert!(0.0 < left && right < 400.0 && y < height, "{}", &found[0]);
        }
        let bars = numbers(&svg, "y").into_iter().zip(numbers(&svg, "height"));
        bars.for_each(|(y, tall)| assert!(y >= 0.0 && tall > 0.0));
        assert!(numbers(&svg, "x").iter().all(|x| (0.0..400.0).contains(x)));
    }
}

#[test]
fn a_sleep_is_a_gap_and_a_wake_up_an_arrow_to_it() {
    let svg = picture("planted", "the path", ASLEEP).expect("a picture");
    assert_eq!(svg.matches("stroke-dasharray").count(), 1);
    // The line of tube_read, and that of schedule, before and after the sleep.
    let ours = svg.matches("fill: var(--kernel-line, #b5651d); stroke: var(--kernel-line, #b5651d)").count();
    assert_eq!(ours, 3, "two pieces of tube_read and tube_write as a whole");
    // In, in, wake up, and back: that the writer came back nobody saw.
    assert_eq!(svg.matches("marker-end").count(), 4);
    assert!(svg.contains(">wakes reader<") && svg.contains(">sleeps<"));
}

#[test]
fn the_description_tells_all_of_it() {
    let svg = picture("planted", "the path", ASLEEP).expect("a picture");
    for said in ["reader: in user space, read(2)", "sleeps. writer:", "wakes reader", "in user space, hello"] {
        assert!(svg.contains(said), "{said}");
    }
    let svg = picture("planted", "a < b", DEEP).expect("a picture");
    assert!(svg.contains("&lt;not&gt; there &amp; private") && svg.contains("a &lt; b") && !svg.contains("<not>"));
}

#[test]
fn a_fault_names_the_line() {
    let error = picture("planted", "the path", "f();\n}\n").expect_err("left before it was entered");
    assert!(format!("{error:#}").contains("line 2"), "{error:#}");
}
