//! The fault schedule: what fails, when and for how long, drawn from a seed. Each part has at most one fault at a
//! time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use devstack::Stack;

use crate::detour::Proxies;
use crate::dice::Dice;
use crate::invocations::InvocationFaults;
use crate::proxy::ProxyFaults;

const FUNCTIONS: [&str; 12] = [
    "queue-join",
    "queue-leave",
    "room-create",
    "room-join",
    "room-update",
    "me",
    "assign",
    "expire",
    "deliver",
    "socket-connect",
    "socket-disconnect",
    "socket-message",
];
/// Functions that run in two processes from the start, because AWS runs several concurrently.
const DOUBLED: [&str; 4] = ["queue-join", "assign", "expire", "deliver"];
/// Suffix of the name of a second instance.
const SECOND: &str = " (2)";
const REDIS: &str = "redis";
const GATEWAY: &str = "gateway";
/// The name of the faults of invocations, of which one is active at a time.
const INVOCATIONS: &str = "invocations";

/// The faults of a run.
pub(crate) struct Faults {
    proxies: Arc<Proxies>,
    dice: Dice,
    relays: Vec<String>,
    /// Active faults by part, and when each of them ends.
    broken: BTreeMap<String, (Repair, Instant)>,
    next_at: Instant,
    /// Number of faults by kind.
    pub(crate) counts: BTreeMap<String, usize>,
}

#[derive(Clone, Copy, Debug)]
enum Repair {
    StartAgain,
    End,
    Resume,
    ClearProxy,
    ClearInvocations,
}

impl Faults {
    pub(crate) fn new(proxies: Arc<Proxies>, seed: u64, relays: Vec<String>) -> Self {
        Self {
            proxies,
            dice: Dice::new(seed, 1 << 40),
            relays,
            broken: BTreeMap::new(),
            next_at: Instant::now(),
            counts: BTreeMap::new(),
        }
    }

    /// Starts the second instances.
    pub(crate) fn begin(stack: &mut Stack) -> Result<()> {
        DOUBLED
            .iter()
            .try_for_each(|name| stack.start_beside(name, &second(name), |_| {}))
    }

    /// Ends the faults that are due, and begins a new one when its time has come.
    pub(crate) fn turn(&mut self, stack: &mut Stack) -> Result<()> {
        let now = Instant::now();
        let due: Vec<String> = self
            .broken
            .iter()
            .filter(|(_, (_, until))| *until <= now)
            .map(|(part, _)| part.clone())
            .collect();
        for part in due {
            self.repair(stack, &part)?;
        }
        if now >= self.next_at {
            self.next_at = now + self.dice.ms(200, 1200);
            self.break_something(stack)?;
        }
        Ok(())
    }

    /// Ends all faults.
    pub(crate) fn end(&mut self, stack: &mut Stack) -> Result<()> {
        let parts: Vec<String> = self.broken.keys().cloned().collect();
        for part in parts {
            self.repair(stack, &part)?;
        }
        self.proxies.clear();
        Ok(())
    }

    fn repair(&mut self, stack: &mut Stack, part: &str) -> Result<()> {
        let Some((repair, _)) = self.broken.remove(part) else {
            return Ok(());
        };
        tracing::info!(part, ?repair, "repaired");
        match repair {
            Repair::StartAgain => {
                stack.kill(part)?;
                stack.start_again(part)?;
            }
            Repair::End => stack.kill(part)?,
            Repair::Resume => stack.resume(part)?,
            Repair::ClearProxy => {
                if let Some(proxy) = self.proxies.proxy(part) {
                    proxy.clear();
                }
            }
            Repair::ClearInvocations => self
                .proxies
                .set_invocation_faults(InvocationFaults::default()),
        }
        Ok(())
    }

    fn break_something(&mut self, stack: &mut Stack) -> Result<()> {
        match self.dice.below(100) {
            0..20 => {
                let name = *self.dice.pick(&FUNCTIONS);
                let is_second = DOUBLED.contains(&name) && self.dice.percent(50);
                let part = if is_second {
                    second(name)
                } else {
                    name.to_owned()
                };
                self.break_process(stack, &part, 2500)
            }
            20..28 => self.break_process(stack, GATEWAY, 2500),
            28..38 => {
                let part = self.dice.pick(&self.relays).clone();
                self.break_process(stack, &part, 5000)
            }
            38..50 => {
                let part = self.dice.pick(&self.relays).clone();
                self.hold_back(&part);
                Ok(())
            }
            50..54 => {
                let part = self.dice.pick(&self.relays).clone();
                self.run_twice(stack, &part)
            }
            54..58 => self.break_process(stack, REDIS, 1500),
            58..82 => {
                let names = self.proxies.names();
                let name = self.dice.pick(&names).clone();
                self.break_connection(&name);
                Ok(())
            }
            _ => {
                self.break_invocations();
                Ok(())
            }
        }
    }

