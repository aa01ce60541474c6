#!/usr/bin/env bash
# Installs what the tests use besides Go, and says what is missing:
#   clp  COIN-OR's CLP, from Debian's package coinor-libclp-dev
#   ort  ONNX Runtime's shared library, from npm's package onnxruntime-node,
#        into the git-ignored folder .deps/onnxruntime
#   onnx the checker of ONNX files, Debian's package python3-onnx
#   an emulator of arm64, from Debian's package qemu-user-static
# All are for tests only: netmend itself needs none of them. What cannot be
# installed is left out of the tests; with CI=true that is a failure instead.
# Does nothing where everything is there already.
set -euo pipefail
cd "$(dirname "$0")/.."

ort_dir=.deps/onnxruntime
ort_pins=tools/onnxruntime
missing=()

have() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND...: runs it with the rights to install packages, or fails.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@" </dev/null
  elif have sudo && sudo -n true 2>/dev/null; then
    sudo -n "$@" </dev/null
  else
    echo "neither root nor sudo without a password"
    return 1
  fi
}

apt_install() {
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3
    install -y --no-install-recommends "$@")
  as_root "${install[@]}" || { as_root apt-get update && as_root "${install[@]}"; }
}

# Debian's packages are seen by its own Python.
onnx_checker() { /usr/bin/python3 -c 'import onnx.checker' >/dev/null 2>&1; }

debian_packages() {
  local need=()
  have gcc || need+=(gcc libc6-dev)
  [ -e /usr/include/coin/Clp_C_Interface.h ] || need+=(coinor-libclp-dev)
  have qemu-aarch64-static || need+=(qemu-user-static)
  onnx_checker || need+=(python3-onnx)
  # Elsewhere npm is left to the user: it comes with some 400 packages.
  if [ "${CI:-}" = true ] && ! have npm; then need+=(npm); fi
  [ "${#need[@]}" -gt 0 ] || return 0
  echo "deps: installing the Debian packages ${need[*]}"
  if ! have apt-get; then
    echo "deps: this system has no apt-get"
  elif ! apt_install "${need[@]}" >.deps/apt.log 2>&1; then
    echo "deps: apt-get could not install them; the last lines of .deps/apt.log:"
    tail -n 5 .deps/apt.log
  fi
}

ort_library() {
  compgen -G "$ort_dir/node_modules/onnxruntime-node/bin/napi-v*/linux/*/libonnxruntime.so*" >/dev/null
}

onnx_runtime() {
  if ort_library && cmp -s "$ort_pins/package-lock.json" "$ort_dir/package-lock.json"; then return 0; fi
  have npm || return 0
  echo "deps: installing ONNX Runtime from npm"
  local new="$ort_dir.new"
  rm -rf "$new"
  mkdir -p "$new"
  cp "$ort_pins/package.json" "$ort_pins/package-lock.json" "$new"
  if ! (cd "$new" && npm ci --ignore-scripts --no-audit --no-fund) </dev/null >.deps/npm.log 2>&1; then
    echo "deps: npm could not install it; the last lines of .deps/npm.log:"
    tail -n 5 .deps/npm.log
    return 0
  fi
  # The package carries the libraries of all systems, over 200 MB.
  rm -rf "$new"/node_modules/onnxruntime-node/bin/napi-v*/{darwin,win32}
  rm -rf "$ort_dir"
  mv "$new" "$ort_dir"
}

mkdir -p .deps
debian_packages
onnx_runtime

have gcc || missing+=("a C compiler (Debian: gcc libc6-dev): tests with the tags clp and ort and under -race are left out")
[ -e /usr/include/coin/Clp_C_Interface.h ] ||
  missing+=("CLP (Debian: coinor-libclp-dev): tests with the tag clp are left out")
ort_library ||
  missing+=("ONNX Runtime (npm: onnxruntime-node): tests with the tag ort are left out")
have qemu-aarch64-static ||
  missing+=("an emulator of arm64 (Debian: qemu-user-static): tests of other machines are left out")
onnx_checker ||
  missing+=("the checker of ONNX files (Debian: python3-onnx): what is written is not checked by it")
if [ "${#missing[@]}" -gt 0 ]; then
  printf 'deps: missing: %s\n' "${missing[@]}"
  if [ "${CI:-}" = true ]; then
    echo "deps: continuous integration needs all of them"
    exit 1
  fi
fi
