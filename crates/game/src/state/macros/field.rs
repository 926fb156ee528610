//! The code that one field of `state!` adds to each function, by its kind.

/// The code that one field adds to each function, by its kind.
#[doc(hidden)]
#[macro_export]
macro_rules! __field {
    (type length($bits:expr, $per_px:expr)) => { i32 };
    (type velocity($bits:expr, $per_px:expr)) => { i32 };
    (type angle) => { u16 };
    (type flag) => { bool };
    (type count($bits:expr)) => { u32 };
    (type timer($bits:expr)) => { u32 };
    (type private($($kind:tt)*)) => { $crate::__field!(type $($kind)*) };
    (type hidden($type:ty)) => { $type };
    (type seats($player:ty $(, $start:expr)?)) => { $crate::Players<$player> };
    (type entities($entity:ty)) => { $crate::Entities<$entity> };
    (type shots($entity:ty)) => { $crate::Entities<$entity> };
    (type $kind:ident $($of:tt)*) => { compile_error!(concat!(
        "`", stringify!($kind $($of)*), "` is not a kind of field: use length(bits, per_px), velocity(bits, per_px), angle, flag, count(bits), ",
        "timer(bits), private(kind) in a player, hidden(Type), or seats(Player), entities(Type), shots(Type) in a match"
    )) };

    (describe $field:ident length($bits:expr, $per_px:expr)) => {
        $crate::__field!(shown $field, $bits, $crate::Kind::Linear { per_px: $per_px })
    };
    (describe $field:ident velocity($bits:expr, $per_px:expr)) => {
        $crate::__field!(shown $field, $bits, $crate::Kind::Velocity { per_px: $per_px })
    };
    (describe $field:ident angle) => { $crate::__field!(shown $field, 10, $crate::Kind::Angle) };
    (describe $field:ident flag) => { $crate::__field!(shown $field, 1, $crate::Kind::Flag) };
    (describe $field:ident count($bits:expr)) => {
        $crate::__field!(shown $field, $bits, $crate::Kind::Count)
    };
    (describe $field:ident timer($bits:expr)) => {
        $crate::__field!(shown $field, $bits, $crate::Kind::Timer)
    };
    (describe $field:ident private($($kind:tt)*)) => {
        $crate::__field!(describe $field $($kind)*)
    };
    (describe $field:ident $($hidden:tt)*) => { None };
    (is_private private) => { true };
    (is_private $kind:ident) => { false };
    (shown $field:ident, $bits:expr, $kind:expr) => {
        Some($crate::Field { name: stringify!($field), bits: $bits, kind: $kind })
    };

    (push $numbers:ident, $value:expr, hidden $($of:tt)*) => {};
    (push $numbers:ident, $value:expr, seats $($of:tt)*) => {};
    (push $numbers:ident, $value:expr, entities $($of:tt)*) => {};
    (push $numbers:ident, $value:expr, shots $($of:tt)*) => {};
    (push $numbers:ident, $value:expr, $($kind:tt)*) => {
        $numbers.push($crate::__field!(to_shown $value, $($kind)*))
    };

    (next $numbers:ident, $value:expr, hidden $($of:tt)*) => {};
    (next $numbers:ident, $value:expr, seats $($of:tt)*) => {};
    (next $numbers:ident, $value:expr, entities $($of:tt)*) => {};
    (next $numbers:ident, $value:expr, shots $($of:tt)*) => {};
    (next $numbers:ident, $value:expr, $($kind:tt)*) => {
        $value = $crate::__private::from_shown(
            $numbers.take(),
            const { $crate::__field!(describe field $($kind)*) },
        )
    };

    (save $out:ident, $value:expr, hidden $($of:tt)*) => { $crate::Save::save(&$value, $out) };
    (save $out:ident, $value:expr, seats $($of:tt)*) => { $crate::Save::save(&$value, $out) };
    (save $out:ident, $value:expr, entities $($of:tt)*) => { $crate::Save::save(&$value, $out) };
    (save $out:ident, $value:expr, shots $($of:tt)*) => { $crate::Save::save(&$value, $out) };
    (save $out:ident, $value:expr, $($kind:tt)*) => {
        $crate::Save::save(&$crate::__field!(to_shown $value, $($kind)*), $out)
    };
    (to_shown $value:expr, $($kind:tt)*) => {
        $crate::__private::to_shown($value, const { $crate::__field!(describe field $($kind)*) })
    };

    (restore $bytes:ident, $field:ident hidden $($of:tt)*) => { $crate::Save::restore($bytes)? };
    (restore $bytes:ident, $field:ident seats $($of:tt)*) => { $crate::Save::restore($bytes)? };
    (restore $bytes:ident, $field:ident entities $($of:tt)*) => { $crate::Save::restore($bytes)? };
    (restore $bytes:ident, $field:ident shots $($of:tt)*) => { $crate::Save::restore($bytes)? };
    (restore $bytes:ident, $field:ident $($kind:tt)*) => {
        $crate::__private::restore_number(
            $bytes,
            const { $crate::__field!(describe $field $($kind)*) },
            concat!("`", stringify!($field), "` is out of range"),
        )?
    };

    (pass $ticks:ident, $value:expr, timer $($of:tt)*) => {
        $value = u32::saturating_sub($value, $ticks)
    };
    (pass $ticks:ident, $value:expr, private($($kind:tt)*)) => {
        $crate::__field!(pass $ticks, $value, $($kind)*)
    };
    (pass $ticks:ident, $value:expr, seats $($of:tt)*) => { $value.pass($ticks) };
    (pass $ticks:ident, $value:expr, entities $($of:tt)*) => { $value.pass($ticks) };
    (pass $($other:tt)*) => {};
    (due $before:ident, $value:expr, timer $($of:tt)*) => {
        if $value == 0 { $before } else { u32::min($before, $value) }
    };
    (due $before:ident, $value:expr, private($($kind:tt)*)) => {
        $crate::__field!(due $before, $value, $($kind)*)
    };
    (due $before:ident, $value:expr, seats $($of:tt)*) => { $value.due_before($before) };
    (due $before:ident, $value:expr, entities $($of:tt)*) => { $value.due_before($before) };
    (due $before:ident, $($other:tt)*) => { $before };

    (set_away $away:ident, $value:expr, away flag) => { $value = $away };
    (set_away $($other:tt)*) => {};
    (set_out $value:expr, out flag) => { $value = true };
    (set_out $($other:tt)*) => {};
    (is_out $value:expr, out flag) => {
        if $value {
            return true;
        }
    };
    (is_out $($other:tt)*) => {};
    (show_join $value:expr, $member:ident, seats($player:ty)) => {
        $value.take_seat($member.seat, |_| Default::default())
    };
    (show_join $value:expr, $member:ident, seats($player:ty, $start:expr)) => {
        $value.take_seat($member.seat, |_| $start($member))
    };
    (show_join $($other:tt)*) => {};
    (show_out $value:expr, $seat:ident, seats $($of:tt)*) => { $value.show_out($seat) };
    (show_out $($other:tt)*) => {};
    (is_in $value:expr, $seat:ident, seats $($of:tt)*) => {
        if !$value.is_in($seat) {
            return false;
        }
    };
    (is_in $($other:tt)*) => {};
    (show_away $value:expr, $seat:ident, $away:ident, seats $($of:tt)*) => { $value.show_away($seat, $away) };
    (show_away $($other:tt)*) => {};

    (read $value:expr, $view:ident, seats $($of:tt)*) => { $value.read($view) };
    (read $value:expr, $view:ident, entities $($of:tt)*) => { $value.read($view) };
    (read $value:expr, $view:ident, shots $($of:tt)*) => { $value.read($view) };
    (read $value:expr, $view:ident, $($kind:tt)*) => {};
    (load $value:expr, $view:ident, seats $($of:tt)*) => { $value.load($view) };
    (load $value:expr, $view:ident, entities $($of:tt)*) => { $value.load($view) };
    (load $value:expr, $view:ident, shots $($of:tt)*) => { $value.load($view) };
    (load $value:expr, $view:ident, $($kind:tt)*) => {};

    (evaluate $entity:ident, $tick:ident, shots($type:ty)) => {
        if let Some(values) = $crate::__private::evaluated::<$type>($entity, $tick) {
            return values;
        }
    };
    (evaluate $entity:ident, $tick:ident, $($kind:tt)*) => {};

    (entity_kind $field:ident entities($type:ty)) => {
        Some($crate::__private::kind::<$type>(stringify!($field), true))
    };
    (entity_kind $field:ident shots($type:ty)) => {
        Some($crate::__private::kind::<$type>(stringify!($field), false))
    };
    (entity_kind $field:ident $($kind:tt)*) => { None };
    (entity $Match:ty, $field:ident entities($type:ty)) => {
        $crate::__field!(entity $Match, $field shots($type));
    };
    (entity $Match:ty, $field:ident shots($type:ty)) => {
        impl $crate::EntityFields for $type {
            const KIND: u8 = $crate::__private::kind_index(
                <$Match as $crate::State>::SCHEMA.entities,
                stringify!($field),
            );
        }
    };
    (entity $Match:ty, $field:ident $($kind:tt)*) => {};
}
