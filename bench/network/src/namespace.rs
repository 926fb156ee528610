//! Network namespaces: a thread in one of its own has its own interfaces, addresses and ports. The kernel removes a
//! namespace with the last thread or process in it.

use std::net::Ipv4Addr;
use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::sched::{CloneFlags, unshare};
use tokio::runtime::Handle;
use tokio_tun::Tun;

/// Moves this thread into a new namespace with a loopback interface. Threads and processes that it starts are in it too.
pub(crate) fn enter() -> Result<()> {
    unshare(CloneFlags::CLONE_NEWNET).context("no network namespace: this needs root")?;
    let loopback = Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    if !loopback.context("ip (iproute2) is missing")?.success() {
        bail!("the loopback interface cannot be used");
    }
    Ok(())
}

/// A TUN device in this thread's namespace: what is sent to `peer` can be read from it. `link` is the runtime that reads it.
pub(crate) fn device(link: &Handle, own: Ipv4Addr, peer: Ipv4Addr) -> Result<Tun> {
    let _runtime = link.enter();
    let device = Tun::builder().address(own).destination(peer).up();
    let devices = device.close_on_exec().build().context("no TUN device")?;
    devices.into_iter().next().context("no TUN device")
}
