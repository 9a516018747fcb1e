#!/usr/bin/env bash
# Builds the C kernels for arm64 and compares NEON with portable C under emulation. Needs a cross compiler and qemu's user
# emulation (Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user); on an arm64 machine only a C compiler.
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=aarch64-linux-gnu-gcc
run=(qemu-aarch64 -L /usr/aarch64-linux-gnu)
if [ "$(uname -m)" = aarch64 ] || [ "$(uname -m)" = arm64 ]; then
    compiler=${CC:-cc}
    run=()
fi
for tool in "$compiler" "${run[@]:0:1}"; do
    if ! command -v "$tool" > /dev/null; then
        echo "check-arm64-kernels: skipped, $tool is not installed (apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)"
        exit 0
    fi
done

program=$(mktemp -d)
trap 'rm -rf "$program"' EXIT
"$compiler" -std=c11 -O2 -Wall -Wextra -Werror Tests/CKernelsArm64/compare.c Sources/CSecureBERTKernels/*.c \
    -lm -lpthread -o "$program/compare"
"${run[@]}" "$program/compare"
