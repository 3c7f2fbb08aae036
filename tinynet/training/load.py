"""How many threads a call gets: as many as make it quickest beside whatever else the computer is doing.

The number of threads never changes a result, so it may follow the load. Beside a busy neighbour two threads take three
times as long as one, because each waits for the other, and that for a core.
"""

from __future__ import annotations

from time import perf_counter

#: Seconds that a trial of another number of threads should take.
TRIAL = 0.003
#: Seconds from one trial to the next, at least; and how many times as long as the trial took, so that trials never cost
#: more than a fortieth of the time.
PAUSE, SHARE = 0.12, 40


class Load:
    """Chooses between 1, 2, 4 … and `most` threads, by the time that batches took with each of them."""

    def __init__(self, most: int) -> None:
        #: The numbers of threads there are to choose from, the largest first.
        self.choices = [most]
        while self.choices[-1] > 1:
            self.choices.append(self.choices[-1] // 2)
        #: Seconds per batch with each, as far as they were tried.
        self.seconds: dict[int, float] = {}
        self._trial: int | None = None
        self._next_trial, self._number = 0.0, 0

    def choose(self, batches: int) -> tuple[int, int]:
        """Return a number of threads, and how many of these batches to do with it before asking again."""
        self._trial = None
        if len(self.choices) == 1:
            return self.choices[0], batches
        for threads in self.choices:
            if threads not in self.seconds:
                return threads, self._few(batches, min(self.seconds.values(), default=TRIAL))
        best = min(self.seconds, key=self.seconds.__getitem__)
        if perf_counter() > self._next_trial:
            others = [threads for threads in self.choices if threads != best]
            self._number = (self._number + 1) % len(others)
            self._trial = others[self._number]
            return self._trial, self._few(batches, self.seconds[self._trial])
        return best, min(batches, max(1, int(PAUSE / self.seconds[best])))

    def measured(self, threads: int, batches: int, seconds: float) -> None:
        """Take note of how long so many batches took."""
        if batches <= 0:
            return
        each = seconds / batches
        known = self.seconds.get(threads, each)
        self.seconds[threads] = each if each < known else 0.5 * (known + each)
        if threads == self._trial:
            self._next_trial = perf_counter() + max(PAUSE, SHARE * seconds)

    @staticmethod
    def _few(batches: int, each: float) -> int:
        return min(batches, max(1, int(TRIAL / each)))
