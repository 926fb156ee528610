//! Events that a step reports beside its state, such as hits and kills. They are delivered
//! reliably.

/// The maximum number of arguments of an event.
pub const ARGS_MAX: usize = 6;

/// Something that happened in a tick. [`crate::Schema::events`] has the meaning of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Index into [`crate::Schema::events`].
    pub kind: u8,
    /// The arguments in the order of the kind; the rest is 0.
    pub args: [i64; ARGS_MAX],
}

impl Event {
    /// An event with these arguments. More than six are dropped, or panic where debug assertions
    /// are on.
    pub fn new(kind: u8, args: &[i64]) -> Self {
        debug_assert!(
            args.len() <= ARGS_MAX,
            "an event of kind {kind} has more than {ARGS_MAX} arguments"
        );
        let mut event = Self {
            kind,
            args: [0; ARGS_MAX],
        };
        for (slot, &arg) in event.args.iter_mut().zip(args) {
            *slot = arg;
        }
        event
    }
}
