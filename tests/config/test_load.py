"""Configuration: defaults, file, overrides, and all errors reported at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from posetrack.config import dump_config, load_config
from posetrack.errors import ConfigError


@dataclass(frozen=True)
class Small:
    kind: Literal["small"] = "small"
    threshold: float = 0.5


@dataclass(frozen=True)
class Large:
    kind: Literal["large"] = "large"
    layers: int = 3
    threshold: float = 0.5


@dataclass(frozen=True)
class Tracker:
    max_gap_frames: int = 10
    method: Literal["greedy", "hungarian"] = "greedy"
    weights: str | None = None
    size: tuple[int, int] = (4, 3)

    def __post_init__(self) -> None:
        if self.max_gap_frames < 0:
            raise ValueError(f"max_gap_frames is {self.max_gap_frames}, expected 0 or more")


@dataclass(frozen=True)
class Schema:
    detector: Small | Large = field(default_factory=Small)
    tracker: Tracker = field(default_factory=Tracker)
    flip: bool = True
    rate: float = 1.0


def _write(folder: Path, text: str) -> Path:
    path = folder / "c.yaml"
    path.write_text(text)
    return path


def test_defaults_file_and_overrides_in_that_order(tmp_path: Path) -> None:
    assert load_config(Schema) == Schema()
    path = _write(tmp_path, "tracker: {max_gap_frames: 7, method: hungarian}\nrate: 1e-3\n")
    config = load_config(Schema, path, ["tracker.max_gap_frames=5", "flip=false", "tracker.size=[8, 6]"])
    assert config.tracker == Tracker(max_gap_frames=5, method="hungarian", size=(8, 6))
    assert config.flip is False
    assert config.rate == 0.001


def test_kind_selects_the_variant_and_its_override_drops_the_other_kinds_settings(tmp_path: Path) -> None:
    path = _write(tmp_path, "detector: {kind: large, layers: 9}\n")
    assert load_config(Schema, path).detector == Large(layers=9)
    assert load_config(Schema, path, ["detector.kind=small"]).detector == Small()
    assert load_config(Schema, None, ["detector.kind=large", "detector.layers=2"]).detector == Large(layers=2)


def test_the_order_of_overrides_does_not_matter_for_a_kind(tmp_path: Path) -> None:
    path = _write(tmp_path, "detector: {kind: small}\n")
    for overrides in (["detector.kind=large", "detector.layers=2"], ["detector.layers=2", "detector.kind=large"]):
        assert load_config(Schema, path, overrides).detector == Large(layers=2)


def test_a_section_given_whole_comes_before_what_is_in_it() -> None:
    for overrides in (["detector={threshold: 0.2}", "detector.kind=large"], ["detector.kind=large", "detector={threshold: 0.2}"]):
        assert isinstance(load_config(Schema, None, overrides).detector, Large)


def test_a_section_that_does_not_say_its_kind_is_of_the_first(tmp_path: Path) -> None:
    path = _write(tmp_path, "detector: {threshold: 0.9}\n")
    assert load_config(Schema, path, ["detector.kind=large"]).detector == Large(threshold=0.5)
    assert load_config(Schema, path, ["detector.kind=small"]).detector == Small(threshold=0.9)


@pytest.mark.parametrize(("text", "value"), [("010", 10), ("-7", -7), ("+3", 3)])
def test_whole_numbers_are_decimal(text: str, value: int) -> None:
    assert load_config(Schema, None, [f"tracker.size=[{text}, 1]"]).tracker.size == (value, 1)


@pytest.mark.parametrize("text", ["1:30", "0x10", "0b1", "1_000", "0o7"])
def test_what_is_no_decimal_number_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="tracker.max_gap_frames: expected int, found '"):
        load_config(Schema, None, [f"tracker.max_gap_frames={text}"])


@pytest.mark.parametrize(("text", "value"), [("1e3", 1000.0), ("1E-3", 0.001), (".5", 0.5), ("2.", 2.0), ("7", 7.0), ("-.inf", -math.inf)])
def test_numbers_with_a_fraction(text: str, value: float) -> None:
    assert load_config(Schema, None, [f"rate={text}"]).rate == value


@pytest.mark.parametrize("text", ["a b: c.pth", "089", "010", "1e3", "1:30", "0x10", "2024-01-31", "yes", "null", "~"])
def test_what_is_dumped_reads_back_equal(text: str, tmp_path: Path) -> None:
    config = Schema(detector=Large(layers=4, threshold=1e-5), tracker=Tracker(weights=text), rate=math.inf)
    assert load_config(Schema, _write(tmp_path, dump_config(config))) == config


@pytest.mark.parametrize("text", ["2024-01-31", "2024-13-32"])
def test_what_looks_like_a_date_is_a_text(text: str) -> None:
    assert load_config(Schema, None, [f"tracker.weights={text}"]).tracker.weights == text


def test_every_fault_in_one_message(tmp_path: Path) -> None:
    text = """
