"""mashumaro's methods of a dataclass, written when they are first called.

dbt declares some 350 dataclasses. mashumaro writes four methods of each as source code that Python compiles: 0.5 CPU s
at every start. A build calls a few dozen of them. mashumaro's own `lazy_compilation`, which dbt sets, makes
that code shorter, and compiles it all the same.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any


def compile_when_called(mixins: ModuleType) -> None:
    """Have classes that are declared from now on get their methods late.

    Args:
        mixins: the module `mashumaro.mixins.dict`, in which a class is given its methods.
    """
    from mashumaro.core.meta.code.builder import CodeBuilder

    def reading(format_name: str = "dict", decoder: object = None, **_: object) -> Any:
        return CodeBuilder.get_unpack_method_name(format_name=format_name, decoder=decoder)

    def writing(format_name: str = "dict", encoder: object = None, **_: object) -> Any:
        return CodeBuilder.get_pack_method_name(format_name=format_name, encoder=encoder)

    mixins.compile_mixin_unpacker = _late(mixins.compile_mixin_unpacker, reading, classmethod)  # type: ignore[attr-defined]
    mixins.compile_mixin_packer = _late(mixins.compile_mixin_packer, writing, lambda method: method)  # type: ignore[attr-defined]


def _late(
    compile_method: Callable[..., None], name_of: Callable[..., Any], bind: Callable[[Callable[..., Any]], Any]
) -> Callable[..., None]:
    """What stands for one of mashumaro's functions: it gives a class a method that makes the real one and calls it."""

    def compile_late(cls: type, **parameters: Any) -> None:
        name = name_of(**parameters)

        def method(called_on: Any, *args: Any, **kwargs: Any) -> Any:
            # Each class has methods of its own, so that a subclass never gets here with what is its parent's.
            compile_method(cls, **parameters)
            return getattr(called_on, name)(*args, **kwargs)

        for known_as in (name, name.public):
            setattr(cls, known_as, bind(method))

    return compile_late
