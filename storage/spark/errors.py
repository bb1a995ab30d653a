"""What goes wrong with Spark, in one line."""

import re

from expectations.wording import one_line, shortened
from storage.files.atomic import StorageError

_LONGEST = 400
_STACK = re.compile(r"\n\s*(JVM stacktrace:|Driver stacktrace:|\s*at [\w.$]+\(|== SQL|'?\w+ \[|\+- )")


class SparkError(StorageError):
    """Spark is missing, can't be reached or used: one line with the remedy."""


def spark_reason(error: BaseException) -> str:
    """What an error of pyspark's, of gRPC's or of Java's says, in one line without plans and stacks."""
    said = error.getMessage() if hasattr(error, "getMessage") else str(error)
    line = one_line(_STACK.split(str(said), maxsplit=1)[0]) or type(error).__name__
    return shortened(line, _LONGEST)
