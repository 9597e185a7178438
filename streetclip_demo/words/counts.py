"""How many of something, in English: one is one. Knows no language but that of logs, terminals and reports."""


def counted(count: int, one: str, many: str) -> str:
    """A number with what it is of.

    >>> counted(1, "row is", "rows are"), counted(1204, "row is", "rows are")
    ('1 row is', '1,204 rows are')
    """
    return f"{count:,} {one if count == 1 else many}"
