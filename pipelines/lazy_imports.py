"""What libraries import and most commands never use: it is loaded, or made, when something asks for it.

`importlib.util.LazyLoader` would load a package as soon as a module below it is imported, and until Python 3.12 it
shows a second thread a module that is half there.
"""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType
from typing import Any

from pipelines.late_methods import compile_when_called

DEFERRED: Mapping[str, Collection[str]] = {
    # dbt Cloud, components, grpc; we import those of its modules that we use.
    "dagster_dbt": (),
    # dbt asks for its newest version and sends events with it; no command of ours does.
    "requests": ("Session", "get", "post"),
    # MetricFlow reads other tools' metrics with it.
    "sqlglot": (),
    "sqlglot.expressions": (),
    # Great Expectations compares distributions with one and draws them with the other; no rule of ours does.
    "scipy.stats": (),
    "altair": (),
}
"""Modules of which nothing is used at import, with names that whoever imports them writes in types, or hands on."""
LOADED_WITH_A_PART = ("requests",)
"""Deferred modules that their own parts begin with: Great Expectations asks for `requests.adapters` alone, and that
goes round in a circle unless the whole of it comes first."""
CHANGED: Mapping[str, Callable[[ModuleType], None]] = {"mashumaro.mixins.dict": compile_when_called}
"""Modules that are changed once they are loaded."""


def defer_imports() -> None:
    """Load these modules at their first use, from now on; what is imported already stays as it is."""
    sys.meta_path.insert(0, LateFinder(DEFERRED, CHANGED, LOADED_WITH_A_PART))


class LateFinder(MetaPathFinder):
    """Finds modules as Python does, and has some of them load later, or be changed when they are loaded."""

    def __init__(
        self,
        deferred: Mapping[str, Collection[str]],
        changed: Mapping[str, Callable[[ModuleType], None]],
        loaded_with_a_part: Collection[str] = (),
    ) -> None:
        self._deferred = deferred
        self._changed = changed
        self._loaded_with_a_part = loaded_with_a_part

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's specification, where it is one of ours."""
        part_of = name.rpartition(".")[0]
        if part_of in self._loaded_with_a_part:
            getattr(sys.modules[part_of], "nothing", None)  # loads it, unless it is loading
            return _Loaded.spec(sys.modules[name]) if name in sys.modules else None
        if name not in self._deferred and name not in self._changed:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            if name in self._deferred:
                spec.loader = _DeferredLoader(spec.loader, self._deferred[name])
            else:
                spec.loader = _ChangingLoader(spec.loader, self._changed[name])
        return spec


class _StandingIn(Loader):
    """A loader before another one, which the module names as its own: its source and data are asked for there."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader


class _Loaded(Loader):
    """Of a module that came with the whole while it was looked for: it is not made a second time."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    @classmethod
    def spec(cls, module: ModuleType) -> ModuleSpec:
        """What `import` takes in place of the module's own specification, by which it would make a second one."""
        loader = cls(module)
        module.__spec__ = None
        return ModuleSpec(module.__name__, loader)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


class _ChangingLoader(_StandingIn):
    def __init__(self, loader: Loader, change: Callable[[ModuleType], None]) -> None:
        super().__init__(loader)
        self._change = change

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        self._loader.exec_module(module)
        self._change(module)


class _DeferredLoader(_StandingIn):
    """A module that has its name, path and stand-ins, until something else of it is asked for."""

    def __init__(self, loader: Loader, stand_ins: Collection[str]) -> None:
        super().__init__(loader)
        self._stand_ins = stand_ins
        self._lock = RLock()
        self._state = "deferred"

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)

        def missing(name: str) -> Any:
            with self._lock:
                if self._state == "deferred":
                    self._load(module)
                    return getattr(module, name)
                if name in vars(module):  # this thread waited while another one loaded it
                    return vars(module)[name]
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}", name=name, obj=module)

        module.__getattr__ = missing  # type: ignore[method-assign]
        for name in self._stand_ins:
            setattr(module, name, _stand_in(name, missing))

    def _load(self, module: ModuleType) -> None:
        self._state = "loading"
        try:
            self._loader.exec_module(module)
        except BaseException:
            self._state = "deferred"
            raise
        self._state = "loaded"


def _stand_in(name: str, load: Callable[[str], Any]) -> type:
    """What a type can be written with; a call of it is one of the real thing."""

    def real(_: type, *args: Any, **kwargs: Any) -> Any:
        return load(name)(*args, **kwargs)

    return type(name, (), {"__new__": real})
