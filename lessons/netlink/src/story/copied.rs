//! The widely copied client and module, and how they fail.

use super::print::show;
use anyhow::{Context, Result};
use crossings_netlink::copied::{self, Client, Leftover};
use lesson::{kmod::Module, part};

// ANCHOR: the_copied_client
pub fn the_copied_client() -> Result<()> {
    part("the copied client");
    show("nobody answers protocol 31", Client::connect().map(|client| client.port));
    let module = Module::load(copied::MODULE).context("load crossings_netlink_copied")?;
    let client = Client::connect().context("open a socket of protocol 31")?;
    for (stack, leftover) in [
        ("zeros", Leftover::default()),
        ("ones", Leftover { control: usize::MAX, controllen: usize::MAX, flags: -1 }),
        ("a small number", Leftover { controllen: 24, control: 1, flags: 0 }),
    ] {
        println!("the stack held {stack}");
        show("  sendmsg(2)", client.send(client.port, leftover));
        println!("  messages that arrived: {}", copied::received()?);
        show("  recv(2), for 50 ms", client.receive());
    }
    drop(client);
    module.unload().context("unload crossings_netlink_copied")?;
    Ok(())
}
// ANCHOR_END: the_copied_client

// ANCHOR: the_copied_module
pub fn the_copied_module() -> Result<()> {
    part("the copied module");
    let module = Module::load(copied::MODULE).context("load crossings_netlink_copied")?;
    let (sender, other) = (Client::connect()?, Client::connect()?);
    sender.send(other.port, Leftover::default())?;
    println!("sent by the first socket, in the name of the second");
    show("  the first receives", sender.receive());
    show("  the second receives", other.receive());
    println!("sent one byte, and no port in it");
    let before = copied::received()?;
    sender.send_byte()?;
    println!("  messages that arrived: {}", copied::received()? - before);
    show("  the first receives", sender.receive());
    println!("sent in the name of port 0, the kernel's");
    let before = copied::received()?;
    sender.send(0, Leftover::default())?;
    println!("  messages that arrived: {}", copied::received()? - before);
    drop((sender, other));
    module.unload().context("unload crossings_netlink_copied")?;
    Ok(())
}
// ANCHOR_END: the_copied_module
