//! [`RoomQuery`]: a search of the list of rooms: conditions, order, page.

use super::condition::{Condition, Key, Value, Values, shown, split};
use crate::settings::PoolSettings;

/// The size of a page without a limit.
pub const LIST_DEFAULT: usize = 20;
/// The most rooms of a page.
pub const LIST_MAX: usize = 100;

const CONDITIONS_MAX: usize = 8;
const WHERE_BYTES_MAX: usize = 1024;
/// The limit of [`Values::id`].
const ID_BYTES_MAX: usize = 64;

/// A search of a pool's list of rooms. The errors of its methods say what is wrong with a text.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomQuery {
    pub(super) game: String,
    conditions: Vec<Condition>,
    sort: Sort,
    limit: usize,
    after: Option<(i64, String)>,
}

#[derive(Clone, Debug, PartialEq)]
struct Sort {
    text: String,
    key: Key,
    is_descending: bool,
}

/// The position of a room in the results: its rank, then its id among rooms of equal rank.
pub(super) type Place<'a> = (i64, &'a str);

impl RoomQuery {
    /// All listed rooms of a pool with this game, newest first.
    pub fn new(game: &str) -> Self {
        Self {
            game: game.to_owned(),
            conditions: Vec::new(),
            sort: Sort {
                text: "-created".to_owned(),
                key: Key::Created,
                is_descending: true,
            },
            limit: LIST_DEFAULT,
            after: None,
        }
    }

    /// Adds conditions: `mode:eq:duo,level:gte:3`.
    pub fn filtered(mut self, pool: &PoolSettings, text: &str) -> Result<Self, String> {
        if text.len() > WHERE_BYTES_MAX {
            return Err(format!("where must have at most {WHERE_BYTES_MAX} bytes."));
        }
        if text.is_empty() {
            return Ok(self);
        }
        let conditions = split(text)?;
        if conditions.len() > CONDITIONS_MAX {
            return Err(format!(
                "where must have at most {CONDITIONS_MAX} conditions."
            ));
        }
        for text in conditions {
            self.conditions.push(Condition::parse(pool, &text)?);
        }
        Ok(self)
    }

    /// Orders by a numeric key; with a `-` in front, in descending order. Rooms without a value come last.
    pub fn sorted(mut self, pool: &PoolSettings, text: &str) -> Result<Self, String> {
        let (is_descending, name) = match text.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, text),
        };
        let key = Key::parse(pool, name).filter(|key| !key.is_text());
        let key = key.ok_or_else(|| {
            format!(
                "sort must be players, free, created or a meta key of the type int, or one of them after a -, not {:?}.",
                shown(text)
            )
        })?;
        self.sort = Sort {
            text: text.to_owned(),
            key,
            is_descending,
        };
        Ok(self)
    }

    /// Limits the page to this number of rooms.
    pub fn limited(mut self, text: &str) -> Result<Self, String> {
        let limit = text.parse().ok();
        self.limit = limit
            .filter(|limit| (1..=LIST_MAX).contains(limit))
            .ok_or_else(|| format!("limit must be a number from 1 to {LIST_MAX}."))?;
        Ok(self)
    }

    /// Continues after the page that had this cursor, in the same order. Call it last.
    pub fn after(mut self, cursor: &str) -> Result<Self, String> {
        let mut words = cursor.splitn(3, ',');
        let (Some(sort), Some(rank), Some(id)) = (words.next(), words.next(), words.next()) else {
            return Err("cursor must be the cursor of a page.".to_owned());
        };
        let rank = rank.parse::<i64>().ok();
        let Some(rank) = rank.filter(|_| (1..=ID_BYTES_MAX).contains(&id.len())) else {
            return Err("cursor must be the cursor of a page.".to_owned());
        };
        if sort != self.sort.text {
            return Err(format!(
                "cursor is from a page with another sort: {:?}.",
                shown(sort)
            ));
        }
        self.after = Some((rank, id.to_owned()));
        Ok(self)
    }

    /// Whether the room fulfils all conditions.
    pub(super) fn matches(&self, room: &Values<'_>) -> bool {
        let mut conditions = self.conditions.iter();
        conditions.all(|condition| condition.holds(room, &self.game))
    }

    /// The place of a room that comes after the cursor and fulfils all conditions.
    pub(super) fn place<'a>(&self, room: &Values<'a>) -> Option<Place<'a>> {
        let place = (self.rank(room), room.id);
        let is_behind = |(rank, id): &(i64, String)| place > (*rank, id.as_str());
        let is_found = self.after.as_ref().is_none_or(is_behind) && self.matches(room);
        is_found.then_some(place)
    }

    /// The first places, in order, and whether there are more.
    pub(super) fn page<'a>(&self, mut places: Vec<Place<'a>>) -> (Vec<Place<'a>>, bool) {
        let has_more = places.len() > self.limit;
        if has_more {
            places.select_nth_unstable(self.limit);
            places.truncate(self.limit);
        }
        places.sort_unstable();
        (places, has_more)
    }

    /// The cursor of the page that ends at this place.
    pub(super) fn cursor(&self, (rank, id): Place<'_>) -> String {
        format!("{},{rank},{id}", self.sort.text)
    }

    fn rank(&self, room: &Values<'_>) -> i64 {
        match self.sort.key.of(room, &self.game) {
            Value::Int(value) if self.sort.is_descending => -value,
            Value::Int(value) => value,
            _ => i64::MAX,
        }
    }
}
