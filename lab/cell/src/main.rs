//! Runs the cells of a notebook inside the guest. evcxr compiles each cell on the host to a shared object with one
//! function; `cargo lab dev relay` puts it here and says its name on standard input, as evcxr does to a process of its own:
//! `LOAD_AND_RUN OBJECT FUNCTION MARK`. When the cell has ended, the mark is written to each of the two outputs, and so says of
//! each that nothing of the cell is behind it.
//!
//! A cell reads its own answers from the same standard input, so this program reads no byte beyond the end of a line.

use libloading::Library;
use std::{
    error::Error,
    ffi::c_void,
    fs::File,
    io::{self, Read, Write},
    mem,
    process::ExitCode,
    ptr,
};

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
        let ["LOAD_AND_RUN", object, function, mark] = words[..] else {
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
        let mark = format!("{mark}\n");
        // In one piece, or what the cell has started and left running could print in between: write(2) to a pipe.
        io::stderr().write_all(mark.as_bytes())?;
        // Behind what the cell has printed of a line: our buffer is the cell's.
        io::stdout().write_all(mark.as_bytes())?;
        io::stdout().flush()?;
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
