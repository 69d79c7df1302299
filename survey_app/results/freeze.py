"""The count's numbers and the staff's figures, frozen into one Result. The same tables always give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from survey_app.ballot import minutes
from survey_app.ballot.outcome import Outcome
from survey_app.config import version
from survey_app.database import database
from survey_app.errors import WrongState
from survey_app.fieldwork.units import Placed, current_register, placed_units
from survey_app.fieldwork.versions import plan_by_hash, plan_of, questionnaire_of
from survey_app.models import Count, Dealing, Invitation, Round, StaffFigure, StoredResult
from survey_app.questionnaire.differences import comparability
from survey_app.results import stored
from survey_app.results.pooled import pooled
from survey_app.results.releases import refuse_exposed
from survey_app.results.result import Change, Days, Figure, Participation, Pedigree, Result, UnitLine
from survey_app.scoring import change as rounds_change
from survey_app.scoring.figures import Given
from survey_app.scoring.index import Index, Score, index
from survey_app.scoring.intervals import NORMAL_95
from survey_app.scoring.plan import Plan
from survey_app.scoring.ranks import RANKED_FROM, seed_of


def freeze(round_: Round, signed_by: str | msgspec.UnsetType = msgspec.UNSET) -> Result:
    """Make the round's Result and keep it under its hash, as the current one.

    `signed_by`: the public key under which its manifest will be signed. Raises WrongState before the count, Refused
    where hidden numbers could be worked out from it; then the Result of before stays the current one.
    """
    result = frozen(round_, signed_by)
    refuse_exposed(round_, result)
    with database.atomic():
        StoredResult.update(current=False).where(StoredResult.round == round_.id).execute()
        StoredResult.insert(hash=result.hash, round=round_.id, canonical=result.canonical(), current=True).on_conflict(
            conflict_target=[StoredResult.hash], update={"current": True}
        ).execute()
    return result


def frozen(round_: Round, signed_by: str | msgspec.UnsetType = msgspec.UNSET) -> Result:
    """The Result of a counted round, from the tables alone."""
    counted = Count.get_or_none(Count.round == round_.id)
    if counted is None:
        raise WrongState("{round} has not been counted yet: count it first.", round=round_.id)
    outcome = Outcome.from_canonical(bytes(counted.outcome))
    placed, plan = placed_units(round_), plan_of(round_)
    figures = figures_of(round_)
    earlier = stored.current(round_.previous_id) if round_.previous_id else None
    units = unit_lines(round_, placed, outcome)
    computed = index(plan, outcome.estimates, given(round_, plan, figures, units, earlier))
    return Result(
        round=round_.id,
        year=round_.year,
        title=round_.title,
        organisation=round_.organisation,
        synthetic=round_.synthetic,
        pedigree=Pedigree(round_.questionnaire_id, round_.plan_id, round_.register_hash or "", version(), signed_by),
        participation=participation(round_, outcome),
        units=units,
        tallies={unit: items for unit, items in outcome.tallies.items() if unit},
        estimates=outcome.estimates,
        index=computed,
        figures=figures,
        changes=changes(round_, plan, outcome, computed, units, earlier),
        earlier_rounds=(earlier.round, *earlier.earlier_rounds) if earlier else (),
        segments=segments(outcome.tallies.get("", {})),
        fear_share=outcome.fear,
        numbers=outcome.numbers,
        analysis=outcome.analysis,
        days=Days(round_.opens_on, round_.closes_on, round_.counted_on) if round_.counted_on else msgspec.UNSET,
    )


def unit_lines(round_: Round, placed: Mapping[str, Placed], outcome: Outcome) -> tuple[UnitLine, ...]:
    """The rated units and the reporting groups that stand for some of them, in the order of their codes."""
    placed = placed_after(placed, outcome.merged)
    members: dict[str, list[str]] = {}
    for code, place in placed.items():
        if place.merged_into:
            members.setdefault(place.merged_into, []).append(code)
    invited = invited_businesses(round_)
    found = []
    for code, place in sorted(placed.items()):
        line, inside = place.line, tuple(sorted(members.get(code, ())))
        if not line.rated and not inside:
            continue
        found.append(
            UnitLine(
                code=code,
                kind=line.kind,
                parent=line.parent,
                names=line.names,
                short_names=line.short_names,
                members=inside,
                merged_into=place.merged_into,
                successor=line.successor,
                invited=len(set().union(*(invited.get(one, set()) for one in inside or (code,)))),
                ratings=outcome.ratings.get(code, 0),
            )
        )
    return tuple(found)


def placed_after(placed: Mapping[str, Placed], merged: Mapping[str, str]) -> dict[str, Placed]:
    """The round's units with the groups that the count made of units with too few sheets."""
    found = dict(placed)
    register = current_register() if merged else {}
    for code, group in merged.items():
        found[code] = Placed(placed[code].line, group)
        found.setdefault(group, Placed(register[group], None))
    return found


def invited_businesses(round_: Round) -> dict[str, set[int]]:
    """Unit → businesses that dealt with it and got a code (all of the frame, once the wipe took the codes)."""
    asked = {row.business_id for row in Invitation.select(Invitation.business).where(Invitation.round == round_.id)}
    found: dict[str, set[int]] = {}
    for row in Dealing.select(Dealing.unit, Dealing.business).where(Dealing.round == round_.id):
        if not asked or row.business_id in asked:
            found.setdefault(row.unit, set()).add(row.business_id)
    return found


