"""Measures maps, given as JSON on standard input, with networkx."""
import json
import sys

import networkx as nx

answers = []
for ties in json.load(sys.stdin):
    graph = nx.Graph()
    for tie in ties:
        graph.add_edge(tie["A"], tie["B"] or "ego", weight=tie["Weight"])
    alters = graph.subgraph(graph["ego"])
    answers.append({
        "constraint": nx.constraint(graph, ["ego"], weight="weight")["ego"],
        "effective": nx.effective_size(nx.Graph(graph.edges()), ["ego"])["ego"],
        "density": nx.density(alters),
        "components": nx.number_connected_components(alters),
    })
json.dump(answers, sys.stdout)
