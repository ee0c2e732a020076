"""Times reliable change with pandas and numpy on the CSV given (id, pre, post), reading included; prints seconds of processor time."""
import sys
import time

import numpy as np
import pandas as pd


def change(name):
    d = pd.read_csv(name, dtype={"id": str})
    rc = (d["post"] - d["pre"]) / (np.sqrt(2) * np.sqrt(1 - 0.8))
    better, crossed = rc < -1.96, (d["pre"] > 6) & (d["post"] <= 6)
    d["class"] = np.select([better & crossed, better, rc > 1.96], ["recovered", "improved", "deteriorated"], "unchanged")
    return d["class"].value_counts()


times = []
for _ in range(3):
    start = time.process_time()
    change(sys.argv[1])
    times.append(time.process_time() - start)
print(np.median(times))
