//! Linux's strict mode: a process that calls the system for anything but to read, to write or to end is killed.

use std::process::ExitCode;

use crate::STEPS;
use crate::work::Work;

/// Runs the work in a child in strict mode, and another child to see that a system call does not pass there.
pub fn check() -> ExitCode {
    let mut work = Work::new();
    // The instruction set is asked for once in a process.
    work.run(1).expect("every step is made");
    let worked = in_strict_mode(|| work.run(STEPS).is_ok());
    // SAFETY: the call has no arguments and changes nothing.
    let noticed = in_strict_mode(|| unsafe { libc::syscall(libc::SYS_getpid) } > 0);
    match (worked, noticed) {
        (End::Exited(0), End::Killed) => {
            println!("seccomp: {STEPS} steps and predictions make no system call");
            ExitCode::SUCCESS
        }
        other => {
            eprintln!("seccomp: expected an exit with 0 and a killed child, found {other:?}");
            ExitCode::FAILURE
        }
    }
}

/// How a child ended.
#[derive(Debug)]
enum End {
    Exited(i32),
    Killed,
}

/// Does something in a child that may call the system for nothing else than to end itself: with 0 if it went well.
fn in_strict_mode(work: impl FnOnce() -> bool) -> End {
    // SAFETY: this process has one thread, so that the child has all that there is of it.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "no child can be made");
    if child == 0 {
        // SAFETY: from here on the child calls what was given, and then ends without a way back into `main`. `exit` ends the
        // calling thread, the only one; `exit_group`, which libc would call, is not allowed.
        unsafe {
            if libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_STRICT) != 0 {
                libc::syscall(libc::SYS_exit, 2);
            }
            let code = if work() { 0 } else { 1 };
            libc::syscall(libc::SYS_exit, code);
        }
        unreachable!("the child has ended");
    }
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    let waited = unsafe { libc::waitpid(child, &mut status, 0) };
    assert_eq!(waited, child, "the child can be waited for");
    if libc::WIFEXITED(status) { End::Exited(libc::WEXITSTATUS(status)) } else { End::Killed }
}
