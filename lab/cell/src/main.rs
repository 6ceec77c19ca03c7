//! Runs the cells of a notebook inside the guest. evcxr compiles each cell on the host to a shared object with one
//! function; `cargo lab relay` puts it here and says its name on standard input, as evcxr does to a process of its own:
//! `LOAD_AND_RUN OBJECT FUNCTION`. A line on each of the two outputs says that the cell has ended.
//!
//! A cell reads its own answers from the same standard input, so this program reads no byte beyond the end of a line.

use libloading::Library;
use std::{
    error::Error,
    ffi::c_void,
    fs::File,
    io::{self, Read},
    mem,
    process::ExitCode,
    ptr,
};

/// evcxr waits for it on standard output.
const COMPLETE: &str = "EVCXR_EXECUTION_COMPLETE";

/// A cell: it takes the variables that the cells before have left, and returns them with its own.
type Cell = unsafe extern "C" fn(*mut c_void) -> *mut c_void;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut variables = ptr::null_mut();
    while let Some(line) = line()? {
        let words: Vec<&str> = line.split(' ').collect();
        let ["LOAD_AND_RUN", object, function] = words[..] else {
            return Err(format!("a line that is no request: {line:?}").into());
        };
        // SAFETY: evcxr wrote the object, and its initialisers are those of Rust's standard library.
        let object = unsafe { Library::new(object) }?;
        // SAFETY: evcxr gives each cell's function this type.
        let cell = unsafe { object.get::<Cell>(function)? };
        // SAFETY: the variables are what the cell before has returned, or null before the first.
        variables = unsafe { cell(variables) };
        // The variables' code, and that of threads that a cell has started, must stay.
        mem::forget(object);
        eprintln!("{COMPLETE}");
        // Also what the cell has printed of a line: our buffer is the cell's.
        println!("{COMPLETE}");
    }
    Ok(())
}

/// The next line of standard input, without its end; none at the end of file.
fn line() -> io::Result<Option<String>> {
    // Byte by byte: a buffer would take what the cell waits for.
    let mut input = File::open("/proc/self/fd/0")?;
    let (mut line, mut byte) = (Vec::new(), [0]);
    while input.read(&mut byte)? == 1 {
        match byte {
            [b'\n'] => return Ok(Some(String::from_utf8_lossy(&line).into_owned())),
            [byte] => line.push(byte),
        }
    }
    Ok(None)
}
