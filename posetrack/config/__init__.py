"""YAML and command-line overrides to a typed, frozen dataclass; every fault in one error."""

from posetrack.config.load import dump_config, load_config

__all__ = ["dump_config", "load_config"]
