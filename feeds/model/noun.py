"""What makes nouns: ``dataclass``, as of the standard library, for frozen ones and in a third of the time.

The standard library writes six methods for every class and compiles each by itself, which took a tenth of a
build for its hundred nouns. Here ``__init__`` alone is compiled, and classes share the other methods.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414  # under the name that others import
else:
    import dataclasses
    from operator import attrgetter

    def dataclass(*, frozen, slots=False, kw_only=False):
        """A class made with this is what ``dataclasses.dataclass`` would make of it, to all who use it."""
        assert frozen, "a noun is frozen"

        def decorate(cls):
            own = frozenset(vars(cls))
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
            fields = dataclasses.fields(made)
            shown = [field.name for field in fields if field.repr]
            made._shape = f"{cls.__qualname__}({', '.join(f'{name}=%r' for name in shown)})"
            made._shown = _getter(shown)
            made._compared = _getter([field.name for field in fields if field.compare])
            made.__init__ = _init(made, fields)
            for name, method in _SHARED.items():
                if name not in own:
                    setattr(made, name, method)
            return made

        return decorate

    def _init(cls, fields):
        values = {"_set": object.__setattr__, "_absent": _ABSENT}
        parameters = []
        lines = []
        for field in sorted((field for field in fields if field.init), key=attrgetter("kw_only")):
            name = field.name
            if field.kw_only and "*" not in parameters:
                parameters.append("*")
            if field.default_factory is not dataclasses.MISSING:
                values[f"_of_{name}"] = field.default_factory
                parameters.append(f"{name}=_absent")
                lines.append(f"if {name} is _absent: {name} = _of_{name}()")
            elif field.default is not dataclasses.MISSING:
                values[f"_of_{name}"] = field.default
                parameters.append(f"{name}=_of_{name}")
            else:
                parameters.append(name)
            lines.append(f"_set(self, {name!r}, {name})")
        if hasattr(cls, "__post_init__"):
            lines.append("self.__post_init__()")
        text = (
            f"def make({', '.join(values)}):\n def __init__({', '.join(['self', *parameters])}):\n"
            + "".join(f"  {line}\n" for line in lines or ["pass"])
            + " return __init__"
        )
        made = {}
        exec(text, sys.modules[cls.__module__].__dict__, made)  # noqa: S102  # of names of our own fields
        init = made["make"](**values)
        init.__qualname__ = f"{cls.__qualname__}.__init__"
        init.__annotations__ = {field.name: field.type for field in fields if field.init} | {"return": None}
        return init

    def _getter(names):
        """What gives the values of these attributes as a tuple."""
        if len(names) > 1:
            return attrgetter(*names)
        return (lambda noun: (getattr(noun, names[0]),)) if names else (lambda _: ())

    class _Methods:
        """What all nouns have in common."""

        def __repr__(self):
            return self._shape % type(self)._shown(self)

        def __eq__(self, other):
            if type(other) is not type(self):
                return NotImplemented
            values = type(self)._compared
            return values(self) == values(other)

        def __hash__(self):
            return hash(type(self)._compared(self))

        def __setattr__(self, name, _):
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

        def __delattr__(self, name):
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

        def __getstate__(self):
            return [getattr(self, name) for name in self.__dataclass_fields__]

        def __setstate__(self, state):
            for name, value in zip(self.__dataclass_fields__, state, strict=True):
                object.__setattr__(self, name, value)

    _SHARED = {name: method for name, method in vars(_Methods).items() if callable(method)}
    _ABSENT = object()
