"""The protocol of src/engine/host.ts for Python engines: python ENGINE.py VARIANT TASK."""

import json
import resource
import sys
import time


def reply(message: dict) -> None:
    print("@bench " + json.dumps(message), flush=True)


def serve(create, adapter: str | None = None, peak=None) -> None:
    """`create(task, variant)` returns a function run(count) -> dict of extra results; `peak()` gives a GPU's bytes."""
    variant, task = sys.argv[1], json.loads(sys.argv[2])
    try:
        base = resident_bytes()
        start = time.perf_counter()
        run = create(task, variant)
        reply({"prepareSeconds": time.perf_counter() - start, **({} if adapter is None else {"adapter": adapter})})
        for line in sys.stdin:
            request = json.loads(line)
            if "task" in request:
                start = time.perf_counter()
                run = create(request["task"], variant)
                reply({"prepareSeconds": time.perf_counter() - start})
                continue
            if "run" not in request:
                break
            start = time.perf_counter()
            outcome = run(request["run"])
            reply({**outcome, "seconds": time.perf_counter() - start})
        reply({"baseBytes": base, "peakBytes": (peak or peak_bytes)()})
    except Exception as error:
        reply({"failed": f"{type(error).__name__}: {error}"})
        raise


def peak_bytes() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def resident_bytes() -> int:
    """The resident size now on Linux, elsewhere the highest so far."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return peak_bytes()
