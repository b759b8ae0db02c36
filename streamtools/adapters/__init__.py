"""The faces of the library: command lines, and whatever else calls it from outside."""
