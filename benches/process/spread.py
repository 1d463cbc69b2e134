"""A figure with its noise, and a probe of how steady the machine is."""

import hashlib
import statistics
import time

BLOCK = bytes(4 << 20)


class Spread(dict):
    """Median, least, most and the number of rounds."""

    @classmethod
    def of(cls, values):
        values = sorted(values)
        return cls(median=statistics.median(values), least=values[0], most=values[-1], rounds=len(values))


def probe():
    """Milliseconds for a fixed piece of work: what varies here is the machine."""
    begun = time.perf_counter()
    hashlib.sha256(BLOCK).digest()
    return (time.perf_counter() - begun) * 1e3
