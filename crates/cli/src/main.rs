//! The `zhibao` program: every command of the system in one binary.

use std::process::ExitCode;

/// Settling allocates millions of small texts on one thread that another one frees, and gives back
/// what it took: the system's allocator keeps much of that for ever.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    cli::run()
}
