"""Load a configuration: YAML file, then ``key=value`` overrides, then validation that reports all faults at once.

The schema is a frozen stdlib dataclass that lives beside the code it configures. A field whose
type is a union of dataclasses has variants: each has a ``kind: Literal[...]`` field, and the
``kind`` in the mapping selects one.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from posetrack.config.structure import default_kinds, structure, unstructure
from posetrack.errors import ConfigError

T = TypeVar("T")


class _Loader(yaml.SafeLoader):
    """SafeLoader that rejects duplicate keys and reads numbers as YAML 1.2 does.

    1e-3 is a number, 010 is 10, and 1:30 is a string. Dates such as 2024-01-31 are strings, too.
    """

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError) as error:  # raised by PyYAML itself for !!int abc or !!bool 3
            tag = node.tag.removeprefix("tag:yaml.org,2002:")
            raise yaml.MarkedYAMLError(None, None, f"{node.value!r} is not a valid {tag}", node.start_mark) from error

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):  # {a: b} or [a, b], for example a template's {{ name }}
                raise yaml.MarkedYAMLError(None, None, f"key {key!r}, expected a name", key_node.start_mark)
            if key in seen:
                raise yaml.MarkedYAMLError(None, None, f"key {key!r} is given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


# PyYAML follows YAML 1.1, where a float needs a dot and a signed exponent, 010 is 8 and 1:30 is 90.
# An integer of more than 18 digits is read as a float: no setting here counts that far.
_INT, _FLOAT, _DATE = (f"tag:yaml.org,2002:{name}" for name in ("int", "float", "timestamp"))
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag not in (_INT, _FLOAT, _DATE)]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_INT, re.compile(r"^[-+]?[0-9]{1,18}$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    _FLOAT,
    re.compile(r"^([-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"),
    list("-+0123456789."),
)
_Loader.add_constructor(_INT, lambda _, node: int(node.value))


class _Dumper(yaml.SafeDumper):
    """SafeDumper that quotes strings that ``_Loader`` would read as numbers."""


_Dumper.yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers


def load_config(
    schema: type[T], path: Path | str | None = None, overrides: Sequence[str] = (), *, passed_over: Sequence[str] = (),
    base: Mapping[str, Any] | None = None,
) -> T:  # fmt: skip
    """Load the configuration of a run, or a part of it.

    Args:
        schema: frozen dataclass; its defaults apply to whatever is not given.
        path: YAML file, or None for the defaults alone.
        overrides: ``dotted.key=value``, the value read as YAML. In whatever order they are given, whole sections are
            applied before the keys in them, and a variant's ``kind`` before the other keys of its section. A ``kind``
            that differs from the file's discards the file's settings for that section.
        passed_over: top-level keys of the file to ignore.
        base: settings to start from instead of the defaults when there is no file.

    Raises:
        ConfigError: lists every unknown key, wrong type, wrong kind and bad value in one message.
    """
    data = copy.deepcopy(dict(base or {})) if path is None else _read_yaml(Path(path))
    data = {key: value for key, value in data.items() if key not in passed_over}
    places = [] if path is None else [str(path)]
    if overrides or not places:
        places.append("the command line")
    faults: list[str] = []
    kinds = default_kinds(schema)
    for override in sorted(overrides, key=_turn):
        _apply(data, override, kinds, faults)
    result = structure(data, schema, faults)
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise ConfigError(f"{' and '.join(places)}: {count} in the configuration\n" + "\n".join(f"  {fault}" for fault in faults))
    assert result is not None
    return result


def dump_config(config: object) -> str:
    """The complete configuration as YAML text, in field order."""
    return yaml.dump(unstructure(config), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not a text file (byte {error.start} is not UTF-8); expected YAML") from error
    try:
        data = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise ConfigError(f"{path}: {place}: not valid YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: nested too deeply; expected a mapping of settings") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: expected a mapping of settings, found {type(data).__name__}")
    return data


def _turn(override: str) -> tuple[int, bool]:
    """Sort key of an override: shallow keys first, ``kind`` before the other keys at its depth."""
    key = override.partition("=")[0].strip()
    return key.count("."), not key.endswith(".kind")


def _glob_hint(override: str) -> str:
    """What to do if the shell has replaced a pattern with the files it matches."""
    return "; only one input is read: put a pattern such as 'frames/*.jpg' in quotes" if os.path.exists(override) else ""


def _apply(data: dict[str, Any], override: str, kinds: Mapping[str, object], faults: list[str]) -> None:
    """Apply one ``dotted.key=value`` to the nested mapping, in place; ``kinds``: default kinds of sections."""
    key, separator, text = override.partition("=")
    parts = key.strip().split(".")
    if not separator or not all(parts):
        faults.append(f"override {override!r}: expected key=value, such as tracker.max_gap_frames=5{_glob_hint(override)}")
        return
    try:
        value = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError:
        value = text
    except RecursionError:
        faults.append(f"{key.strip()}: the value is nested too deeply")
        return
    node = data
    for part in parts[:-1]:
        child = node.get(part)
        if not isinstance(child, dict):
            child = node[part] = {}
        node = child
    if parts[-1] == "kind" and node.get("kind", kinds.get(parts[0], value)) != value:
        node.clear()
    node[parts[-1]] = value
