//! How nginx's configuration gets its values, for images, units and development.

pub mod fill;
