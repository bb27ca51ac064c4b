"""Diagrams of other dialects, rewritten into the one the reader knows: BPMN 2.0 with Zeebe's extension elements.

    camunda7     walks a file and hands each element to what knows it:
    forms        user tasks and start events      work       service, script, send and business rule tasks
    mappings     inputOutput, in and out          events     conditions, times, loops, names
    idle         what has no counterpart          plain      what plain BPMN leaves open
    juel         `${…}` as FEEL (methods, pieces, texts)

A file is rewritten in place after it was parsed; what is stored is what was uploaded. Each thing that has no counterpart is a
finding at its line, and what is not known is named as well: nothing is dropped silently.
"""

from __future__ import annotations

from engine.bpmn.dialects.camunda7 import translate

__all__ = ["translate"]
