"""Reading Parquet columns as plain Python lists; amounts as integers at their scale."""

import pyarrow
import pyarrow.parquet

import delta_log


def plain(column):
    """A column as a list; a decimal becomes its integer, null becomes None."""
    values = []
    for chunk in column.chunks if isinstance(column, pyarrow.ChunkedArray) else [column]:
        decimal = pyarrow.types.is_decimal128(chunk.type)
        values.extend(integers(chunk) if decimal else chunk.to_pylist())
    return values


def integers(array):
    """The unscaled integers of a decimal array: low words, whose high words must only extend them."""
    words = memoryview(array.buffers()[1]).cast("B").cast("q")
    words = words[2 * array.offset:2 * (array.offset + len(array))]
    low, high = words[::2].tolist(), words[1::2].tolist()
    valid = array.is_valid().to_pylist() if array.null_count else None
    if valid:
        low = [value if there else None for value, there in zip(low, valid)]
    for value, sign in zip(low, high):
        if value is not None and sign != (-1 if value < 0 else 0):
            raise ValueError("an amount has more than 18 digits")
    return low


def scales(path):
    """Digits behind the point of each decimal column of a file."""
    schema = pyarrow.parquet.read_schema(path)
    return {field.name: field.type.scale for field in schema
            if pyarrow.types.is_decimal(field.type)}


def read(path):
    """All columns of one file, by name."""
    table = pyarrow.parquet.ParquetFile(path).read()
    return {name: plain(table.column(name)) for name in table.column_names}


def read_all(table_folder):
    """All columns of all files of a small table, one below the other."""
    whole = {}
    for path, values in delta_log.live_files(table_folder):
        columns = read(path)
        rows = len(next(iter(columns.values()), []))
        for name, value in values.items():
            columns[name] = [value] * rows
        for name, column in columns.items():
            whole.setdefault(name, []).extend(column)
    return whole


def by_period(table_folder):
    """Files of a wide table by the text of their period."""
    found = {}
    for path, values in delta_log.live_files(table_folder):
        found.setdefault(values["period"], []).append(path)
    return found
