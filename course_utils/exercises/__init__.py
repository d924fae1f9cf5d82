"""The exercises, one module or package a lesson: reference, inputs, known mistakes (all homework).

How to declare one stands in `course_utils/checks/__init__.py`; `course_utils/homework.py` finds
them.
"""
