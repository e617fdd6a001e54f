# Rust for processors other than this one, for the scripts beside this file, which read it with `.` from the project's folder.
#
# The standard library for them is had by rustup, into a folder of its own: the toolchain that is installed stays as it is.

# Has cargo build for the targets that are named, from here on; fails with a line that says why if their standard library
# cannot be had.
rust_for() {
    version=$(rustc --version | cut -d ' ' -f 2)
    if ! command -v rustup >/dev/null; then
        echo "there is no rustup to get Rust's library for $*: nothing is done for them"
        return 1
    fi
    # Where rustup puts what it installs, and which of it is used.
    export RUSTUP_HOME="$PWD/target/targets/rustup" RUSTUP_TOOLCHAIN="$version"
    mkdir -p target/targets
    # Without what is installed already, rustup need not be asked.
    for target in "$@"; do
        if ! ls -d "$RUSTUP_HOME"/toolchains/"$version"-*/lib/rustlib/"$target" >/dev/null 2>&1; then
            rustup toolchain install "$version" --profile minimal --component clippy --no-self-update \
                $(printf -- '--target %s ' "$@") >target/targets/rustup.log 2>&1 || {
                echo "Rust $version for $* cannot be had (see target/targets/rustup.log): nothing is done for them"
                return 1
            }
        fi
    done
}
