//! The `ibdoc` command.

fn main() {}
