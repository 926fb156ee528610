//! The rooms that sleep until there is something to do, and the frame in which each is due.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::worker::hosted::OnWorker;

/// Rooms by their number ([`RoomKey::number`](crate::worker::messages::RoomKey::number)). A room
/// that is not due costs nothing.
#[derive(Default)]
pub(crate) struct Sleepers {
    rooms: HashMap<u64, Sleeper>,
    /// Pairs of frame and room; an entry is valid only if it equals the room's own `due`.
    due: BinaryHeap<Reverse<(u64, u64)>>,
}

struct Sleeper {
    hosted: OnWorker,
    /// The frame in which it last ran; None: it is new.
    ran: Option<u64>,
    /// The frame in which it runs next; None: it waits for a wake-up.
    due: Option<u64>,
}

impl Sleepers {
    pub(crate) fn is_empty(&self) -> bool {
        self.rooms.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.rooms.len()
    }

    pub(crate) fn has(&self, number: u64) -> bool {
        self.rooms.contains_key(&number)
    }

    /// Adds a room, which runs immediately.
    pub(crate) fn insert(&mut self, hosted: OnWorker) {
        let number = hosted.number;
        let sleeper = Sleeper {
            hosted,
            ran: None,
            due: None,
        };
        self.rooms.insert(number, sleeper);
        self.wake(number, 0);
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut OnWorker> {
        Some(&mut self.rooms.get_mut(&number)?.hosted)
    }

    pub(crate) fn remove(&mut self, number: u64) -> Option<OnWorker> {
        Some(self.rooms.remove(&number)?.hosted)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut OnWorker> {
        self.rooms.values_mut().map(|sleeper| &mut sleeper.hosted)
    }

    /// Schedules the room for this frame, or for the next one if it has already run in this one: the commands of a
    /// frame share a step.
    pub(crate) fn wake(&mut self, number: u64, frame: u64) {
        if let Some(sleeper) = self.rooms.get_mut(&number) {
            let frame = frame.max(sleeper.ran.map_or(0, |ran| ran + 1));
            if sleeper.due.is_none_or(|due| due > frame) {
                sleeper.due = Some(frame);
                self.due.push(Reverse((frame, number)));
            }
        }
    }

    /// The frame in which the first room runs, or an earlier one.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.due.peek().map(|Reverse((frame, _))| *frame)
    }

    /// Appends the numbers of the rooms that run in this frame.
    pub(crate) fn take_due(&mut self, frame: u64, out: &mut Vec<u64>) {
        while let Some(&Reverse((due, number))) = self.due.peek()
            && due <= frame
        {
            self.due.pop();
            if let Some(sleeper) = self.rooms.get_mut(&number)
                && sleeper.due == Some(due)
            {
                sleeper.due = None;
                out.push(number);
            }
        }
    }

    /// Runs the room in this frame: it gets the number of frames that have passed since it last ran.
    pub(crate) fn pass_to(&mut self, frame: u64, number: u64) {
        if let Some(sleeper) = self.rooms.get_mut(&number) {
            let frames = sleeper.ran.map_or(1, |ran| frame.saturating_sub(ran));
            sleeper.ran = Some(frame);
            let frames = u32::try_from(frames).unwrap_or(u32::MAX);
            sleeper.hosted.room.handle_frames(frames);
        }
    }

    /// Lets the room sleep until its next timer ends or something else wakes it.
    pub(crate) fn rest(&mut self, number: u64, frame: u64) {
        let sleeper = self.rooms.get(&number);
        let wakes_in = sleeper.and_then(|sleeper| sleeper.hosted.room.wakes_in());
        if let Some(frames) = wakes_in {
            self.wake(number, frame + u64::from(frames));
        }
    }
}
