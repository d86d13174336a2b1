# The tasks of this repository, each one line that calls what exists. `just` lists them.

_list:
    @just --list --unsorted

# Build the program as it is released
build:
    cargo build --release --locked

# Run usher with a configuration
run config="usher.yaml":
    cargo run --release --locked -- run --config {{ quote(config) }}

# Play a company's day, without any server
demo:
    cargo run --release --locked -- demo

# All tests; what cannot be had is left out, and said
test:
    cargo test --locked

# The tests whose names contain NAME
test-one name:
    cargo test --locked {{ quote(name) }}

# Run seeds of the simulation: `just simulate 7..7 --verbose`
simulate seeds="1..1000" *options:
    cargo run --profile quick --locked --package usher-lab -- --seeds {{ seeds }} {{ options }}

# Fuzz decode, mapped, rules, commands, roster or state; needs nightly Rust and cargo-fuzz
fuzz target seconds="600":
    cd fuzz && cargo run --quiet --bin seed
    cargo +nightly fuzz run --sanitizer none {{ quote(target) }} -- -max_total_time={{ seconds }} -max_len=8192 -rss_limit_mb=1024 -timeout=5

# Formatting and lints
lint:
    .ci/run format lint

# The documentation of the code, private items included
docs:
    .ci/run docs

# The image, and a demo in a hardened container; needs root and buildah
image:
    .ci/run image

# Everything that must hold before a change lands, or some of its steps
ci *steps:
    .ci/run {{ steps }}
