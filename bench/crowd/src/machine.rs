//! The machine: its description, and the core of the measured server.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::LazyLock;

use anyhow::Result;

/// The number of cores when this process started. The system only counts those that the process may still use, and
/// this process leaves the last core.
static CORES: LazyLock<usize> =
    LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));

/// The number of cores.
pub fn cores() -> usize {
    *CORES
}

/// Prints cores, processor, kernel, TCP settings, and the current load.
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

/// A kernel setting by its name; empty if it does not exist.
fn setting(name: &str) -> String {
    let value = fs::read_to_string(format!("/proc/sys/{name}")).unwrap_or_default();
    value.trim().to_owned()
}

/// The load of the last minute.
pub fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}

/// Reserves the last core for the measured server: this process and its children stay off it unless they are pinned. They
/// run as in [`prioritize`].
pub fn leave_the_last_core() -> Result<()> {
    use_other_cores()?;
    prioritize()
}

/// If that is allowed (root), runs this process and its children at real-time priority, because a crowd that is late does not
/// load the server as intended.
pub fn prioritize() -> Result<()> {
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

/// The measured server's core, in the format of `taskset`.
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
