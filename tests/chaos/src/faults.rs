//! What is broken, when, and for how long: by chance, from a seed, one fault at a time for each part.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use xtask::stack::Stack;

use crate::detour::Ways;
use crate::dice::Dice;
use crate::invocations::Luck;
use crate::proxy::Weather;

const FUNCTIONS: [&str; 9] = [
    "queue-join",
    "queue-leave",
    "queue-status",
    "room-assign",
    "room-expire",
    "notify",
    "socket-connect",
    "socket-disconnect",
    "socket-message",
];
const REDIS: &str = "redis";
const GATEWAY: &str = "gateway";
/// The name under which the luck of invocations is one fault at a time.
const INVOCATIONS: &str = "invocations";

/// The faults of a run.
pub(crate) struct Faults {
    ways: Arc<Ways>,
    dice: Dice,
    relays: Vec<String>,
    /// What is broken now, by the part that is, and until when.
    broken: BTreeMap<String, (Repair, Instant)>,
    next_at: Instant,
    /// How many of each kind there were.
    pub(crate) counts: BTreeMap<String, usize>,
}

#[derive(Clone, Copy, Debug)]
enum Repair {
    StartAgain,
    Resume,
    ClearLine,
    ClearLuck,
}

impl Faults {
    pub(crate) fn new(ways: Arc<Ways>, seed: u64, relays: Vec<String>) -> Self {
        Self {
            ways,
            dice: Dice::new(seed, 1 << 40),
            relays,
            broken: BTreeMap::new(),
            next_at: Instant::now(),
            counts: BTreeMap::new(),
        }
    }

    /// Repairs what is due, and breaks something when it is time to.
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

    /// Repairs everything.
    pub(crate) fn end(&mut self, stack: &mut Stack) -> Result<()> {
        let parts: Vec<String> = self.broken.keys().cloned().collect();
        for part in parts {
            self.repair(stack, &part)?;
        }
        self.ways.clear();
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
            Repair::Resume => stack.resume(part)?,
            Repair::ClearLine => {
                if let Some(line) = self.ways.line(part) {
                    line.clear();
                }
            }
            Repair::ClearLuck => self.ways.set_luck(Luck::default()),
        }
        Ok(())
    }

    fn break_something(&mut self, stack: &mut Stack) -> Result<()> {
        match self.dice.below(100) {
            0..22 => {
                let part = *self.dice.pick(&FUNCTIONS);
                self.break_process(stack, part, 2500)
            }
            22..32 => self.break_process(stack, GATEWAY, 2500),
            32..48 => {
                let part = self.dice.pick(&self.relays).clone();
                self.break_process(stack, &part, 5000)
            }
            48..52 => self.break_process(stack, REDIS, 1500),
            52..82 => {
                let lines = self.ways.names();
                let line = self.dice.pick(&lines).clone();
                self.break_line(&line);
                Ok(())
            }
            _ => {
                self.break_luck();
                Ok(())
            }
        }
    }

    /// Kills it, stops it, or asks it to end.
    fn break_process(&mut self, stack: &mut Stack, part: &str, longest_ms: u64) -> Result<()> {
        if self.broken.contains_key(part) {
            return Ok(());
        }
        let kind = part.split('-').next().unwrap_or(part);
        let kind = if FUNCTIONS.contains(&part) {
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

    fn break_line(&mut self, name: &str) {
        let Some(line) = self
            .ways
            .line(name)
            .filter(|_| !self.broken.contains_key(name))
        else {
            return;
        };
        let delay = self.dice.ms(10, 150);
        let (kind, change): (_, Weather) = match self.dice.below(10) {
            0..4 => {
                line.cut();
                let cut = ("line cut", Repair::ClearLine, Duration::ZERO);
                return self.note(name, cut.0, cut.1, cut.2);
            }
            4..6 => (
                "line delayed",
                Weather {
                    delay,
                    ..Weather::default()
                },
            ),
            6..8 => (
                "line stalled",
                Weather {
                    stalled: true,
                    ..Weather::default()
                },
            ),
            8 => (
                "line dripping",
                Weather {
                    drip: Some(400),
                    ..Weather::default()
                },
            ),
            _ => (
                "line refused",
                Weather {
                    refusing: true,
                    ..Weather::default()
                },
            ),
        };
        if change.refusing {
            line.cut();
        }
        line.set(|weather| weather.become_like(change));
        let until = self.dice.ms(200, 3500);
        self.note(name, kind, Repair::ClearLine, until);
    }

    fn break_luck(&mut self) {
        if self.broken.contains_key(INVOCATIONS) {
            return;
        }
        let (kind, luck) = match self.dice.below(4) {
            0 => (
                "invocations twice",
                Luck {
                    twice: 60,
                    ..Luck::default()
                },
            ),
            1 => (
                "invocations unanswered",
                Luck {
                    unanswered: 30,
                    ..Luck::default()
                },
            ),
            2 => (
                "invocations lost",
                Luck {
                    lost: 30,
                    ..Luck::default()
                },
            ),
            _ => (
                "invocations late",
                Luck {
                    late: 40,
                    twice: 20,
                    ..Luck::default()
                },
            ),
        };
        self.ways.set_luck(luck);
        let until = self.dice.ms(500, 5000);
        self.note(INVOCATIONS, kind, Repair::ClearLuck, until);
    }

    fn note(&mut self, part: &str, kind: &str, repair: Repair, for_: Duration) {
        tracing::info!(part, kind, ?for_, "broken");
        *self.counts.entry(kind.to_owned()).or_default() += 1;
        self.broken
            .insert(part.to_owned(), (repair, Instant::now() + for_));
    }
}
