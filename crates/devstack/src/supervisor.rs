//! Supervisor of `up`: reports a part that ended or does not answer, restarts it, and gives up on a part that ends
//! repeatedly.

mod health;
mod history;
mod silence;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::Process;
use crate::{Ended, Stack};
use health::Health;
use history::{ENDS_MAX, History};
use silence::Finding;

/// The longest wait for the part that the functions poll to listen after a restart. Then the functions are started in
/// any case.
const HUB_PATIENCE: Duration = Duration::from_secs(10);

/// Restarts the parts of one stack.
pub struct Supervisor {
    histories: BTreeMap<String, History>,
    down: Vec<Down>,
    health: Health,
    /// Parts that were stuck and wait for a restart.
    suspects: BTreeSet<String>,
    process_ids: BTreeMap<String, u32>,
}

/// A part that waits for a restart.
struct Down {
    name: String,
    start_at: Instant,
}

impl Supervisor {
    /// Supervises a stack whose parts all answer.
    pub fn begin(stack: &Stack) -> Result<Self> {
        let mut supervisor = Self {
            histories: BTreeMap::new(),
            down: Vec::new(),
            health: Health::begin(Instant::now()),
            suspects: BTreeSet::new(),
            process_ids: BTreeMap::new(),
        };
        supervisor.write_process_ids(stack)?;
        Ok(supervisor)
    }

    /// Checks every part once, and restarts those that need it. Errors: a part ended too often.
    pub fn poll(&mut self, stack: &mut Stack) -> Result<()> {
        let now = Instant::now();
        for Ended { name, how, lines } in causes(stack) {
            eprintln!("{name} ended ({how}): restarting it. The last lines it printed:{lines}");
            self.take_down(stack, now, &name)?;
        }
        for finding in self.health.poll(now, stack) {
            match finding {
                Finding::Recovered(name) => eprintln!("{name} runs again"),
                Finding::Stuck(name, why) => {
                    eprintln!("{name} {why}: restarting it");
                    stack.kill(&name)?;
                    self.suspects.insert(name.clone());
                    self.take_down(stack, now, &name)?;
                }
                Finding::Unreached(name) => {
                    let hub = stack.hub();
                    eprintln!("{name} still gets no call: restarting {hub} and all functions");
                    stack.kill(hub)?;
                    self.take_down(stack, now, hub)?;
                }
            }
        }
        self.start_due(stack, now)?;
        self.write_process_ids(stack)
    }

    /// Counts an end, and schedules the restart.
    fn take_down(&mut self, stack: &mut Stack, now: Instant, name: &str) -> Result<()> {
        let history = self.histories.entry(name.to_owned()).or_default();
        let Some(delay) = history.ended(now) else {
            let lines = stack.process(name).map(Process::last_lines);
            let lines = lines.unwrap_or_default();
            bail!("{name} ended {ENDS_MAX} times in a minute; the last lines it printed:{lines}");
        };
        if name == stack.hub() {
            for function in stack.functions() {
                stack.kill(&function)?;
                self.down.retain(|down| down.name != function);
            }
        }
        self.down.push(Down {
            name: name.to_owned(),
            start_at: now + delay,
        });
        Ok(())
    }

    fn start_due(&mut self, stack: &mut Stack, now: Instant) -> Result<()> {
        let due = self.down.extract_if(.., |down| down.start_at <= now);
        for Down { name, .. } in due.collect::<Vec<_>>() {
            self.start(stack, &name)?;
            if name == stack.hub() {
                stack.wait_for_hub(HUB_PATIENCE)?;
                for function in stack.functions() {
                    self.start(stack, &function)?;
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, stack: &mut Stack, name: &str) -> Result<()> {
        // It may have been started or removed in the meantime: `--watch` does so with parts that it built.
        if !stack.is_down(name) {
            return Ok(());
        }
        match stack.start_again(name) {
            Ok(()) => {
                let is_suspect =
                    self.suspects.remove(name) && stack.functions().contains(&name.to_owned());
                self.health.started(name, Instant::now(), is_suspect);
                Ok(())
            }
            Err(error) => {
                eprintln!("{error:#}");
                self.take_down(stack, Instant::now(), name)
            }
        }
    }

    /// Writes the process id of each part to `NAME.pid` in the run folder.
    fn write_process_ids(&mut self, stack: &Stack) -> Result<()> {
        for process in stack.processes() {
            let id = process.id();
            if self.process_ids.insert(process.name.clone(), id) != Some(id) {
                let file = stack.run_dir().join(format!("{}.pid", process.name));
                // A rename is atomic: a reader sees either the old id or the new one.
                let new = file.with_extension("new");
                std::fs::write(&new, format!("{id}\n"))
                    .and_then(|()| std::fs::rename(&new, &file))
                    .with_context(|| format!("cannot write {}", file.display()))?;
            }
        }
        Ok(())
    }
}

/// The parts that ended, without the functions that ended because the part that they poll ended.
fn causes(stack: &mut Stack) -> Vec<Ended> {
    let (mut ended, hub) = (stack.newly_ended(), stack.hub());
    if ended.iter().any(|part| part.name == hub) {
        let functions = stack.functions();
        ended.retain(|part| !functions.contains(&part.name));
    }
    ended
}
