"""What programs tell TensorFlow about devices, sessions and its log: accepted, without effect, and said once."""

from __future__ import annotations

import logging as python_logging
from typing import Any

from tinynet._console import say
from tinynet.runner.frames import place_of_request

_said: list[str] = []


def _say_once(name: str) -> None:
    if "settings" not in _said:
        _said.append("settings")
        say(
            f"tinynet run: {name} ({place_of_request()}) has no effect, and so have other settings of devices, "
            "sessions and logs: tinynet computes on the processor.",
            error=True,
        )


class Nothing:
    """Takes any call, any attribute and any use as a context, and does nothing."""

    #: Of a strategy of distribution: programs multiply the size of their batches by it.
    num_replicas_in_sync = 1

    def __init__(self, name: str = "a session", answer: Any = None) -> None:
        vars(self).update(_name=name, _answer=answer)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        _say_once(self._name)
        if self._answer is not None:
            return list(self._answer) if isinstance(self._answer, list) else self._answer
        return Nothing(self._name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(f"{self._name}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        """Forget it."""

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *error: object) -> None:
        return None


def get_logger() -> python_logging.Logger:
    """Return a logger that is called like TensorFlow's."""
    return python_logging.getLogger("tensorflow")


def get_value(x: Any) -> Any:
    """Return what a variable holds."""
    return x.numpy() if hasattr(x, "numpy") else x


def set_value(x: Any, value: Any) -> None:
    """Set what a variable holds."""
    x.assign(value)


def enable_unsafe_deserialization() -> None:
    """Take note that a program trusts its files; say once what that means here."""
    if "files" not in _said:
        _said.append("files")
        say(
            f"tinynet run: enable_unsafe_deserialization ({place_of_request()}) has no effect: tinynet never runs what "
            "is in a file. A Lambda's function that a file names is given by `custom_objects`, or registered.",
            error=True,
        )


_DEVICES = ("list_physical_devices", "list_logical_devices", "get_visible_devices", "list_local_devices")
#: Names without effect, and what those answer that are asked for something.
_WITHOUT_EFFECT: dict[str, Any] = {
    **dict.fromkeys(
        [
            "ConfigProto",
            "Session",
            "InteractiveSession",
            "GPUOptions",
            "get_default_graph",
            "reset_default_graph",
            "device",
            "Graph",
            "disable_eager_execution",
            "enable_eager_execution",
            "disable_v2_behavior",
            "enable_v2_behavior",
            "set_session",
            "get_session",
            "global_variables_initializer",
            "set_verbosity",
            "set_memory_growth",
            "set_visible_devices",
            "run_functions_eagerly",
            "experimental_run_functions_eagerly",
            "set_intra_op_parallelism_threads",
            "set_inter_op_parallelism_threads",
            "set_soft_device_placement",
            "set_virtual_device_configuration",
            "set_logical_device_configuration",
            "VirtualDeviceConfiguration",
            "LogicalDeviceConfiguration",
            "set_jit",
            "set_learning_phase",
            "set_image_data_format",
            "set_image_dim_ordering",
            "enable_op_determinism",
            "set_epsilon",
            "manual_variable_initialization",
            "set_log_device_placement",
            "tables_initializer",
            "local_variables_initializer",
            "MirroredStrategy",
            "OneDeviceStrategy",
            "get_strategy",
            "Policy",
            "set_global_policy",
            "set_policy",
            "set_dtype_policy",
            "global_policy",
            "disable_interactive_logging",
            "enable_interactive_logging",
            "enable_check_numerics",
            "name_scope",
            "variable_scope",
            "control_dependencies",
            "enable_traceback_filtering",
            "disable_traceback_filtering",
            "set_backend",
        ]
    ),
    **{name: [] for name in (*_DEVICES, "_get_available_gpus")},
    **dict.fromkeys(("is_gpu_available", "is_built_with_cuda", "is_built_with_gpu_support"), False),
    "gpu_device_name": "",
    "get_build_info": {},
    "image_data_format": "channels_last",
    "learning_phase": 0,
}
globals().update({name: Nothing(name, answer) for name, answer in _WITHOUT_EFFECT.items()})
DEBUG, INFO, WARN, ERROR, FATAL = 10, 20, 30, 40, 50
VERSION = GIT_VERSION = "2.21.0+tinynet"
__all__ = [
    *_WITHOUT_EFFECT,
    *("DEBUG", "ERROR", "FATAL", "INFO", "VERSION", "WARN"),
    *("GIT_VERSION", "enable_unsafe_deserialization", "get_logger", "get_value", "set_value"),
]
