"""Child processes that share a list of tasks with their parent; results come in the tasks' order.

    crew = Crew(2, forked(lambda: work))
    crew.start()
    for result in crew.map(tasks, work): ...

A child is either a plain fork, for a program of ours that has no threads yet, or
``python -m streamtools.children``, which is safe in any host: multiprocessing would import the host's
``__main__`` again. Both speak the same frames over two pipes: eight bytes of length, then a
pickle that only this program wrote. A child ends when its parent does, since its pipe then ends. Whatever
happens to a child or to its work loses nothing, because the parent does its tasks itself.

Another kind of child does one thing in a process of its own: a `Nursery` asks its ``template`` for it, ``limiting`` bounds its memory, and
its whole process group ends when it does or when the parent dies.
"""

from __future__ import annotations

from streamtools.children.crew import Crew
from streamtools.children.process import Child, forked, spawned

__all__ = ["Child", "Crew", "forked", "spawned"]
