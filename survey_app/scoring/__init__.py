"""What answers mean: numbers in, numbers out. Pure: no tables, no pages, no questionnaire; a file a step of the method.

plan → sheets → cleaning → subscores → leniency → intervals → estimate (what the count stores), then
figures → tree → propagate → ranks → standing → index, and change between rounds; statistics from tallies; simulate.
Checks beside it: response_weights; careless, duplicates; reliability, item_reliability, factors, polychoric; rank_sets,
pairwise; drivers; ordinal.
"""
