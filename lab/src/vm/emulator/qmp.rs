//! QMP, the emulator's control protocol: one JSON object a line (docs/interop/qmp-spec in QEMU's manual).

use crate::vm::emulator::qemu::descriptor;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

/// A conversation with one emulator.
pub struct Qmp {
    lines: BufReader<UnixStream>,
}

impl Qmp {
    /// Reads the greeting and leaves negotiation mode.
    pub fn open(socket: &UnixStream) -> Result<Self> {
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut qmp = Qmp { lines: BufReader::new(socket.try_clone()?) };
        qmp.read().context("read QMP's greeting")?;
        qmp.execute("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    /// Where each processor of the guest stands, for whoever reads why nothing moves; or why the emulator cannot tell.
    pub fn processors(socket: &UnixStream) -> Result<String> {
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        let mut qmp = Qmp { lines: BufReader::new(socket.try_clone()?) };
        // Refused where the negotiation is over already, which is as good.
        let _ = qmp.execute("qmp_capabilities", json!({}));
        let registers = qmp.execute("human-monitor-command", json!({ "command-line": "info registers -a" }))?;
        let lines = registers.as_str().unwrap_or_default().lines().map(str::trim);
        let lines: Vec<_> = lines.filter(|line| line.starts_with("CPU#") || line.starts_with("RIP=")).collect();
        Ok(lines.join("\n"))
    }

    fn read(&mut self) -> Result<Value> {
        let mut line = String::new();
        ensure!(self.lines.read_line(&mut line)? > 0, "the emulator has gone");
        Ok(serde_json::from_str(&line)?)
    }

    /// Carries out a command and returns its answer; events that come in between are passed over.
    pub fn execute(&mut self, command: &str, arguments: Value) -> Result<Value> {
        let request = json!({ "execute": command, "arguments": arguments });
        writeln!(self.lines.get_mut(), "{request}").with_context(|| format!("QMP {command}"))?;
        loop {
            let mut answer = self.read().with_context(|| format!("QMP {command}"))?;
            if let Some(error) = answer.get("error") {
                bail!("QMP {command}: {}", error["desc"].as_str().unwrap_or("failed"));
            }
            if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            }
        }
    }

    /// Saves the state of the guest's devices, to be loaded by [`Qmp::load`]. The guest stops when it is saved; it was
    /// running, and so will its clones be.
    pub fn save(&mut self) -> Result<()> {
        self.leave_ram_out()?;
        self.execute("migrate", json!({ "uri": state() }))?;
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let answer = self.execute("query-migrate", json!({}))?;
            match answer["status"].as_str() {
                Some("completed") => return Ok(()),
                Some("failed" | "cancelled") => {
                    bail!("save the state: {}", answer["error-desc"].as_str().unwrap_or("failed"))
                }
                _ => ensure!(Instant::now() < deadline, "save the state: not done after 30 s"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Loads a saved state and lets the guest run on from there.
    pub fn load(&mut self) -> Result<()> {
        self.leave_ram_out()?;
        self.execute("migrate-incoming", json!({ "uri": state() })).map(drop)
    }

    /// RAM is in a file of its own, so only the devices travel.
    fn leave_ram_out(&mut self) -> Result<()> {
        let capabilities = json!({ "capabilities": [{ "capability": "x-ignore-shared", "state": true }] });
        self.execute("migrate-set-capabilities", capabilities).map(drop)
    }
}

/// The file that [`crate::vm::emulator::Vm::start`] gave the emulator for the devices' state.
fn state() -> String {
    format!("file:/proc/self/fd/{}", descriptor::STATE)
}
