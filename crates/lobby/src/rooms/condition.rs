//! Conditions in searches of the list of rooms: `level:gte:3`.

use crate::settings::{INT_MAX, META_KEYS_MAX, MetaKind, PoolSettings};

/// How much of an invalid text an error quotes.
const SHOWN_CHARS_MAX: usize = 64;
/// The states of rooms. Only gathering rooms are in the list.
const STATES: [&str; 3] = ["gathering", "open", "started"];

/// The values of a listed room that conditions and the order use.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values<'a> {
    /// The room's id without the pool.
    pub(crate) id: &'a str,
    pub(crate) players: i64,
    pub(crate) seats: i64,
    pub(crate) created: i64,
    /// In the order of the pool's meta keys.
    pub(crate) meta: [Value<'a>; META_KEYS_MAX],
}

/// A meta value of a room.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Value<'a> {
    /// The room has no value of this key.
    #[default]
    None,
    Int(i64),
    Text(&'a str),
}

/// A key by which rooms are filtered and ordered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Key {
    Players,
    Free,
    Created,
    State,
    Game,
    /// A meta key, by its index among the pool's meta keys.
    Meta(usize, MetaKind),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
}

/// A condition. A room without a value for the key fulfils no condition on it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    key: Key,
    operator: Operator,
    wanted: Wanted,
}

#[derive(Clone, Debug, PartialEq)]
enum Wanted {
    Int(i64),
    Text(String),
}

impl Key {
    pub(super) fn parse(pool: &PoolSettings, name: &str) -> Option<Self> {
        match name {
            "players" => Some(Self::Players),
            "free" => Some(Self::Free),
            "created" => Some(Self::Created),
            "state" => Some(Self::State),
            "game" => Some(Self::Game),
            name => {
                let mut keys = pool.meta.iter().enumerate();
                let (at, (_, kind)) = keys.find(|(_, (key, _))| *key == name)?;
                Some(Self::Meta(at, *kind))
            }
        }
    }

    pub(super) fn is_text(self) -> bool {
        matches!(
            self,
            Self::State | Self::Game | Self::Meta(_, MetaKind::Text)
        )
    }

    /// The room's value for this key. All rooms of a pool have one game.
    pub(super) fn of<'a>(self, room: &Values<'a>, game: &'a str) -> Value<'a> {
        match self {
            Self::Players => Value::Int(room.players),
            Self::Free => Value::Int(room.seats - room.players),
            Self::Created => Value::Int(room.created),
            Self::State => Value::Text("gathering"),
            Self::Game => Value::Text(game),
            Self::Meta(at, _) => room.meta.get(at).copied().unwrap_or_default(),
        }
    }
}

impl Operator {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "eq" => Some(Self::Eq),
            "ne" => Some(Self::Ne),
            "gt" => Some(Self::Gt),
            "gte" => Some(Self::Gte),
            "lt" => Some(Self::Lt),
            "lte" => Some(Self::Lte),
            _ => None,
        }
    }

    fn holds<T: PartialOrd + ?Sized>(self, found: &T, wanted: &T) -> bool {
        match self {
            Self::Eq => found == wanted,
            Self::Ne => found != wanted,
            Self::Gt => found > wanted,
            Self::Gte => found >= wanted,
            Self::Lt => found < wanted,
            Self::Lte => found <= wanted,
        }
    }
}

impl Condition {
    /// Errors: a text that says what is wrong.
    pub(super) fn parse(pool: &PoolSettings, text: &str) -> Result<Self, String> {
        let mut words = text.splitn(3, ':');
        let (Some(name), Some(operator), Some(value)) = (words.next(), words.next(), words.next())
        else {
            return Err(format!(
                "where must be a list of conditions such as level:gte:3, separated by commas; {:?} is not a condition.",
                shown(text)
            ));
        };
        let Some(key) = Key::parse(pool, name) else {
            return Err(format!(
                "where has a key that the pool's rooms do not have: {:?}.",
                shown(name)
            ));
        };
        let Some(operator) = Operator::parse(operator) else {
            return Err(format!(
                "where has the operators eq, ne, gt, gte, lt and lte, but not {:?}.",
                shown(operator)
            ));
        };
        let wanted = if key.is_text() {
            text_wanted(key, name, operator, value)
        } else {
            int_wanted(name, value)
        };
        Ok(Self {
            key,
            operator,
            wanted: wanted?,
        })
    }

    pub(super) fn holds(&self, room: &Values<'_>, game: &str) -> bool {
        match (self.key.of(room, game), &self.wanted) {
            (Value::Int(found), Wanted::Int(wanted)) => self.operator.holds(&found, wanted),
            (Value::Text(found), Wanted::Text(wanted)) => {
                self.operator.holds(found, wanted.as_str())
            }
            _ => false,
        }
    }
}

fn int_wanted(name: &str, value: &str) -> Result<Wanted, String> {
    let number = value.parse::<i64>().ok();
    let number = number.filter(|number| number.unsigned_abs() <= INT_MAX);
    number.map(Wanted::Int).ok_or_else(|| {
        format!(
            "where must compare {name} with a whole number up to 2^53, not with {:?}.",
            shown(value)
        )
    })
}

fn text_wanted(key: Key, name: &str, operator: Operator, value: &str) -> Result<Wanted, String> {
    if !matches!(operator, Operator::Eq | Operator::Ne) {
        return Err(format!(
            "where can compare {name}, a text, only with eq or ne."
        ));
    }
    if key == Key::State && !STATES.contains(&value) {
        return Err(format!(
            "state must be gathering, open or started, not {:?}.",
            shown(value)
        ));
    }
    Ok(Wanted::Text(value.to_owned()))
}

/// Splits a text into its conditions, without the backslashes. A backslash makes the comma or backslash after it part
/// of the value.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    let mut conditions = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            ',' => {
                conditions.push(String::new());
                continue;
            }
            '\\' => match chars.next() {
                Some(c @ (',' | '\\')) => c,
                _ => {
                    return Err(
                        "where must have a comma or a backslash after each backslash.".to_owned(),
                    );
                }
            },
            c => c,
        };
        if let Some(last) = conditions.last_mut() {
            last.push(c);
        }
    }
    Ok(conditions)
}

/// A text as an error quotes it.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}
