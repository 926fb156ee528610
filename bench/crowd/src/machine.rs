//! The machine: its description, and which core the measured server runs on.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::LazyLock;

use anyhow::Result;

/// Cores that this process had when it started. The system's answer counts only those that the
/// process may still use, and this one leaves the last core.
static CORES: LazyLock<usize> =
    LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));

/// Cores there are.
pub fn cores() -> usize {
    *CORES
}

/// Cores, processor, kernel, how it sends, and how busy it is already.
pub fn print() {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("", |rest| rest.trim_start_matches([' ', '\t', ':']));
    println!(
        "{} cores, {model}, Linux {}, TCP by {}, load {}",
        cores(),
        setting("kernel/osrelease"),
        setting("net/ipv4/tcp_congestion_control"),
        load()
    );
    if tracks_connections() {
        println!(
            "connections are tracked here (a firewall's rules, or Docker's): each packet on loopback costs more"
        );
    }
}

/// Whether the kernel's firewall tracks new connections.
fn tracks_connections() -> bool {
    let tracked = || setting("net/netfilter/nf_conntrack_count").parse::<u64>();
    let before = tracked();
    let listener = TcpListener::bind("127.0.0.1:0");
    let line = listener.and_then(|listener| TcpStream::connect(listener.local_addr()?));
    line.is_ok() && matches!((before, tracked()), (Ok(before), Ok(now)) if now > before)
}

/// What the kernel has under this name; empty where it has not.
fn setting(name: &str) -> String {
    let value = fs::read_to_string(format!("/proc/sys/{name}")).unwrap_or_default();
    value.trim().to_owned()
}

/// Of the last minute.
pub fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}

/// The last core is the measured server's; this process and what it starts without further words stay off it, and run as in
/// [`come_first`].
pub fn leave_the_last_core() -> Result<()> {
    use_other_cores()?;
    come_first()
}

/// Where that is allowed (root), this process and what it starts run before the machine's other work: a crowd that is late is
/// no crowd.
pub fn come_first() -> Result<()> {
    let id = std::process::id().to_string();
    let is_allowed = Command::new("chrt")
        .args(["-a", "-r", "-p", "1", &id])
        .output()?;
    if !is_allowed.status.success() {
        println!("no real-time priority here: other work on this machine makes the figures wrong");
    }
    Ok(())
}

fn use_other_cores() -> Result<()> {
    let id = std::process::id().to_string();
    let others = format!("0-{}", cores().saturating_sub(2));
    Command::new("taskset")
        .args(["-acp", &others, &id])
        .output()?;
    Ok(())
}

/// The measured server's core, as `taskset` names it.
pub fn server_core() -> String {
    (cores() - 1).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_core_is_not_one_of_this_process() -> Result<()> {
        if cores() < 2 {
            return Ok(());
        }
        use_other_cores()?;
        let status = fs::read_to_string("/proc/self/status")?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        let others = format!("0-{}", cores() - 2).replace("0-0", "0");
        assert_eq!(line.map(str::trim), Some(others.as_str()));
        assert_eq!(server_core(), (cores() - 1).to_string());
        Ok(())
    }
}
