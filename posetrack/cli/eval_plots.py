"""The plots of ``tools/eval.py``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from posetrack.evaluation.diagnosis import merge_diagnoses
from posetrack.evaluation.pck import merge_pck
from posetrack.evaluation.pck_curve import pck_curve
from posetrack.evaluation.protocols import DEFAULT_PROTOCOL, PROTOCOLS
from posetrack.evaluation.scoring import Score
from posetrack.evaluation.sweep import SweepResult
from posetrack.io.atomic import output_error

CURVE = "pckh-curve"


def write_plots(
    folder: Path, scores: Sequence[Score], protocols: Sequence[str], sweep: SweepResult | None = None
) -> str:
    """Draw the scores; create the folder if needed.

    Args:
        folder: existing files with the same names are replaced.
        scores: must include the official counts and those of ``CURVE``.
        protocols: the first that has mAP and MOTA is drawn, otherwise the official one.
        sweep: also drawn if given.

    Returns:
        A line that names the plots.

    Raises:
        OutputError: the folder or a file cannot be written.
    """
    from posetrack.visualization import plots  # matplotlib is slow to import

    summaries = (
        (name, PROTOCOLS[name].summarise([score.counts[name] for score in scores])) for name in (*protocols, DEFAULT_PROTOCOL)
    )
    name, counts = next((name, summary.counts) for name, summary in summaries if summary.counts is not None)
    figures = {
        "precision_recall": plots.draw_precision_recall(counts, name),
        "pckh_curve": plots.draw_pckh_curve(pck_curve(merge_pck([score.counts[CURVE] for score in scores]))),
    }
    if len(scores) > 1:
        results = {score.name: PROTOCOLS[name].summarise([score.counts[name]]).posetrack for score in scores}
        figures["sequences"] = plots.draw_sequences(
            {one: result for one, result in results.items() if result is not None}, name
        )
    diagnoses = [score.diagnosis for score in scores if score.diagnosis is not None]
    if diagnoses:
        diagnosis = merge_diagnoses(diagnoses)
        figures |= {"errors": plots.draw_errors(diagnosis), "oracles": plots.draw_oracles(diagnosis)}
    if sweep is not None:
        figures["thresholds"] = plots.draw_thresholds(sweep)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error
    for stem, figure in figures.items():
        plots.save_png(figure, folder / f"{stem}.png")
    return f"plots in {folder}: {', '.join(f'{stem}.png' for stem in figures)}"
