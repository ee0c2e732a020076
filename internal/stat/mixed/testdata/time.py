"""Times statsmodels' MixedLM (REML, random slope) on the CSV given; prints seconds of processor time, intercept, slope and residual variance.

Reading the file and a first small fit, which loads code, are not counted.
"""
import sys
import time
import warnings

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

warnings.simplefilter("ignore")
d = pd.read_csv(sys.argv[1], dtype={"client": str})


def fit(rows):
    return smf.mixedlm("score ~ time", rows, groups=rows["client"], re_formula="~time").fit(reml=True)


fit(d[d["client"] < d["client"].unique()[20]])
times = []
for _ in range(3):
    start = time.process_time()
    f = fit(d)
    times.append(time.process_time() - start)
print(",".join(map(repr, map(float, [np.median(times), f.fe_params["Intercept"], f.fe_params["time"], f.scale]))))
