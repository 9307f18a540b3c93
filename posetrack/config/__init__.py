"""Turn YAML and command-line overrides into a typed, frozen dataclass; one error lists every fault."""

from posetrack.config.load import dump_config, load_config

__all__ = ["dump_config", "load_config"]
