"""Convert plain data to typed dataclasses with cattrs, strictly: no value is coerced to another type."""

from __future__ import annotations

import dataclasses
import difflib
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import cattrs
import cattrs.gen
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ForbiddenExtraKeysError,
    IterableValidationNote,
)

T = TypeVar("T")


class _Fault(ValueError):
    """A value that does not fit; the message says what was expected and what was found."""


def structure(data: Mapping[str, Any], schema: type[T], faults: list[str]) -> T | None:
    """Build ``schema`` from ``data``; append every fault as ``key: what`` and return None if there is any."""
    try:
        return _CONVERTER.structure(data, schema)
    except Exception as error:  # cattrs raises groups of arbitrary exceptions from constructors
        _collect(error, "", faults)
        return None


def unstructure(config: object) -> Any:
    """A configuration as plain lists, mappings and scalars, in field order."""
    return _plain(dataclasses.asdict(config))  # type: ignore[call-overload]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, (list, tuple)) else value


def _collect(error: BaseException, path: str, faults: list[str]) -> None:
    """Flatten cattrs' nested exception groups into lines that start with the dotted key."""
    if isinstance(error, BaseValidationError):
        for child in error.exceptions:
            note = next((n for n in getattr(child, "__notes__", ())
                         if isinstance(n, (AttributeValidationNote, IterableValidationNote))), None)  # fmt: skip
            step = "" if note is None else note.name if isinstance(note, AttributeValidationNote) else f"[{note.index}]"
            joint = "." if path and step and not step.startswith("[") else ""
            _collect(child, path + joint + step, faults)
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [f.name for f in dataclasses.fields(error.cl)]
        for key in sorted(map(str, error.extra_fields)):
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
            faults.append(f"{path + '.' if path else ''}{key}: unknown key; {hint}")
    elif isinstance(error, KeyError):  # a field without a default
        faults.append(f"{path}: is missing, and has no default")
    else:
        faults.append(f"{path}: {error}" if path else str(error))


def _show(value: object) -> str:
    return f"{value!r} ({type(value).__name__})"


def _scalar(value: Any, target: type) -> Any:
    if target is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, target) or (target is int and isinstance(value, bool)):
        raise _Fault(f"expected {target.__name__}, found {_show(value)}")
    return value


def _literal(value: Any, target: Any) -> Any:
    options = get_args(target)
    if value not in options or type(value) not in {type(o) for o in options}:
        near = difflib.get_close_matches(str(value), [str(o) for o in options], n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise _Fault(f"expected one of {', '.join(map(str, options))}, found {_show(value)}{hint}")
    return value


def _origin(target: Any) -> object:
    return get_origin(target)


def _union(value: Any, target: Any) -> Any:
    """Structure a union: None, the only dataclass, the one of the given ``kind``, or the first other type that fits."""
    options: tuple[Any, ...] = get_args(target)
    if value is None and type(None) in options:
        return None
    classes: list[Any] = [o for o in options if dataclasses.is_dataclass(o)]
    if len(classes) == 1 and isinstance(value, Mapping):  # a section that may be null
        return _CONVERTER.structure(value, classes[0])
    variants: dict[object, Any] = {_kind_of(o): o for o in classes if "kind" in get_type_hints(o)}
    if variants and isinstance(value, Mapping):
        kind = value.get("kind", next(iter(variants)))
        if kind not in list(variants):  # the list: a kind may be unhashable
            raise _Fault(f"kind: expected one of {', '.join(map(str, variants))}, found {_show(kind)}")
        return _CONVERTER.structure(value, variants[kind])
    for option in options:
        if option is not type(None) and not dataclasses.is_dataclass(option):
            try:
                return _CONVERTER.structure(value, option)
            except (_Fault, BaseValidationError):
                continue
    raise _Fault(f"expected {_expected(options, variants)}, found {_show(value)}")


def _expected(options: tuple[Any, ...], variants: Mapping[object, Any]) -> str:
    """Describe in words what a union accepts."""
    words: list[str] = []
    if variants:
        words.append(f"a mapping of settings of kind {' or '.join(map(str, variants))}")
    for option in options:
        if option is type(None):
            words.append("null")
        elif _origin(option) is Literal:
            words += map(str, get_args(option))
        elif not dataclasses.is_dataclass(option):
            words.append(getattr(option, "__name__", str(option)))
    if not variants and any(map(dataclasses.is_dataclass, options)):
        return " or ".join([*words, "a mapping of settings"])
    return words[0] if len(words) == 1 else f"one of {', '.join(words)}"


def default_kinds(schema: type) -> dict[str, object]:
    """The default ``kind`` of each section with variants."""
    sections = {name: get_args(target) for name, target in get_type_hints(schema).items()}
    first = {name: next((o for o in options if dataclasses.is_dataclass(o)), None) for name, options in sections.items()}
    return {name: _kind_of(variant) for name, variant in first.items() if "kind" in get_type_hints(variant or object)}


def _kind_of(variant: Any) -> object:
    return get_args(get_type_hints(variant)["kind"])[0]


def _make_dataclass_hook(target: Any, converter: cattrs.Converter) -> Any:
    inner = cattrs.gen.make_dict_structure_fn(target, converter, _cattrs_forbid_extra_keys=True)

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            raise _Fault(f"expected a mapping of settings, found {_show(value)}")
        return inner(value, target)

    return hook


def _list_like(value: Any, target: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        raise _Fault(f"expected a list, found {_show(value)}")
    args = get_args(target)
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_CONVERTER.structure(item, args[0]) for item in value)
    if len(value) != len(args):
        raise _Fault(f"expected {len(args)} values, found {len(value)}: {list(value)}")
    return tuple(_CONVERTER.structure(item, arg) for item, arg in zip(value, args, strict=True))


def _build_converter() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=True)
    for scalar in (bool, int, float, str):
        converter.register_structure_hook(scalar, _scalar)
    converter.register_structure_hook_factory(dataclasses.is_dataclass, _make_dataclass_hook)
    converter.register_structure_hook_func(lambda t: _origin(t) is tuple, _list_like)
    converter.register_structure_hook_func(lambda t: _origin(t) in (Union, types.UnionType), _union)
    converter.register_structure_hook_func(lambda t: _origin(t) is Literal, _literal)
    return converter


_CONVERTER = _build_converter()