    /// Holds back what a game server has sent to Redis until its lease has expired, or until a supervisor has
    /// restarted it. Then everything arrives.
    fn hold_back(&mut self, relay: &str) {
        let name = format!("redis of {relay}");
        let is_broken = [relay, &name].map(|part| self.broken.contains_key(part));
        let Some(proxy) = self
            .proxies
            .proxy(&name)
            .filter(|_| is_broken == [false; 2])
        else {
            return;
        };
        proxy.hold_back();
        let for_ = self.dice.ms(2500, 6000);
        if self.dice.percent(70) {
            let kill_after = self.dice.ms(300, 1800);
            self.note(
                relay,
                "relay killed, held back",
                Repair::StartAgain,
                kill_after,
            );
        }
        self.note(&name, "connection held back", Repair::ClearProxy, for_);
    }

    /// Starts a second process with the id of a live game server.
    fn run_twice(&mut self, stack: &mut Stack, relay: &str) -> Result<()> {
        let part = second(relay);
        if self.broken.contains_key(&part) || self.broken.contains_key(relay) {
            return Ok(());
        }
        stack.start_beside(relay, &part, |command| {
            command.env("LISTEN", "127.0.0.1:0");
        })?;
        let for_ = self.dice.ms(1000, 6000);
        self.note(&part, "relay run twice", Repair::End, for_);
        Ok(())
    }

    /// Kills, suspends or stops a part.
    fn break_process(&mut self, stack: &mut Stack, part: &str, longest_ms: u64) -> Result<()> {
        if self.broken.contains_key(part) {
            return Ok(());
        }
        let kind = part.split('-').next().unwrap_or(part);
        let kind = if FUNCTIONS.contains(&part.trim_end_matches(SECOND)) {
            "function"
        } else {
            kind
        };
        let (word, repair) = match self.dice.below(10) {
            0..5 => {
                stack.kill(part)?;
                ("killed", Repair::StartAgain)
            }
            5..8 => {
                stack.pause(part)?;
                ("paused", Repair::Resume)
            }
            _ => {
                stack.ask_to_end(part)?;
                ("asked to end", Repair::StartAgain)
            }
        };
        let until = self.dice.ms(50, longest_ms);
        self.note(part, &format!("{kind} {word}"), repair, until);
        Ok(())
    }

    fn break_connection(&mut self, name: &str) {
        let Some(proxy) = self
            .proxies
            .proxy(name)
            .filter(|_| !self.broken.contains_key(name))
        else {
            return;
        };
        if self.dice.percent(40) {
            proxy.cut();
            return self.note(name, "connection cut", Repair::ClearProxy, Duration::ZERO);
        }
        let (kind, change) = random_proxy_faults(&mut self.dice);
        if change.refusing {
            proxy.cut();
        }
        proxy.set(|faults| faults.become_like(change));
        let until = self.dice.ms(200, 3500);
        self.note(name, kind, Repair::ClearProxy, until);
    }

    fn break_invocations(&mut self) {
        if self.broken.contains_key(INVOCATIONS) {
            return;
        }
        let (kind, faults) = random_invocation_faults(&mut self.dice);
        self.proxies.set_invocation_faults(faults);
        let until = self.dice.ms(500, 5000);
        self.note(INVOCATIONS, kind, Repair::ClearInvocations, until);
    }

    fn note(&mut self, part: &str, kind: &str, repair: Repair, for_: Duration) {
        tracing::info!(part, kind, ?for_, "broken");
        *self.counts.entry(kind.to_owned()).or_default() += 1;
        self.broken
            .insert(part.to_owned(), (repair, Instant::now() + for_));
    }
}

fn second(name: &str) -> String {
    format!("{name}{SECOND}")
}

fn random_proxy_faults(dice: &mut Dice) -> (&'static str, ProxyFaults) {
    let mut faults = ProxyFaults::default();
    let kind = match dice.below(6) {
        0..2 => {
            faults.delay = dice.ms(10, 150);
            faults.uneven = dice.percent(70);
            "connection delayed"
        }
        2..4 => {
            faults.stalled = true;
            "connection stalled"
        }
        4 => {
            faults.drip = Some(400);
            "connection dripping"
        }
        _ => {
            faults.refusing = true;
            "connection refused"
        }
    };
    (kind, faults)
}

fn random_invocation_faults(dice: &mut Dice) -> (&'static str, InvocationFaults) {
    let mut faults = InvocationFaults::default();
    let kind = match dice.below(6) {
        0 => {
            faults.twice = 60;
            "invocations twice"
        }
        1 => {
            faults.unanswered = 30;
            "invocations unanswered"
        }
        2 => {
            faults.lost = 30;
            "invocations lost"
        }
        3 => {
            (faults.late, faults.twice) = (40, 20);
            "invocations late"
        }
        _ => {
            faults.at_once = 80;
            "invocations twice at once"
        }
    };
    (kind, faults)
}
