"""Faults of a file: what was expected, and each place where something else was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

# error: cannot be scored; warning: scored, but probably not as intended; note: what the official program would do.
SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Rule:
    """One thing that files are checked for.

    Attributes:
        code: short name, for programs that read the report.
        severity: one of ``SEVERITIES``.
        expected: what should be there.
        suggestion: how to fix it.
    """

    code: str
    severity: str
    expected: str
    suggestion: str


class Finding(NamedTuple):
    """One violation of a rule.

    Attributes:
        found: what is there.
        frame: index of the frame in the file, None = the whole file.
        annotation: ``annotations[i]`` of the file (PoseTrack18) or ``annorect[i]`` of the frame (PoseTrack17).
    """

    found: str
    frame: int | None
    annotation: int | None


@dataclass(eq=False)
class FileFaults:
    """All faults of one file, grouped by rule, in the order in which they were found."""

    path: str
    findings: dict[Rule, list[Finding]] = field(default_factory=dict)
    frame_names: list[str | None] = field(default_factory=list)

    def add(self, rule: Rule, found: str, frame: int | None = None, annotation: int | None = None) -> None:
        """Record that ``found`` is there in place of ``rule.expected``."""
        self.findings.setdefault(rule, []).append(Finding(found, frame, annotation))

    def count(self, severity: str) -> int:
        """Count the faults of a severity."""
        return sum(len(places) for rule, places in self.findings.items() if rule.severity == severity)

    def rules(self) -> list[tuple[Rule, list[Finding]]]:
        """Return the broken rules with their findings: errors first, then warnings, then notes."""
        return sorted(self.findings.items(), key=lambda item: SEVERITIES.index(item[0].severity))

    def place(self, finding: Finding) -> str:
        """Describe frame and annotation of a finding in words, "" for the whole file."""
        words = []
        if finding.frame is not None:
            name = self._name(finding.frame)
            words.append(f"frame {finding.frame}" + ("" if name is None else f" ({name})"))
        if finding.annotation is not None:
            words.append(f"annotation {finding.annotation}")
        return ", ".join(words)

    def to_json(self) -> list[dict[str, Any]]:
        """Return one object per fault."""
        return [
            {
                "file": self.path,
                "code": rule.code,
                "severity": rule.severity,
                "frame": finding.frame,
                "frame_name": None if finding.frame is None else self._name(finding.frame),
                "annotation": finding.annotation,
                "expected": rule.expected,
                "found": finding.found,
                "suggestion": rule.suggestion,
            }
            for rule, places in self.rules()
            for finding in places
        ]

    def _name(self, frame: int) -> str | None:
        return self.frame_names[frame] if frame < len(self.frame_names) else None
