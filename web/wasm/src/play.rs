//! A match of any game: [`netclient::NetClient`] without the game's type.

use game::{Game, Input};
use netclient::{Error, Happened, NetClient, Scene, Stats, Welcome};

pub(crate) trait Play {
    fn reset(&mut self, now_us: u64, welcome: &Welcome);
    fn use_datagrams(&mut self);
    fn receive(&mut self, now_us: u64, frame: &[u8]) -> Result<(), Error>;
    fn set_input(&mut self, input: Input);
    fn transmit(&mut self, now_us: u64, out: &mut Vec<u8>) -> bool;
    fn scene(&mut self, now_us: u64) -> &Scene;
    fn next_event(&mut self) -> Option<Happened>;
    fn stats(&self, now_us: u64) -> Stats;
}

impl<G: Game> Play for NetClient<G> {
    fn reset(&mut self, now_us: u64, welcome: &Welcome) {
        self.handle_reset(now_us, welcome);
    }

    fn use_datagrams(&mut self) {
        Self::use_datagrams(self);
    }

    fn receive(&mut self, now_us: u64, frame: &[u8]) -> Result<(), Error> {
        self.handle_binary(now_us, frame)
    }

    fn set_input(&mut self, input: Input) {
        Self::set_input(self, input);
    }

    fn transmit(&mut self, now_us: u64, out: &mut Vec<u8>) -> bool {
        self.poll_transmit(now_us, out)
    }

    fn scene(&mut self, now_us: u64) -> &Scene {
        Self::scene(self, now_us)
    }

    fn next_event(&mut self) -> Option<Happened> {
        self.poll_event()
    }

    fn stats(&self, now_us: u64) -> Stats {
        Self::stats(self, now_us)
    }
}
