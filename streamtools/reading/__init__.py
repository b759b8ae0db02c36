"""Read: one page of one file, numbered, in constant memory.

result = read("big.log", offset=7_000_000, limit=100)
for line in result.lines:
    print(line.number, line.text)
result.next                 # the call that goes on, or None
"""

from streamtools.reading.tool import aread, iter_lines, read

__all__ = ["aread", "iter_lines", "read"]
