"""Errors a user can cause; each message says what was found, what was expected, what to do."""

from __future__ import annotations


class GpdhtError(Exception):
    """Base of every error that a user's input or environment can cause."""


class DataError(GpdhtError):
    """The expression matrix or the edge list cannot be used as it is."""


class ConfigError(GpdhtError):
    """A configuration names an unknown setting or gives one an impossible value."""


class DeviceError(GpdhtError):
    """The device that was asked for is not there."""


class SpaceError(GpdhtError):
    """A search space is malformed or asks for what cannot be searched."""


class TooLargeError(GpdhtError, MemoryError):
    """What a configuration needs for these data does not fit into memory."""


class TimeLimitError(GpdhtError):
    """A trial takes longer than it may."""


class DivergedError(GpdhtError, ArithmeticError):
    """The training loss or a score is no longer a finite number."""


class StudyError(GpdhtError):
    """A study cannot be created, resumed or read."""


class ModelError(GpdhtError):
    """A model is missing, corrupt, or does not fit the data it is asked about."""


class TrackingError(GpdhtError):
    """The MLflow tracking server cannot be reached or refuses."""
