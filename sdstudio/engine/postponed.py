"""Packages of others whose own beginning runs only once somebody asks them for a name: a cold engine starts faster.

Whoever imports one class of diffusers makes Python run the beginning of every package above that class, and those
beginnings import the networks of all families there are. Here such a package is there at once, with its place on the
disk, so that its modules are imported as ever; the beginning itself follows when a name is asked for that is no module.
A package that changes in a later release starts more slowly at worst.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_NAMES_OF_PACKAGES = {"__all__", "__version__"}


@dataclass(frozen=True)
class Before:
    """What a package has before its beginning has run."""

    names: Mapping[str, Callable[..., Any]] = field(default_factory=dict)  # that others want at once, and call later
    modules: frozenset[str] | None = None  # that can be imported; None: all of them


def postpone(packages: Mapping[str, Before]) -> None:
    """From now on the beginnings of these packages wait, unless they have run. Call it once."""
    sys.meta_path.insert(0, _Finder(packages))


def later(package: str, name: str) -> Callable[..., Any]:
    """A function that calls the one of that name in `package`, whose beginning runs then."""

    def call(*args: Any, **kwargs: Any) -> Any:
        module = importlib.import_module(package)
        if isinstance(module, _Postponed):
            module.begin()
        return getattr(sys.modules[package], name)(*args, **kwargs)

    return call


def unmarked(function: Callable[..., Any] | None = None, *_args: Any, **_kwargs: Any) -> Callable[..., Any]:
    """For decorators that only mark a function for whoever compiles it, written with arguments or without."""
    return unmarked if function is None else function


class _Finder(MetaPathFinder):
    """Finds what is to wait before Python's own finders do."""

    def __init__(self, packages: Mapping[str, Before]) -> None:
        self._packages = packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in self._packages:
            spec = PathFinder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _Waiting(spec.loader, self._packages[fullname])
            return spec
        above, _, name = fullname.rpartition(".")
        package = sys.modules.get(above)
        if not isinstance(package, _Postponed):
            return None
        modules = self._packages[above].modules
        if modules is not None and name not in modules:
            package.begin()
            if fullname in sys.modules:
                return ModuleSpec(fullname, _There(sys.modules[fullname]))
        return None


class _Waiting(Loader):
    """Makes the package, and leaves its beginning to `_Postponed`."""

    def __init__(self, loader: Loader, before: Before) -> None:
        self._loader, self._before = loader, before

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        module.__dict__.update(self._before.names)
        module.__class__ = _Postponed


class _There(Loader):
    """Gives a module that its package's beginning has imported meanwhile."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


class _Postponed(ModuleType):
    """A package whose beginning has not run."""

    def __getattr__(self, name: str) -> Any:
        """Only what the package has not yet: one of its modules, or what its beginning makes."""
        if name.startswith("__") and name not in _NAMES_OF_PACKAGES:  # who looks at modules in passing asks for these
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        whole = f"{self.__name__}.{name}"
        if PathFinder.find_spec(whole, self.__path__) is not None:
            return importlib.import_module(whole)
        self.begin()
        return getattr(sys.modules[self.__name__], name)  # some packages put another object in their place

    def begin(self) -> None:
        """Run the package's own beginning."""
        assert self.__spec__ is not None
        assert self.__spec__.loader is not None
        self.__class__ = ModuleType  # type: ignore[assignment] # its beginning asks itself for names
        try:
            self.__spec__.loader.exec_module(self)
        except BaseException:
            self.__class__ = _Postponed
            raise
