"""What the official program does and should not, each as a switch."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Corrections:
    """Which faults of the official program are mended (poseval 4258a15 with motmetrics 1.4.0).

    Attributes:
        track_last_frame: MOT covers the last labelled frame of a sequence too. Officially it never does.
        true_miss_counts: in a labelled frame in which one side has no persons, every joint that the other side has
            counts as often as it is there: as objects and misses, or as false positives. Officially it counts as one
            object, one miss and one false positive, however many there are.
        no_invented_classes: in such a frame a joint that neither side has counts nothing. Officially it counts as one
            object, one miss and one false positive, and a joint that is never annotated gets a MOTA of its own.
        motp_over_matches: MOTP is the mean distance of the pairs. Officially the distances of all events are summed:
            of every joint within the threshold, paired or not.
        absent_classes: a joint that is never annotated has no AP, precision or recall, and a joint that is never
            paired no MOTP; neither counts in the mean. Officially they count as 0.
        nearest_of_equals: where a prediction has the same share of joints right of two people, AP assigns it to the
            one of whom it has more right, or else the nearer of them, and likewise a person to the nearer of two
            predictions. Officially to the first in the file: among people who overlap even a perfect prediction can be assigned to the wrong person.
        null_scores_last: a joint whose score is null has no score. Officially it ranks before all others.
    """

    track_last_frame: bool = False
    true_miss_counts: bool = False
    no_invented_classes: bool = False
    motp_over_matches: bool = False
    absent_classes: bool = False
    nearest_of_equals: bool = False
    null_scores_last: bool = False


OFFICIAL = Corrections()
CORRECTED = Corrections(**{field.name: True for field in fields(Corrections)})
SINGLE_CORRECTIONS = {field.name: replace(OFFICIAL, **{field.name: True}) for field in fields(Corrections)}
