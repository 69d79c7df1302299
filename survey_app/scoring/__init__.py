"""What answers mean: numbers in, numbers out. Pure: no tables, no pages, no questionnaire; a file a step of the method.

plan → sheets → cleaning → subscores → counted → leniency (fits) → spread → estimate; `estimates` is what the count
stores. Then figures → relative → tree → propagate → ranks → standing → index; change and its decomposition between
rounds; statistics from tallies; simulate, selftest, advisor.
Unit-level data, COINr's steps: screen, impute, treat, normalise, weigh, aggregate, gone through by compute.
The engine alone, from tables to tables: tables, unit_level, respondent_level, clients_only, robustness_files;
examine_figures; examine_sheets with examine_scales and examine_careless.
How firm it is: variants, robustness, redraw, sobol, removal, movement, what_if, stuffing, bootstrap, rank_sets and
pairwise. Checks beside it: response_weights; careless, duplicates; multivariate, reliability, item_reliability,
unit_reliability, factors, polychoric; drivers; ordinal; reml.
"""
