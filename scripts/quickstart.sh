#!/usr/bin/env bash
# From a fresh checkout to a win rate: installs what is missing, builds build/release/recon and runs the whole chain on
# the sample in data/ with the small embedded model. Where the model or its engine can't be had, the answers recorded in
# data/quickstart/ are replayed instead. May be run again at any time: only what is missing is done.
#   scripts/quickstart.sh [options of `recon run`...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

recon=build/release/recon
config=configs/quickstart.yaml
packed_model=models/SmolLM2-135M-Instruct.Q4_1.gguf
fast_model=models/SmolLM2-135M-Instruct.Q8_0.gguf
recording=data/quickstart/responses.sqlite
run_dir=runs/quickstart
replay_dir=runs/quickstart-replay

say() { echo "quickstart: $*" >&2; }

scripts/setup.sh
cmake --preset release -DRECON_TESTS=OFF
cmake --build --preset release --target recon -j "${JOBS:-2}"

# Why the embedded model can't be used; empty where it can.
obstacle=""
if ! "$recon" --version | grep -q 'embedded model'; then
  obstacle="recon was built without the engine of the embedded model"
elif [[ ! -f "$fast_model" ]]; then
  if [[ ! -f "$packed_model" ]]; then
    obstacle="the weights $packed_model could not be had"
  else
    say "re-packing the weights once, into the form that runs fastest on a CPU"
    if ! "$recon" quantize "$packed_model" "$fast_model"; then
      obstacle="the weights could not be re-packed"
    fi
  fi
fi

# A sample of 5 test pairs, with traces for what they retrieve: enough to see the chain work, small enough for two slow cores.
arguments=(run --config "$config" --limit 5)
if [[ -n "$obstacle" ]]; then
  if [[ ! -f "$recording" ]]; then
    say "$obstacle, and the recorded answers $recording are missing: nothing can be run"
    exit 1
  fi
  say "$obstacle; replaying the answers recorded in $recording instead (a real run of the same model)"
  # A copy: the recording itself stays as it is, and so does a run with the real model.
  run_dir="$replay_dir"
  mkdir -p "$run_dir"
  cp "$recording" "$run_dir/responses.sqlite.new"
  rm -f "$run_dir"/responses.sqlite-{wal,shm}
  mv "$run_dir/responses.sqlite.new" "$run_dir/responses.sqlite"
  arguments+=(--run-dir "$run_dir" --store "$run_dir/responses.sqlite" --replay)
fi

say "running: $recon ${arguments[*]} $*"
start=$SECONDS
code=0
"$recon" "${arguments[@]}" "$@" || code=$?
say "the chain took $((SECONDS - start)) s"
case "$code" in
  0) ;;
  3) say "some records were rejected: see $run_dir/rejects.jsonl" ;;
  *)
    say "recon ended with exit code $code"
    exit "$code"
    ;;
esac

cat >&2 <<NEXT
quickstart: where to look next
  $run_dir/pairs.jsonl                what a user said, and the context before it
  $run_dir/candidates.jsonl           reasoning traces, several for each pair
  $run_dir/judgments.jsonl            how well the action follows from each of them
  $run_dir/traces.recon-select.jsonl  the trace kept for each pair
  $run_dir/results.json               the numbers of the table above
  $config             the settings of this run; README.md explains the rest
The model is a tiny one, made for smoke tests: its numbers show that the chain works, not that the method does.
NEXT
exit "$code"
