"""Options that many verbs share, and take as one object."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

Verb = Callable[..., Any]


def bundle(template: Verb, kind: Callable[..., Any], name: str) -> Callable[[Verb], Verb]:
    """A decorator that gives a verb the options of `template`, and the verb them as one `kind`.

    Parameters
    ----------
    template : a function whose parameters are the options, named as the arguments of `kind`.
    name : the verb's parameter that gets the object; the options stand in its place.
    """
    options = inspect.signature(template, eval_str=True).parameters

    def takes(verb: Verb) -> Verb:
        @functools.wraps(verb)
        def bundled(*arguments: Any, **named: Any) -> Any:
            found = {option: named.pop(option) for option in options if option in named}
            return verb(*arguments, **named, **{name: kind(**found)})

        own = inspect.signature(verb, eval_str=True)
        parameters = [
            parameter
            for one in own.parameters.values()
            for parameter in (options.values() if one.name == name else [one])
        ]
        vars(bundled)["__signature__"] = own.replace(parameters=parameters)
        bundled.__annotations__ = {one.name: one.annotation for one in parameters}
        return bundled

    return takes


def words_of(options: Any) -> list[str]:
    """What of bundled options is not the default, as words of a command line.

    Parameters
    ----------
    options : a dataclass, each field an option of its name with a default.
    """
    words: list[str] = []
    for field in fields(options):
        value = getattr(options, field.name)
        if value != field.default:
            words.append(f"--{field.name.replace('_', '-')}")
            words += [] if value is True else [str(value)]
    return words