tracker: {max_gap_frame: 3, method: hungarien, size: [1, two]}
flip: "yes"
rate: fast
detector: {kind: huge}
trakcer: 1
"""
    with pytest.raises(ConfigError) as caught:
        load_config(Schema, _write(tmp_path, text), ["nonsense"])
    message = str(caught.value)
    assert "8 faults" in message
    for part in (
        "c.yaml",
        "tracker.max_gap_frame: unknown key; did you mean max_gap_frames?",
        "tracker.method: expected one of greedy, hungarian, found 'hungarien' (str); did you mean hungarian?",
        "tracker.size: expected int, found 'two' (str)",
        "flip: expected bool, found 'yes' (str)",
        "rate: expected float, found 'fast' (str)",
        "detector: kind: expected one of small, large, found 'huge' (str)",
        "trakcer: unknown key; did you mean tracker?",
        "override 'nonsense': expected key=value",
    ):
        assert part in message


def test_a_pattern_without_quotes_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "2.jpg").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"2\.jpg': expected key=value.*; only one input is read: put a pattern"):
        load_config(Schema, None, [str(tmp_path / "2.jpg")])


@pytest.mark.parametrize("value", ["true", "2.5", "'3'", "[1]", "null", "9" * 5000])
def test_no_value_is_bent_into_an_int(value: str) -> None:
    with pytest.raises(ConfigError, match="tracker.max_gap_frames: expected int"):
        load_config(Schema, None, [f"tracker.max_gap_frames={value}"])


def test_a_value_that_the_dataclass_refuses_is_reported_with_its_section() -> None:
    with pytest.raises(ConfigError, match="tracker: max_gap_frames is -1, expected 0 or more"):
        load_config(Schema, None, ["tracker.max_gap_frames=-1"])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: [1\n", "line 2, column 1: not valid YAML"),
        (b"- 1\n", "expected a mapping of settings, found list"),
        (b"a: 1\na: 2\n", "key 'a' is given twice"),
        (b"\xff\xfe\x00", "not a text file"),
        (b"tracker: 3\n", "tracker: expected a mapping of settings, found 3"),
        (b"tracker: {{ tracker }}\n", "line 1, column 11: not valid YAML: key {'tracker': None}, expected a name"),
        (b"[a, b]: 1\n", "line 1, column 1: not valid YAML: key ['a', 'b'], expected a name"),
        (b"rate: !!int abc\n", "line 1, column 7: not valid YAML: 'abc' is not a valid int"),
        (b"flip: !!bool 3\n", "line 1, column 7: not valid YAML: '3' is not a valid bool"),
        (b"detector:\n", "detector: expected a mapping of settings of kind small or large, found None (NoneType)"),
        (b"detector: {kind: [small]}\n", "detector: kind: expected one of small, large, found ['small'] (list)"),
    ],
)
def test_files_that_are_no_configuration(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config(Schema, path)
    assert expected in str(caught.value)


@pytest.mark.parametrize("text", ["{{x}}", "!!int abc", "[a]: 1"])
def test_a_value_that_is_no_yaml_is_a_text(text: str) -> None:
    assert load_config(Schema, None, [f"tracker.weights={text}"]).tracker.weights == text


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("detector.kind=[small]", r"detector: kind: expected one of small, large, found \['small'\] \(list\)"),
        ("tracker.weights=[a]", r"tracker.weights: expected one of str, null, found \['a'\] \(list\)"),
        ("tracker.max_gap_frames=!!int abc", "tracker.max_gap_frames: expected int, found '!!int abc' \\(str\\)"),
    ],
)
def test_overrides_of_another_type(override: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        load_config(Schema, None, [override])


def test_a_missing_file_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_config(Schema, tmp_path / "none.yaml")
    assert load_config(Schema, _write(tmp_path, "")) == Schema()


@dataclass(frozen=True)
class Parts:
    part: Tracker | None = field(default_factory=Tracker)


def test_a_section_may_be_null_and_one_that_is_there_is_checked() -> None:
    assert load_config(Parts, None, ["part=null"]).part is None
    assert load_config(Parts, None, ["part.max_gap_frames=3"]).part == Tracker(max_gap_frames=3)
    with pytest.raises(ConfigError, match="part.max_gap: unknown key; did you mean max_gap_frames"):
        load_config(Parts, None, ["part.max_gap=3"])


@pytest.mark.parametrize("value", ["false", "off", "none", "3", "[1]"])
def test_what_stands_for_a_section_that_may_be_null_is_null_or_settings(value: str) -> None:
    with pytest.raises(ConfigError, match=r"1 fault in.*\n  part: expected null or a mapping of settings, found "):
        load_config(Parts, None, [f"part={value}"])


@pytest.mark.parametrize("text", ["[" * 3000, "[" * 3000 + "]" * 3000, "{a: " * 3000])
def test_what_is_nested_too_deeply_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="c.yaml: nested too deeply; expected a mapping of settings"):
        load_config(Schema, _write(tmp_path, f"rate: {text}"))
    with pytest.raises(ConfigError, match="2 faults .*\n  tracker.weights: the value is nested too deeply\n  flip: "):
        load_config(Schema, None, [f"tracker.weights={text}", "flip=1"])


def test_sections_of_no_concern_are_passed_over_in_the_file_alone(tmp_path: Path) -> None:
    path = _write(tmp_path, "part: {max_gap_frames: 3}\npose: {model: any}\n")
    assert load_config(Parts, path, passed_over=("pose",)).part == Tracker(max_gap_frames=3)
    with pytest.raises(ConfigError, match="pose: unknown key"):
        load_config(Parts, path)
    with pytest.raises(ConfigError, match="pose: unknown key"):
        load_config(Parts, path, ["pose.model=other"], passed_over=("pose",))


@dataclass(frozen=True)
class _Point:
    x: float
    y: float


@dataclass(frozen=True)
class _Wanted:
    point: _Point | None = None


def test_a_setting_without_a_default_is_said_to_be_missing_and_the_command_line_named() -> None:
    with pytest.raises(ConfigError, match=r"command line: 1 fault.*\n  point.y: is missing, and has no default"):
        load_config(_Wanted, overrides=["point.x=3"])
