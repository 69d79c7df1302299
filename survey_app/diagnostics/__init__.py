"""What is wrong with a file that a person wrote: where, what, why, and how to mend it; all of it in one run.

`read_yaml` reads strictly and keeps every scalar as text; `convert` gives the text a type. Neither ends in a
traceback: what is wrong is an `InputProblems`.
"""

from survey_app.diagnostics.problem import InputProblems, Problem, closest, shown, suggestion
from survey_app.diagnostics.source import Source, read_yaml
from survey_app.diagnostics.typed import Place, Reading, convert, reading

__all__ = [
    "InputProblems",
    "Place",
    "Problem",
    "Reading",
    "Source",
    "closest",
    "convert",
    "read_yaml",
    "reading",
    "shown",
    "suggestion",
]
