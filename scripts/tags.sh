#!/usr/bin/env bash
# Prints the build tags of the test oracles that are present, with commas
# between them; nothing where there is none.
set -euo pipefail
cd "$(dirname "$0")/.."

tags=()
if command -v gcc >/dev/null 2>&1; then
  if [ -e /usr/include/coin/Clp_C_Interface.h ]; then tags+=(clp); fi
  if [ -n "${NETMEND_ONNXRUNTIME:-}" ] ||
    compgen -G '.deps/onnxruntime/node_modules/onnxruntime-node/bin/napi-v*/linux/*/libonnxruntime.so*' >/dev/null; then
    tags+=(ort)
  fi
fi
(IFS=, && echo "${tags[*]}")
