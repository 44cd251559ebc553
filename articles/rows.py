"""Single rows, found by what they equal, read and written by plain statements.

What every look does a dozen times is done by these: Django takes several times longer to compile such
a query than the database takes to answer it (docs/scaling.md). Values pass through the fields of the
model as ever, so that they mean the same in both databases; expressions such as F() do not.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)
SEPARATOR = ";\n"  # of statements sent together
Converter = Callable[[Any, Any, Any], Any]


def select(model: type[Row], **equal: Any) -> Row | None:
    """The row whose fields equal these values; None where there is none. Give what is unique."""
    columns = _columns(model, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(_select(model, tuple(equal), connection.vendor), _compared(model, equal))
        found = cursor.fetchone()
    if found is None:
        return None
    return model.from_db(connection.alias, columns.names, columns.converted(found))


def update(model: type[models.Model], values: Mapping[str, Any], **equal: Any) -> int:
    """Writes values, at least one, to the rows whose fields equal these; returns how many there were."""
    statement = _update(model, tuple(values), tuple(equal), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*_saved(model, values), *_compared(model, equal)])
        return int(cursor.rowcount)


def update_each(model: type[models.Model], values: Mapping[int, Mapping[str, Any]]) -> None:
    """Writes to each row, by key, values of its own, at least one; in few rounds to the server."""
    alike: dict[tuple[str, ...], list[list[Any]]] = {}
    for pk, own in values.items():
        alike.setdefault(tuple(own), []).append([*_saved(model, own), pk])
    with connection.cursor() as cursor:
        for names, parameters in alike.items():
            statement = _update(model, names, ("pk",), connection.vendor)
            if connection.vendor == "postgresql":
                # the driver's own executemany sends one after the other and waits for each answer
                together = SEPARATOR.join([statement] * len(parameters))
                cursor.execute(together, [value for own in parameters for value in own])
            else:
                cursor.executemany(statement, parameters)


def insert(model: type[models.Model], values: Mapping[str, Any]) -> None:
    """Adds a row; a field that is not named gets the database's default, or NULL."""
    with connection.cursor() as cursor:
        cursor.execute(_insert(model, tuple(values), connection.vendor), _saved(model, values))


def distinct(model: type[models.Model], name: str) -> list[str]:
    """The values of a field of text that are not empty, in order; where an index begins with it, in as many
    steps along that as there are values, and not through all rows."""
    with connection.cursor() as cursor:
        cursor.execute(_distinct(model, name, connection.vendor))
        return [value for (value,) in cursor.fetchall()]


def moment(value: datetime) -> Any:
    """A moment as the database's parameter, for statements written by hand."""
    return connection.ops.adapt_datetimefield_value(value)


def read_moment(value: Any) -> Any:
    """A moment out of the database, by such a statement; aware, or None."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


# --- values -----------------------------------------------------------------------------------------
def _saved(model: type[models.Model], values: Mapping[str, Any]) -> list[Any]:
    """Values as the columns of their fields take them."""
    return [_field(model, name).get_db_prep_save(_key(value), connection) for name, value in values.items()]


def _compared(model: type[models.Model], equal: Mapping[str, Any]) -> list[Any]:
    return [_field(model, name).get_db_prep_value(_key(value), connection) for name, value in equal.items()]


def _key(value: Any) -> Any:
    """The key of a row given for a foreign key; anything else as it is."""
    return value.pk if isinstance(value, models.Model) else value


class _Columns:
    """The columns of a model in the order of its fields, and how their values become Python's."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = model._meta.concrete_fields
        self.names = [field.attname for field in fields]
        self._converters: list[tuple[int, list[Converter], Any]] = []
        for at, field in enumerate(fields):
            column = field.get_col(model._meta.db_table)
            chain = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
            if chain:
                self._converters.append((at, chain, column))

    def converted(self, row: tuple[Any, ...]) -> list[Any]:
        """A row's values as the model's fields hold them."""
        values = list(row)
        for at, chain, column in self._converters:
            for convert in chain:
                values[at] = convert(values[at], column, connection)
        return values


@cache
def _columns(model: type[models.Model], vendor: str) -> _Columns:
    return _Columns(model)


# --- statements: made once for each set of names; none of these comes from outside ----------------------
@cache
def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


@cache
def _select(model: type[models.Model], equal: tuple[str, ...], vendor: str) -> str:
    listed = ", ".join(_quoted(field) for field in model._meta.concrete_fields)
    return f"SELECT {listed} FROM {_table(model)} WHERE {_all(model, equal)}"  # noqa: S608


@cache
def _update(model: type[models.Model], names: tuple[str, ...], equal: tuple[str, ...], vendor: str) -> str:
    assignments = ", ".join(f"{_quoted(_field(model, name))} = %s" for name in names)
    return f"UPDATE {_table(model)} SET {assignments} WHERE {_all(model, equal)}"  # noqa: S608


@cache
def _insert(model: type[models.Model], names: tuple[str, ...], vendor: str) -> str:
    columns = ", ".join(_quoted(_field(model, name)) for name in names)
    marks = ", ".join(["%s"] * len(names))
    return f"INSERT INTO {_table(model)} ({columns}) VALUES ({marks})"  # noqa: S608


@cache
def _distinct(model: type[models.Model], name: str, vendor: str) -> str:
    column, table = _quoted(_field(model, name)), _table(model)
    following = f"SELECT min({column}) FROM {table} WHERE {column} >"  # noqa: S608
    return (
        f"WITH RECURSIVE found(value) AS ({following} '' UNION ALL "  # noqa: S608
        f"SELECT ({following} found.value) FROM found WHERE found.value IS NOT NULL) "
        "SELECT value FROM found WHERE value IS NOT NULL"
    )


def _all(model: type[models.Model], equal: Iterable[str]) -> str:
    return " AND ".join(f"{_quoted(_field(model, name))} = %s" for name in equal)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _quoted(field: Any) -> str:
    return connection.ops.quote_name(field.column)