def participation(round_: Round, outcome: Outcome) -> Participation:
    """The counts of the manifest, as the minutes of the count have them."""
    noted = minutes.read(round_.id)
    if noted is None:
        raise WrongState("{round} has no minutes of a count: count it first.", round=round_.id)
    return Participation(
        invited=noted.invited,
        used=outcome.used,
        envelopes=outcome.envelopes,
        sheets=outcome.sheets,
        receipts=noted.receipts,
        ratings=outcome.ratings_opened,
        flagged=outcome.flagged.get("any", 0),
    )


def figures_of(round_: Round) -> tuple[Figure, ...]:
    rows = StaffFigure.select().where(StaffFigure.round == round_.id)
    found = (Figure(row.source, row.unit, row.leaf, row.value) for row in rows)
    return tuple(sorted(found, key=lambda figure: (figure.source, figure.leaf, figure.unit)))


def given(
    round_: Round, plan: Plan, figures: tuple[Figure, ...], units: tuple[UnitLine, ...], earlier: Result | None
) -> Given:
    """Figures, seed, earlier figures for pooled bounds; teams need 30 sheets to be ranked."""
    codes = {line.code for line in units}
    teams = {line.code for line in units if line.parent in codes}
    return Given(
        hard={(figure.unit, figure.leaf): figure.value for figure in figures if figure.source == "hard"},
        panel={(figure.unit, figure.leaf): figure.value for figure in figures if figure.source == "panel"},
        seed=seed_of(round_.id),
        earlier=pooled(plan, stored.chain(earlier)),
        least={line.code: RANKED_FROM for line in units if line.code in teams or teams.intersection(line.members)},
    )


# ---------------------------------------------------------------- the round before


def changes(
    round_: Round, plan: Plan, outcome: Outcome, computed: Index, units: tuple[UnitLine, ...], earlier: Result | None
) -> tuple[Change, ...]:
    """Differences to the round before: item by item for sub-indices and the businesses' part; the whole only where
    both plans mix it alike."""
    if earlier is None or round_.previous is None:
        return ()
    before_plan = plan_by_hash(earlier.pedigree.plan)
    alike = comparability(questionnaire_of(round_.previous), questionnaire_of(round_))
    comparable = {question for question, verdict in alike.items() if verdict in ("same", "text")}
    successors = predecessors(units, earlier)
    found = rounds_change.change(
        rounds_change.Round(before_plan, earlier.estimates),
        rounds_change.Round(plan, outcome.estimates),
        comparable,
        successors,
    )
    before = {(score.unit, score.node): score for score in earlier.index.scores}
    least = max(plan.privacy.min_score, before_plan.privacy.min_score)
    lines = []
    for one in found:
        then = shown_then(before.get((successors.get(one.unit, one.unit), one.node)), least)
        reason = {"nothing_comparable": "not_comparable"}.get(one.reason or "", one.reason)
        lines.append(
            Change(
                one.unit, one.node, earlier.round, then.value if then else None, one.value, one.low, one.high, reason
            )
        )
    root, part = plan.tree.id, plan.businesses_part()
    if root != part:
        whole = (
            before_plan.tree == plan.tree
            and before_plan.leaves == plan.leaves
            and set(alike.values()) <= {"same", "text"}
        )
        lines += root_changes(root, whole, computed, before, successors, earlier.round, least)
    return tuple(sorted(lines, key=lambda line: (line.unit, line.node)))


def predecessors(units: tuple[UnitLine, ...], earlier: Result) -> dict[str, str]:
    """Newer unit → the one unit of the round before whose declared successor it is, where the code changed."""
    codes = {line.code for line in earlier.units}
    found = {}
    for line in units:
        olds = [old.code for old in earlier.units if old.successor == line.code]
        if line.code not in codes and len(olds) == 1:
            found[line.code] = olds[0]
    return found


def shown_then(score: Score | None, least: int) -> Score | None:
    """The earlier score, where it rests on enough sheets to be shown beside the newer one."""
    return score if score is not None and (score.n is None or score.n >= least) else None


def root_changes(
    root: str,
    comparable: bool,
    computed: Index,
    before: Mapping[tuple[str, str], Score],
    successors: Mapping[str, str],
    name: str,
    least: int,
) -> list[Change]:
    """The whole index: a difference of like with like, or a break that is said (a new mix of parts is no decline).

    Where one of the two is withheld there is no difference either: it would give the other away.
    """
    found = []
    for score in computed.scores:
        then = before.get((successors.get(score.unit, score.unit), root))
        if score.node != root or then is None or score.value is None or then.value is None:
            continue
        if shown_then(then, least) is None or (score.n or 0) < least:
            found.append(Change(score.unit, root, name, None, None, None, None, "too_few"))
            continue
        if not comparable or score.se is None or then.se is None:
            found.append(Change(score.unit, root, name, then.value, None, None, None, "not_comparable"))
            continue
        difference = score.value - then.value
        half = NORMAL_95 * float((score.se**2 + then.se**2) ** 0.5)
        found.append(Change(score.unit, root, name, then.value, difference, difference - half, difference + half))
    return found


def segments(tallies: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Who answered, a question at a time, in businesses: the cells that the count kept."""
    return {question: dict(counts) for question, counts in sorted(tallies.items()) if counts}
