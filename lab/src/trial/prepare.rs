//! What a guest is given before modules are loaded in it: what they depend on, files, firmware, a network, a tracer that
//! watches; and how a debugger finds them.

use super::{guest::Trial, left, module::Module};
use crate::{
    exec::{files, program::Program},
    lessons::lesson::load_missing,
    report::verdict::{Fault, Mistake},
    vm::guest,
};
use anyhow::{Context, Result};
use std::time::Duration;

/// What the kernel starts where a module calls request_module(): it is given what the user has named, and names the rest.
const MODPROBE: &str = r#"#!/bin/sh
for name; do :; done
[ -d "/sys/module/$(echo "$name" | tr - _)" ] && exit
echo "<5>lab: the kernel asks for the module $name: --with loads one first" > /dev/kmsg
exit 1
"#;

/// What gdb is told the places of. A small module may have no `.text`, and its init function is no more.
const SECTIONS: [&str; 5] = [".text", ".exit.text", ".data", ".bss", ".rodata"];

/// Longer than anybody sits before a debugger.
pub const NEVER: Duration = Duration::from_secs(24 * 3600);

impl Trial<'_> {
    /// Puts everything into the guest that is needed, and has it watched.
    pub fn prepare(&mut self, program: Option<&Program>) -> Result<()> {
        let network = self.options.machine.net.then(|| "virtio_net".to_string());
        let wanted: Vec<&str> = self.options.stock.iter().chain(&network).map(String::as_str).collect();
        let mut stock = self.kernel.modules(&wanted).map_err(|error| Mistake(format!("{error:#}")))?;
        let is_ours = |name: &String| self.modules.iter().any(|module| module.name == *name);
        let needs: Vec<String> = self.modules.iter().flat_map(Module::needs).filter(|name| !is_ours(name)).collect();
        let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
        stock.extend(self.kernel.modules(&needs).map_err(|error| Fault(format!("{error:#}")))?);
        load_missing(self.guest, stock)?;
        if self.options.machine.net {
            self.script("ip address add 10.0.2.15/24 dev eth0 && ip link set eth0 up")?;
        }
        for module in self.modules {
            self.guest.put_file(&format!("/root/{}.ko", module.name), 0o644, &module.file)?;
        }
        if let Some(folder) = &self.options.firmware {
            files::put(self.guest, folder, "/lib/firmware")?;
        }
        files::put_all(self.guest, &self.options.put)?;
        program.map_or(Ok(()), |program| program.install(self.guest))?;
        self.guest.put("/sbin/modprobe", 0o755, MODPROBE.into())?;
        self.script(left::START).context("start the kernel's tracer")?;
        self.told = guest::without_marks(&self.guest.settled_log()?).len();
        Ok(())
    }

    /// Says how gdb attaches, and waits for the user to go on. From then on nothing is late: a guest that gdb has halted stands.
    pub fn let_attach(&mut self, port: u16) -> Result<()> {
        let addresses = self.addresses()?;
        let symbols = self.modules.iter().map(|module| {
            let sections = addresses.of(module).into_iter().filter(|(name, _)| SECTIONS.contains(&name.as_str()));
            let sections: String = sections.map(|(name, start)| format!(" -s {name} {start:#x}")).collect();
            format!(" -ex 'add-symbol-file {}{sections}'", module.file.display())
        });
        eprintln!("gdb can attach: gdb -ex 'target remote localhost:{port}'{}", symbols.collect::<String>());
        eprintln!("Press Enter to go on.");
        self.guest.set_patience(NEVER);
        self.limits.time = NEVER;
        std::io::stdin().read_line(&mut String::new()).context("wait for Enter")?;
        Ok(())
    }
}
