"""Switches that correct known faults of the official program."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Corrections:
    """Which faults of the official program (poseval 4258a15 with motmetrics 1.4.0) are corrected.

    Attributes:
        track_last_frame: MOT includes the last labelled frame of each sequence. Officially it is never included.
        true_miss_counts: in a labelled frame in which one side has no persons, every joint of the other side counts
            individually, as an object and a miss or as a false positive. Officially each kind of joint counts as one
            object, one miss and one false positive, however many there are.
        no_invented_classes: in such a frame a kind of joint that neither side has counts nothing. Officially it counts
            as one object, one miss and one false positive, and a joint that is never annotated gets a MOTA.
        motp_over_matches: MOTP is the mean distance of the matched pairs. Officially the distances of all events are
            summed, i.e. those of every pair of joints within the threshold, matched or not.
        absent_classes: a joint that is never annotated has no AP, precision or recall, and a joint that is never
            matched has no MOTP; neither enters the mean. Officially they count as 0.
        nearest_of_equals: if a prediction has the same fraction of correct joints for two people, AP assigns it to the
            one for whom it has more correct joints, or else to the nearer one; likewise a person with two equal
            predictions gets the nearer one. Officially the first in the file wins: among overlapping people even a
            perfect prediction can be assigned to the wrong person.
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
