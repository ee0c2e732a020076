"""Solves assignment problems, given as JSON on standard input, with scipy on the expanded matrix."""
import json
import sys

import numpy as np
from scipy.optimize import linear_sum_assignment

answers = []
for problem in json.load(sys.stdin):
    utility = np.array([[np.nan if u is None else u for u in row] for row in problem["utility"]], dtype=float)
    places = np.repeat(utility, problem["capacity"], axis=1)
    # A client who stays out costs far more than utilities (0 to 1) can make up for.
    cost = np.where(np.isnan(places), 2e4, -places)
    out = np.full((len(cost), len(cost)), 1e4)
    rows, columns = linear_sum_assignment(np.hstack([cost, out]))
    made = [places[i, j] for i, j in zip(rows, columns) if j < places.shape[1] and not np.isnan(places[i, j])]
    answers.append({"placed": len(made), "total": float(sum(made))})
json.dump(answers, sys.stdout)
